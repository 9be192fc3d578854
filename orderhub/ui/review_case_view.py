"""What does the review of one case show, as the browser gets it? No buyer's name, phone or address."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.automation.answering import may_answer
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.finance_review import FinanceReview, ReviewState, may_decide
from orderhub.domain.hand_payment import is_to_pay
from orderhub.domain.order import Shipment
from orderhub.domain.refund_answer import JD_REASONS, fitting, is_late
from orderhub.domain.words import AftersaleKind, Channel
from orderhub.insights.case_review import CaseLineRow, OtherCase, case_review
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.eventlog import Event
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.veil import Money, OfBuyer
from orderhub.ui.board_rows import exact, unix

_MINUTE = "%m-%d %H:%M"


@dataclass
class ReasonCode:
    code: str
    said: str


@dataclass
class CaseLineView:
    title: str
    sku: str
    pieces: str
    of_pieces: str
    amount: Money


@dataclass
class CaseParcelView:
    no: str
    carrier: str
    shipped: str


@dataclass
class CaseHoldView:
    reason: str
    note: str
    by: str


@dataclass
class EventView:
    """``target`` is a case's status where the event names one."""

    id: str
    at: str
    exact: str
    kind: str
    target: str
    money: Money
    actor: str


@dataclass
class OtherCaseView:
    id: str
    no: str
    order_no: str
    kind: str
    stage: str
    amount: Money
    at: str


@dataclass
class TurnView:
    """One review; ``decided_at`` is empty while it is open."""

    id: str
    turn: str
    state: str
    asked_by: str
    decided_by: str
    decided_at: str
    amount: Money
    note: str
    is_by_rule: bool


@dataclass
class ReviewCaseView:
    """``review_id`` is empty where no review is open. ``pays`` and ``refuses`` are the answers that may be offered,
    empty where there is none; ``is_by_hand``: the channel takes them in its own back office only.

    ``seen_fen`` is what whoever agrees has seen. ``reason_codes`` is empty where the channel lists its own per case;
    ``needs_code``: it wants a number of one then.
    """

    case_id: str = ""
    review_id: str = ""
    no: str = ""
    order_id: str = ""
    order_no: str = ""
    channel: str = ""
    shop: str = ""
    kind: str = ""
    stage: str = ""
    reason: str = ""
    reason_said: str = ""
    asked: str = ""
    seen_fen: Money = ""
    amount: Money = ""
    amount_yuan: Money = ""
    paid: Money = ""
    left: Money = ""
    due: str = ""
    due_exact: str = ""
    asked_by: str = ""
    opened_by: str = ""
    owner: str = ""
    buyer_remark: OfBuyer = ""
    seller_remark: str = ""
    staff_remark: str = ""
    pays: str = ""
    refuses: str = ""
    is_by_hand: bool = False
    waits_goods: bool = False
    is_late: bool = False
    takes_amount: bool = False
    needs_code: bool = False
    takes_picture: bool = False
    is_to_pay: bool = False
    reference: str = ""
    paid_by: str = ""
    reason_codes: list[ReasonCode] = field(default_factory=list)
    lines: list[CaseLineView] = field(default_factory=list)
    parcels: list[CaseParcelView] = field(default_factory=list)
    holds: list[CaseHoldView] = field(default_factory=list)
    turns: list[TurnView] = field(default_factory=list)
    events: list[EventView] = field(default_factory=list)
    others: list[OtherCaseView] = field(default_factory=list)


