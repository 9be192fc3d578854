"""Does a payment pay this order, when is it asked for again, and how much may go back?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from orderhub.domain.acceptance import accept
from orderhub.domain.anomaly import open_kinds
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import OrderDraft, PaymentDraft, RepaymentDraft
from orderhub.domain.order import Order
from orderhub.domain.order_parts import draft_of
from orderhub.domain.payment import Payment, ask_again, join_order, objection, record_payment, with_payment
from orderhub.domain.repayment import OverPaid, due_repayments, refused, take_repayment, want
from orderhub.domain.words import ChannelStatus, PaymentStatus, RepaymentStatus
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, RuleBroken

from .drafts import NOW, a_shop, an_order, paid, shipped

NUMBER = "9000000000000748675"
PAID_AT = NOW + timedelta(minutes=3)


def said(**changes):
    facts = {"status": PaymentStatus.PAID, "status_word": "SUCCESS", "transaction_no": "42", "amount_fen": 1000}
    facts |= {"payer_fen": 900, "currency": "CNY", "paid_at": PAID_AT, "payer_token": "openid"}
    return PaymentDraft("1900000001", NUMBER, **facts | changes)


def a_payment(**changes):
    facts = {"status": PaymentStatus.PAID, "amount_fen": 1000, "currency": "CNY", "paid_at": PAID_AT, "id": 7}
    return Payment(shop_id=1, merchant_order_no=NUMBER, status_word="SUCCESS", recorded_at=NOW, **facts | changes)


def test_a_payment_of_the_amount_pays_the_order():
    found = with_payment(an_order(), a_payment())
    assert (found.status, found.paid_at, found.paid_fen) == (ChannelStatus.PAID, PAID_AT, 1000)
    assert replace(found, status=ChannelStatus.UNPAID, paid_at=None, paid_fen=0) == an_order()


@pytest.mark.parametrize("changes", [
    {"amount_fen": 999},
    {"amount_fen": 1001},
    {"amount_fen": 0},
    {"currency": "USD"},
    {"currency": ""},
])  # fmt: skip
def test_any_other_amount_does_not(changes):
    assert with_payment(an_order(), a_payment(**changes)) == an_order()
    assert objection(an_order(), a_payment(**changes))


@pytest.mark.parametrize("status", [status for status in PaymentStatus if status not in ("paid", "refunded")])
def test_an_unsettled_payment_pays_nothing(status):
    assert with_payment(an_order(), a_payment(status=status)) == an_order()
    assert with_payment(an_order(), None) == an_order()


def test_what_the_shop_said_itself_stands():
    assert with_payment(paid(), a_payment(paid_at=NOW)) == paid()
    unheard = shipped(paid_at=None, paid_fen=0)
    assert with_payment(unheard, a_payment()).status is ChannelStatus.SHIPPED
    assert with_payment(unheard, a_payment()).paid_at == PAID_AT


def test_money_for_a_cancelled_order_is_objected_to():
    cancelled = an_order(status=ChannelStatus.CLOSED_UNPAID)
    assert "pay it back" in objection(cancelled, a_payment())
    assert with_payment(cancelled, a_payment()) == cancelled


def test_an_order_is_asked_for_ever_less_often():
    payment, moment, waits = a_payment(status=PaymentStatus.UNPAID), NOW, []
    for _ in range(9):
        ask_again(payment, moment)
        waits.append((payment.check_at - moment) // timedelta(minutes=1))
        moment = payment.check_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360]


@pytest.mark.parametrize("status", [PaymentStatus.PAID, PaymentStatus.REFUNDED, PaymentStatus.CLOSED])
def test_what_is_decided_is_not_asked_for(status):
    payment = a_payment(status=status, check_at=NOW)
    ask_again(payment, NOW)
    assert payment.check_at is None


@pytest.mark.parametrize("version", [an_order, paid, shipped])
def test_an_order_says_again_what_its_channel_said(database, version):
    draft = version(buyer_remark="急发")
    with transaction() as session:
        order = accept(session, a_shop(session), draft, now=NOW + timedelta(hours=1)).order
        assert replace(draft_of(session, order), ship_by=None) == draft


def test_joining_twice_opens_and_closes_one_anomaly(database):
    with transaction() as session:
        shop = a_shop(session)
        payment = record_payment(session, shop, said(amount_fen=999), now=NOW)
        order = accept(session, shop, an_order(), now=NOW).order
        for _ in range(2):
            join_order(session, payment, order, an_order(), now=NOW)
        assert (payment.order_id, open_kinds(session, ("order", order.id))) == (
            order.id,
            {AnomalyKind.PAYMENT_MISMATCH},
        )
        join_order(session, payment, order, an_order(total_fen=999), now=NOW)
        assert open_kinds(session, ("order", order.id)) == set()


def test_nothing_goes_back_that_was_not_paid(database):
    with transaction() as session:
        payment = record_payment(session, a_shop(session), said(status=PaymentStatus.UNPAID), now=NOW)
        with pytest.raises(RuleBroken, match="nothing was paid"):
            _want(session, payment, "AS-1", 1)


def test_no_more_goes_back_than_was_paid(database):
    with transaction() as session:
        payment = record_payment(session, a_shop(session), said(), now=NOW)
        first = _want(session, payment, "AS-1", 600)
        assert _want(session, payment, "AS-1", 600).id == first.id
        with pytest.raises(OverPaid, match="401 fen wanted, 400 fen are left"):
            _want(session, payment, "AS-2", 401)
        with pytest.raises(BadInput, match="600 fen already"):
            _want(session, payment, "AS-1", 500)
        for amount_fen in (0, -1):
            with pytest.raises(BadInput, match="more than 0"):
                _want(session, payment, "AS-3", amount_fen)
        _want(session, payment, "AS-2", 400)


def test_a_refused_repayment_leaves_its_money_and_may_be_wanted_again(database):
    with transaction() as session:
        payment = record_payment(session, a_shop(session), said(), now=NOW)
        first = _want(session, payment, "AS-1", 1000)
        refused(session, first.id, "NOT_ENOUGH", is_final=True, now=NOW)
        assert (first.status, first.check_at, first.error) == (RepaymentStatus.CLOSED, None, "NOT_ENOUGH")
        assert _want(session, payment, "AS-1", 1000).status is RepaymentStatus.WANTED


def test_a_repayment_the_service_took_on_is_never_closed_by_a_question(database):
    with transaction() as session:
        payment = record_payment(session, a_shop(session), said(), now=NOW)
        first = _want(session, payment, "AS-1", 1000)
        take_repayment(session, payment, _back(RepaymentStatus.PROCESSING), by="test", now=NOW)
        refused(session, first.id, "RESOURCE_NOT_EXISTS", is_final=True, now=NOW)
        assert (first.status, first.check_at is None) == (RepaymentStatus.PROCESSING, False)
        assert due_repayments(session, NOW + timedelta(hours=7)) == [first]


@pytest.mark.parametrize("words", [("processing", "succeeded"), ("succeeded", "processing")])
def test_repayment_words_may_overtake_each_other(database, words):
    with transaction() as session:
        payment = record_payment(session, a_shop(session), said(), now=NOW)
        _want(session, payment, "AS-1", 1000)
        for word in words:
            found = take_repayment(session, payment, _back(RepaymentStatus(word)), by="test", now=NOW)
        assert (found.status, found.check_at) == (RepaymentStatus.SUCCEEDED, None)


def test_money_sent_back_elsewhere_is_taken_down(database):
    with transaction() as session:
        payment = record_payment(session, a_shop(session), said(), now=NOW)
        found = take_repayment(session, payment, _back(RepaymentStatus.SUCCEEDED), by="test", now=NOW)
        assert (found.repayment_no, found.amount_fen) == ("AS-1", 1000)
        with pytest.raises(OverPaid):
            _want(session, payment, "AS-2", 1)
        with pytest.raises(BadInput, match="were asked for"):
            take_repayment(session, payment, _back(RepaymentStatus.SUCCEEDED, 999), by="test", now=NOW)


def _want(session, payment, number, amount_fen):
    return want(session, payment, repayment_no=number, amount_fen=amount_fen, reason="", by="tester", now=NOW)


def _back(status, amount_fen=1000):
    return RepaymentDraft("AS-1", "50", NUMBER, "42", status, str(status), amount_fen)


def test_the_fields_of_an_order_and_its_draft_stay_one():
    """``draft_of`` copies by name: a new field of the draft needs a column, or a line there."""
    built = {"status", "status_word", "updated_at", "lines", "receiver", "parcels", "unknown"}
    assert set(OrderDraft.__dataclass_fields__) - built - set(Order.model_fields) == set()
