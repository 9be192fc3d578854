"""What does the command line set going? The same rules as the pages, for whoever may start commands here."""

from sqlmodel import Session, select

from orderhub.domain.order import Order
from orderhub.domain.review import order_of
from orderhub.domain.shipping import ship_order
from orderhub.domain.shop import Shop, shop_named
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.ids import clean_no


def ship_by_hand(order_no: str, carrier: Carrier, tracking_no: str, *, shop_code: str = "") -> str:
    """Ship the order of that number; says what was done.

    Raises:
        DatabaseBusy: a running hub owns the SQLite database; use its page.
        NotFound: no order has this number. BadInput: orders of two shops have it. Others: see ``ship_order``.
    """
    with transaction() as session:
        order = order_of(session, _only(session, clean_no(order_no, field="order number"), shop_code))
        parcel = ship_order(session, order, carrier, tracking_no, by=SYSTEM, now=utc_now())
        shop = session.get_one(Shop, order.shop_id)
        return f"{order.channel_order_no} of {shop.code} has left with {carrier} {parcel.tracking_no}"


def _only(session: Session, order_no: str, shop_code: str) -> int:
    wanted = select(Order.id).where(Order.channel_order_no == order_no)
    if shop_code:
        wanted = wanted.where(Order.shop_id == shop_named(session, shop_code).id)
    found = session.exec(wanted.limit(2)).all()
    if not found:
        raise NotFound(f"no order has the number {order_no}")
    if len(found) > 1:
        raise BadInput(f"{order_no}: orders of two shops have this number; say --shop", field="shop", problem="missing")
    return found[0]
