"""A hold has ended and no other stands: the rules look at the order again, and what is clean by now passes."""

from sqlmodel import Session, col, select

from orderhub.domain.hold import HoldReleased
from orderhub.domain.order import OrderLine, OrderStatus
from orderhub.domain.review import order_of
from orderhub.domain.rules.facts import Ware
from orderhub.domain.rules.ruling import apply_rules
from orderhub.domain.shop import Shop
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(HoldReleased)})


def run(session: Session, event: Event) -> str:
    order = order_of(session, event.subject_id)
    if order.status is not OrderStatus.TO_REVIEW or order.is_held:
        return "still held" if order.is_held else f"is {order.status}"
    shop = session.get_one(Shop, order.shop_id)
    lines = session.exec(select(OrderLine).where(OrderLine.order_id == order.id).order_by(col(OrderLine.id)))
    wares = [Ware(line.sku_code, line.title) for line in lines]
    apply_rules(session, shop.code, order, wares, now=event.at)
    return f"decided again: {order.status}"
