"""Why does an order wait? Several holds may be open at once; an order with an open hold never reaches a waybill."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.order import AllocationDue, Order, OrderEvent, OrderStatus
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import record


class HoldReason(StrEnum):
    BUYER_REMARK = "buyer_remark"
    ADDRESS_DOUBTFUL = "address_doubtful"
    PRICE_BELOW_FLOOR = "price_below_floor"
    AMOUNT_MISMATCH = "amount_mismatch"
    OUT_OF_STOCK = "out_of_stock"
    SKU_NOT_MATCHED = "sku_not_matched"
    REFUND_REQUESTED = "refund_requested"
    MANUAL = "manual"
    RISK = "risk"
    PRESALE = "presale"


class Hold(SQLModel, table=True):
    """At most one hold of a reason is open on an order; ``by`` names the user, ``system`` or the channel."""

    __table_args__ = (
        Index(
            "uq_hold_open",
            "order_id",
            "reason",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: int = own_id()
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    reason: HoldReason = Field(sa_type=word(HoldReason))
    note: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    held_at: datetime = Field(sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    released_at: datetime | None = Field(default=None, sa_type=Moment)
    released_by: str = Field(default="", max_length=64)


class StillHeld(RuleBroken):
    code = "order_held"


@dataclass(frozen=True)
class OrderHeld(OrderEvent):
    reason: str


@dataclass(frozen=True)
class HoldReleased(OrderEvent):
    reason: str


def open_holds(session: Session, order_id: int) -> list[Hold]:
    """Oldest first."""
    wanted = select(Hold).where(Hold.order_id == order_id, col(Hold.released_at).is_(None))
    return list(session.exec(wanted.order_by(col(Hold.id))))


def hold(
    session: Session,
    order: Order,
    reason: HoldReason,
    *,
    by: str,
    now: datetime,
    note: str = "",
    expires_at: datetime | None = None,
) -> Hold:
    """Hold ``order``; the open hold of the same reason is returned unchanged. Safe to repeat."""
    for standing in open_holds(session, order.id):
        if standing.reason == reason:
            return standing
    placed = Hold(order_id=order.id, reason=reason, note=note, by=by, held_at=now, expires_at=expires_at)
    session.add(placed)
    order.is_held = True
    order.changed_at = now
    record(session, OrderHeld(order.id, reason), actor=by, now=now)
    return placed


def release(session: Session, order: Order, reason: HoldReason, *, by: str, now: datetime) -> None:
    """End the open hold of ``reason``; nothing happens where none is open."""
    standing = open_holds(session, order.id)
    for found in standing:
        if found.reason == reason:
            found.released_at, found.released_by = now, by
            session.add(found)
            order.is_held = len(standing) > 1
            order.changed_at = now
            record(session, HoldReleased(order.id, reason), actor=by, now=now)
            if order.status is OrderStatus.TO_ALLOCATE and not order.is_held:
                record(session, AllocationDue(order.id), actor=by, now=now)


def check_free(session: Session, order: Order) -> None:
    """Raises: StillHeld: a hold is open; it is named."""
    if standing := open_holds(session, order.id):
        reasons = ", ".join(held.reason for held in standing)
        raise StillHeld(f"{order.channel_order_no} is held ({reasons}): release it first")
