"""Which orders stand behind a figure of a report? The same conditions that counted them, for the board to list them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select

from orderhub.domain.order import UNSHIPPED, Order, OrderMoved, OrderStatus
from orderhub.domain.words import ChannelStatus
from orderhub.insights.reports.asked import concerns
from orderhub.kernel.eventlog import Event, kind_of
from orderhub.kernel.owned import table_of

_S = OrderStatus
LEFT = (_S.SHIPPED, _S.DELIVERED, _S.COMPLETED)
_PASSED = (_S.TO_ALLOCATE, _S.TO_SHIP, _S.PARTLY_SHIPPED)


class FunnelStep(StrEnum):
    PAID = "paid"
    REVIEWED = "reviewed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"


class Loss(StrEnum):
    """Why an order has not reached a step: it is still on its way there, or never will be."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class Promise(StrEnum):
    KEPT = "kept"  # all of it left by its ship-by moment
    BROKEN = "broken"  # it left later, or has not left and the moment has passed


@dataclass(frozen=True)
class Behind:
    """Paid from ``since`` to before ``until``; what is None or empty narrows nothing.

    ``reached`` a step; ``lost`` is the first step they have not reached, ``why`` the reason.
    """

    since: datetime
    until: datetime
    warehouse: str = ""
    reached: FunnelStep | None = None
    lost: FunnelStep | None = None
    why: Loss | None = None
    promise: Promise | None = None


def conditions(behind: Behind, warehouse_id: int, now: datetime) -> list[ColumnElement[bool]]:
    """``warehouse_id``: 0 where no warehouse was named."""
    found = [col(Order.paid_at) >= behind.since, col(Order.paid_at) < behind.until]
    if warehouse_id:
        found.append(concerns(col(Order.id), warehouse_id))
    if behind.reached:
        found.append(_reached(behind.reached))
    if behind.lost:
        found += [_reached(_before(behind.lost)), ~_reached(behind.lost)]
    if behind.why:
        found.append(_REASONS[behind.why])
    if behind.promise:
        found.append(kept() if behind.promise is Promise.KEPT else broken(now))
    return found


def kept() -> ColumnElement[bool]:
    return and_(col(Order.status).in_(LEFT), col(Order.shipped_at) <= col(Order.ship_by))


def broken(now: datetime) -> ColumnElement[bool]:
    """Presales and whatever else the channel gave more time have their own moment."""
    late = and_(col(Order.status).in_(LEFT), col(Order.shipped_at) > col(Order.ship_by))
    return or_(late, overdue(now))


def overdue(now: datetime) -> ColumnElement[bool]:
    return and_(col(Order.status).in_(UNSHIPPED), col(Order.ship_by) < now)


def is_refunded() -> ColumnElement[bool]:
    return col(Order.channel_status) == ChannelStatus.CLOSED_REFUNDED


def was_reviewed() -> ColumnElement[bool]:
    """Of a cancelled order: the log says that it was cancelled after its review."""
    event = table_of(Event).c
    moved = select(event.id).where(
        event.subject_type == OrderMoved.subject_type,
        event.subject_id == Order.id,
        event.kind == kind_of(OrderMoved),
        event.body["target"].as_string() == str(_S.CANCELLED),
        event.body["source"].as_string().in_([str(status) for status in _PASSED]),
    )
    return moved.exists()


def _before(step: FunnelStep) -> FunnelStep:
    steps = list(FunnelStep)
    return steps[max(0, steps.index(step) - 1)]


def _reached(step: FunnelStep) -> ColumnElement[bool]:
    status = col(Order.status)
    if step is FunnelStep.PAID:
        return col(Order.paid_at).is_not(None)
    if step is FunnelStep.REVIEWED:
        return or_(status.in_((*_PASSED, *LEFT)), and_(status == _S.CANCELLED, was_reviewed()))
    if step is FunnelStep.SHIPPED:
        return status.in_(LEFT)
    if step is FunnelStep.DELIVERED:
        return status.in_((_S.DELIVERED, _S.COMPLETED))
    return and_(status == _S.COMPLETED, ~is_refunded())


_REASONS = {
    Loss.REFUNDED: is_refunded(),
    Loss.CANCELLED: and_(col(Order.status) == _S.CANCELLED, ~is_refunded()),
    Loss.WAITING: and_(col(Order.status) != _S.CANCELLED, ~is_refunded()),
}
