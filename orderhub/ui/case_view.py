"""What does the page of one after-sale case show, as the browser gets it?

Of the buyer there is the channel's mask and nothing of the receiver: who decides about money sees this page too.
"""

from dataclasses import dataclass, field

from orderhub.automation.answering import may_answer
from orderhub.domain.aftersale import CaseOrigin
from orderhub.domain.aftersale_life import ENDED, LIFECYCLES
from orderhub.domain.refund_answer import (
    JD_REASONS,
    AnswerState,
    RefundAnswer,
    takes_picture,
    wants_address,
    wants_reason,
)
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel
from orderhub.insights.aftersale import CaseCard, OtherCase
from orderhub.insights.order_card import Moment
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, seen
from orderhub.kernel.veil import Money, OfBuyer
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.card_view import HoldView, ParcelView, TaskView
from orderhub.ui.card_words import card_view
from orderhub.ui.case_queue_view import case_href

_MINUTE = "%m-%d %H:%M"


@dataclass
class CaseLineView:
    """``meant`` pieces are of this case, ``amount`` is their share; both empty where the line is not meant."""

    title: str
    sku: str
    spec: str
    quantity: str
    total: Money
    meant: str
    amount: Money


@dataclass
class AnswerView:
    id: str
    decision: str
    amount: Money
    reason_code: str
    words: str
    by: str
    at: str
    exact: str
    state: str
    problem: str
    told: str


@dataclass
class OtherCaseView:
    id: str
    no: str
    href: str
    kind: str
    stage: str
    amount: Money
    order_no: str
    at: str
    is_same_order: bool


@dataclass
class CaseEntryView:
    """``source`` and ``target`` are stages of this case, or of another one of its order; ``word`` is plain text."""

    at: str
    exact: str
    kind: str
    source: str
    target: str
    decision: str
    word: str
    actor: str


@dataclass
class ReasonChoice:
    code: str
    name: str


@dataclass
class CaseView:
    """``decisions`` are the answers customer service may give now; those that pay are finance's."""

    id: str = ""
    no: str = ""
    kind: str = ""
    stage: str = ""
    status: str = ""
    origin: str = ""
    opened_by: str = ""
    amount: Money = ""
    left: Money = ""
    reason: str = ""
    reason_kind: str = "other"
    own_reason: str = ""
    due: str = ""
    due_exact: str = ""
    requested: str = ""
    return_no: str = ""
    channel: str = "taobao"
    shop: str = ""
    order_id: str = ""
    order_no: str = ""
    order_href: str = ""
    order_status: str = "to_review"
    placed_at: str = ""
    paid: Money = ""
    buyer: OfBuyer = ""
    buyer_remark: OfBuyer = ""
    seller_remark: str = ""
    staff_remark: str = ""
    tags: list[str] = field(default_factory=list)
    lines: list[CaseLineView] = field(default_factory=list)
    parcels: list[ParcelView] = field(default_factory=list)
    holds: list[HoldView] = field(default_factory=list)
    answers: list[AnswerView] = field(default_factory=list)
    others: list[OtherCaseView] = field(default_factory=list)
    tasks: list[TaskView] = field(default_factory=list)
    history: list[CaseEntryView] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    reason_choices: list[ReasonChoice] = field(default_factory=list)
    wants_reason: bool = False
    wants_address: bool = False
    takes_picture: bool = False
    may_withdraw: bool = False
    may_come_back: bool = False
    is_late: bool = False
    is_over: bool = False


