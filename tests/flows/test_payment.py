"""A mini-program's money, from the buyer's payment to its release, with everything that goes wrong on the way."""

from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from orderhub.api.app import create_api
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import OrderStatus
from orderhub.domain.repayment import OverPaid, Repayment
from orderhub.domain.words import PaymentStatus, RepaymentStatus
from orderhub.insights.order_card import order_card
from orderhub.intake import push
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.payment_account import forget_payers, payer_of
from orderhub.intake.payment_check import check_payments, check_repayments, find_payments_without_order
from orderhub.intake.repaying import repay
from orderhub.intake.shipping_upload import upload_shipping
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerRefused, PartnerUnavailable
from orderhub.kernel.eventlog import Event
from tests.databases import with_tables

from .hub import served
from .money import TOTAL_FEN, Money, later


@pytest.fixture(params=[False, True], ids=["certificates", "public key"])
def money(request, lab, sqlite_url):
    yield from _money(lab, sqlite_url, by_public_key=request.param)


@pytest.fixture
def on_either(lab, db_url):
    """On SQLite, and with the services on PostgreSQL."""
    yield from _money(lab, db_url, by_public_key=True)


@pytest.fixture
def certified(lab, sqlite_url):
    yield from _money(lab, sqlite_url, by_public_key=False)


def _money(lab, url, *, by_public_key):
    with_tables(url)
    with served(create_api()) as hub_url:
        yield Money(*lab, hub_url, by_public_key=by_public_key)
    forget_payers()
    forget_connectors()
    push._noted.clear()


def test_a_notice_makes_its_order_paid_once(money):
    money.post_order("mp-0001")
    assert money.order("mp-0001").status is OrderStatus.PENDING_PAYMENT
    money.pay("mp-0001")
    order, payment = money.order("mp-0001"), money.payment("mp-0001")
    assert (order.status, order.paid_fen, order.paid_at) == (OrderStatus.TO_REVIEW, TOTAL_FEN, payment.paid_at)
    assert (payment.status, payment.order_id, payment.amount_fen) == (PaymentStatus.PAID, order.id, TOTAL_FEN)
    assert order.ship_by == payment.paid_at + timedelta(hours=48)
    assert (money.answers(), money.anomalies()) == ([204], [])
    assert _kinds(order.id).count("order_paid") == 1


def test_a_notice_is_kept_as_it_came_and_shows_nobody(money):
    money.post_order("mp-0002")
    paid = money.pay("mp-0002")
    kept = money.notices()[0].text
    assert "TRANSACTION.SUCCESS" in kept
    assert paid["transaction_no"] not in kept
    with reading() as session:
        events = [str(event.body) for event in session.exec(select(Event))]
    assert not any("lab-openid" in body for body in events)


def test_a_repeated_notice_changes_nothing(money):
    money.post_order("mp-0003")
    money.fault("pay_notice_repeat")
    money.pay("mp-0003")
    assert money.answers() == [204, 204, 204]
    assert len(money.notices()) == 1
    assert _kinds(money.order("mp-0003").id).count("order_paid") == 1


def test_another_amount_does_not_pay_the_order(money):
    money.post_order("mp-0004")
    money.fault("pay_wrong_amount")
    money.pay("mp-0004")
    order = money.order("mp-0004")
    assert (order.status, order.paid_fen, order.paid_at) == (OrderStatus.PENDING_PAYMENT, 0, None)
    assert money.anomalies() == [AnomalyKind.PAYMENT_MISMATCH]
    assert check_payments(money.now)[0].asked == 0
    # The shop corrects its order: now they are the same.
    line = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 1, "unit_price": "139.41"}
    money.post_order("mp-0004", total="139.41", lines=[line], updated_at=utc_now().isoformat())
    assert money.order("mp-0004").status is OrderStatus.TO_REVIEW
    assert money.anomalies() == []


def test_a_lost_notice_is_asked_for_after_five_minutes(money):
    money.post_order("mp-0005", minutes_ago=0)
    money.fault("pay_notice_lost")
    money.pay("mp-0005")
    assert (money.answers(), money.order("mp-0005").status) == ([], OrderStatus.PENDING_PAYMENT)
    assert check_payments(later(money.now, minutes=4))[0].asked == 0
    checked = check_payments(later(money.now, minutes=6))[0]
    assert (checked.asked, checked.paid, checked.error) == (1, 1, "")
    assert money.order("mp-0005").status is OrderStatus.TO_REVIEW
    assert check_payments(later(money.now, minutes=60))[0].asked == 0


