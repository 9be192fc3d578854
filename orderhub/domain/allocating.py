"""An order that passed its review gets the deliveries it leaves in: 待配货 → 待发货."""

from datetime import datetime

from sqlmodel import Session

from orderhub.domain.delivery import Delivery
from orderhub.domain.delivery_plan import plan_deliveries
from orderhub.domain.hold import check_free
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import move
from orderhub.kernel.errors import IllegalMove, RuleBroken


class NothingToPack(RuleBroken):
    code = "nothing_to_pack"


def allocate(session: Session, order: Order, *, by: str, now: datetime) -> list[Delivery]:
    """Plan the deliveries of the locked ``order``.

    Raises:
        IllegalMove: the order does not wait to be allocated.
        StillHeld: a hold is open.
        NothingToPack: no goods are reserved for it.
    """
    if order.status is not OrderStatus.TO_ALLOCATE:
        raise IllegalMove(f"{order.channel_order_no} is {order.status}, only to_allocate can be allocated")
    check_free(session, order)
    planned = plan_deliveries(session, order, by=by, now=now)
    if not planned:
        raise NothingToPack(f"{order.channel_order_no}: no goods are reserved for it")
    move(session, order, OrderStatus.TO_SHIP, by=by, now=now)
    return planned
