"""What does an order mean for the stock? Paid: promised; cancelled or refunded: free again; gone: off the shelf.

Called wherever an order changes, in that change's transaction, with the order locked. A hub without a SKU keeps no
stock and holds nothing for it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain import price_floor
from orderhub.domain.anomaly import AnomalyKind, Severity, open_anomaly, resolve_anomaly
from orderhub.domain.hold import HoldReason, hold, release
from orderhub.domain.order import Order, OrderEvent, OrderLine, OrderStatus
from orderhub.domain.presale import keep_presold
from orderhub.domain.reservation import Result, take
from orderhub.domain.reservation import release as let_go
from orderhub.domain.reservation import reserve as promise
from orderhub.domain.reservation import ship as ship_all
from orderhub.domain.sku import Sku, Wanted, explode, has_skus
from orderhub.domain.task import Task, TaskKind, open_task
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.eventlog import SYSTEM, record

WAITING = (OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP)
_WHOLE_PERCENT = 99  # a platform may round a line's share of a discount
_GONE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)


class Why(StrEnum):
    """What an order waits for: a code to be bound, a SKU to be there again, a presale's goods to come."""

    UNMATCHED = "unmatched"
    SHORT = "short"
    PRESALE = "presale"


_HOLDS = {
    Why.UNMATCHED: HoldReason.SKU_NOT_MATCHED,
    Why.SHORT: HoldReason.OUT_OF_STOCK,
    Why.PRESALE: HoldReason.PRESALE,
}


class StockWait(SQLModel, table=True):
    """``subject_id`` is an ``UnmatchedCode``'s id for ``UNMATCHED``, else a SKU's."""

    __tablename__ = "stock_wait"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_stock_wait_subject", "why", "subject_id", "order_id"),)

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    why: Why = Field(primary_key=True, sa_type=word(Why))
    subject_id: int = Field(primary_key=True, sa_type=BigId)


class UnmatchedCode(SQLModel, table=True):
    """A code of a shop that stands for nothing yet; ``title`` is what the shop calls the goods."""

    __tablename__ = "unmatched_code"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("shop_id", "code"),)

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    code: str = Field(max_length=64)
    title: str = Field(default="", max_length=200)
    task_id: int = Field(default=0, sa_type=BigId)
    seen_at: datetime = Field(sa_type=Moment)


class RefundedLine(SQLModel, table=True):
    """A line whose money went back before it was shipped: nothing is promised to it. Empty ``line_no``: every line."""

    __tablename__ = "refunded_line"  # pyright: ignore[reportAssignmentType]

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    line_no: str = Field(primary_key=True, max_length=64)


@dataclass(frozen=True)
class StockReserved(OrderEvent):
    pieces: int


@dataclass(frozen=True)
class StockReleased(OrderEvent):
    pieces: int


@dataclass(frozen=True)
class StockShipped(OrderEvent):
    pieces: int


def follow(session: Session, order: Order, *, now: datetime) -> None:
    """Bring what is promised to ``order`` into line with where it stands. Safe to repeat."""
    if not has_skus(session):
        return
    session.flush()
    if order.status not in WAITING:
        price_floor.follow(session, order, (), now=now)
    if order.status in _GONE:
        _ship(session, order, now)
    elif order.status in WAITING and order.paid_at:
        _reserve(session, order, now)
    elif order.status is not OrderStatus.PARTLY_SHIPPED:  # what is left of it stays promised
        _note(session, order, StockReleased, let_go(session, order.id, by=SYSTEM, now=now), now)
        _wait(session, order, set(), now)


def refund(session: Session, order: Order, line_no: str, amount_fen: int, *, now: datetime) -> None:
    """Money of a line (empty: of the order) went back before it was shipped. Safe to repeat.

    Less than the line's share of what was paid is a rebate: its goods are still the buyer's.
    """
    if not has_skus(session):
        return
    session.flush()
    every = _every_line(session, order)
    meant = [line for line in every if line_no in _numbers(line)]
    goods_fen, paid_fen = sum(line.total_fen for line in every), order.total_fen - order.freight_fen
    share_fen = paid_fen * sum(line.total_fen for line in meant) // goods_fen if goods_fen else 0
    if meant and amount_fen * 100 >= share_fen * _WHOLE_PERCENT:
        session.merge(RefundedLine(order_id=order.id, line_no=line_no))
        follow(session, order, now=now)


def take_off(
    session: Session, order: Order, warehouse_id: int, pieces: Mapping[int, int], *, by: str, now: datetime
) -> None:
    """``pieces`` by SKU of what the order holds at the warehouse have left in a parcel of its.

    Raises:
        NotReserved: it does not hold them there.
    """
    if pieces:
        places = {(sku_id, warehouse_id): count for sku_id, count in pieces.items()}
        _note(session, order, StockShipped, take(session, order.id, places, shipped_at=now, by=by, now=now), now)


def line_code(line: OrderLine) -> str:
    """What a line is known by: the merchant's code, else the channel's numbers, else what it is called."""
    return line.sku_code or line.channel_sku_no or line.channel_item_no or line.title[:64]


def _reserve(session: Session, order: Order, now: datetime) -> None:
    every = _every_line(session, order)
    sold = [price_floor.Sold(line_code(line), line.quantity, line.total_fen) for line in every]
    price_floor.follow(session, order, sold, now=now)
    lines = _still_bought(session, order, every)
    wanted = _wanted(session, order, lines)
    if wanted.unmatched:  # all or none
        result = let_go(session, order.id, by=SYSTEM, now=now)
        _note(session, order, StockReleased, result, now)
        short: tuple[int, ...] = ()
    else:
        region = order.receiver_region
        result = promise(session, order.id, wanted.pieces, by=SYSTEM, now=now, region=region)
        _note(session, order, StockReserved, result, now)
        short = result.short
    unmatched = {_unmatched(session, order, code, lines, now) for code in sorted(wanted.unmatched)}
    waits = {(Why.UNMATCHED, code_id) for code_id in unmatched}
    waits |= {(Why.SHORT, sku_id) for sku_id in short} | {(Why.PRESALE, sku_id) for sku_id in wanted.presale}
    _wait(session, order, waits, now, presold=wanted.presale)