def test_an_unpaid_order_is_asked_for_ever_less_often(certified):
    certified.post_order("mp-0006", minutes_ago=0)
    asked = [check_payments(later(certified.now, minutes=minute))[0].asked for minute in range(5, 60)]
    assert [minute for minute, count in enumerate(asked, 5) if count] == [5, 10, 20, 40]
    assert certified.payment("mp-0006").status is PaymentStatus.UNPAID
    certified.pay("mp-0006")
    assert certified.order("mp-0006").status is OrderStatus.TO_REVIEW


def test_a_payment_service_that_is_down_is_asked_again(certified):
    certified.post_order("mp-0007")
    certified.fault("pay_notice_lost")
    certified.pay("mp-0007")
    certified.fault("service_error", api="wechat-pay", count=3)
    first, second = check_payments(certified.now)[0], check_payments(certified.now)[0]
    assert (first.asked, second.paid) == (0, 1)
    assert "HTTP 500" in first.error


@pytest.mark.parametrize("fault", ["pay_probe", "pay_old_timestamp", "pay_bad_signature"])
def test_a_notice_that_is_not_to_be_trusted_is_refused(money, fault):
    money.post_order("mp-0008")
    money.fault(fault)
    money.pay("mp-0008")
    assert money.answers() == [403, 204]
    refused = money.wechat.notices.sent[0]
    assert httpx.Response(403, text=refused.answer).json() == {"code": "FAIL", "message": "not_allowed"}
    assert money.order("mp-0008").status is OrderStatus.TO_REVIEW
    assert money.anomalies() == ([] if fault == "pay_probe" else [AnomalyKind.FORGED_PUSH])


def test_a_new_certificate_of_the_platform_is_fetched(certified):
    certified.post_order("mp-0009")
    certified.pay("mp-0009")
    certified.post_order("mp-0010")
    certified.fault("pay_new_certificate")
    certified.pay("mp-0010")
    assert certified.answers() == [204, 403]  # certificates were asked for within this minute already
    assert "not signed by it" in check_payments(certified.now)[0].error
    payer_of(certified.shop)._asked_at = None
    assert check_payments(certified.now)[0].paid == 1
    certified.post_order("mp-0023")
    certified.pay("mp-0023")
    assert certified.answers()[-1] == 204


def test_a_payment_that_comes_before_its_order_waits_for_it(money):
    money.pay("mp-0011")
    assert (money.answers(), money.payment("mp-0011").order_id) == ([204], None)
    assert find_payments_without_order(utc_now()) == 0
    assert find_payments_without_order(later(utc_now(), minutes=6)) == 1
    assert money.anomalies() == [AnomalyKind.PAYMENT_WITHOUT_ORDER]
    money.post_order("mp-0011", minutes_ago=0)
    order = money.order("mp-0011")
    assert (order.status, money.payment("mp-0011").order_id, money.anomalies()) == (OrderStatus.TO_REVIEW, order.id, [])


def test_a_paid_order_stays_paid_when_its_shop_has_not_heard(money):
    money.post_order("mp-0012")
    money.pay("mp-0012")
    money.post_order("mp-0012", buyer_remark="尽快发", updated_at=later(utc_now(), seconds=5).isoformat())
    order = money.order("mp-0012")
    assert (order.status, order.paid_fen, order.buyer_remark) == (OrderStatus.TO_REVIEW, TOTAL_FEN, "尽快发")
    assert order.paid_at == money.payment("mp-0012").paid_at


def test_money_for_a_cancelled_order_is_shown(money):
    money.post_order("mp-0013", status="closed_unpaid")
    money.pay("mp-0013")
    assert money.order("mp-0013").status is OrderStatus.CANCELLED
    assert money.anomalies() == [AnomalyKind.PAYMENT_MISMATCH]


