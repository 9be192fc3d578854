"""How long are goods kept for an order that is placed and not paid? As its shop says, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, select

from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import ReservesAt, Shop
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, before, record

LEAST_MINUTES, MOST_MINUTES = 5, 7 * 24 * 60


@dataclass(frozen=True)
class ReservingChanged(Happening):
    subject_type: ClassVar[str] = "shop"
    reserves_at: str
    unpaid_minutes: int
    was: Was | None = None


def set_reserving(
    session: Session, shop: Shop, reserves_at: ReservesAt, unpaid_minutes: int, *, by: str, now: datetime
) -> None:
    """When the shop's orders have their goods reserved; the clock lets go of what was kept too long. Safe to repeat.

    Raises:
        BadInput: ``unpaid_minutes`` is less than 5 or more than a week.
    """
    if not LEAST_MINUTES <= unpaid_minutes <= MOST_MINUTES:
        problem = f"minutes: {unpaid_minutes}, needs {LEAST_MINUTES} to {MOST_MINUTES}"
        raise BadInput(problem, field="minutes", problem="unpaid_minutes")
    if (shop.reserves_at, shop.unpaid_minutes) == (reserves_at, unpaid_minutes):
        return
    was = before(shop, "reserves_at", "unpaid_minutes")
    shop.reserves_at, shop.unpaid_minutes = reserves_at, unpaid_minutes
    session.add(shop)
    record(session, ReservingChanged(shop.id, reserves_at, unpaid_minutes, was), actor=by, now=now)


def holds_unpaid(session: Session, order: Order, *, now: datetime) -> bool:
    """Whether goods are kept for ``order``, which is not paid."""
    return keeps_unpaid(session.get_one(Shop, order.shop_id), order.placed_at, now)


def overdue(session: Session, *, now: datetime) -> list[int]:
    """Orders that hold goods, are not paid, and have held them too long; by id."""
    wanted = (
        select(Order.id, Order.placed_at, Shop)
        .join(Shop, col(Shop.id) == Order.shop_id)
        .where(Order.status == OrderStatus.PENDING_PAYMENT)
        .where(col(Order.id).in_(select(Reservation.order_id).where(Reservation.quantity > 0)))
        .order_by(col(Order.id))
    )
    return [order_id for order_id, placed_at, shop in session.exec(wanted) if not keeps_unpaid(shop, placed_at, now)]


def keeps_unpaid(shop: Shop, placed_at: datetime, now: datetime) -> bool:
    """Whether the shop promises goods to an order that was placed then and is not paid yet."""
    return shop.reserves_at is ReservesAt.PLACED and now < placed_at + timedelta(minutes=shop.unpaid_minutes)
