"""What do we know of the parcels that a carrier charges for? Whether they left, what they weigh, where they went."""

from collections.abc import Iterator, Sequence

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from orderhub.domain.carrier_service import CarrierService, carrier_named
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.freight import Parcel
from orderhub.domain.order import Order, Shipment
from orderhub.domain.provinces import province_of
from orderhub.domain.sku import Sku
from orderhub.domain.waybill import Waybill
from orderhub.domain.words import Carrier


def parcels_of(session: Session, carrier: Carrier, numbers: Sequence[str]) -> dict[str, Parcel]:
    """By waybill; what none of ours bears is left out. What has left goes before what has not."""
    cards = _Cards(session, carrier)
    found = dict(_asked_for(session, numbers)) | dict(_told_by_channels(session, numbers, cards))
    for number, parcel in _delivered(session, numbers, cards):
        if parcel.has_left or number not in found:
            found[number] = parcel
    return found


class _Cards:
    """The prices of a carrier: those a delivery was planned with, else its best service of the warehouse."""

    def __init__(self, session: Session, carrier: Carrier) -> None:
        wanted = select(CarrierService).where(CarrierService.carrier == carrier)
        self._cards = list(session.exec(wanted.order_by(col(CarrierService.rank), col(CarrierService.id))))

    def of(self, service_id: int = 0, warehouse_id: int = 0) -> CarrierService | None:
        planned = next((card for card in self._cards if card.id == service_id), None)
        here = (card for card in self._cards if card.is_active and card.warehouse_id in (0, warehouse_id))
        return planned or next(here, None)


def _asked_for(session: Session, numbers: Sequence[str]) -> Iterator[tuple[str, Parcel]]:
    """Waybills that a carrier gave us; whether a parcel left with one is said elsewhere."""
    wanted = select(Waybill.tracking_no, Waybill.carrier).where(col(Waybill.tracking_no).in_(numbers))
    for number, carrier in session.exec(wanted):
        yield number, Parcel(has_left=False, carrier=Carrier(carrier))


def _told_by_channels(session: Session, numbers: Sequence[str], cards: _Cards) -> Iterator[tuple[str, Parcel]]:
    """Parcels of orders, whoever sent them: their pieces, and so their weight, are not known from here."""
    wanted = (
        select(Shipment.tracking_no, Shipment.carrier_code, Shipment.carrier_name, Order.receiver_region)
        .join(Order, col(Order.id) == Shipment.order_id)
        .where(col(Shipment.tracking_no).in_(numbers))
        .order_by(col(Shipment.id))
    )
    for number, code, name, region in session.exec(wanted):
        known = next((one for one in Carrier if one == code), None) or carrier_named(name)
        yield number, Parcel(has_left=True, carrier=known, province=province_of(region), card=cards.of())


def _delivered(session: Session, numbers: Sequence[str], cards: _Cards) -> Iterator[tuple[str, Parcel]]:
    wanted = select(Delivery).where(col(Delivery.tracking_no).in_(numbers)).order_by(col(Delivery.id))
    deliveries = list(session.exec(wanted))
    ids = [delivery.id for delivery in deliveries]
    grams, regions = _grams(session, ids), _regions(session, ids)
    for delivery in sorted(deliveries, key=lambda one: one.status is DeliveryStatus.LEFT):
        yield (
            delivery.tracking_no,
            Parcel(
                has_left=delivery.status is DeliveryStatus.LEFT,
                carrier=delivery.carrier,
                grams=grams.get(delivery.id, 0),
                province=province_of(regions.get(delivery.id, "")),
                card=cards.of(delivery.service_id, delivery.warehouse_id),
            ),
        )


def _grams(session: Session, delivery_ids: Sequence[int]) -> dict[int, int]:
    """Only of those whose every piece has a weight."""
    unweighed = func.sum(case((func.coalesce(Sku.weight_grams, 0) == 0, 1), else_=0))
    wanted = (
        select(DeliveryPiece.delivery_id, func.sum(DeliveryPiece.quantity * Sku.weight_grams), unweighed)
        .outerjoin(Sku, col(Sku.id) == DeliveryPiece.sku_id)
        .where(col(DeliveryPiece.delivery_id).in_(delivery_ids))
        .group_by(col(DeliveryPiece.delivery_id))
    )
    return {delivery_id: int(grams) for delivery_id, grams, lacking in session.exec(wanted) if not lacking and grams}


def _regions(session: Session, delivery_ids: Sequence[int]) -> dict[int, str]:
    """Orders in one parcel go to one receiver."""
    wanted = (
        select(DeliveryPiece.delivery_id, func.min(Order.receiver_region))
        .join(Order, col(Order.id) == DeliveryPiece.order_id)
        .where(col(DeliveryPiece.delivery_id).in_(delivery_ids))
        .group_by(col(DeliveryPiece.delivery_id))
    )
    return dict(session.exec(wanted).all())
