"""From a signed notice to a paid order, on both databases; whatever is wrong with a notice costs no other."""

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import OrderStatus
from orderhub.domain.payment import PaymentAccount
from orderhub.domain.words import Channel, PaymentStatus
from orderhub.intake import push
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import MessageKind, prune
from orderhub.intake.payment import take_notice as take_notice_async
from orderhub.intake.payment import take_payment
from orderhub.intake.payment_account import ShopPayKeyring, connect_payment, forget_payers
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound

from .builders import add_shop, message, states
from .paying import (
    CODE,
    NUMBER,
    PLATFORM,
    TOTAL_FEN,
    add_paid_shop,
    ago,
    keep_order,
    notice_body,
    pay_credentials,
    said,
    signed,
    the_order,
    the_payment,
)


@pytest.fixture
def paid_shop(database):
    yield add_paid_shop(utc_now())
    forget_payers()
    push._noted.clear()


@pytest.fixture
def moment():
    return utc_now()


def take_notice(*asked, **more):
    return asyncio.run(take_notice_async(*asked, **more))


def test_a_notice_is_kept_first_and_understood_later(paid_shop, moment):
    keep_order(paid_shop, moment)
    raw = notice_body(moment)
    assert take_notice(CODE, signed(raw, moment), raw, now=moment) == 1
    kept = message(kind=MessageKind.PAYMENT)
    assert (kept.number, kept.text.encode(), kept.state) == ("EV-1", raw, "ready")
    assert consume(moment) == 2
    order, payment = the_order(), the_payment()
    assert (order.status, order.paid_fen) == (OrderStatus.TO_REVIEW, TOTAL_FEN)
    assert (payment.order_id, payment.payer_token, payment.status) == (order.id, "openid-1", PaymentStatus.PAID)


@pytest.mark.parametrize("again", ["the same body", "sealed anew"])
def test_a_repeated_notice_is_absorbed(paid_shop, moment, again):
    first = notice_body(moment)
    raws = [first, first if again == "the same body" else notice_body(moment)]
    assert [take_notice(CODE, signed(raw, moment), raw, now=moment) for raw in raws] == [1, 0]
    assert states() == {"ready": 1}


def test_a_shop_without_a_merchant_number_hears_nothing(database, moment):
    add_shop("plain-mp", now=moment, channel=Channel.MINIPROGRAM)
    add_shop("dy-1", now=moment)
    for code in ("plain-mp", "dy-1", "nobody"):
        with pytest.raises(NotFound):
            take_notice(code, {}, b"{}", now=moment)
    push._noted.clear()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not json", "no JSON"),
        (b'{"id":"EV-1"}', "event_type"),
        (b'{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{}}', "algorithm"),
        (None, "APIv3 key"),
    ],
)
def test_a_signed_notice_nobody_can_open_dies_with_its_reason(paid_shop, moment, raw, reason):
    raw = raw or notice_body(moment).replace(b'"associated_data": "transaction"', b'"associated_data": "another"')
    assert take_notice(CODE, signed(raw, moment), raw, now=moment) == 1
    consume(moment)
    dead = message(kind=MessageKind.PAYMENT)
    assert (dead.state, reason in dead.reason) == ("dead", True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"mchid": "1999999999"}, "another merchant"), ({"appid": "wx9"}, "another mini-program")],
)
def test_money_of_somebody_else_is_not_taken(paid_shop, moment, changes, reason):
    keep_order(paid_shop, moment)
    raw = notice_body(moment, **changes)
    take_notice(CODE, signed(raw, moment), raw, now=moment)
    consume(moment)
    assert reason in message(kind=MessageKind.PAYMENT).reason
    assert the_order().status is OrderStatus.PENDING_PAYMENT


def test_a_second_transaction_for_a_paid_number_is_shown(paid_shop, moment):
    keep_order(paid_shop, moment)
    for number, transaction_no in (("EV-1", "4200000000000000001"), ("EV-2", "4200000000000000002")):
        raw = notice_body(moment, notice_no=number, transaction_id=transaction_no)
        take_notice(CODE, signed(raw, moment), raw, now=moment)
        consume(moment)
    assert (the_payment().transaction_no, states()) == ("4200000000000000001", {"done": 2, "dead": 1})


def test_a_forged_notice_is_noted_once_a_minute(paid_shop, moment):
    raw = notice_body(moment)
    headers = signed(raw, moment) | {"wechatpay-signature": "QUJD"}
    for _ in range(3):
        with pytest.raises(NotAllowed):
            take_notice(CODE, headers, raw, now=moment)
    assert states() == {}
    with reading() as session:
        assert [one.kind for one in session.exec(select(Anomaly))] == [AnomalyKind.FORGED_PUSH]


@pytest.mark.parametrize("order", ["order first", "payment first", "payment between"])
def test_order_and_payment_meet_in_any_order(paid_shop, moment, order):
    def pay():
        raw = notice_body(moment)
        take_notice(CODE, signed(raw, moment), raw, now=moment)

    def post():
        keep_order(paid_shop, moment)

    def remark():
        keep_order(paid_shop, moment, buyer_remark="急发", updated_at=ago(1))

    for step in {"order first": [post, remark, pay], "payment first": [pay, remark, post]}.get(
        order, [post, pay, remark]
    ):
        step()
        consume(moment)
    found = the_order()
    assert (found.status, found.paid_fen, found.buyer_remark) == (OrderStatus.TO_REVIEW, TOTAL_FEN, "急发")
    assert the_payment().order_id == found.id