def _ship(session: Session, order: Order, now: datetime) -> None:
    wanted = _wanted(session, order, standing_lines(session, order))
    shipped_at = order.shipped_at or order.channel_updated_at
    pieces = {} if wanted.unmatched else dict(Counter(wanted.pieces) + Counter(wanted.later))
    region = order.receiver_region
    result = ship_all(session, order.id, pieces, shipped_at=shipped_at, by=SYSTEM, now=now, region=region)
    _note(session, order, StockShipped, result, now)
    _wait(session, order, {(Why.SHORT, sku_id) for sku_id in result.short}, now)


def standing_lines(session: Session, order: Order) -> list[OrderLine]:
    """Those whose money has not gone back."""
    return _still_bought(session, order, _every_line(session, order))


def _every_line(session: Session, order: Order) -> list[OrderLine]:
    wanted = select(OrderLine).where(OrderLine.order_id == order.id).order_by(col(OrderLine.id))
    return list(session.exec(wanted))


def _still_bought(session: Session, order: Order, every: Iterable[OrderLine]) -> list[OrderLine]:
    refunded = set(session.exec(select(RefundedLine.line_no).where(RefundedLine.order_id == order.id)))
    return [line for line in every if not refunded & _numbers(line)]


def _numbers(line: OrderLine) -> set[str]:
    """What a refund may call the line by: nothing (all lines), its number, or at JD and Pinduoduo its SKU's."""
    return {"", line.channel_line_no, line.channel_sku_no}


def _wanted(session: Session, order: Order, lines: Iterable[OrderLine]) -> Wanted:
    return explode(session, order.shop_id, [(line_code(line), line.quantity) for line in lines])


def _note(session: Session, order: Order, happened: type[OrderEvent], result: Result, now: datetime) -> None:
    if result.changed:
        record(session, happened(order.id, result.changed), actor=SYSTEM, now=now)  # pyright: ignore[reportCallIssue]


def _wait(
    session: Session,
    order: Order,
    waits: set[tuple[Why, int]],
    now: datetime,
    *,
    presold: Mapping[int, int] | None = None,
) -> None:
    """Make what the order waits for ``waits``; holds and the anomaly follow, those of others are left alone.

    What was sold out of a presale pool stays sold when it has left.
    """
    standing = session.exec(select(StockWait).where(StockWait.order_id == order.id)).all()
    before = {(one.why, one.subject_id) for one in standing}
    if order.status not in _GONE and Why.PRESALE in {why for why, _ in before | waits}:
        keep_presold(session, order.id, presold or {}, by=SYSTEM, now=now)
    if before == waits:
        return
    for one in standing:
        if (one.why, one.subject_id) not in waits:
            session.delete(one)
    session.add_all([StockWait(order_id=order.id, why=why, subject_id=number) for why, number in waits - before])
    was, now_is = {why for why, _ in before}, {why for why, _ in waits}
    for why, reason in _HOLDS.items():
        if why in now_is - was and order.status in WAITING:
            hold(session, order, reason, by=SYSTEM, now=now)
        elif why in was and (why not in now_is or order.status not in WAITING):
            release(session, order, reason, by=SYSTEM, now=now)
    if Why.SHORT in was | now_is:
        _oversold(session, order, {number for why, number in waits if why is Why.SHORT}, now)
    session.flush()


def _oversold(session: Session, order: Order, short: Collection[int], now: datetime) -> None:
    about = ("order", order.id)
    if not short:
        resolve_anomaly(session, AnomalyKind.OVERSOLD, about=about, by=SYSTEM, now=now)
        return
    codes = session.exec(select(Sku.code).where(col(Sku.id).in_(short)).order_by(col(Sku.code)))
    open_anomaly(
        session,
        AnomalyKind.OVERSOLD,
        about=about,
        occurred_at=order.paid_at or order.placed_at,
        now=now,
        severity=Severity.HIGH,
        note=", ".join(codes),
        at_risk_fen=order.paid_fen,
        owner_role="warehouse",
    )


def _unmatched(session: Session, order: Order, code: str, lines: Iterable[OrderLine], now: datetime) -> int:
    """The id of the code's place in the queue, made with its task where it is new."""
    wanted = select(UnmatchedCode).where(UnmatchedCode.shop_id == order.shop_id, UnmatchedCode.code == code)
    if standing := session.exec(wanted).one_or_none():
        return standing.id
    title = next((line.title for line in lines if line_code(line) == code), "")
    fresh = UnmatchedCode(shop_id=order.shop_id, code=code, title=title, seen_at=now)
    try:
        with session.begin_nested():
            session.add(fresh)
            session.flush()
            task = _matching_task(session, fresh, order, now)
            fresh.task_id = task.id
    except IntegrityError:  # another worker was first
        return session.exec(wanted).one().id
    return fresh.id


def _matching_task(session: Session, code: UnmatchedCode, order: Order, now: datetime) -> Task:
    return open_task(
        session,
        TaskKind.SKU_MATCHING,
        title=f"{code.code} {code.title}"[:200],
        about=("unmatched_code", code.id),
        role="operations",
        due_at=max(order.ship_by or now, now),
        now=now,
    )
