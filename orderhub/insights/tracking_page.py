"""What may whoever holds a parcel's link know? The parcel, its order's other parcels, and whom to ask."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from orderhub.domain.delivery import OPEN, Delivery, DeliveryPiece
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.service_contact import ServiceContact, service_contact
from orderhub.domain.shop import Shop
from orderhub.domain.track import Track
from orderhub.insights.order_track import TrackRow, tracks_of

_MOST_PARCELS = 12
_MOST_GOODS = 30


@dataclass(frozen=True)
class TrackingPage:
    """``parcels`` begin with the link's own; ``waiting`` is how many have not left yet, ``goods`` title and pieces.

    No name, number, address or sum of the order is in it.
    """

    shop: str
    order_tail: str
    parcels: tuple[TrackRow, ...]
    waiting: int
    goods: tuple[tuple[str, int], ...]
    contact: ServiceContact


def tracking_page(session: Session, track_id: int, now: datetime) -> TrackingPage | None:
    """None where the parcel is no longer one of ours: it never left, or was taken back."""
    found = session.exec(
        select(Shipment, Order.channel_order_no, Shop.name)
        .join(Track, col(Track.tracking_no) == Shipment.tracking_no)
        .join(Order, col(Order.id) == Shipment.order_id)
        .join(Shop, col(Shop.id) == Order.shop_id)
        .where(Track.id == track_id)
        .order_by(col(Shipment.order_id))
        .limit(2)
    ).all()
    if not found:
        return None
    own, order_no, shop = found[0]
    contact = service_contact(session)
    if len(found) > 1:
        # Several orders under one waybill, perhaps by a typing error: the link tells of the parcel and of none of them.
        return TrackingPage(shop, "", tracks_of(session, [own], now), 0, (), contact)
    others = session.exec(
        select(Shipment)
        .where(Shipment.order_id == own.order_id, Shipment.id != own.id)
        .order_by(col(Shipment.id))
        .limit(_MOST_PARCELS)
    ).all()
    lines = select(OrderLine.title, OrderLine.quantity).where(OrderLine.order_id == own.order_id)
    goods = session.exec(lines.order_by(col(OrderLine.id)).limit(_MOST_GOODS)).all()
    rows = tracks_of(session, [own, *others], now)
    return TrackingPage(shop, order_no[-4:], rows, _waiting(session, own.order_id), tuple(goods), contact)


def _waiting(session: Session, order_id: int) -> int:
    wanted = (
        select(func.count(col(Delivery.id).distinct()))
        .join(DeliveryPiece, col(DeliveryPiece.delivery_id) == Delivery.id)
        .where(DeliveryPiece.order_id == order_id, col(Delivery.status).in_(OPEN))
    )
    return session.exec(wanted).one()