def test_an_order_and_its_payment_at_the_same_moment_do_not_miss_each_other(paid_shop, moment):
    """Twenty of each, taken by two workers at once."""
    numbers = [f"mp-{turn:04d}" for turn in range(100, 120)]
    for number in numbers:
        keep_order(paid_shop, moment, number=number)

    def pay():
        for number in numbers:
            with transaction() as session:
                draft = said(merchant_order_no=number, transaction_no=f"42{number}")
                take_payment(session, paid_shop, draft, now=moment)

    def take():
        while consume(moment, limit=3):
            pass

    workers = [threading.Thread(target=one) for one in (pay, take, take)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {the_order(number).status for number in numbers} == {OrderStatus.TO_REVIEW}
    assert {the_payment(number).order_id for number in numbers} == {the_order(number).id for number in numbers}


def test_orders_that_nobody_has_paid_yet_are_taken_together(database, paid_shop, moment):
    numbers = [f"mp-{turn:04d}" for turn in range(200, 230)]
    with transaction() as session:
        take_payment(session, paid_shop, said(merchant_order_no=numbers[0], transaction_no="4200"), now=moment)
    for number in numbers:
        keep_order(paid_shop, moment, number=number)
    commits = []
    database.after_commit.append(commits.append)
    assert consume(moment) == len(numbers)
    assert len(commits) < 10
    kept = {number: the_order(number).status for number in numbers}
    assert kept == dict.fromkeys(numbers, OrderStatus.PENDING_PAYMENT) | {numbers[0]: OrderStatus.TO_REVIEW}


def test_a_later_word_is_never_taken_back(paid_shop, moment):
    for status, word in ((PaymentStatus.PAID, "SUCCESS"), (PaymentStatus.UNPAID, "NOTPAY")):
        unpaid = {} if status is PaymentStatus.PAID else {"transaction_no": "", "amount_fen": 0, "paid_at": None}
        with transaction() as session:
            take_payment(session, paid_shop, said(status=status, status_word=word, **unpaid), now=moment)
    payment = the_payment()
    assert (payment.status, payment.amount_fen, payment.paid_at) == (PaymentStatus.PAID, TOTAL_FEN, said().paid_at)


def test_an_order_posted_as_paid_is_compared_too(paid_shop, moment):
    keep_order(paid_shop, moment, paid_at=ago(55))
    consume(moment)
    with transaction() as session:
        take_payment(session, paid_shop, said(amount_fen=1), now=moment)
    with reading() as session:
        found = session.exec(select(Anomaly).where(col(Anomaly.resolved_at).is_(None))).one()
    assert (found.kind, found.owner_role, found.at_risk_fen) == (AnomalyKind.PAYMENT_MISMATCH, "finance", 1)
    assert (found.subject_type, found.subject_id) == ("order", the_order().id)
    assert "¥0.01 CNY was paid, the order is ¥139.40 CNY" in found.note


def test_money_in_another_currency_pays_no_order(paid_shop, moment):
    keep_order(paid_shop, moment)
    consume(moment)
    with transaction() as session:
        take_payment(session, paid_shop, said(currency="HKD"), now=moment)
    assert the_order().status is OrderStatus.PENDING_PAYMENT


def test_a_done_notice_is_emptied_and_goes_on_absorbing(paid_shop, moment):
    raw = notice_body(moment)
    take_notice(CODE, signed(raw, moment), raw, now=moment)
    consume(moment)
    with transaction() as session:
        assert prune(session, before=moment + timedelta(days=7)) == 1
    assert message(kind=MessageKind.PAYMENT).body == ""
    assert take_notice(CODE, signed(raw, moment), raw, now=moment) == 0


def test_keys_lie_sealed_and_open_for_their_shop_only(paid_shop, moment):
    with reading() as session:
        account = session.get_one(PaymentAccount, paid_shop.id)
    assert pay_credentials().api_key not in repr(account.model_dump())
    assert "PRIVATE KEY" not in repr(account.model_dump())
    assert ShopPayKeyring(CODE).read() == pay_credentials()


def test_new_certificates_keep_the_public_key(paid_shop):
    ring = ShopPayKeyring(CODE)
    assert set(ring.keep_certificates({"ABC": "pem"}).platform_keys) == {PLATFORM.public_key_no, "ABC"}
    assert set(ring.keep_certificates({"DEF": "pem"}).platform_keys) == {PLATFORM.public_key_no, "DEF"}


def test_only_a_mini_program_takes_its_money_through_us(database, moment):
    add_shop("dy-1", now=moment)
    with transaction() as session, pytest.raises(BadInput, match="takes its money itself"):
        connect_payment(session, shop_code="dy-1", credentials=pay_credentials(), by="tester", now=moment)


def test_an_order_of_another_number_is_left_alone(paid_shop, moment):
    keep_order(paid_shop, moment, number="mp-0002")
    raw = notice_body(moment)
    take_notice(CODE, signed(raw, moment), raw, now=moment)
    while consume(moment):
        pass
    assert the_order("mp-0002").status is OrderStatus.PENDING_PAYMENT
    assert the_payment(NUMBER).order_id is None
