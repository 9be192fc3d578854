"""An order was shipped in the hub: its channel is owed the waybill."""

from sqlmodel import Session

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.domain.order import Shipment
from orderhub.domain.review import order_of
from orderhub.domain.rollout import goes_out
from orderhub.domain.shipping import OrderShipped
from orderhub.domain.shop import Shop
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(OrderShipped)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: an order and parcel are owed once, and once more where the parcel was recalled in between."""
    order = order_of(session, event.subject_id)
    if session.get(Shipment, event.body["shipment_id"]) is None:
        return "the parcel was recalled"
    shop = session.get_one(Shop, order.shop_id)
    if not shop.channel.is_asked:
        return f"{shop.channel} is told by no connector"
    if not goes_out(shop, order.channel_order_no):
        return f"{shop.code} is {shop.rollout}: the present system tells {shop.channel}"
    if not event.body["is_whole"] and not event.body["line_nos"]:
        return "its lines were told with an earlier parcel"
    body = {
        "line_nos": [] if event.body["is_whole"] else event.body["line_nos"],
        "order_no": order.channel_order_no,
        "tracking_no": event.body["tracking_no"],
        "carrier": event.body["carrier"],
    }
    is_new = owe(
        session,
        OutboxKind.SHIP,
        shop_addressee(shop.id),
        key=f"{order.id}:{event.body['tracking_no']}",
        number=order.channel_order_no,
        about=order.id,
        body=body,
        version=event.id,
        now=event.at,
    )
    return "owed to the channel" if is_new else "owed already"
