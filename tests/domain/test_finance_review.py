"""Does finance decide once, in time, and never about its own request? What is refused changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, CaseOrigin, accept_refund, case_of, move, restage
from orderhub.domain.aftersale_line import lines_of
from orderhub.domain.drafts import LineDraft
from orderhub.domain.finance_review import (
    DECIDE_WITHIN,
    GOODS_WITHIN,
    DecidedAlready,
    FinanceReview,
    NotInspected,
    OwnRequest,
    ReviewState,
    approve,
    ask,
    follow,
    open_review,
    overtake,
    reject,
    reviews_of,
    take_on,
)
from orderhub.domain.refund_answer import (
    DeadlinePast,
    MoreThanLeft,
    NotTheTurn,
    RefundAnswer,
    Wording,
    answers_of,
    refused,
    told,
)
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, RefundDecision, UploadProblem
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, paid

LATER = NOW + timedelta(minutes=10)
WHY_NOT = Wording(words="商品已签收")
RETURN = {"kind": AftersaleKind.RETURN_AND_REFUND, "status": AftersaleStatus.RETURNED}


@pytest.fixture
def shop(database):
    with transaction() as session:
        shop = a_shop(session)
        lines = (LineDraft("1", "BOX-40L", "收纳箱 40L", 2, 250), LineDraft("2", "BAG-1", "收纳袋", 1, 500))
        accept(session, shop, paid(lines=lines), now=NOW)
    return shop


def requested(shop, *, ours: bool = False, opened_by: str = "", **changes: Any) -> int:
    """A case before finance; ``ours``: somebody opened it by hand."""
    with transaction() as session:
        accept_refund(session, shop, a_refund(**changes), now=NOW)
    with transaction() as session:
        wanted = select(Aftersale).where(Aftersale.channel_refund_no == a_refund(**changes).channel_refund_no)
        case = session.exec(wanted).one()
        if ours:
            case.origin, case.opened_by = CaseOrigin.HAND, opened_by
            session.add(case)
        ask(session, case, by=opened_by or "taobao", now=NOW)
        return case.id


def inspected(case_id: int, by: str = "wang") -> None:
    with transaction() as session:
        _, case = case_of(session, case_id)
        case.inspected_at = LATER
        restage(session, case, by=by, now=LATER)
        follow(session, case, by=by, now=LATER)


def the_review(case_id: int) -> FinanceReview:
    with reading() as session:
        return reviews_of(session, case_id)[0]


def the_case(case_id: int) -> Aftersale:
    with reading() as session:
        return session.get_one(Aftersale, case_id)


def the_task(case_id: int) -> Task:
    with reading() as session:
        return session.get_one(Task, the_review(case_id).task_id)


def decide(case_id: int, *, by: str = "qian", now=LATER, **asked: Any) -> None:
    with transaction() as session:
        approve(session, the_review(case_id).id, by=by, now=now, **asked)


def decline(case_id: int, wording: Wording = WHY_NOT, *, by: str = "qian", now=LATER) -> None:
    with transaction() as session:
        reject(session, the_review(case_id).id, wording, by=by, now=now)


def answers(case_id: int) -> list[RefundAnswer]:
    with reading() as session:
        return answers_of(session, case_id)


def test_a_request_is_before_finance_at_once_with_a_task_and_a_day(shop):
    case_id = requested(shop)
    review, task = the_review(case_id), the_task(case_id)
    assert (review.turn, review.amount_fen, review.state, review.asked_by) == (1, 1000, ReviewState.OPEN, "taobao")
    assert review.due_at == NOW + DECIDE_WITHIN == task.due_at
    assert (task.kind, task.owner_role, task.subject_type, task.subject_id) == (
        TaskKind.REFUND_REVIEW,
        "finance",
        "aftersale",
        case_id,
    )
    assert the_case(case_id).stage is AftersaleStatus.FINANCE_REVIEW
    with reading() as session:
        event = session.exec(select(Event).where(Event.kind == "refund_review_opened")).one()
    assert (event.subject_id, event.body["amount_fen"], event.body["turn"]) == (case_id, 1000, 1)


def test_the_channels_deadline_is_when_it_is_due(shop):
    deadline = NOW + timedelta(hours=5)
    assert the_review(requested(shop, deadline=deadline)).due_at == deadline


def test_asking_twice_opens_one_review_and_the_database_holds_to_it(shop):
    case_id = requested(shop)
    with transaction() as session:
        ask(session, case_of(session, case_id)[1], by="taobao", now=LATER)
    with reading() as session:
        assert len(reviews_of(session, case_id)) == len(session.exec(select(Task)).all()) == 1
    facts = the_review(case_id).model_dump(exclude={"id", "turn"})
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(FinanceReview(**facts, turn=2))


@pytest.mark.parametrize("kind", [AftersaleKind.EXCHANGE, AftersaleKind.RESEND])
def test_what_costs_no_money_needs_no_review(shop, kind):
    with transaction() as session:
        accept_refund(session, shop, a_refund(kind=kind), now=NOW)
    with transaction() as session:
        case = session.exec(select(Aftersale)).one()
        assert follow(session, case, by="taobao", now=NOW) == "needs no review"
        assert open_review(session, case.id) is None


def test_a_yes_is_an_answer_and_closes_the_task(shop):
    case_id = requested(shop)
    decide(case_id, note="与买家核对过")
    review, task = the_review(case_id), the_task(case_id)
    assert (review.state, review.decided_by, review.decided_at, review.decided_fen, review.note) == (
        ReviewState.APPROVED,
        "qian",
        LATER,
        1000,
        "与买家核对过",
    )
    (given,) = answers(case_id)
    assert (given.decision, given.amount_fen, given.answered_by) == (RefundDecision.APPROVE, 1000, "qian")
    assert (task.status, task.closed_by, task.result) == (TaskStatus.CLOSED, "qian", "同意退款 ¥10.00")
    assert the_case(case_id).stage is AftersaleStatus.APPROVED


def test_a_no_is_said_in_words_and_closes_the_task(shop):
    case_id = requested(shop)
    with pytest.raises(RuleBroken):
        decline(case_id, Wording())
    assert (the_review(case_id).state, the_task(case_id).status) == (ReviewState.OPEN, TaskStatus.OPEN)
    decline(case_id)
    assert (the_review(case_id).state, the_task(case_id).result) == (ReviewState.REJECTED, "拒绝：商品已签收")
    assert answers(case_id)[0].decision is RefundDecision.REFUSE


@pytest.mark.parametrize("kind", [AftersaleKind.RETURN_AND_REFUND, AftersaleKind.REFUSED_PARCEL])
def test_where_goods_come_back_they_are_looked_at_first(shop, kind):
    case_id = requested(shop, kind=kind, status=AftersaleStatus.RETURNED, ours=kind is AftersaleKind.REFUSED_PARCEL)
    assert the_review(case_id).due_at == NOW + GOODS_WITHIN
    for deed in (decide, decline):
        with pytest.raises(NotInspected):
            deed(case_id)
    assert (answers(case_id), the_case(case_id).stage) == ([], AftersaleStatus.RETURNED)
    inspected(case_id)
    assert (the_review(case_id).asked_by, the_review(case_id).due_at) == ("wang", LATER + DECIDE_WITHIN)
    assert (the_task(case_id).due_at, the_case(case_id).stage) == (
        LATER + DECIDE_WITHIN,
        AftersaleStatus.FINANCE_REVIEW,
    )
    decide(case_id)
    pays = RefundDecision.APPROVE if kind is AftersaleKind.REFUSED_PARCEL else RefundDecision.CONFIRM_GOODS
    assert answers(case_id)[0].decision is pays


def test_goods_that_are_not_as_they_must_be_are_refused_as_such(shop):
    case_id = requested(shop, **RETURN)
    inspected(case_id)
    decline(case_id)
    assert answers(case_id)[0].decision is RefundDecision.REFUSE_GOODS


def test_nobody_decides_what_they_asked_for(shop):
    opened = requested(shop, ours=True, opened_by="li", amount_fen=300)
    returned = requested(shop, channel_refund_no="900000000000000002", amount_fen=300, **RETURN)
    inspected(returned, by="wang")
    for case_id, who in ((opened, "li"), (returned, "wang")):
        for deed in (decide, decline):
            with pytest.raises(OwnRequest, match=who):
                deed(case_id, by=who)
        assert (the_review(case_id).state, answers(case_id)) == (ReviewState.OPEN, [])


def test_the_second_decision_is_told_of_the_first(shop):
    case_id = requested(shop)
    decide(case_id)
    for deed in (decide, decline):
        with pytest.raises(DecidedAlready) as late:
            deed(case_id, by="zhou")
        assert late.value.names == {"who": "qian"}
    assert len(answers(case_id)) == 1
    with pytest.raises(NotFound), transaction() as session:
        approve(session, 404, by="qian", now=LATER)


def test_what_is_too_much_too_late_or_not_what_was_asked_changes_nothing(shop):
    case_id = requested(shop, amount_fen=600, deadline=LATER + timedelta(hours=1))
    other = requested(shop, amount_fen=500, channel_refund_no="900000000000000002")
    decide(other)
    with pytest.raises(MoreThanLeft):
        decide(case_id)
    for amount in (400, 700):
        with pytest.raises(RuleBroken) as refusal:
            decide(case_id, amount_fen=amount)
        assert getattr(refusal.value, "problem", "") == "not_what_was_asked"
    with transaction() as session:
        _, gone = case_of(session, other)
        gone.approved_at = None
        answers_of(session, other)[0].state = "refused"
        session.add(gone)
    with pytest.raises(DeadlinePast):
        decide(case_id, now=LATER + timedelta(hours=2))
    with pytest.raises(DeadlinePast):
        decline(case_id, now=LATER + timedelta(hours=2))
    with pytest.raises(RuleBroken) as refusal:
        decline(case_id, Wording("not-a-number", "商品已签收"))
    assert getattr(refusal.value, "problem", "") == "unknown_reason"
    assert (the_review(case_id).state, answers(case_id), the_task(case_id).status) == (
        ReviewState.OPEN,
        [],
        TaskStatus.OPEN,
    )


def test_less_than_was_asked_is_shared_over_the_lines_to_the_fen(shop):
    case_id = requested(shop, ours=True, opened_by="li", amount_fen=1000)
    with pytest.raises(RuleBroken) as refusal:
        decide(case_id, amount_fen=1001)
    assert getattr(refusal.value, "problem", "") == "more_than_asked"
    decide(case_id, amount_fen=333)
    assert (the_case(case_id).amount_fen, the_review(case_id).amount_fen) == (333, 1000)
    assert the_review(case_id).decided_fen == answers(case_id)[0].amount_fen == 333
    with reading() as session:
        assert [(one.quantity, one.amount_fen) for one in lines_of(session, case_id)] == [(2, 166), (1, 167)]


def test_its_channel_may_be_quicker(shop):
    case_id = requested(shop)
    with transaction() as session:
        closed = a_refund(9, status=AftersaleStatus.CLOSED, status_word="SUCCESS")
        accept_refund(session, shop, closed, now=LATER)
        _, case = case_of(session, case_id)
        assert follow(session, case, by="taobao", now=LATER) == "overtaken"
        assert overtake(session, case, by="taobao", now=LATER) is None
    review, task = the_review(case_id), the_task(case_id)
    assert (review.state, review.decided_by) == (ReviewState.OVERTAKEN, "taobao")
    assert (task.status, task.result) == (TaskStatus.CLOSED, "已先处理：SUCCESS")
    with pytest.raises(DecidedAlready):
        decide(case_id)


def test_a_buyer_who_asks_again_is_reviewed_again(shop):
    case_id = requested(shop)
    decline(case_id)
    with transaction() as session:
        told(session, answers_of(session, case_id)[0], now=LATER)
    for minute, status in ((20, AftersaleStatus.REJECTED), (30, AftersaleStatus.REQUESTED)):
        with transaction() as session:
            accept_refund(session, shop, a_refund(minute, status=status), now=LATER)
            follow(session, case_of(session, case_id)[1], by="taobao", now=LATER)
    review = the_review(case_id)
    assert (review.turn, review.state, the_case(case_id).stage) == (2, ReviewState.OPEN, AftersaleStatus.FINANCE_REVIEW)


def test_an_answer_its_channel_did_not_take_comes_back_to_finance(shop):
    case_id = requested(shop)
    decide(case_id)
    with transaction() as session:
        assert follow(session, case_of(session, case_id)[1], by="qian", now=LATER) == "needs no review"
        refused(session, answers_of(session, case_id)[0], UploadProblem.REFUSED, "x", now=LATER)
        follow(session, case_of(session, case_id)[1], by="system", now=LATER)
    assert (the_review(case_id).turn, the_review(case_id).state) == (2, ReviewState.OPEN)


def test_whoever_takes_it_on_owns_its_task(shop):
    case_id = requested(shop)
    for _ in range(2):
        with transaction() as session:
            take_on(session, the_review(case_id).id, by="qian", now=LATER)
    assert (the_task(case_id).owner, the_task(case_id).status) == ("qian", TaskStatus.CLAIMED)
    decide(case_id)
    assert the_task(case_id).status is TaskStatus.CLOSED


def test_a_kind_nobody_knows_stays_before_finance_but_takes_no_answer(shop):
    case_id = requested(shop, kind=AftersaleKind.UNKNOWN)
    with pytest.raises(NotTheTurn):
        decide(case_id)
    assert the_review(case_id).state is ReviewState.OPEN


def test_a_mini_program_case_moves_on_and_takes_its_review_along(shop):
    case_id = requested(shop)
    with transaction() as session:
        _, case = case_of(session, case_id)
        case.channel = Channel.MINIPROGRAM
        move(session, case, AftersaleStatus.REJECTED, by="li", now=LATER)
        follow(session, case, by="li", now=LATER)
    assert the_review(case_id).state is ReviewState.OVERTAKEN