def test_money_that_is_back_is_no_trouble_any_more(certified):
    certified.post_order("mp-0024", status="closed_unpaid")
    certified.pay("mp-0024")
    certified.pay("mp-0025")
    assert find_payments_without_order(later(utc_now(), minutes=6)) == 1
    assert certified.anomalies() == [AnomalyKind.PAYMENT_MISMATCH, AnomalyKind.PAYMENT_WITHOUT_ORDER]
    for turn, number in enumerate(("mp-0024", "mp-0025")):
        wish = {"repayment_no": f"AS-9{turn}", "amount_fen": TOTAL_FEN, "reason": "订单已取消", "by": "tester"}
        repay(certified.payment(number).id, **wish, now=utc_now())
    certified.notices_arrive()
    assert certified.anomalies() == []
    assert {certified.payment(number).status for number in ("mp-0024", "mp-0025")} == {PaymentStatus.REFUNDED}
    assert find_payments_without_order(later(utc_now(), minutes=9)) == 0
    certified.post_order("mp-0024", status="closed_unpaid", updated_at=utc_now().isoformat())
    assert certified.anomalies() == []


def test_a_whole_life_of_money(on_either):
    """Paid by notice and by asking, shipped in one parcel and in two, told, and some of it sent back."""
    money = on_either
    for number in ("mp-0031", "mp-0032", "mp-0033"):
        money.post_order(number)
    money.pay("mp-0031")
    money.fault("pay_notice_lost")
    money.pay("mp-0032")
    checked = check_payments(money.now)[0]
    assert (checked.asked, checked.paid) == (2, 1)
    _ship(money, "mp-0031", "ZT0000000000031")
    _ship(money, "mp-0032", "ZT0000000000032", "ZT0000000000033")
    assert (upload_shipping(utc_now()), upload_shipping(utc_now())) == (3, 0)
    wish = {"repayment_no": "AS-31", "amount_fen": 100, "reason": "少件", "by": "tester"}
    repay(money.payment("mp-0031").id, **wish, now=utc_now())
    assert check_repayments(later(utc_now(), minutes=5)) == 1
    released = {one["order_no"]: one["is_released"] for one in money.state()["payments"]}
    assert released == {"mp-0031": True, "mp-0032": True}
    assert [money.order(f"mp-003{turn}").status for turn in (1, 2, 3)] == ["shipped", "shipped", "pending_payment"]
    assert (money.payment("mp-0031").returned_fen, money.anomalies()) == (100, [])
    with reading() as session:
        card = order_card(session, money.order("mp-0031").id, utc_now())
    told = [moment.kind for moment in card.timeline]
    assert {"order_paid", "payment_received", "shipping_uploaded", "repayment_wanted", "repayment_moved"} <= set(told)


def test_money_goes_back_once_and_arrives_by_notice(money):
    money.post_order("mp-0014")
    money.pay("mp-0014")
    wish = {"repayment_no": "AS-1", "amount_fen": 3940, "reason": "少件", "by": "tester"}
    payment_id = money.payment("mp-0014").id
    assert repay(payment_id, **wish, now=utc_now()).status is RepaymentStatus.PROCESSING
    money.notices_arrive()
    assert repay(payment_id, **wish, now=utc_now()).status is RepaymentStatus.SUCCEEDED
    assert _repayments() == [("AS-1", RepaymentStatus.SUCCEEDED, 3940)]
    assert [one["amount_fen"] for one in money.state()["repayments"]] == [3940]
    with pytest.raises(OverPaid, match="10000 fen are left"):
        repay(payment_id, **wish | {"repayment_no": "AS-2", "amount_fen": 10001}, now=utc_now())


def test_a_repayment_nobody_answered_is_asked_for_again(certified):
    certified.post_order("mp-0015")
    certified.pay("mp-0015")
    certified.tell_lab("wechat/notify-target", url="")
    certified.fault("service_error", api="wechat-pay", count=3)
    wish = {"repayment_no": "AS-3", "amount_fen": TOTAL_FEN, "reason": "", "by": "tester"}
    with pytest.raises(PartnerUnavailable):
        repay(certified.payment("mp-0015").id, **wish, now=utc_now())
    assert _repayments() == [("AS-3", RepaymentStatus.WANTED, TOTAL_FEN)]
    assert check_repayments(later(utc_now(), minutes=3)) == 1
    assert check_repayments(later(utc_now(), minutes=30)) == 1
    assert _repayments() == [("AS-3", RepaymentStatus.SUCCEEDED, TOTAL_FEN)]
    assert check_repayments(later(utc_now(), minutes=90)) == 0


def test_a_repayment_that_cannot_arrive_is_shown(certified):
    certified.post_order("mp-0016")
    certified.pay("mp-0016")
    certified.fault("repayment_abnormal")
    wish = {"repayment_no": "AS-4", "amount_fen": 100, "reason": "", "by": "tester"}
    repay(certified.payment("mp-0016").id, **wish, now=utc_now())
    certified.notices_arrive()
    assert certified.anomalies() == [AnomalyKind.REPAYMENT_STUCK]