def case_view(found: CaseCard) -> CaseView:
    case, order = found.case, found.card.order
    shown = card_view(found.card, "")
    waits = bool(found.answers) and found.answers[0].state is AnswerState.OPEN
    is_hand = case.origin is CaseOrigin.HAND and case.status not in ENDED and not waits
    has_list = case.channel is Channel.JD and case.kind is AftersaleKind.REFUND_BEFORE_SHIPPING and wants_reason(case)
    return CaseView(
        id=str(case.id),
        no=case.channel_refund_no,
        kind=case.kind,
        stage=case.stage,
        status=case.status,
        origin=case.origin,
        opened_by=case.opened_by,
        amount=money_text(case.amount_fen),
        left=money_text(found.left_fen),
        reason=case.reason,
        reason_kind=case.reason_kind,
        own_reason=found.own_reason,
        due="" if case.stage in ENDED else unix(case.deadline),
        due_exact=exact(case.deadline),
        requested=shanghai_text(case.requested_at, _MINUTE),
        return_no=case.return_tracking_no,
        channel=case.channel,
        shop=found.card.shop.name,
        order_id=str(order.id),
        order_no=order.channel_order_no,
        order_href=f"/orders?tab=all&order={order.id}",
        order_status=order.status,
        placed_at=shown.placed_at,
        paid=shown.paid,
        buyer=order.buyer_masked,
        buyer_remark=order.buyer_remark,
        seller_remark=order.seller_remark,
        staff_remark=order.staff_remark,
        tags=shown.tags,
        lines=_lines(found),
        parcels=shown.parcels,
        holds=shown.holds,
        answers=[_answer(one) for one in found.answers],
        others=[_other(other, order.id) for other in found.others],
        tasks=shown.tasks,
        history=[_entry(moment) for moment in found.card.timeline],
        decisions=[] if waits else [str(one) for one in may_answer(case) if not one.pays],
        reason_choices=[ReasonChoice(code, name) for code, name in JD_REASONS.items()] if has_list else [],
        wants_reason=wants_reason(case),
        wants_address=wants_address(case),
        takes_picture=takes_picture(case),
        may_withdraw=is_hand and case.approved_at is None,
        may_come_back=is_hand and LIFECYCLES[case.kind].may(case.status, AftersaleStatus.RETURNED),
        is_late=found.is_late,
        is_over=case.stage in ENDED,
    )


def _lines(found: CaseCard) -> list[CaseLineView]:
    meant = {one.line_id: one for one in found.lines}
    return [
        CaseLineView(
            title=line.title,
            sku=line.sku_code or "—",
            spec=line.spec,
            quantity=str(line.quantity),
            total=money_text(line.total_fen),
            meant=str(meant[line.id].quantity) if line.id in meant else "",
            amount=money_text(meant[line.id].amount_fen) if line.id in meant else "",
        )
        for line in found.card.lines
    ]


def _answer(one: RefundAnswer) -> AnswerView:
    return AnswerView(
        id=str(one.id),
        decision=one.decision,
        amount=money_text(one.amount_fen) if one.decision.pays else "",
        reason_code=one.reason_code,
        words=one.words,
        by=one.answered_by,
        at=shanghai_text(one.answered_at, _MINUTE),
        exact=exact(one.answered_at),
        state=one.state,
        problem=one.problem,
        told=shanghai_text(one.told_at, _MINUTE) if one.told_at else "",
    )


def _other(other: OtherCase, order_id: int) -> OtherCaseView:
    case = other.case
    return OtherCaseView(
        id=str(case.id),
        no=case.channel_refund_no,
        href=case_href(case.id),
        kind=case.kind,
        stage=case.stage,
        amount=money_text(case.amount_fen),
        order_no=other.order_no,
        at=shanghai_text(case.requested_at, _MINUTE),
        is_same_order=case.order_id == order_id,
    )


def _entry(moment: Moment) -> CaseEntryView:
    """Only facts a reader may see: stages, answers, tags, amounts."""
    body = moment.body
    is_move = moment.kind in ("stage_moved", "aftersale_moved")
    money = body.get("amount_fen", body.get("paid_fen", body.get("total_fen")))
    return CaseEntryView(
        at=shanghai_text(moment.at, _MINUTE),
        exact=exact(moment.at),
        kind=moment.kind,
        source=str(body.get("source", "")) if is_move else "",
        target=str(body.get("target", "")) if is_move else "",
        decision=str(body.get("decision", "")) if moment.subject_type == "aftersale" else "",
        word=str(body.get("tag", ""))
        or (seen(FieldGroup.MONEY, money_text(money)) if isinstance(money, int) and money else ""),
        actor=moment.actor,
    )
