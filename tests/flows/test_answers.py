"""A buyer wants money back, the merchant answers in the hub: its platform hears of it once, and the case ends."""

from datetime import timedelta

import pytest

from orderhub.automation.answering import may_answer
from orderhub.automation.outbox import OutboxKind, OutboxState
from orderhub.domain.refund_answer import AnsweredAlready, AnswerState, CaseEnded, DeadlinePast, Wording
from orderhub.domain.rollout import NotOurs, set_rollout
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import AftersaleStatus, Channel, RefundDecision, UploadProblem
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction

from .answering import (
    ADDRESS,
    AGREE_APIS,
    WHY_NOT,
    asked_back,
    case_here,
    do,
    give,
    given,
    pulled,
    theirs,
    to_be_returned,
    told,
)
from .shipping import message, work

HOUR = timedelta(hours=1)


def test_money_agreed_to_goes_back_at_the_platform(hub):
    case = asked_back(hub)
    give(case, RefundDecision.APPROVE)
    work()
    assert theirs(hub).status is AftersaleStatus.CLOSED
    assert [row["refund"] for row in told(hub)] == [case.channel_refund_no]
    assert (message().kind, message().state) == (OutboxKind.REFUND_ANSWER, OutboxState.SENT)
    assert pulled(hub).status is AftersaleStatus.CLOSED
    told_one = given(case)
    assert (told_one.state, told_one.answered_by, told_one.problem) == (AnswerState.TOLD, "ceshi-s", "none")
    assert told_one.told_at is not None
    assert told_one.told_at >= told_one.answered_at >= case.requested_at
    assert hub.anomalies() == []
    with pytest.raises(CaseEnded):
        give(case, RefundDecision.APPROVE)


def test_a_refusal_says_why_where_the_platform_can_be_told(hub):
    case = asked_back(hub)
    assert (RefundDecision.REFUSE in may_answer(case)) == (hub.shop.channel is not Channel.PINDUODUO)
    give(case, RefundDecision.REFUSE, WHY_NOT)
    work()
    if hub.shop.channel is Channel.PINDUODUO:
        assert (given(case).state, given(case).problem) == (AnswerState.REFUSED, UploadProblem.BY_HAND)
        assert hub.anomalies() == ["refund_not_answered"]
        assert told(hub) == []
        return
    assert theirs(hub).status is AftersaleStatus.REJECTED
    assert [row["reason"] for row in told(hub)] == ["商品已经签收"]
    assert pulled(hub).status is AftersaleStatus.REJECTED
    assert hub.anomalies() == []


def test_goods_come_back_to_the_address_that_was_named_and_are_paid_when_they_arrived(hub):
    number, case = to_be_returned(hub)
    give(case, RefundDecision.AGREE_RETURN, ADDRESS)
    work()
    if hub.shop.channel is Channel.JD:  # takes goods back in its own back office only
        assert may_answer(case) == [RefundDecision.REFUSE]
        assert given(case).problem is UploadProblem.BY_HAND
        assert told(hub) == []
        return
    assert theirs(hub).status is AftersaleStatus.AWAITING_RETURN
    assert told(hub)[0]["address"] == "95251"
    do(hub, number, "send_back", tracking_no="YT0000000000777")
    assert pulled(hub).status is AftersaleStatus.RETURNED
    give(case, RefundDecision.CONFIRM_GOODS)
    work()
    assert theirs(hub).status is AftersaleStatus.CLOSED
    assert len(told(hub)) == 2
    assert pulled(hub).status is AftersaleStatus.CLOSED
    assert hub.anomalies() == []


def test_a_service_order_of_jd_is_refused_by_its_version(jd_hub):
    _, case = to_be_returned(jd_hub)
    give(case, RefundDecision.REFUSE, WHY_NOT)
    work()
    assert theirs(jd_hub).status is AftersaleStatus.REJECTED
    assert pulled(jd_hub).status is AftersaleStatus.REJECTED


def test_goods_that_are_not_as_they_must_be_are_refused(douyin_hub):
    number, case = to_be_returned(douyin_hub)
    give(case, RefundDecision.AGREE_RETURN, ADDRESS)
    work()
    do(douyin_hub, number, "send_back")
    give(pulled(douyin_hub), RefundDecision.REFUSE_GOODS, Wording("7", "少了配件", picture="https://img.example/1.jpg"))
    work()
    assert theirs(douyin_hub).status is AftersaleStatus.REJECTED


def test_what_the_platform_has_decided_so_already_is_a_success_and_nothing_is_told(hub):
    case = asked_back(hub)
    give(case, RefundDecision.APPROVE)
    do(hub, _number(hub), "agree_refund")
    work()
    assert given(case).state is AnswerState.TOLD
    assert told(hub) == []


def test_what_the_platform_has_decided_otherwise_is_said_to_a_person(douyin_hub):
    case = asked_back(douyin_hub)
    give(case, RefundDecision.REFUSE, WHY_NOT)
    do(douyin_hub, _number(douyin_hub), "agree_refund")
    work()
    assert (given(case).state, given(case).problem) == (AnswerState.REFUSED, UploadProblem.ANSWERED_ALREADY)
    assert told(douyin_hub) == []
    assert douyin_hub.anomalies() == ["refund_not_answered"]


