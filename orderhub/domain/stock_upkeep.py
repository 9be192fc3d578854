"""What is to be looked at again? Orders that waited for a code or for goods, codes that found their SKU, low stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, exists, func
from sqlmodel import Session, and_, col, or_, select

from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery_plan import follow
from orderhub.domain.order import Order
from orderhub.domain.order_stock import WAITING, StockWait, Why
from orderhub.domain.reservation import Reservation
from orderhub.domain.sku import Sku, explode, has_skus, list_as
from orderhub.domain.stock import StockLevel, Warehouse
from orderhub.domain.task import Task, TaskStatus, close
from orderhub.domain.unmatched_code import UnmatchedCode
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.sight import find

AT_ONCE = 200
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Turn:
    """What decides when an order that waits for goods is served."""

    order_id: int
    ship_by: datetime | None
    at_risk_fen: int
    paid_at: datetime | None

    def rank(self) -> tuple[datetime, int, datetime, int]:
        """What must leave first comes first, then where more money is at risk, then who paid first."""
        return self.ship_by or _NEVER, -self.at_risk_fen, self.paid_at or _NEVER, self.order_id


def bind(session: Session, code_id: int, target: str, *, by: str, now: datetime) -> int:
    """The code is ``target`` (``CODE`` or ``CODE*3``) from now on; its waiting orders go on. Returns how many did.

    Raises:
        BadInput: the target is not one SKU.
        NotFound: there is no such code in the queue, or no such SKU.
    """
    queued = find(session, UnmatchedCode, code_id, lock=True)
    if queued is None:
        raise NotFound("the code is no longer in the queue")
    list_as(session, queued.shop_id, queued.code, target, by=by, now=now)
    _leave_queue(session, queued, by=by, now=now, result=target)
    return serve_waiting(session, now=now)


def match_again(session: Session, *, now: datetime) -> int:
    """Codes that stand for SKUs by now, or that no order waits for, leave the queue. Returns how many."""
    left = 0
    for queued in session.exec(select(UnmatchedCode).order_by(col(UnmatchedCode.id))).all():
        waits = select(StockWait).where(StockWait.why == Why.UNMATCHED, StockWait.subject_id == queued.id).limit(1)
        is_wanted = session.exec(waits).first() is not None
        if not is_wanted or not explode(session, queued.shop_id, [(queued.code, 1)]).unmatched:
            _leave_queue(session, queued, by=SYSTEM, now=now, result="matched" if is_wanted else "no order waits")
            left += 1
    return left


def serve_waiting(session: Session, *, now: datetime) -> int:
    """The first orders that need not wait any longer go on. Returns how many were looked at."""
    return follow_all(session, ripe(session)[:AT_ONCE], now=now)


def ripe(session: Session) -> list[int]:
    """Orders whose code left the queue, whose goods have come, or whose presale is over; in their turn."""
    queued = exists().where(col(UnmatchedCode.id) == col(StockWait.subject_id))
    available = func.sum(col(StockLevel.on_hand) - col(StockLevel.reserved))
    there = select(StockLevel.sku_id).group_by(col(StockLevel.sku_id)).having(available > 0)
    over = select(Sku.id).where(~col(Sku.is_presale))
    why, subject = col(StockWait.why), col(StockWait.subject_id)
    ready = or_(
        and_(why == Why.UNMATCHED, ~queued),
        and_(why == Why.SHORT, subject.in_(there)),
        and_(why == Why.PRESALE, subject.in_(over)),
    )
    return _in_turn(session, col(Order.id).in_(select(StockWait.order_id).where(ready)))


def missed(session: Session) -> list[int]:
    """Paid orders that came before there were SKUs; in their turn."""
    if not has_skus(session):
        return []
    return _in_turn(
        session,
        and_(
            col(Order.status).in_(WAITING),
            col(Order.paid_at).is_not(None),
            ~exists().where(col(Reservation.order_id) == col(Order.id)),
            ~exists().where(col(StockWait.order_id) == col(Order.id)),
        ),
    )


def follow_all(session: Session, order_ids: Sequence[int], *, now: datetime) -> int:
    """In the order given; locked by id before, as the inbox locks what it changes. Returns how many."""
    locked = select(Order).where(col(Order.id).in_(order_ids)).order_by(col(Order.id)).with_for_update()
    found = {order.id: order for order in session.exec(locked.execution_options(populate_existing=True))}
    for order_id in order_ids:
        follow(session, found[order_id], now=now)
    return len(order_ids)


def warn_low(session: Session, *, now: datetime) -> int:
    """缺货预警: fewer available than a warehouse's threshold is an anomaly while it is so. Returns how many SKUs."""
    wanted = (
        select(StockLevel, Warehouse.code)
        .join(Warehouse, col(Warehouse.id) == StockLevel.warehouse_id)
        .where(col(StockLevel.on_hand) - col(StockLevel.reserved) < col(StockLevel.threshold))
        .order_by(col(StockLevel.sku_id), col(Warehouse.rank))
    )
    low: dict[int, list[str]] = {}
    for level, warehouse in session.exec(wanted):
        low.setdefault(level.sku_id, []).append(f"{warehouse}: {level.available} < {level.threshold}")
    for sku_id, notes in low.items():
        open_anomaly(
            session,
            AnomalyKind.LOW_STOCK,
            about=("sku", sku_id),
            occurred_at=now,
            now=now,
            note="; ".join(notes),
        )
    open_now = select(Anomaly.subject_id).where(Anomaly.kind == AnomalyKind.LOW_STOCK, Anomaly.subject_type == "sku")
    for sku_id in session.exec(open_now.where(col(Anomaly.resolved_at).is_(None))).all():
        if sku_id not in low:
            resolve_anomaly(session, AnomalyKind.LOW_STOCK, about=("sku", sku_id), by=SYSTEM, now=now)
    return len(low)


def _in_turn(session: Session, wanted: ColumnElement[bool]) -> list[int]:
    found = session.exec(select(Order.id, Order.ship_by, Order.paid_fen, Order.paid_at).where(wanted))
    return [one.order_id for one in sorted((Turn(*row) for row in found), key=Turn.rank)]


def _leave_queue(session: Session, queued: UnmatchedCode, *, by: str, now: datetime, result: str) -> None:
    task = session.get(Task, queued.task_id)
    if task and task.status is not TaskStatus.CLOSED:
        close(session, task, by=by, now=now, result=result[:200])
    about = ("shop", queued.shop_id)
    resolve_anomaly(session, AnomalyKind.UNKNOWN_SKU, about=about, name=queued.code, by=by, now=now, reason=result)
    session.delete(queued)
    session.flush()
