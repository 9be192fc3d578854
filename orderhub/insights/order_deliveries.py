"""In which parcels does an order leave, with whom, and which share of its money is in each?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from orderhub.domain.carrier_service import CarrierService
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus, deliveries_of
from orderhub.domain.delivery_plan import not_planned
from orderhub.domain.merge_partners import Apart, partners
from orderhub.domain.merge_setting import MergeMode, merge_setting
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.parcelling import money_shares
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.insights.replacement import case_kinds

_SHOWN = (DeliveryStatus.PLANNED, DeliveryStatus.PACKED, DeliveryStatus.LEFT)


@dataclass(frozen=True)
class PieceRow:
    """``code`` is the SKU's, or the line's title where no stock is kept."""

    id: int
    code: str
    quantity: int


@dataclass(frozen=True)
class Companion:
    """Another order: in the same parcel, or in one that might be merged; ``apart`` is why it cannot."""

    order_id: int
    order_no: str
    delivery_id: int
    apart: Apart | None = None


@dataclass(frozen=True)
class DeliveryRow:
    """``share_fen`` of what the order was paid is in it; ``holds_merged``: it can be taken apart again.

    ``kind`` of the case whose goods are in it, empty for the order's own: no share of the money is theirs.
    """

    delivery: Delivery
    warehouse: str
    product: str
    pieces: tuple[PieceRow, ...]
    share_fen: int
    holds_merged: bool
    companions: tuple[Companion, ...]
    suggested: tuple[Companion, ...]
    kind: str = ""


@dataclass(frozen=True)
class ServiceRow:
    id: int
    carrier: str
    product: str
    warehouse: str


@dataclass(frozen=True)
class Ways:
    """What a person may choose from: warehouses as (id, name), services by rank."""

    warehouses: tuple[tuple[int, str], ...]
    services: tuple[ServiceRow, ...]


def deliveries(session: Session, order: Order, lines: Sequence[OrderLine]) -> tuple[DeliveryRow, ...]:
    """Those that are planned, packed or have left, oldest first."""
    found = deliveries_of(session, order.id, *_SHOWN, case_id=None)
    if not found:
        return ()
    wanted = select(DeliveryPiece).where(col(DeliveryPiece.delivery_id).in_([one.id for one in found]))
    pieces = session.exec(wanted.order_by(col(DeliveryPiece.id))).all()
    own = {one.id for one in found if not one.aftersale_id}
    mine = [piece for piece in pieces if piece.order_id == order.id and piece.delivery_id in own]
    shares = _shares(session, order, lines, mine)
    kinds = case_kinds(session, found)
    names = _names(session, pieces, lines)
    warehouses = dict(session.exec(select(Warehouse.id, Warehouse.name)).all())
    products = dict(session.exec(select(CarrierService.id, CarrierService.product)).all())
    merged = set(session.exec(select(Delivery.into_id).where(col(Delivery.into_id).in_([one.id for one in found]))))
    return tuple(
        DeliveryRow(
            delivery=one,
            warehouse=warehouses.get(one.warehouse_id, ""),
            product=products.get(one.service_id, ""),
            pieces=tuple(
                PieceRow(piece.id, names[piece.id], piece.quantity)
                for piece in pieces
                if piece.delivery_id == one.id and piece.order_id == order.id
            ),
            share_fen=sum(shares.get(piece.id, 0) for piece in pieces if piece.delivery_id == one.id),
            holds_merged=one.id in merged,
            companions=_companions(session, one, order),
            suggested=_suggested(session, one),
            kind=kinds.get(one.aftersale_id, ""),
        )
        for one in found
    )


def ways(session: Session) -> Ways:
    ranked = select(Warehouse.id, Warehouse.name).where(col(Warehouse.id) > 0)
    warehouses = session.exec(ranked.order_by(col(Warehouse.rank), col(Warehouse.id))).all()
    names = dict(warehouses)
    wanted = select(CarrierService).where(col(CarrierService.is_active))
    offered = session.exec(wanted.order_by(col(CarrierService.rank), col(CarrierService.id)))
    services = (ServiceRow(one.id, one.carrier, one.product, names.get(one.warehouse_id, "")) for one in offered)
    return Ways(tuple(warehouses), tuple(services))


def _shares(
    session: Session, order: Order, lines: Sequence[OrderLine], pieces: Sequence[DeliveryPiece]
) -> dict[int, int]:
    """Fen by piece; what is in no parcel yet keeps its share."""
    parts = [(piece.id, piece.line_id, piece.quantity) for piece in pieces]
    rest = [(-1, line_id, count) for (line_id, _), count in not_planned(session, order).items()]
    of_part, _ = money_shares(order.paid_fen, {line.id: line.total_fen for line in lines}, [*parts, *rest])
    return of_part


def _names(session: Session, pieces: Sequence[DeliveryPiece], lines: Sequence[OrderLine]) -> dict[int, str]:
    wanted = select(Sku.id, Sku.code).where(col(Sku.id).in_({piece.sku_id for piece in pieces}))
    codes = dict(session.exec(wanted).all())
    titles = {line.id: line.sku_code or line.title for line in lines}
    return {piece.id: codes.get(piece.sku_id) or titles.get(piece.line_id, "") for piece in pieces}


def _companions(session: Session, delivery: Delivery, order: Order) -> tuple[Companion, ...]:
    wanted = (
        select(Order.id, Order.channel_order_no)
        .join(DeliveryPiece, col(DeliveryPiece.order_id) == Order.id)
        .where(DeliveryPiece.delivery_id == delivery.id, Order.id != order.id)
        .distinct()
        .order_by(col(Order.id))
    )
    return tuple(Companion(order_id, number, delivery.id) for order_id, number in session.exec(wanted))


def _suggested(session: Session, delivery: Delivery) -> tuple[Companion, ...]:
    """Deliveries to the same receiver that it might leave with, as the merchant's setting wants it."""
    setting = merge_setting(session)
    if setting.mode is MergeMode.OFF or delivery.status is not DeliveryStatus.PLANNED:
        return ()
    found = []
    for partner, apart in partners(session, delivery, setting.buffer):
        inside = select(DeliveryPiece.order_id).where(DeliveryPiece.delivery_id == partner.id)
        first = session.exec(select(Order).where(col(Order.id).in_(inside)).order_by(col(Order.id)).limit(1)).one()
        found.append(Companion(first.id, first.channel_order_no, partner.id, apart))
    return tuple(found)
