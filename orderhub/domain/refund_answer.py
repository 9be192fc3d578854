"""What has the merchant answered to a case, who, when, and does its channel know? One answer at a time for each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from orderhub.domain import interception
from orderhub.domain.aftersale import Aftersale, AftersaleEvent, case_of, restage
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order
from orderhub.domain.rollout import check_goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, RefundDecision, UploadProblem
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_text

# Source: the comments of `replyRefund`, field rejectType, read 2026-11. Other channels list theirs per case.
JD_REASONS = {
    "1": "商品已在配送途中，无法取消（支持拒收）",
    "2": "商品已签收，无法取消",
    "3": "国际站保税区订单，已报关",
    "4": "已电话沟通客户，客户同意签收商品",
    "5": "其他",
    "6": "商品已在配送途中，无法取消（不支持拒收）",
}
WORDS_LEAST, WORDS_MOST = 2, 200  # Source: `taobao.refund.refuse`, the narrowest of them
_NEED_REASON = (Channel.DOUYIN, Channel.JD)
_NEED_ADDRESS = (Channel.DOUYIN, Channel.PINDUODUO)
_TAKE_PICTURE = (Channel.DOUYIN,)
_MONEY_GONE = (AftersaleStatus.APPROVED, AftersaleStatus.REFUNDING, AftersaleStatus.CLOSED)


class AnswerState(StrEnum):
    OPEN = "open"  # given, and its channel may not know yet
    TOLD = "told"
    REFUSED = "refused"  # the channel said no: answer again
    OVERTAKEN = "overtaken"  # the case moved on by itself first


_OPEN = text("state = 'open'")


class RefundAnswer(SQLModel, table=True):
    """``turn`` counts the answers to one case; ``amount_fen`` is what it stood at, and goes back by it if it pays.

    The time to answer is ``answered_at`` less the case's ``requested_at``; ``told_at`` is when its channel took it.
    """

    __tablename__ = "refund_answer"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("aftersale_id", "turn"),
        Index("uq_refund_answer_open", "aftersale_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_refund_answer_answered_at", "answered_at"),
    )

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId)
    turn: int
    decision: RefundDecision = Field(sa_type=word(RefundDecision))
    amount_fen: int = Field(sa_type=BigId)
    reason_code: str = Field(default="", max_length=32)
    words: str = Field(default="", max_length=WORDS_MOST)
    picture: str = Field(default="", max_length=500)
    address_no: str = Field(default="", max_length=32)
    state: AnswerState = Field(default=AnswerState.OPEN, sa_type=word(AnswerState))
    problem: UploadProblem = Field(default=UploadProblem.NONE, sa_type=word(UploadProblem))
    partner_code: str = Field(default="", max_length=64)
    answered_by: str = Field(max_length=64)
    answered_at: datetime = Field(sa_type=Moment)
    told_at: datetime | None = Field(default=None, sa_type=Moment)


class CaseEnded(RuleBroken):
    code = "case_ended"


class NotTheTurn(RuleBroken):
    code = "not_the_turn"


class AnsweredAlready(RuleBroken):
    code = "answered_already"


class MoreThanLeft(RuleBroken):
    code = "more_than_left"


class DeadlinePast(RuleBroken):
    code = "deadline_past"


@dataclass(frozen=True)
class RefundAnswered(AftersaleEvent):
    decision: str
    amount_fen: int
    turn: int


@dataclass(frozen=True)
class RefundAnswerTold(AftersaleEvent):
    decision: str


@dataclass(frozen=True)
class RefundAnswerRefused(AftersaleEvent):
    decision: str
    problem: str
    partner_code: str


@dataclass(frozen=True)
class RefundAnswerOvertaken(AftersaleEvent):
    decision: str
    status: str


@dataclass(frozen=True)
class Wording:
    """What goes with an answer: see ``AnswerNotice``, whose fields these become."""

    reason_code: str = ""
    words: str = ""
    picture: str = ""
    address_no: str = ""


def answer(
    session: Session,
    case_id: int,
    decision: RefundDecision,
    wording: Wording | None = None,
    *,
    amount_fen: int | None = None,
    despite_deadline: bool = False,
    by: str,
    now: datetime,
) -> RefundAnswer:
    """Write down what the case is answered; its channel is told by itself. ``amount_fen``: what was asked for, unless
    the merchant pays by its own hand (the mini-program), where it may be less.

    Raises:
        NotFound: there is no such case. NotOurs: the present system answers this shop's cases.
        CaseEnded, NotTheTurn, AnsweredAlready: this answer does not fit the case as it stands.
        GoodsLeft: money before shipping is wanted for goods that have left.
        MoreThanLeft: the order has not that much money left to go back.
        DeadlinePast: the channel has decided by itself meanwhile; ``despite_deadline`` lets it say so itself.
        BadInput: a reason, words, an address or an amount is missing or not what the channel takes.
    """
    order, case = case_of(session, case_id)
    shop = session.get_one(Shop, case.shop_id)
    check_goes_out(shop, order.channel_order_no)
    _check_turn(session, case, decision)
    if decision.pays:
        interception.check_may_pay(session, order, case)
    told = _checked(case, decision, wording or Wording())
    amount = _amount(session, case, order, decision, amount_fen)
    if is_late(case, now) and not despite_deadline:
        raise DeadlinePast(
            f"{case.channel_refund_no}: {case.channel} decides alone since {case.deadline}; ask it first"
        )
    given = RefundAnswer(
        aftersale_id=case.id,
        turn=_last_turn(session, case.id) + 1,
        decision=decision,
        amount_fen=amount,
        **vars(told),
        answered_by=by,
        answered_at=now,
    )
    session.add(given)
    session.flush()
    record(session, RefundAnswered(case.id, case.order_id, decision, amount, given.turn), actor=by, now=now)
    interception.note_answer(session, case.id, now=now)
    if decision.pays:
        case.approved_at = now
        restage(session, case, by=by, now=now)
    return given


def fitting(case: Aftersale) -> list[RefundDecision]:
    """The answers that make sense now, whatever its channel can be told (``automation/answering.py``)."""
    return [decision for decision in RefundDecision if decision.fits(case.kind, case.status)]


def wants_reason(case: Aftersale) -> bool:
    """Its channel takes no refusal without a reason of its own list."""
    return case.channel in _NEED_REASON and not case.is_ours


def wants_address(case: Aftersale) -> bool:
    """Its channel wants to know where the goods shall go."""
    return case.channel in _NEED_ADDRESS and not case.is_ours


def takes_picture(case: Aftersale) -> bool:
    return case.channel in _TAKE_PICTURE and not case.is_ours


def is_late(case: Aftersale, now: datetime) -> bool:
    """Past its deadline the channel decides alone: what comes then it mostly calls answered already."""
    return case.deadline is not None and now >= case.deadline and case.status not in ENDED


def left_fen(session: Session, order: Order, *, without: Aftersale | None = None) -> int:
    """What was paid, less what went back in cases or is promised there, but for the one it is asked for."""
    promised = select(RefundAnswer.aftersale_id).where(
        RefundAnswer.aftersale_id == Aftersale.id,
        col(RefundAnswer.decision).in_((RefundDecision.APPROVE, RefundDecision.CONFIRM_GOODS)),
        col(RefundAnswer.state).in_((AnswerState.OPEN, AnswerState.TOLD)),
        col(Aftersale.status).not_in((AftersaleStatus.REJECTED, AftersaleStatus.WITHDRAWN)),
    )
    gone = select(func.coalesce(func.sum(Aftersale.amount_fen), 0)).where(
        Aftersale.order_id == order.id,
        Aftersale.id != (without.id if without else 0),
        Aftersale.kind != AftersaleKind.EXCHANGE,
        or_(col(Aftersale.status).in_(_MONEY_GONE), promised.exists()),
    )
    return order.paid_fen - int(session.exec(gone).one())


def answers_of(session: Session, case_id: int) -> list[RefundAnswer]:
    """Newest first."""
    wanted = select(RefundAnswer).where(RefundAnswer.aftersale_id == case_id)
    return list(session.exec(wanted.order_by(col(RefundAnswer.turn).desc())))


def standing_answer(session: Session, case: Aftersale) -> RefundAnswer | None:
    """The one its channel is about to be told, or was told without having moved the case since."""
    newest = next(iter(answers_of(session, case.id)), None)
    return newest if newest and _stands(newest, case) else None


def is_newest(session: Session, given: RefundAnswer) -> bool:
    return given.turn == _last_turn(session, given.aftersale_id)


def told(session: Session, given: RefundAnswer, *, now: datetime) -> None:
    case = session.get_one(Aftersale, given.aftersale_id)
    given.state, given.told_at, given.problem, given.partner_code = AnswerState.TOLD, now, UploadProblem.NONE, ""
    session.add(given)
    record(session, RefundAnswerTold(case.id, case.order_id, given.decision), actor=SYSTEM, now=now)
    interception.note_told(session, case.id, now=now)
    about = ("aftersale", case.id)
    resolve_anomaly(session, AnomalyKind.REFUND_NOT_ANSWERED, about=about, by=SYSTEM, now=now)


def refused(session: Session, given: RefundAnswer, problem: UploadProblem, partner_code: str, *, now: datetime) -> None:
    """The channel said no, or nothing in a day: somebody has to look, and may answer again."""
    case = session.get_one(Aftersale, given.aftersale_id)
    given.state, given.problem, given.partner_code = AnswerState.REFUSED, problem, partner_code[:64]
    session.add(given)
    _take_yes_back(session, case, now)
    happened = RefundAnswerRefused(case.id, case.order_id, given.decision, problem, partner_code)
    record(session, happened, actor=SYSTEM, now=now)
    open_anomaly(
        session,
        AnomalyKind.REFUND_NOT_ANSWERED,
        about=("aftersale", case.id),
        occurred_at=now,
        now=now,
        note=f"{case.channel_refund_no}: {problem.said}" + (f"（{partner_code}）" if partner_code else ""),
        at_risk_fen=case.amount_fen,
        order_id=case.order_id,
    )


def overtaken(session: Session, given: RefundAnswer, problem: UploadProblem, *, now: datetime) -> None:
    """It never left: the case was decided by the channel, its deadline or the buyer, or the present system answers."""
    case = session.get_one(Aftersale, given.aftersale_id)
    given.state, given.problem = AnswerState.OVERTAKEN, problem
    session.add(given)
    _take_yes_back(session, case, now)
    happened = RefundAnswerOvertaken(case.id, case.order_id, given.decision, case.status)
    record(session, happened, actor=SYSTEM, now=now)


def _take_yes_back(session: Session, case: Aftersale, now: datetime) -> None:
    """Nobody was told yes: the case stands where it stood."""
    case.approved_at = None
    restage(session, case, by=SYSTEM, now=now)


def _check_turn(session: Session, case: Aftersale, decision: RefundDecision) -> None:
    number = case.channel_refund_no
    if case.status in ENDED:
        raise CaseEnded(f"{number} is {case.status}: nothing is left to answer")
    if standing := standing_answer(session, case):
        raise AnsweredAlready(f"{number}: {standing.answered_by} answered {standing.decision} already")
    if not decision.fits(case.kind, case.status):
        raise NotTheTurn(f"{number} is a {case.kind}, {case.status}: {decision} does not fit")


def _stands(given: RefundAnswer, case: Aftersale) -> bool:
    if given.told_at is None or given.state is not AnswerState.TOLD:
        return given.state is AnswerState.OPEN
    return given.decision.fits(case.kind, case.status) and case.channel_updated_at <= given.told_at


def _checked(case: Aftersale, decision: RefundDecision, wording: Wording) -> Wording:
    words = clean_text(wording.words, most=WORDS_MOST, field="words")
    reason, address = wording.reason_code.strip(), wording.address_no.strip()
    if decision.refuses:
        if len(words) < WORDS_LEAST:
            raise BadInput("words: say why, the buyer reads it", field="words", problem="refusal_words")
        _check_reason(case, reason)
    elif reason or wording.picture:
        raise BadInput("reason: only a refusal has one", field="reason_code", problem="reason_without_refusal")
    if wording.picture:
        _check_picture(case, wording.picture)
    if address and not (address.isascii() and address.isdigit() and len(address) <= 19):
        raise BadInput(
            "address: the channel's own number of it is wanted", field="address_no", problem="return_address"
        )
    if decision is RefundDecision.AGREE_RETURN and not address and wants_address(case):
        raise BadInput(f"address: {case.channel} wants to know where to", field="address_no", problem="return_address")
    return Wording(reason, words, wording.picture, address)


def _check_reason(case: Aftersale, reason: str) -> None:
    if not reason:
        if wants_reason(case):
            raise BadInput(
                f"reason: {case.channel} wants one of its own", field="reason_code", problem="refusal_reason"
            )
        return
    is_number = reason.isascii() and reason.isdigit() and len(reason) <= 19
    is_jd_list = case.channel is Channel.JD and case.kind is AftersaleKind.REFUND_BEFORE_SHIPPING
    if not is_number or (is_jd_list and reason not in JD_REASONS):
        raise BadInput(
            f"reason: {reason[:32]} is none of {case.channel}", field="reason_code", problem="unknown_reason"
        )


def _check_picture(case: Aftersale, picture: str) -> None:
    if case.channel not in _TAKE_PICTURE:
        raise BadInput(f"picture: {case.channel} takes none this way", field="picture", problem="takes_no_picture")
    if not picture.startswith("https://") or len(picture) > 500 or not picture.isprintable():
        raise BadInput(
            "picture: an https address of at most 500 characters", field="picture", problem="picture_address"
        )


def _amount(session: Session, case: Aftersale, order: Order, decision: RefundDecision, amount_fen: int | None) -> int:
    amount = case.amount_fen if amount_fen is None else amount_fen
    if not decision.pays:
        return case.amount_fen
    if not case.is_ours and amount != case.amount_fen:
        told = f"amount: {case.channel} pays the {case.amount_fen} fen that were asked for"
        raise BadInput(told, field="amount_fen", problem="not_what_was_asked")
    if amount <= 0:
        raise BadInput("amount: needs more than 0", field="amount_fen", problem="refund_amount")
    left = left_fen(session, order, without=case)
    if amount > left:
        raise MoreThanLeft(f"{case.channel_refund_no}: {amount} fen wanted, {left} fen of the order are left")
    return amount


def _last_turn(session: Session, case_id: int) -> int:
    wanted = select(func.coalesce(func.max(RefundAnswer.turn), 0)).where(RefundAnswer.aftersale_id == case_id)
    return int(session.exec(wanted).one())
