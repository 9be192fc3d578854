"""Does finance agree that money goes back? 财务待审: one open review for each case, its task, who decided and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.aftersale import Aftersale, AftersaleEvent, StageMoved, case_of, restage
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.aftersale_line import keep_lines, lines_of
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import NotTheTurn, RefundAnswer, Wording, answer, fitting, standing_answer
from orderhub.domain.task import Task, TaskKind, TaskStatus, claim, close, open_task
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Event, kind_of, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import find

ROLE = "finance"
DECIDE_WITHIN = timedelta(hours=24)  # where its channel names no deadline
GOODS_WITHIN = timedelta(days=30)  # nobody is late while the goods are still out there
LONGEST_NOTE = 200

GOODS_FIRST = (AftersaleKind.RETURN_AND_REFUND, AftersaleKind.REFUSED_PARCEL)
REVIEWED = (
    AftersaleKind.REFUND_BEFORE_SHIPPING,
    AftersaleKind.REFUND_AFTER_SHIPPING,
    *GOODS_FIRST,
    AftersaleKind.UNKNOWN,
)
_DECIDED = (*ENDED, AftersaleStatus.APPROVED, AftersaleStatus.REFUNDING)


class ReviewState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"  # its channel, the buyer or another answer decided first


_OPEN = text("state = 'open'")


class FinanceReview(SQLModel, table=True):
    """``turn`` counts the reviews of one case. ``asked_by`` put it before finance: whoever inspected the goods, else
    whoever the request came from. ``due_at`` is the channel's deadline, or a day.

    ``amount_fen`` is what was asked for, ``decided_fen`` what finance agreed to.
    """

    __tablename__ = "finance_review"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("aftersale_id", "turn"),
        Index("uq_finance_review_open", "aftersale_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_finance_review_state_due_at", "state", "due_at", "id"),
        Index("ix_finance_review_decided_at", "decided_at", "id"),
    )

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId)
    turn: int
    amount_fen: int = Field(sa_type=BigId)
    asked_by: str = Field(default="", max_length=64)
    opened_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    task_id: int = Field(foreign_key="task.id", sa_type=BigId)
    state: ReviewState = Field(default=ReviewState.OPEN, sa_type=word(ReviewState))
    decided_by: str = Field(default="", max_length=64)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_fen: int | None = Field(default=None, sa_type=BigId)
    note: str = Field(default="", max_length=LONGEST_NOTE)
    is_by_rule: bool = False


class DecidedAlready(RuleBroken):
    code = "review_decided_already"


class OwnRequest(RuleBroken):
    code = "own_request"


class NotInspected(RuleBroken):
    code = "not_inspected"


@dataclass(frozen=True)
class RefundReviewOpened(AftersaleEvent):
    turn: int
    amount_fen: int


@dataclass(frozen=True)
class RefundReviewEnded(AftersaleEvent):
    turn: int
    state: str
    amount_fen: int
    is_by_rule: bool


def follow(session: Session, case: Aftersale, *, by: str, now: datetime) -> str:
    """Bring the review of ``case``, which is locked, to where the case stands: ask for it, or end it where there is
    nothing left to say. Safe to repeat; returns what became of it in a few words."""
    if case.kind in REVIEWED and not is_decided(session, case):
        review = ask(session, case, by=by, now=now)
        return f"review {review.turn} is open"
    return "overtaken" if overtake(session, case, by=by, now=now) else "needs no review"


def ask(session: Session, case: Aftersale, *, by: str, now: datetime) -> FinanceReview:
    """The open review of ``case``, opened with its task where there is none; finance's turn begins with it, or with
    the inspection where goods come back. Safe to repeat; ``case`` is locked."""
    review = open_review(session, case.id) or _opened(session, case, by, now)
    if case.reviewed_since is None and may_decide(case):
        case.reviewed_since = now
        review.asked_by = _inspector(session, case) or by
        restage(session, case, by=by, now=now)
    review.amount_fen, review.due_at = case.amount_fen, _due(case, review.opened_at)
    task = session.get_one(Task, review.task_id)
    task.due_at, task.title = review.due_at, _title(case)
    session.add_all([review, task])
    session.flush()
    return review


def approve(
    session: Session,
    review_id: int,
    *,
    amount_fen: int | None = None,
    note: str = "",
    despite_deadline: bool = False,
    is_by_rule: bool = False,
    by: str,
    now: datetime,
) -> FinanceReview:
    """The money goes back; its channel is told, or whoever pays where no channel does. ``amount_fen`` is what the
    approver saw; only a case of ours takes less than was asked for.

    Raises:
        NotFound: there is no such review. DecidedAlready: somebody was quicker; they are named.
        OwnRequest: who asked or inspected cannot agree. NotInspected: the goods are not here yet.
        BadInput: more than was asked for. All that ``refund_answer.answer`` raises; nothing is changed then.
    """
    order, case, review = _to_decide(session, review_id, by)
    amount = case.amount_fen if amount_fen is None else amount_fen
    if amount > case.amount_fen and case.is_ours:
        raise BadInput(
            f"amount: only {case.amount_fen} fen were asked for", field="amount_fen", problem="more_than_asked"
        )
    said = clean_text(note, most=LONGEST_NOTE, field="note").strip()
    decision = answer_of(case, pays=True)
    answer(session, case.id, decision, amount_fen=amount, despite_deadline=despite_deadline, by=by, now=now)
    if amount != case.amount_fen:
        pieces = {line.line_id: line.quantity for line in lines_of(session, case.id)}
        case.amount_fen = amount
        session.add(case)
        keep_lines(session, order, case, pieces=pieces or None)
    review.is_by_rule, review.decided_fen = is_by_rule, amount
    _end(
        session, review, case, ReviewState.APPROVED, note=said, result=f"同意退款 {money_text(amount)}", by=by, now=now
    )
    return review


def reject(
    session: Session,
    review_id: int,
    wording: Wording,
    *,
    despite_deadline: bool = False,
    by: str,
    now: datetime,
) -> FinanceReview:
    """The buyer is told no, in ``wording``. Raises: as ``approve``."""
    _, case, review = _to_decide(session, review_id, by)
    given = answer(
        session,
        case.id,
        answer_of(case, pays=False),
        wording,
        despite_deadline=despite_deadline,
        by=by,
        now=now,
    )
    _end(session, review, case, ReviewState.REJECTED, note=given.words, result=f"拒绝：{given.words}", by=by, now=now)
    return review


def overtake(session: Session, case: Aftersale, *, by: str, now: datetime) -> FinanceReview | None:
    """Its channel, the buyer or another answer decided first; None where no review is open. Safe to repeat."""
    review = open_review(session, case.id)
    if review:
        standing = standing_answer(session, case)
        result = (
            f"{standing.answered_by} 已答复" if standing else f"已先处理：{case.channel_status_word or case.status}"
        )
        _end(session, review, case, ReviewState.OVERTAKEN, note="", result=result, by=by, now=now)
    return review


def take_on(session: Session, review_id: int, *, by: str, now: datetime) -> None:
    """``by`` looks into it: its task is theirs. Safe to repeat. Raises: NotFound. DecidedAlready."""
    _, _, review = _locked(session, review_id)
    task = session.get_one(Task, review.task_id)
    if task.status is TaskStatus.OPEN:
        claim(session, task, by=by, now=now)


def open_review(session: Session, case_id: int) -> FinanceReview | None:
    wanted = select(FinanceReview).where(FinanceReview.aftersale_id == case_id, FinanceReview.state == ReviewState.OPEN)
    return session.exec(wanted).one_or_none()


def reviews_of(session: Session, case_id: int) -> list[FinanceReview]:
    """Newest first."""
    wanted = select(FinanceReview).where(FinanceReview.aftersale_id == case_id)
    return list(session.exec(wanted.order_by(col(FinanceReview.turn).desc())))


def may_decide(case: Aftersale) -> bool:
    """Money first kinds at once; where goods come back, once somebody has looked at them."""
    return case.kind not in GOODS_FIRST or case.inspected_at is not None


def is_decided(session: Session, case: Aftersale) -> bool:
    """Nothing is left for finance to say: it has ended, or a yes or no stands."""
    if case.status in _DECIDED or case.approved_at:
        return True
    standing: RefundAnswer | None = standing_answer(session, case)
    return standing is not None and (standing.decision.pays or standing.decision.refuses)


def answer_of(case: Aftersale, *, pays: bool) -> RefundDecision:
    """Which of the answers says yes or no to the case as it stands.

    Raises:
        NotTheTurn: neither does.
    """
    for decision in fitting(case):
        if decision.pays if pays else decision.refuses:
            return decision
    raise NotTheTurn(f"{case.channel_refund_no} is a {case.kind}, {case.status}: nothing fits")


def _opened(session: Session, case: Aftersale, by: str, now: datetime) -> FinanceReview:
    counted = select(func.coalesce(func.max(FinanceReview.turn), 0)).where(FinanceReview.aftersale_id == case.id)
    due_at, about = _due(case, now), ("aftersale", case.id)
    task = open_task(
        session, TaskKind.REFUND_REVIEW, title=_title(case), about=about, role=ROLE, due_at=due_at, now=now
    )
    review = FinanceReview(
        aftersale_id=case.id,
        turn=int(session.exec(counted).one()) + 1,
        amount_fen=case.amount_fen,
        asked_by=by,
        opened_at=now,
        due_at=due_at,
        task_id=task.id,
    )
    session.add(review)
    record(session, RefundReviewOpened(case.id, case.order_id, review.turn, case.amount_fen), actor=by, now=now)
    return review


def _title(case: Aftersale) -> str:
    return f"退款审核 {money_text(case.amount_fen)} · {case.channel_refund_no}"


def _due(case: Aftersale, opened_at: datetime) -> datetime:
    if not may_decide(case):
        return opened_at + GOODS_WITHIN
    return case.deadline or (case.reviewed_since or opened_at) + DECIDE_WITHIN


def _inspector(session: Session, case: Aftersale) -> str:
    """Who looked at the goods, by the log; empty where nobody had to."""
    wanted = select(Event).where(
        Event.subject_type == "aftersale", Event.subject_id == case.id, Event.kind == kind_of(StageMoved)
    )
    moves = session.exec(wanted.order_by(col(Event.id).desc()))
    return next((move.actor for move in moves if move.body["target"] == AftersaleStatus.INSPECTED), "")


def _to_decide(session: Session, review_id: int, by: str) -> tuple[Order, Aftersale, FinanceReview]:
    order, case, review = _locked(session, review_id)
    if by in (case.opened_by, review.asked_by, _inspector(session, case)):
        raise OwnRequest(f"{by} asked for it: somebody else of finance must decide")
    if not may_decide(case):
        raise NotInspected(f"{case.channel_refund_no}: the goods are inspected first")
    return order, case, review


def _locked(session: Session, review_id: int) -> tuple[Order, Aftersale, FinanceReview]:
    found = find(session, FinanceReview, review_id)
    if found is None:
        raise NotFound(f"no review has the id {review_id}")
    order, case = case_of(session, found.aftersale_id)
    session.refresh(found)
    if found.state is not ReviewState.OPEN:
        raise DecidedAlready(f"{found.decided_by} was quicker: it is {found.state}", who=found.decided_by)
    return order, case, found


def _end(
    session: Session,
    review: FinanceReview,
    case: Aftersale,
    state: ReviewState,
    *,
    note: str,
    result: str,
    by: str,
    now: datetime,
) -> None:
    review.state, review.decided_by, review.decided_at, review.note = state, by, now, note
    session.add(review)
    task = session.get_one(Task, review.task_id)
    if task.status is not TaskStatus.CLOSED:
        close(session, task, by=by, now=now, result=result[:200])
    ended = RefundReviewEnded(case.id, case.order_id, review.turn, state, review.decided_fen or 0, review.is_by_rule)
    record(session, ended, actor=by, now=now)
    session.flush()
