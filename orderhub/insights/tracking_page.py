"""What may whoever holds a parcel's link know? The parcel, its order's other parcels, and whom to ask."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, true
from sqlalchemy import select as columns
from sqlmodel import Session, col, func

from orderhub.domain.delivery import OPEN, Delivery, DeliveryPiece
from orderhub.domain.order import Order, OrderLine, Shipment
from orderhub.domain.service_contact import ServiceContact
from orderhub.domain.shop import Shop
from orderhub.domain.track import Track
from orderhub.insights.order_track import TrackRow, rows_of

_MOST_PARCELS = 12
_MOST_GOODS = 30

# Built once: a page asks hundreds of times a second, and building them costs more than answering.
_WAITING = (
    columns(func.count(col(Delivery.id).distinct()))
    .join(DeliveryPiece, col(DeliveryPiece.delivery_id) == col(Delivery.id))
    .where(col(DeliveryPiece.order_id) == col(Shipment.order_id), col(Delivery.status).in_(OPEN))
    .correlate(Shipment)
    .scalar_subquery()
)
_OWN = (
    columns(Shipment, Track, col(Order.channel_order_no), col(Shop.name), _WAITING, ServiceContact)
    .join(Track, col(Track.tracking_no) == col(Shipment.tracking_no))
    .join(Order, col(Order.id) == col(Shipment.order_id))
    .join(Shop, col(Shop.id) == col(Order.shop_id))
    .join(ServiceContact, true(), isouter=True)
    .where(col(Track.id) == bindparam("track_id"))
    .order_by(col(Shipment.order_id))
    .limit(2)
)
_OTHERS = (
    columns(Shipment, Track)
    .join(Track, col(Track.tracking_no) == col(Shipment.tracking_no), isouter=True)
    .where(col(Shipment.order_id) == bindparam("order_id"), col(Shipment.id) != bindparam("own_id"))
    .order_by(col(Shipment.id))
    .limit(_MOST_PARCELS)
)
_GOODS = (
    columns(col(OrderLine.title), col(OrderLine.quantity))
    .where(col(OrderLine.order_id) == bindparam("order_id"))
    .order_by(col(OrderLine.id))
    .limit(_MOST_GOODS)
)


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
    found = session.execute(_OWN, {"track_id": track_id}).all()
    if not found:
        return None
    own, track, order_no, shop, waiting, standing = found[0]
    contact = standing or ServiceContact()
    if len(found) > 1:
        # Several orders under one waybill, perhaps by a typing error: the link tells of the parcel and of none of them.
        return TrackingPage(shop, "", rows_of(session, [(own, track)], now), 0, (), contact)
    others = session.execute(_OTHERS, {"order_id": own.order_id, "own_id": own.id}).all()
    goods = session.execute(_GOODS, {"order_id": own.order_id}).all()
    rows = rows_of(session, [(own, track), *((parcel, its) for parcel, its in others)], now)
    return TrackingPage(shop, order_no[-4:], rows, waiting, tuple((title, pieces) for title, pieces in goods), contact)
