"""Which codes of a shop stand for no SKU yet? Each waits once in a queue, with a task for whoever matches it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, select

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order
from orderhub.domain.task import Task, TaskKind, open_task
from orderhub.kernel.columns import BigId, Moment, own_id


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


def queue_code(session: Session, order: Order, code: str, *, title: str, now: datetime) -> int:
    """The id of the code's place in the queue, made with its task where it is new."""
    wanted = select(UnmatchedCode).where(UnmatchedCode.shop_id == order.shop_id, UnmatchedCode.code == code)
    if standing := session.exec(wanted).one_or_none():
        return standing.id
    fresh = UnmatchedCode(shop_id=order.shop_id, code=code, title=title, seen_at=now)
    try:
        with session.begin_nested():
            session.add(fresh)
            session.flush()
            task = _matching_task(session, fresh, order, now)
            fresh.task_id = task.id
            _unknown_sku(session, fresh, order, now)
    except IntegrityError:  # another worker was first
        return session.exec(wanted).one().id
    return fresh.id


def _unknown_sku(session: Session, code: UnmatchedCode, order: Order, now: datetime) -> None:
    """One for a shop's code, named by it: the code's place in the queue is another one when it comes back."""
    open_anomaly(
        session,
        AnomalyKind.UNKNOWN_SKU,
        about=("shop", code.shop_id),
        name=code.code,
        occurred_at=order.paid_at or order.placed_at,
        now=now,
        note=f"{code.code} {code.title}",
        at_risk_fen=order.paid_fen,
        order_id=order.id,
        channel=order.channel,
    )


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
