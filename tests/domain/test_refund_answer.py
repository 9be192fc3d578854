"""May a case be answered so? What does not fit, is too much, too late or ill worded changes nothing."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.anomaly import open_kinds
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import (
    AnsweredAlready,
    AnswerState,
    CaseEnded,
    DeadlinePast,
    MoreThanLeft,
    NotTheTurn,
    RefundAnswer,
    Wording,
    answer,
    answers_of,
    fitting,
    is_newest,
    left_fen,
    refused,
    told,
)
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, RefundDecision, UploadProblem
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_refund, a_shop, paid

WHY_NOT = Wording(words="商品已签收")
RETURN = {"kind": AftersaleKind.RETURN_AND_REFUND}
LATER = NOW + timedelta(minutes=10)
_SHOP_NOS = itertools.count()

WRONG: list[tuple[Any, ...]] = [
    ({}, RefundDecision.AGREE_RETURN, None, {}, NotTheTurn),
    ({}, RefundDecision.CONFIRM_GOODS, None, {}, NotTheTurn),
    (RETURN, RefundDecision.APPROVE, None, {}, NotTheTurn),
    ({"status": AftersaleStatus.CLOSED}, RefundDecision.APPROVE, None, {}, CaseEnded),
    ({"status": AftersaleStatus.WITHDRAWN}, RefundDecision.REFUSE, WHY_NOT, {}, CaseEnded),
    ({}, RefundDecision.REFUSE, None, {}, "refusal_words"),
    ({}, RefundDecision.REFUSE, Wording(words="不"), {}, "refusal_words"),
    ({}, RefundDecision.REFUSE, Wording(words="不" * 201), {}, "too_long"),
    ({}, RefundDecision.REFUSE, Wording("abc", "已签收"), {}, "unknown_reason"),
    ({}, RefundDecision.REFUSE, Wording("1", "已签收", "https://img.example/1.jpg"), {}, "takes_no_picture"),
    ({}, RefundDecision.APPROVE, Wording(reason_code="1"), {}, "reason_without_refusal"),
    ({}, RefundDecision.APPROVE, None, {"amount_fen": 999}, "not_what_was_asked"),
    ({"amount_fen": 1001}, RefundDecision.APPROVE, None, {}, MoreThanLeft),
    ({"amount_fen": 0}, RefundDecision.APPROVE, None, {}, "refund_amount"),
    (RETURN, RefundDecision.AGREE_RETURN, Wording(address_no="仓库"), {}, "return_address"),
    ({"channel": Channel.DOUYIN}, RefundDecision.REFUSE, WHY_NOT, {}, "refusal_reason"),
    (
        {"channel": Channel.DOUYIN},
        RefundDecision.REFUSE,
        Wording("7", "已签收", "http://img.example/1.jpg"),
        {},
        "picture_address",
    ),
    (RETURN | {"channel": Channel.PINDUODUO}, RefundDecision.AGREE_RETURN, None, {}, "return_address"),
    ({"channel": Channel.JD}, RefundDecision.REFUSE, Wording("7", "已签收"), {}, "unknown_reason"),
]


@pytest.fixture
def shop(database):
    with transaction() as session:
        shop = a_shop(session)
        accept(session, shop, paid(), now=NOW)
    return shop


def ask(shop, **changes) -> Aftersale:
    channel = changes.pop("channel", Channel.TAOBAO)
    with transaction() as session:
        accept_refund(session, shop, a_refund(**changes), now=NOW)
    with transaction() as session:
        wanted = select(Aftersale).order_by(Aftersale.id.desc())  # type: ignore[attr-defined]
        case = session.exec(wanted).first()
        assert case
        case.channel = channel
        session.add(case)
    return case


def give(case, decision=RefundDecision.APPROVE, wording=None, *, now=LATER, **asked) -> RefundAnswer:
    with transaction() as session:
        return answer(session, case.id, decision, wording, by="li", now=now, **asked)


def test_an_answer_says_who_when_what_and_for_how_much(shop):
    case = ask(shop)
    made = give(case)
    assert (made.turn, made.decision, made.amount_fen, made.state) == (1, RefundDecision.APPROVE, 1000, "open")
    assert (made.answered_by, made.answered_at, made.told_at) == ("li", LATER, None)
    with reading() as session:
        event = session.exec(select(Event).where(Event.kind == "refund_answered")).one()
    assert (event.subject_type, event.subject_id, event.actor) == ("aftersale", case.id, "li")
    assert event.body == {"order_id": case.order_id, "decision": "approve", "amount_fen": 1000, "turn": 1}


def test_what_does_not_fit_is_refused_and_changes_nothing(shop):
    for turn, (changes, decision, wording, asked, error) in enumerate(WRONG):
        case = ask(shop, channel_refund_no=str(turn), **changes)
        with pytest.raises(RuleBroken) as refusal:
            give(case, decision, wording, **asked)
        assert error in (type(refusal.value), getattr(refusal.value, "problem", "")), (turn, refusal.value)
        with transaction() as session:  # an order has one such case at a time
            session.exec(delete(AftersaleLine).where(col(AftersaleLine.aftersale_id) == case.id))
            session.delete(session.get_one(Aftersale, case.id))
    with reading() as session:
        assert session.exec(select(RefundAnswer)).all() == []
        assert session.exec(select(Event).where(Event.kind == "refund_answered")).all() == []


def test_a_case_that_is_not_there_is_named(shop):
    with pytest.raises(NotFound, match="404"):
        give(replace_id(ask(shop), 404))


def test_past_the_deadline_a_person_has_to_insist(shop):
    case = ask(shop, deadline=LATER)
    with pytest.raises(DeadlinePast, match="decides alone"):
        give(case)
    assert give(case, despite_deadline=True).turn == 1


def test_one_answer_at_a_time_and_the_next_one_once_the_case_has_moved(shop):
    case = ask(shop)
    first = give(case, RefundDecision.REFUSE, WHY_NOT)
    with pytest.raises(AnsweredAlready, match="li answered refuse"):
        give(case)
    with transaction() as session:
        told(session, session.get_one(RefundAnswer, first.id), now=LATER)
    with pytest.raises(AnsweredAlready):
        give(case)
    with transaction() as session:  # refused, and the buyer asks once more
        accept_refund(session, shop, a_refund(minute=30), now=NOW)
    assert give(case).turn == 2
    with reading() as session:
        newest, oldest = answers_of(session, case.id)
        assert (is_newest(session, newest), is_newest(session, oldest)) == (True, False)


def test_a_refused_answer_calls_a_person_who_answers_again(shop):
    case = ask(shop)
    first = give(case)
    with transaction() as session:
        refused(session, session.get_one(RefundAnswer, first.id), UploadProblem.NEEDS_CODE, "needs-code", now=LATER)
    about = ("aftersale", case.id)
    with reading() as session:
        assert open_kinds(session, about) == {AnomalyKind.REFUND_NOT_ANSWERED}
    second = give(case)
    with transaction() as session:
        told(session, session.get_one(RefundAnswer, second.id), now=LATER)
    with reading() as session:
        assert open_kinds(session, about) == set()
        assert [one.state for one in answers_of(session, case.id)] == [AnswerState.TOLD, AnswerState.REFUSED]


def test_the_database_itself_holds_one_open_answer(shop):
    case = ask(shop)
    first = give(case)
    facts = first.model_dump(exclude={"id", "turn"})
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(RefundAnswer(**facts, turn=2))


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.integers(1, 400), st.booleans()), min_size=1, max_size=6))
def test_no_cases_of_an_order_promise_more_than_was_paid(database, asked):
    """Whatever is asked for, agreed to and refused: what goes back stays within the thousand fen that were paid."""
    with transaction() as session:
        shop = a_shop(session, code=f"shop-{next(_SHOP_NOS)}")
        order_id = accept(session, shop, paid(), now=NOW).order.id
    promised = 0
    for turn, (amount_fen, is_agreed) in enumerate(asked):
        case = ask(shop, channel_refund_no=str(turn), amount_fen=amount_fen)
        try:
            give(case) if is_agreed else give(case, RefundDecision.REFUSE, WHY_NOT)
        except MoreThanLeft:
            assert promised + amount_fen > 1000
        else:
            promised += amount_fen if is_agreed else 0
    with reading() as session:
        left = left_fen(session, session.get_one(Order, order_id), without=Aftersale(id=0))
    assert left == 1000 - promised >= 0


@given(kind=st.sampled_from(AftersaleKind), status=st.sampled_from(AftersaleStatus))
def test_an_answer_fits_no_case_that_has_ended_or_is_there_already(kind, status):
    case = Aftersale(kind=kind, status=status)
    found = fitting(case)
    assert found == [] or status not in ENDED
    assert [decision for decision in found if decision.is_reached(status)] == []
    assert sum(decision.pays for decision in found) <= 1  # money goes back in one way, or not at all
    assert kind is not AftersaleKind.UNKNOWN or found == []


def replace_id(case: Aftersale, case_id: int) -> Aftersale:
    return Aftersale(**case.model_dump() | {"id": case_id})