def test_shipping_is_told_so_that_the_money_is_released(money):
    money.post_order("mp-0017")
    money.pay("mp-0017")
    _ship(money, "mp-0017", "ZT0000000000001")
    assert upload_shipping(utc_now()) == 1
    paid = money.state()["payments"][0]
    assert (paid["tracking_nos"], paid["is_released"]) == (["ZT0000000000001"], True)
    assert upload_shipping(later(utc_now(), hours=4)) == 0
    assert "shipping_uploaded" in _kinds(money.order("mp-0017").id)


def test_two_parcels_release_the_money_with_the_second(certified):
    certified.post_order("mp-0018")
    certified.pay("mp-0018")
    _ship(certified, "mp-0018", "ZT0000000000002", status="partly_shipped")
    assert upload_shipping(utc_now()) == 1
    assert certified.state()["payments"][0]["is_released"] is False
    _ship(certified, "mp-0018", "ZT0000000000002", "ZT0000000000003", seconds=9)
    assert upload_shipping(utc_now()) == 1
    paid = certified.state()["payments"][0]
    assert (paid["tracking_nos"], paid["is_released"]) == (["ZT0000000000002", "ZT0000000000003"], True)


def test_a_dead_token_is_renewed_and_a_busy_platform_asked_again(certified):
    certified.post_order("mp-0019")
    certified.pay("mp-0019")
    _ship(certified, "mp-0019", "ZT0000000000004")
    certified.fault("service_error", api="weixin", count=3)
    assert upload_shipping(utc_now()) == 0
    certified.tell_lab("wechat/expire-token")
    assert upload_shipping(later(utc_now(), minutes=2)) == 1


def test_a_carrier_nobody_knows_is_shown_in_words_and_told_once_it_is_right(certified):
    certified.post_order("mp-0020")
    certified.pay("mp-0020")
    _ship(certified, "mp-0020", "ZT0000000000005", carrier="飞毛腿")
    assert (upload_shipping(utc_now()), certified.anomalies()) == (0, [AnomalyKind.SHIPPING_NOT_UPLOADED])
    _ship(certified, "mp-0020", "ZT0000000000005", carrier="中通快递", seconds=9)
    assert upload_shipping(later(utc_now(), hours=3, minutes=1)) == 1
    assert certified.anomalies() == []


def test_a_shop_that_already_told_wechat_is_not_told_again(certified):
    certified.post_order("mp-0021")
    certified.pay("mp-0021")
    told = certified.wechat.purse.payments["mp-0021"]
    told.tracking_nos, told.is_all_shipped = ("ZT0000000000006",), True
    _ship(certified, "mp-0021", "ZT0000000000006")
    assert upload_shipping(utc_now()) == 1
    assert certified.tell_lab("stop")
    assert httpx.get(f"{certified.url}/lab/uploads").json()["uploads"] == []


def test_the_bill_of_yesterday_names_every_payment(certified):
    certified.post_order("mp-0022")
    certified.pay("mp-0022")
    day = certified.payment("mp-0022").paid_at + timedelta(hours=8)
    with pytest.raises(PartnerRefused, match="NO_STATEMENT_EXIST"):
        payer_of(certified.shop).trade_bill(day.date())
    certified.tell_lab("advance", seconds=86400)
    bill = payer_of(certified.shop).trade_bill(day.date())
    assert [(row.merchant_order_no, row.amount_fen, row.fee_fen) for row in bill.rows] == [("mp-0022", TOTAL_FEN, 84)]


def _ship(money, number, *tracking_nos, carrier="ZTO", status="shipped", seconds=5):
    parcels = [{"tracking_no": one, "carrier": carrier} for one in tracking_nos]
    moment = later(utc_now(), seconds=seconds).isoformat()
    money.post_order(number, status=status, updated_at=moment, shipped_at=utc_now().isoformat(), parcels=parcels)


def _kinds(order_id):
    with reading() as session:
        wanted = select(Event.kind).where(Event.subject_type == "order", Event.subject_id == order_id)
        return list(session.exec(wanted))


def _repayments():
    with reading() as session:
        return [(one.repayment_no, one.status, one.amount_fen) for one in session.exec(select(Repayment))]
