"""Who has to do something about goods that are short? 缺货待办: one per SKU that orders wait for, one per refund."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.order import UNSHIPPED, Order, OrderLine
from orderhub.domain.order_stock import StockWait, Why, line_code, not_refunded
from orderhub.domain.shortage_choice import Choice, choices_of
from orderhub.domain.sku import Sku
from orderhub.domain.task import Task, TaskKind, TaskStatus, close, open_task
from orderhub.kernel.eventlog import SYSTEM


def keep_tasks(session: Session, *, now: datetime) -> int:
    """A task for every SKU that orders wait for, due when the first of them must leave; those done with are closed.

    Returns how many SKUs are waited for.
    """
    earliest = func.min(func.coalesce(Order.ship_by, now)).label("earliest")
    wanted = (
        select(Sku, earliest)
        .join(StockWait, (col(StockWait.subject_id) == Sku.id) & (col(StockWait.why) == Why.SHORT))
        .join(Order, col(Order.id) == StockWait.order_id)
        .group_by(*Sku.__table__.columns)  # pyright: ignore[reportAttributeAccessIssue]
        .order_by(col(Sku.id))
    )
    standing = {task.subject_id: task for task in _open(session, "sku")}
    waited = session.exec(wanted).all()
    for sku, due_at in waited:
        task = standing.pop(sku.id, None)
        if not task:
            _open_sku_task(session, sku, max(due_at, now), now)
        elif due_at < task.due_at:
            task.due_at = due_at
            session.add(task)
    for task in standing.values():
        close(session, task, by=SYSTEM, now=now, result="no order waits")
    for task in _open(session, "order"):
        if not _refunds_asked(session, session.get_one(Order, task.subject_id)):
            close(session, task, by=SYSTEM, now=now, result="nothing left to refund")
    return len(waited)


def ask_for_refund(session: Session, order: Order, *, by: str, now: datetime) -> None:
    """A task of customer service while a line is to be refunded; none when everybody thought better of it."""
    lines = _refunds_asked(session, order)
    standing = _open(session, "order", order.id)
    title = f"缺货退款 {order.channel_order_no} {', '.join(line_code(line) for line in lines)}"[:200]
    if not lines:
        for task in standing:
            close(session, task, by=by, now=now, result="no refund after all")
    elif standing:
        standing[0].title = title  # another line has joined those to be refunded, or one has left them
        session.add(standing[0])
    else:
        open_task(
            session,
            TaskKind.STOCK_OUT,
            title=title,
            about=("order", order.id),
            role="service",
            due_at=max(order.ship_by or now, now),
            now=now,
        )


def _open_sku_task(session: Session, sku: Sku, due_at: datetime, now: datetime) -> None:
    open_task(
        session,
        TaskKind.STOCK_OUT,
        title=f"缺货 {sku.code} {sku.title}"[:200],
        about=("sku", sku.id),
        role="operations",
        due_at=due_at,
        now=now,
    )


def _open(session: Session, subject_type: str, subject_id: int = 0) -> Sequence[Task]:
    """Open tasks about SKUs or orders that are short, or about one of them."""
    wanted = select(Task).where(
        Task.kind == TaskKind.STOCK_OUT, Task.subject_type == subject_type, col(Task.status) != TaskStatus.CLOSED
    )
    if subject_id:
        wanted = wanted.where(Task.subject_id == subject_id)
    return session.exec(wanted.order_by(col(Task.id))).all()


def _refunds_asked(session: Session, order: Order) -> list[OrderLine]:
    """Lines that are to be refunded and are not yet; none of an order that is closed or has left."""
    if order.status not in UNSHIPPED:
        return []
    asked = [line_id for line_id, one in choices_of(session, order.id).items() if one.choice is Choice.REFUND]
    lines = session.exec(select(OrderLine).where(col(OrderLine.id).in_(asked)).order_by(col(OrderLine.id)))
    return not_refunded(session, order.id, lines)
