"""A mini-program's case is answered with the same words; its money goes back through WeChat Pay, and ends the case."""

import pytest
from sqlmodel import select

from orderhub.api.app import create_api
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import AnswerState, MoreThanLeft
from orderhub.domain.repayment import Repayment
from orderhub.domain.shop import Shop
from orderhub.domain.words import (
    AftersaleKind,
    AftersaleStatus,
    Channel,
    RefundDecision,
    RepaymentStatus,
    UploadProblem,
)
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.payment_account import forget_payers
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from tests.databases import with_tables

from .answering import WHY_NOT, case_here, give, given
from .hub import served
from .money import TOTAL_FEN, Money, later
from .shipping import message, work


@pytest.fixture
def money(lab, sqlite_url):
    with_tables(sqlite_url)
    with served(create_api()) as hub_url:
        yield Money(*lab, hub_url)
    forget_payers()
    forget_connectors()
    push._noted.clear()


def test_money_agreed_to_arrives_and_closes_the_case(money):
    case = _case(money, "mp-0101", amount_fen=3940)
    give(case, RefundDecision.APPROVE)
    work()
    assert given(case).state is AnswerState.TOLD
    assert _repayment() == (case.channel_refund_no, 3940, RepaymentStatus.PROCESSING)
    assert case_here().status is AftersaleStatus.REFUNDING
    money.notices_arrive()
    work()
    assert case_here().status is AftersaleStatus.CLOSED
    assert [one["amount_fen"] for one in money.state()["repayments"]] == [3940]
    assert not _order_is_held()
    assert money.anomalies() == []


def test_a_payment_service_in_trouble_is_asked_again_and_pays_once(money):
    case = _case(money, "mp-0102", amount_fen=TOTAL_FEN)
    money.fault("service_error", api="wechat-pay", count=4)
    give(case, RefundDecision.APPROVE)
    work()
    assert (message().problem, given(case).state) == (UploadProblem.UNREACHABLE, AnswerState.OPEN)
    work(later=later(utc_now(), hours=1) - utc_now())
    money.notices_arrive()
    work()
    assert (given(case).state, case_here().status) == (AnswerState.TOLD, AftersaleStatus.CLOSED)
    assert [one["amount_fen"] for one in money.state()["repayments"]] == [TOTAL_FEN]


def test_no_more_goes_back_than_was_paid_and_less_may(money):
    case = _case(money, "mp-0103", amount_fen=TOTAL_FEN)
    with pytest.raises(MoreThanLeft, match=f"{TOTAL_FEN} fen of the order are left"):
        give(case, RefundDecision.APPROVE, amount_fen=TOTAL_FEN + 1)
    with pytest.raises(BadInput, match="more than 0"):
        give(case, RefundDecision.APPROVE, amount_fen=0)
    give(case, RefundDecision.APPROVE, amount_fen=100)
    work()
    assert _repayment() == (case.channel_refund_no, 100, RepaymentStatus.PROCESSING)


def test_a_refusal_is_told_to_nobody_and_ends_the_case(money):
    case = _case(money, "mp-0104", amount_fen=100)
    assert _order_is_held()
    give(case, RefundDecision.REFUSE, WHY_NOT)
    work()
    assert (given(case).state, case_here().status) == (AnswerState.TOLD, AftersaleStatus.REJECTED)
    assert money.state()["repayments"] == []
    assert not _order_is_held()


def test_money_that_nobody_paid_through_the_hub_is_for_a_person(money):
    case = _case(money, "mp-0105", amount_fen=100, is_paid_here=False)
    give(case, RefundDecision.APPROVE)
    work()
    assert (given(case).state, given(case).problem) == (AnswerState.REFUSED, UploadProblem.NO_MONEY)
    assert "refund_not_answered" in money.anomalies()


def _case(money: Money, number: str, *, amount_fen: int, is_paid_here: bool = True) -> Aftersale:
    """As a file of the mini-program's own after-sales brings it."""
    if is_paid_here:
        money.post_order(number)
        money.pay(number)
    else:
        money.post_order(number, status="paid", paid_at=money.now.isoformat())
    draft = RefundDraft(
        channel=Channel.MINIPROGRAM,
        channel_refund_no=f"AS-{number}",
        channel_order_no=number,
        kind=AftersaleKind.REFUND_BEFORE_SHIPPING,
        status=AftersaleStatus.REQUESTED,
        status_word="requested",
        amount_fen=amount_fen,
        requested_at=money.now,
        updated_at=money.now,
        reason="不想要了",
    )
    with transaction() as session:
        accept_refund(session, session.get_one(Shop, money.shop.id), draft, now=utc_now())
    return case_here()


def _repayment() -> tuple[str, int, RepaymentStatus]:
    with reading() as session:
        one = session.exec(select(Repayment)).one()
    return one.repayment_no, one.amount_fen, one.status


def _order_is_held() -> bool:
    with reading() as session:
        return session.exec(select(Order.is_held)).one()