def test_an_answer_does_not_leave_once_the_hub_has_heard_of_the_end(douyin_hub):
    case = asked_back(douyin_hub)
    give(case, RefundDecision.APPROVE)
    do(douyin_hub, _number(douyin_hub), "withdraw_refund")
    assert pulled(douyin_hub).status is AftersaleStatus.WITHDRAWN
    work()
    assert (message().state, given(case).state) == (OutboxState.SKIPPED, AnswerState.OVERTAKEN)
    assert told(douyin_hub) == []
    assert douyin_hub.anomalies() == []


def test_another_amount_than_the_one_that_was_agreed_to_is_not_paid(douyin_hub):
    case = asked_back(douyin_hub)
    give(case, RefundDecision.APPROVE)
    theirs(douyin_hub).amount_fen -= 100
    work()
    assert given(case).problem is UploadProblem.CASE_CHANGED
    assert theirs(douyin_hub).status is AftersaleStatus.REQUESTED
    assert douyin_hub.anomalies() == ["refund_not_answered"]
    theirs(douyin_hub).amount_fen += 100
    give(case, RefundDecision.APPROVE)  # somebody has looked, and answers again
    work()
    assert (given(case).turn, given(case).state) == (2, AnswerState.TOLD)
    assert (message().version, message().state) == (2, OutboxState.SENT)
    assert douyin_hub.anomalies() == []


def test_past_its_deadline_the_platform_has_agreed_by_itself(douyin_hub):
    case = asked_back(douyin_hub)
    late = utc_now() + 49 * HOUR
    with pytest.raises(DeadlinePast, match="decides alone"):
        give(case, RefundDecision.REFUSE, WHY_NOT, now=late)
    douyin_hub.tell_lab("advance", seconds=49 * 3600)
    give(case, RefundDecision.REFUSE, WHY_NOT, despite_deadline=True)
    work(later=49 * HOUR)
    assert given(case).problem is UploadProblem.ANSWERED_ALREADY
    assert (theirs(douyin_hub).status, told(douyin_hub)) == (AftersaleStatus.CLOSED, [])


def test_an_answer_whose_echo_is_lost_is_told_once(hub):
    case = asked_back(hub)
    give(case, RefundDecision.APPROVE)
    hub.fault("truncated_json", api=AGREE_APIS[hub.shop.channel])
    work()
    assert (message().state, message().problem) == (OutboxState.WAITING, UploadProblem.UNREACHABLE)
    assert given(case).state is AnswerState.OPEN
    work(later=HOUR)
    assert (message().state, given(case).state) == (OutboxState.SENT, AnswerState.TOLD)
    assert len(told(hub)) == 1


def test_a_platform_in_trouble_is_told_later(douyin_hub):
    case = asked_back(douyin_hub)
    give(case, RefundDecision.APPROVE)
    for name in ("server_error", "service_error", "expired_token"):
        douyin_hub.fault(name, api=AGREE_APIS[douyin_hub.shop.channel])
    for turn in range(4):
        work(later=turn * HOUR)
    assert given(case).state is AnswerState.TOLD
    assert len(told(douyin_hub)) == 1
    assert theirs(douyin_hub).status is AftersaleStatus.CLOSED


def test_a_code_on_the_sellers_phone_is_for_a_person(taobao_hub):
    case = asked_back(taobao_hub)
    taobao_hub.fault("seller_code")
    give(case, RefundDecision.APPROVE)
    work()
    assert (given(case).problem, given(case).partner_code) == (UploadProblem.NEEDS_CODE, "needs-code")
    assert taobao_hub.anomalies() == ["refund_not_answered"]
    do(taobao_hub, _number(taobao_hub), "agree_refund")  # in the back office
    assert pulled(taobao_hub).status is AftersaleStatus.CLOSED


def test_a_case_is_answered_once_at_a_time(douyin_hub):
    case = asked_back(douyin_hub)
    give(case, RefundDecision.APPROVE)
    with pytest.raises(AnsweredAlready):
        give(case, RefundDecision.REFUSE, WHY_NOT)
    work()
    with pytest.raises(AnsweredAlready):  # told, and not yet pulled
        give(case_here(), RefundDecision.REFUSE, WHY_NOT)


def test_the_present_system_answers_what_is_not_rolled_out(douyin_hub):
    case = asked_back(douyin_hub)
    give(case, RefundDecision.APPROVE)
    with transaction() as session:
        shop = session.get_one(Shop, douyin_hub.shop.id)
        set_rollout(session, shop, Rollout.SHADOW, reason="test", by="ceshi", now=utc_now())
    with pytest.raises(NotOurs):
        give(case, RefundDecision.APPROVE)
    work()
    assert (message().state, given(case).problem) == (OutboxState.SKIPPED, UploadProblem.NOT_ROLLED_OUT)
    assert told(douyin_hub) == []


def _number(hub) -> str:
    return hub.world.platform_of(hub.code).write_no(theirs(hub).order.number)