def review_case_view(session: Session, case_id: int, now: datetime) -> ReviewCaseView:
    """Raises: NotFound: there is no such case."""
    found = case_review(session, case_id)
    case, order = found.case, found.order
    review = next((one for one in found.reviews if one.state is ReviewState.OPEN), None)
    offered = may_answer(case)
    pays = next((str(one) for one in offered if one.pays), "")
    refuses = next((str(one) for one in offered if one.refuses), "")
    agreed = next((one.decided_fen for one in found.reviews if one.decided_fen is not None), None)
    amount = case.amount_fen if review or agreed is None else agreed
    waits = review is not None and not may_decide(case)
    return ReviewCaseView(
        case_id=str(case.id),
        review_id=str(review.id) if review else "",
        no=case.channel_refund_no,
        order_id=str(order.id),
        order_no=order.channel_order_no,
        channel=case.channel,
        shop=found.shop.name,
        kind=case.kind,
        stage=case.stage,
        reason=case.reason_kind,
        reason_said=case.reason,
        asked=shanghai_text(case.requested_at, _MINUTE),
        seen_fen=str(case.amount_fen),
        amount=money_text(amount),
        amount_yuan=yuan_text(case.amount_fen),
        paid=money_text(order.paid_fen),
        left=money_text(max(found.left_fen, 0)),
        due=unix(review.due_at) if review and not waits else "",
        due_exact=exact(review.due_at) if review else "",
        asked_by=review.asked_by if review else "",
        opened_by=case.opened_by,
        owner=found.owner if review else "",
        buyer_remark=order.buyer_remark,
        seller_remark=order.seller_remark,
        staff_remark=order.staff_remark,
        pays=pays,
        refuses=refuses,
        is_by_hand=review is not None and not waits and not pays and _waits_elsewhere(case),
        waits_goods=waits,
        is_late=is_late(case, now),
        takes_amount=case.is_ours,
        needs_code=_needs_code(case),
        takes_picture=case.channel is Channel.DOUYIN and not case.is_ours,
        is_to_pay=is_to_pay(case),
        reference=found.payment.reference if found.payment else "",
        paid_by=found.payment.paid_by if found.payment else "",
        reason_codes=_codes(case),
        lines=[_line(one) for one in found.lines],
        parcels=[_parcel(one) for one in found.parcels],
        holds=[CaseHoldView(one.reason, one.note, one.by) for one in found.holds],
        turns=[_turn(one) for one in found.reviews],
        events=[_event(one) for one in found.events],
        others=[_other(one) for one in found.others],
    )


def _waits_elsewhere(case: Aftersale) -> bool:
    """An answer would fit, or the kind is one we do not know: the channel's own pages know what to do."""
    return bool(fitting(case)) or case.kind is AftersaleKind.UNKNOWN


def _needs_code(case: Aftersale) -> bool:
    return not case.is_ours and case.channel in (Channel.DOUYIN, Channel.JD) and not _codes(case)


def _codes(case: Aftersale) -> list[ReasonCode]:
    if case.is_ours or case.channel is not Channel.JD or case.kind is not AftersaleKind.REFUND_BEFORE_SHIPPING:
        return []
    return [ReasonCode(code, said) for code, said in JD_REASONS.items()]


def _line(row: CaseLineRow) -> CaseLineView:
    return CaseLineView(row.title, row.sku_code, str(row.quantity), str(row.of_quantity), money_text(row.amount_fen))


def _parcel(parcel: Shipment) -> CaseParcelView:
    shipped = shanghai_text(parcel.shipped_at, _MINUTE) if parcel.shipped_at else ""
    return CaseParcelView(parcel.tracking_no, parcel.carrier_name or parcel.carrier_code, shipped)


def _turn(review: FinanceReview) -> TurnView:
    amount = review.amount_fen if review.decided_fen is None else review.decided_fen
    return TurnView(
        id=str(review.id),
        turn=str(review.turn),
        state=review.state,
        asked_by=review.asked_by,
        decided_by=review.decided_by,
        decided_at=shanghai_text(review.decided_at, _MINUTE) if review.decided_at else "",
        amount=money_text(amount),
        note=review.note,
        is_by_rule=review.is_by_rule,
    )


def _event(event: Event) -> EventView:
    fen = event.body.get("amount_fen")
    return EventView(
        id=str(event.id),
        at=shanghai_text(event.at, _MINUTE),
        exact=exact(event.at),
        kind=event.kind,
        target=str(event.body.get("target", "")) if event.kind in ("stage_moved", "aftersale_moved") else "",
        money=money_text(fen) if isinstance(fen, int) and fen else "",
        actor=event.actor,
    )


def _other(other: OtherCase) -> OtherCaseView:
    case = other.case
    return OtherCaseView(
        id=str(case.id),
        no=case.channel_refund_no,
        order_no=other.order_no,
        kind=case.kind,
        stage=case.stage,
        amount=money_text(case.amount_fen),
        at=shanghai_text(case.requested_at, _MINUTE),
    )
