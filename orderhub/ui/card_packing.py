"""What does the drawer show of an order's parcels, and what may be chosen for them?"""

from dataclasses import dataclass, field

from orderhub.domain.delivery import OPEN, DeliveryStatus
from orderhub.domain.order import OrderStatus
from orderhub.domain.words import Carrier
from orderhub.insights.order_card import OrderCard
from orderhub.insights.order_deliveries import Companion, DeliveryRow, ServiceRow
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import unix


@dataclass
class PieceView:
    """``name`` is the form's field for how many of it go elsewhere."""

    name: str
    code: str
    quantity: str


@dataclass
class CompanionView:
    """``apart`` is empty where it may be merged."""

    delivery: str
    no: str
    href: str
    apart: str


@dataclass
class DeliveryView:
    """``waybill`` is empty while none is known; ``due`` as unix seconds; ``mark``: the kind of case it is for."""

    id: str
    mark: str
    warehouse: str
    carrier: str
    product: str
    status: str
    waybill: str
    share: Money
    due: str
    may_split: bool
    may_unmerge: bool
    pieces: list[PieceView] = field(default_factory=list)
    companions: list[CompanionView] = field(default_factory=list)
    suggested: list[CompanionView] = field(default_factory=list)


@dataclass
class ChoiceView:
    id: str
    name: str


@dataclass
class PackingView:
    may_be_sent_anew: bool = False
    deliveries: list[DeliveryView] = field(default_factory=list)
    warehouses: list[ChoiceView] = field(default_factory=list)
    services: list[ChoiceView] = field(default_factory=list)


def packing_view(card: OrderCard) -> PackingView:
    ways = card.ways
    return PackingView(
        may_be_sent_anew=card.status in (OrderStatus.TO_SHIP, OrderStatus.TO_ALLOCATE)
        and not card.order.is_held
        and bool(ways.warehouses or ways.services),
        deliveries=[_delivery(one) for one in card.deliveries],
        warehouses=[ChoiceView(str(warehouse_id), name) for warehouse_id, name in ways.warehouses],
        services=[ChoiceView(str(one.id), _service(one)) for one in ways.services],
    )


def _delivery(row: DeliveryRow) -> DeliveryView:
    one = row.delivery
    is_free = one.status is DeliveryStatus.PLANNED and not one.tracking_no
    return DeliveryView(
        id=str(one.id),
        mark=row.kind,
        warehouse=row.warehouse,
        carrier=one.carrier or "",
        product=row.product,
        status=one.status,
        waybill=one.tracking_no,
        share=money_text(row.share_fen),
        due=unix(one.ship_by) if one.status in OPEN else "",
        may_split=is_free and not row.holds_merged and sum(piece.quantity for piece in row.pieces) > 1,
        may_unmerge=row.holds_merged and not one.tracking_no and one.status in OPEN,
        pieces=[PieceView(f"piece-{piece.id}", piece.code, str(piece.quantity)) for piece in row.pieces],
        companions=[_companion(other) for other in row.companions],
        suggested=[_companion(other) for other in row.suggested],
    )


def _companion(other: Companion) -> CompanionView:
    href = f"/orders?tab=all&order={other.order_id}"
    return CompanionView(str(other.delivery_id), other.order_no, href, other.apart or "")


def _service(one: ServiceRow) -> str:
    """Carriers have the same name in both languages: what stands on their vans."""
    return " · ".join(filter(None, (f"{Carrier(one.carrier).trade_name} {one.product}".strip(), one.warehouse)))
