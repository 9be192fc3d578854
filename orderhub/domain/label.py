"""What stands on the label of a parcel? People as masks: whoever delivers it has the rest from the carrier."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.delivery import Delivery, DeliveryPiece
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.sku import Sku
from orderhub.domain.waybill import Waybill, WaybillState


@dataclass(frozen=True)
class Party:
    name: str
    phone: str
    address: str


@dataclass(frozen=True)
class Goods:
    """``code`` is the SKU's, or the order's own where no SKU is known."""

    code: str
    title: str
    pieces: int


@dataclass(frozen=True)
class Label:
    """``route`` is printed large, ``extra`` is the carrier's (``product``, ``sorting``, ``qr``); ``prints`` counts this
    printing too."""

    delivery_id: int
    carrier_name: str
    tracking_no: str
    route: str
    receiver: Party
    sender: Party
    order_nos: tuple[str, ...]
    goods: tuple[Goods, ...]
    prints: int
    printed_at: datetime
    extra: Mapping[str, str] = field(default_factory=dict)


def labels_of(
    session: Session, waybills: Sequence[Waybill], senders: Mapping[int, Party], *, now: datetime
) -> list[Label]:
    """Of waybills that are made, in their order; ``senders`` by account."""
    ids = [waybill.delivery_id for waybill in waybills]
    orders, goods = orders_in(session, ids), goods_in(session, ids)
    return [
        Label(
            delivery_id=one.delivery_id,
            carrier_name=one.carrier.trade_name,
            tracking_no=one.tracking_no,
            route=one.label_code,
            receiver=_receiver(orders[one.delivery_id][0]),
            sender=senders[one.account_id],
            order_nos=tuple(order.channel_order_no for order in orders[one.delivery_id]),
            goods=tuple(goods[one.delivery_id]),
            prints=one.prints,
            printed_at=now,
            extra=one.label,
        )
        for one in waybills
    ]


def borne_waybills(session: Session, delivery_ids: Sequence[int]) -> list[Waybill]:
    """The made waybill that each delivery bears, locked, in the order of ``delivery_ids``; some may bear none."""
    wanted = (
        select(Waybill)
        .join(Delivery, col(Delivery.id) == Waybill.delivery_id)
        .where(
            col(Waybill.delivery_id).in_(list(delivery_ids)),
            Waybill.state == WaybillState.MADE,
            Waybill.tracking_no == Delivery.tracking_no,
        )
        .order_by(col(Waybill.id))
        .with_for_update(of=Waybill)
    )
    found = {one.delivery_id: one for one in session.exec(wanted)}
    return [found[delivery_id] for delivery_id in dict.fromkeys(delivery_ids) if delivery_id in found]


def orders_in(session: Session, delivery_ids: Sequence[int]) -> dict[int, list[Order]]:
    """By delivery, oldest first."""
    wanted = (
        select(DeliveryPiece.delivery_id, Order)
        .join(Order, col(Order.id) == DeliveryPiece.order_id)
        .where(col(DeliveryPiece.delivery_id).in_(list(delivery_ids)))
        .order_by(col(DeliveryPiece.delivery_id), col(Order.id))
    )
    found: dict[int, dict[int, Order]] = defaultdict(dict)
    for delivery_id, order in session.exec(wanted):
        found[delivery_id][order.id] = order
    return {delivery_id: list(orders.values()) for delivery_id, orders in found.items()}


def goods_in(session: Session, delivery_ids: Sequence[int]) -> dict[int, list[Goods]]:
    """Pieces by delivery and SKU, by its code; by the order's own words where no SKU is known."""
    wanted = (
        select(DeliveryPiece, OrderLine, Sku)
        .join(OrderLine, col(OrderLine.id) == DeliveryPiece.line_id)
        .join(Sku, col(Sku.id) == DeliveryPiece.sku_id, isouter=True)
        .where(col(DeliveryPiece.delivery_id).in_(list(delivery_ids)))
    )
    counted: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for piece, line, sku in session.exec(wanted):
        what = (sku.code, sku.title or line.title) if sku else (line.sku_code, line.title)
        inside = counted[piece.delivery_id]
        inside[what] = inside.get(what, 0) + piece.quantity
    return {
        delivery_id: [Goods(code, title, pieces) for (code, title), pieces in sorted(inside.items())]
        for delivery_id, inside in counted.items()
    }


def _receiver(order: Order) -> Party:
    address = " ".join(filter(None, (order.receiver_region, order.receiver_address_masked)))
    return Party(order.receiver_name_masked, order.receiver_phone_masked, address)
