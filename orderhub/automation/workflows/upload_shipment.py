"""An order was shipped in the hub: its channel is owed the waybill."""

from typing import Any

from sqlmodel import Session

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.connectors.channels.registry import module
from orderhub.domain.order import OrderShipped, Shipment
from orderhub.domain.review import order_of
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
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
    line_nos = _to_tell(shop.channel, event.body)
    if line_nos is None:
        return f"{shop.channel} is told with another parcel"
    body = {
        "line_nos": line_nos,
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


def _to_tell(channel: Channel, parcel: dict[str, Any]) -> list[str] | None:
    """Lines to name with the parcel, none for the whole order; None: there is nothing to tell with it.

    A channel that takes an order whole hears of it when its last parcel has left.
    """
    if parcel["is_first"] and parcel["is_last"]:
        return []
    if "parts" not in module(channel).ABILITIES:
        return [] if parcel["is_last"] else None
    return parcel["line_nos"] or None
