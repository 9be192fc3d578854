"""What does the section of an exchange or a resend show, as the browser gets it?"""

from dataclasses import dataclass, field, replace

from sqlmodel import Session

from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.replacement import ReplacementState
from orderhub.insights.replacement import GoodsRow, ReplacementCard, replacement_card, sku_choices
from orderhub.kernel.clock import shanghai_text

_MINUTE = "%m-%d %H:%M"


@dataclass
class GoodsView:
    """``name`` is the form's field for how many of it; ``available`` is empty where no stock is kept."""

    id: str
    name: str
    code: str
    title: str
    quantity: str
    available: str
    is_short: bool


@dataclass
class ParcelView:
    id: str
    warehouse: str
    carrier: str
    waybill: str
    status: str
    left: str


@dataclass
class ReplacementView:
    """``case_id`` is empty where the case sends nothing; ``state`` while nothing is promised.

    ``tells_by_hand``: its channel is told the waybill in its back office.
    """

    case_id: str = ""
    kind: str = ""
    channel: str = ""
    state: str = ""
    because: str = ""
    by: str = ""
    at: str = ""
    may_promise: bool = False
    may_take_back: bool = False
    needs_reason: bool = False
    keeps_stock: bool = False
    waits_for: str = ""
    tells_by_hand: bool = False
    goods: list[GoodsView] = field(default_factory=list)
    parcels: list[ParcelView] = field(default_factory=list)


def replacement_view(session: Session, case_id: int) -> ReplacementView:
    card = replacement_card(session, case_id)
    if card is None:
        return ReplacementView()
    standing = card.standing
    is_waiting = standing is not None and standing.state is ReplacementState.WAITING
    goods = [goods_view(one) for one in card.goods]
    if card.is_promised and not is_waiting:  # they are held for it: what is free does not matter any more
        goods = [replace(one, available="", is_short=False) for one in goods]
    return ReplacementView(
        case_id=str(card.case.id),
        kind=card.case.kind,
        channel=card.case.channel,
        state=standing.state if standing else "",
        because=standing.because if standing else "",
        by=standing.promised_by if standing else "",
        at=shanghai_text(standing.promised_at, _MINUTE) if standing else "",
        may_promise=card.may_promise,
        may_take_back=card.may_take_back,
        needs_reason=card.needs_reason,
        keeps_stock=card.keeps_stock,
        waits_for=", ".join(one.code for one in card.goods if one.is_short) if is_waiting else "",
        tells_by_hand=not card.case.is_ours,
        goods=goods,
        parcels=_parcels(card),
    )


def goods_view(one: GoodsRow) -> GoodsView:
    return GoodsView(
        id=str(one.sku_id),
        name=f"piece-{one.sku_id}",
        code=one.code,
        title=one.title,
        quantity=str(one.quantity),
        available="" if one.available is None else f"{one.available:,}",
        is_short=one.is_short,
    )


def choices_view(session: Session, text: str) -> list[GoodsView]:
    return [goods_view(one) for one in sku_choices(session, text)]


def _parcels(card: ReplacementCard) -> list[ParcelView]:
    return [
        ParcelView(
            id=str(one.id),
            warehouse=warehouse,
            carrier=one.carrier or "",
            waybill=one.tracking_no,
            status=one.status,
            left=shanghai_text(one.left_at, _MINUTE) if one.left_at and one.status is DeliveryStatus.LEFT else "",
        )
        for one, warehouse in card.deliveries
    ]
