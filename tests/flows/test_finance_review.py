"""A buyer wants money back: finance is asked at once, says yes or no, and the platform and the review end together."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.automation.answering import NotTellable, check_tellable
from orderhub.domain.aftersale import Aftersale, CaseOrigin, RefundRequested, case_of, restage
from orderhub.domain.auto_refund import AutoPolicy, set_policy
from orderhub.domain.finance_review import FinanceReview, ReviewState, approve, reject, reviews_of
from orderhub.domain.hand_payment import confirm_paid
from orderhub.domain.order import Order
from orderhub.domain.rules.ruling import RULES
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, RefundDecision
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import record

from .answering import ADDRESS, WHY_NOT, asked_back, case_here, do, give, pulled, theirs, to_be_returned, told
from .shipping import work


def review_here() -> FinanceReview:
    """The newest."""
    with reading() as session:
        return session.exec(select(FinanceReview).order_by(col(FinanceReview.id).desc())).first()


def task_here() -> Task:
    with reading() as session:
        return session.get_one(Task, review_here().task_id)


def yes(by: str = "qian") -> None:
    with transaction() as session:
        approve(session, review_here().id, by=by, now=utc_now())


def test_a_yes_of_finance_pays_at_the_platform(hub):
    case = asked_back(hub)
    work()
    task = task_here()
    assert (task.kind, task.owner_role, task.status) == (TaskKind.REFUND_REVIEW, "finance", TaskStatus.OPEN)
    assert task.due_at == case.deadline or case.deadline is None
    assert case_here().stage is AftersaleStatus.FINANCE_REVIEW
    yes()
    work()
    assert theirs(hub).status is AftersaleStatus.CLOSED
    assert len(told(hub)) == 1
    assert pulled(hub).stage is AftersaleStatus.CLOSED
    work()
    assert (review_here().turn, review_here().state, task_here().status) == (1, "approved", TaskStatus.CLOSED)


def test_a_no_of_finance_is_told_and_ends_its_review(taobao_hub):
    asked_back(taobao_hub)
    work()
    with transaction() as session:
        reject(session, review_here().id, WHY_NOT, by="qian", now=utc_now())
    work()
    assert theirs(taobao_hub).status is AftersaleStatus.REJECTED
    assert pulled(taobao_hub).stage is AftersaleStatus.REJECTED
    work()
    assert (review_here().state, task_here().status, task_here().result) == (
        ReviewState.REJECTED,
        TaskStatus.CLOSED,
        "拒绝：商品已经签收",
    )


def test_a_platform_that_decides_first_ends_the_review(douyin_hub):
    case = asked_back(douyin_hub)
    work()
    do(douyin_hub, _number(case), "agree_refund")
    assert pulled(douyin_hub).status is AftersaleStatus.CLOSED
    work()
    assert (review_here().state, review_here().decided_by) == (ReviewState.OVERTAKEN, Channel.DOUYIN)
    assert (task_here().status, told(douyin_hub)) == (TaskStatus.CLOSED, [])


def test_goods_come_back_are_inspected_and_then_paid(douyin_hub):
    number, case = to_be_returned(douyin_hub)
    work()
    assert review_here().state is ReviewState.OPEN
    give(case, RefundDecision.AGREE_RETURN, ADDRESS)
    work()
    do(douyin_hub, number, "send_back", tracking_no="YT0000000000777")
    assert pulled(douyin_hub).stage is AftersaleStatus.RETURNED
    inspected(case, by="wang")
    work()
    assert (case_here().stage, review_here().asked_by) == (AftersaleStatus.FINANCE_REVIEW, "wang")
    yes()
    work()
    assert theirs(douyin_hub).status is AftersaleStatus.CLOSED


def inspected(case: Aftersale, *, by: str) -> None:
    with transaction() as session:
        _, found = case_of(session, case.id)
        found.inspected_at = utc_now()
        restage(session, found, by=by, now=utc_now())


def test_an_answer_the_platform_does_not_take_is_not_offered_and_comes_back(hub):
    case = asked_back(hub)
    work()
    if hub.shop.channel is not Channel.PINDUODUO:
        check_tellable(case, pays=False)
        return
    with pytest.raises(NotTellable):
        check_tellable(case, pays=False)
    with transaction() as session:
        reject(session, review_here().id, WHY_NOT, by="qian", now=utc_now())
    work()
    work()
    assert (review_here().turn, review_here().state) == (2, ReviewState.OPEN)


def test_a_rule_pays_small_refunds_and_says_so(taobao_hub):
    with transaction() as session:
        policy = AutoPolicy(is_on=True, cap_fen=10_000_000, most_per_buyer=1)
        set_policy(session, AftersaleKind.REFUND_BEFORE_SHIPPING, policy, by="qian", now=utc_now())
    asked_back(taobao_hub)
    work()
    work()
    review = review_here()
    assert (review.state, review.is_by_rule, review.decided_by) == (ReviewState.APPROVED, True, RULES)
    assert review.note.startswith("自动审核：金额 ¥")
    assert (task_here().status, task_here().closed_by) == (TaskStatus.CLOSED, RULES)
    assert theirs(taobao_hub).status is AftersaleStatus.CLOSED


def test_no_rule_pays_what_has_left_nor_what_is_over_its_cap(douyin_hub):
    with transaction() as session:
        policy = AutoPolicy(is_on=True, cap_fen=1)
        set_policy(session, AftersaleKind.REFUND_BEFORE_SHIPPING, policy, by="qian", now=utc_now())
    asked_back(douyin_hub)
    work()
    assert (review_here().state, told(douyin_hub)) == (ReviewState.OPEN, [])


def test_a_case_opened_by_hand_is_paid_by_hand(taobao_hub):
    (number,) = taobao_hub.orders_come(1)
    taobao_hub.sync()
    taobao_hub.settle(later=timedelta(minutes=10))
    case_id = by_hand(number)
    work()
    yes()
    work()
    assert (case_here().status, told(taobao_hub)) == (AftersaleStatus.REFUNDING, [])
    with transaction() as session:
        confirm_paid(session, case_id, "ALIPAY-778", by="qian", now=utc_now())
    work()
    assert (case_here().stage, review_here().state) == (AftersaleStatus.CLOSED, ReviewState.APPROVED)
    with reading() as session:
        assert len(reviews_of(session, case_id)) == 1


def by_hand(number: str) -> int:
    """As customer service opens it."""
    now = utc_now()
    with transaction() as session:
        order = session.exec(select(Order).where(Order.channel_order_no == number)).one()
        case = Aftersale(
            shop_id=order.shop_id,
            order_id=order.id,
            channel=order.channel,
            channel_refund_no=f"H-{number}",
            kind=AftersaleKind.REFUND_BEFORE_SHIPPING,
            status=AftersaleStatus.REQUESTED,
            channel_status_word="",
            amount_fen=100,
            requested_at=now,
            channel_updated_at=now,
            content_digest="-",
            accepted_at=now,
            origin=CaseOrigin.HAND,
            opened_by="li",
        )
        session.add(case)
        session.flush()
        record(session, RefundRequested(case.id, order.id, case.kind, 100), actor="li", now=now)
        return case.id


def _number(case: Aftersale) -> str:
    with reading() as session:
        return session.get_one(Order, case.order_id).channel_order_no
