"""Anomalies of the lines to channels, carriers and banks: on the lab's real wire where there is a partner to play."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import pytest

from orderhub.automation.outbox import OutboxMessage, retry
from orderhub.automation.stock_compare import compare_stock
from orderhub.automation.stock_feed import Feeder
from orderhub.automation.waybilling import give_back_waybill
from orderhub.connectors.channels.contract import Credentials
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.channel_stock import Formula, set_share
from orderhub.domain.settlement_book import take
from orderhub.domain.settlement_upkeep import flag_old, match_again
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.intake.authorising import authorise, buy_token
from orderhub.intake.completeness import check_completeness
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import discard
from orderhub.intake.keyring import connect_shop
from orderhub.intake.payment_check import find_payments_without_order
from orderhub.intake.push import take_push
from orderhub.intake.repaying import repay
from orderhub.intake.shipping_upload import upload_shipping
from orderhub.intake.watch import find_syncs_behind, renew_tokens
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotAllowed, NotFound
from orderhub.lab.sf import Denied, Sf
from tests.builders import NOW
from tests.domain.settled import bill, merchant_shop, paid_order, receipt
from tests.domain.stocked import stocked
from tests.flows.hub import Hub
from tests.flows.money import TOTAL_FEN, Money, later
from tests.flows.shipping import message, ship, work
from tests.flows.test_authorising import ends_in, refresh_token_ended, way_back
from tests.flows.waybills import allocated, connect_sf, want
from tests.intake import builders as coming
from tests.intake.mapping.builders import PIECES, define_fields, go_live

from .telling import story

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@story(AnomalyKind.UNKNOWN_SHOP)
def a_push_for_nobody(_ground) -> Iterator[None]:
    for minutes in (0, 2):
        with pytest.raises(NotFound):
            asyncio.run(take_push(Channel.DOUYIN, "nobody", {}, b"[]", now=NOW + minutes * MINUTE))
        yield
    facts = {"name": "测试店", "credentials": Credentials("70001", "s", "91"), "by": "tester"}
    with transaction() as session:
        connect_shop(session, code="nobody", channel=Channel.DOUYIN, now=NOW + HOUR, **facts)


@story(AnomalyKind.FORGED_PUSH, by_hand=True)
def a_push_nobody_signed(_ground) -> Iterator[None]:
    shop = coming.add_shop(now=NOW)
    for minutes in (0, 2):
        forged = take_push(Channel.DOUYIN, shop.code, {"event-sign": "0" * 32}, b"[]", now=NOW + minutes * MINUTE)
        with pytest.raises(NotAllowed):
            asyncio.run(forged)
        yield


@story(AnomalyKind.DEAD_LETTER)
def a_message_nobody_understands(_ground) -> Iterator[None]:
    shop = coming.add_shop(now=NOW)
    for _ in range(2):
        coming.keep_orders(shop, [coming.order_native(coming.FIRST_NO, pay_amount="no money")], NOW)
        consume(NOW)
        yield
    with transaction() as session:
        assert discard(session, [coming.message().id], by="wang", reason="测试数据", now=NOW + HOUR) == 1


@story(AnomalyKind.MAPPING_VALUE)
def a_value_that_cannot_be_mapped(_ground) -> Iterator[None]:
    shop = coming.add_shop(now=NOW)
    define_fields(NOW)
    go_live([PIECES], NOW)
    for number in range(2):
        coming.keep_orders(shop, [coming.order_native(coming.FIRST_NO + number, seller_words="三件")], NOW)
        consume(NOW)
        yield
    go_live([PIECES.model_copy(update={"path": "sku_order_list[0].item_num"})], NOW + HOUR)


@story(AnomalyKind.SETTLEMENT_DIFFERENCE)
def a_bill_that_names_what_we_do_not(_ground) -> Iterator[None]:
    with transaction() as session:
        merchant_shop(session)
        take(session, bill(receipt("A1")), by="tester", now=NOW)
    for days in (7, 7.5):
        with transaction() as session:
            assert flag_old(session, now=NOW + timedelta(days=days)) == 1
        yield
    with transaction() as session:
        paid_order(session, "A1")
        match_again(session, now=NOW + timedelta(days=8))
        assert flag_old(session, now=NOW + timedelta(days=8)) == 0


@story(AnomalyKind.SYNC_BEHIND, where="douyin_hub")
def a_shop_that_is_not_pulled(hub: Hub) -> Iterator[None]:
    for minutes in (16, 17):
        assert find_syncs_behind(utc_now() + minutes * MINUTE) == 1
        yield
    assert hub.sync(later=18 * MINUTE).error == ""


@story(AnomalyKind.SHOP_UNAUTHORISED, where="douyin_hub")
def a_shop_nobody_may_open(hub: Hub) -> Iterator[None]:
    refresh_token_ended(hub)
    for seconds in (5, 70):
        assert "partner_unauthorised" in hub.sync(later=timedelta(seconds=seconds)).error
        yield
    _authorised(hub)


@story(AnomalyKind.TOKEN_NEAR_EXPIRY, where="douyin_hub")
def a_token_that_cannot_be_renewed(hub: Hub) -> Iterator[None]:
    ends_in(hub, 30 * MINUTE)
    hub.world.tokens[hub.code].refresh_expires_at = hub.world.now()
    for _ in range(2):
        assert renew_tokens(utc_now()) == 0
        yield
    _authorised(hub)


def _authorised(hub: Hub) -> None:
    given = way_back(hub)
    shop_code, grant = buy_token(given["state"], given.get("code", ""), by="wang", now=utc_now())
    with transaction() as session:
        authorise(session, shop_code, grant, by="wang", now=utc_now())


@story(AnomalyKind.ORDERS_MISSING, where="douyin_hub")
def orders_the_channel_does_not_tell_of(hub: Hub) -> Iterator[None]:
    hub.orders_come(3)
    hub.fault("dropped_page")
    hub.sync()
    hub.fault("missing_field", api=hub.told.order_api, count=None)  # refused for good, whoever asks for them
    moment = utc_now() + MINUTE
    for rounds in (6, 1):
        for _ in range(rounds):
            check_completeness(moment)
            hub.settle(later=moment - utc_now())
            moment += 3 * MINUTE
        yield
    hub.world.faults.clear()
    moment += HOUR
    hub.sync(later=moment - utc_now())
    for _ in range(3):
        check_completeness(moment)
        hub.settle(later=moment - utc_now())
        moment += 16 * MINUTE


@story(AnomalyKind.UPLOAD_REFUSED, where="douyin_hub")
def a_parcel_the_channel_does_not_take(hub: Hub) -> Iterator[None]:
    (number,) = hub.orders_come(1)
    hub.sync()
    hub.tell_lab(f"orders/{hub.code}/{number}", do="ship", tracking_no="75300000000000")  # the hub has not heard of it
    ship(number)
    work()
    yield
    work(later=HOUR)
    yield
    (order,) = hub.world.shelves[hub.code].orders.values()  # whoever typed the other number takes it back
    order.status, order.parcels = ChannelStatus.PAID, []
    for line in order.lines:
        line.tracking_no = ""
    _again(message())
    work(later=2 * HOUR)


def _again(one: OutboxMessage) -> None:
    with transaction() as session:
        assert retry(session, one.id, by="wang", now=utc_now()) == 1


@story(AnomalyKind.SHIPPED_DESPITE_REFUND, where="douyin_hub")
def goods_that_leave_while_the_money_is_asked_back(hub: Hub) -> Iterator[None]:
    (number,) = hub.orders_come(1)
    hub.sync()
    ship(number)
    hub.tell_lab(f"orders/{hub.code}/{number}", do="request_refund", line=0, reason="不想要了")
    hub.sync()
    for minutes in (0, 6):
        work(later=minutes * MINUTE)
        yield
    hub.tell_lab(f"orders/{hub.code}/{number}", do="withdraw_refund", line=0)
    hub.sync()
    work(later=20 * MINUTE)


@story(AnomalyKind.STOCK_DRIFT, where="taobao_hub")
def a_channel_that_sells_another_number(hub: Hub) -> Iterator[None]:
    with transaction() as session:
        stocked(session, now=utc_now(), BOX_40L=100)
        set_share(session, session.get_one(Shop, hub.shop.id), Formula(80, 2), by="li", now=utc_now())
    hub.orders_come(1, lines=[{"code": "BOX-40L", "quantity": 5}])
    hub.sync()
    _spread()
    shelf = hub.world.shelves[hub.code].stock
    (sku_no,) = shelf
    shelf[sku_no] = 7
    for _ in range(2):
        compare_stock(utc_now())
        yield
    _spread()
    compare_stock(utc_now())


def _spread() -> None:
    feeder = Feeder()
    while feeder.feed_next(utc_now() + timedelta(seconds=1)):
        pass
    work()


@story(AnomalyKind.WAYBILL_REFUSED, where="taobao_hub")
def a_carrier_that_makes_no_waybill(hub: Hub) -> Iterator[None]:
    connect_sf(hub.url, month_card="7550000000")
    (delivery_id,) = _allocated(hub)
    for _ in range(2):
        want([delivery_id])
        work()
        yield
    connect_sf(hub.url)
    want([delivery_id])
    work()


@story(AnomalyKind.WAYBILL_KEPT, where="sf_hub")
def a_carrier_that_takes_no_waybill_back(sf_hub: tuple[Hub, Sf]) -> Iterator[None]:
    hub, sf = sf_hub
    connect_sf(hub.url)
    (delivery_id,) = _allocated(hub)
    want([delivery_id])
    work()
    takes_back = sf._services["EXP_RECE_UPDATE_ORDER"]
    sf._services["EXP_RECE_UPDATE_ORDER"] = _has_it_on_the_road
    with transaction() as session:
        give_back_waybill(session, delivery_id, by="ceshi-w", now=utc_now())
    work()
    yield
    _again(message())
    work(later=HOUR)
    yield
    sf._services["EXP_RECE_UPDATE_ORDER"] = takes_back
    _again(message())
    work(later=2 * HOUR)


def _has_it_on_the_road(_asked: object) -> NoReturn:
    raise Denied("8252", "已确认")


@story(AnomalyKind.CARRIER_UNAUTHORISED, where="taobao_hub")
def keys_that_open_no_carrier(hub: Hub) -> Iterator[None]:
    connect_sf(hub.url, check_word="wrong")
    want(_allocated(hub))
    for hours in (0, 3):
        work(later=hours * HOUR)
        yield
    connect_sf(hub.url)
    work()


def _allocated(hub: Hub) -> list[int]:
    numbers = hub.orders_come(1)
    hub.sync()
    return allocated(numbers)


@story(AnomalyKind.PAYMENT_MISMATCH, where="money")
def money_for_an_order_that_is_cancelled(money: Money) -> Iterator[None]:
    money.post_order("mp-0013", status="closed_unpaid")
    money.pay("mp-0013")
    yield
    money.post_order("mp-0013", status="closed_unpaid", updated_at=utc_now().isoformat())
    yield
    _sent_back(money, "mp-0013", "AS-90")


@story(AnomalyKind.PAYMENT_WITHOUT_ORDER, where="money")
def money_without_an_order(money: Money) -> Iterator[None]:
    money.pay("mp-0011")
    for minutes in (6, 7):
        find_payments_without_order(later(utc_now(), minutes=minutes))
        yield
    money.post_order("mp-0011", minutes_ago=0)


@story(AnomalyKind.REPAYMENT_STUCK, where="money")
def money_that_does_not_arrive(money: Money) -> Iterator[None]:
    money.post_order("mp-0016")
    money.pay("mp-0016")
    for turn in range(2):
        money.fault("repayment_abnormal")
        _sent_back(money, "mp-0016", f"AS-4{turn}", 100)
        yield
    _sent_back(money, "mp-0016", "AS-49", 100)


def _sent_back(money: Money, number: str, repayment_no: str, fen: int = TOTAL_FEN) -> None:
    wish = {"repayment_no": repayment_no, "amount_fen": fen, "reason": "订单已取消", "by": "tester"}
    repay(money.payment(number).id, **wish, now=utc_now())
    money.notices_arrive()


@story(AnomalyKind.SHIPPING_NOT_UPLOADED, where="money")
def a_parcel_wechat_does_not_take(money: Money) -> Iterator[None]:
    money.post_order("mp-0020")
    money.pay("mp-0020")
    _shipped(money, "飞毛腿", seconds=5)
    for hours in (0, 1):
        assert upload_shipping(later(utc_now(), hours=hours)) == 0
        yield
    _shipped(money, "中通快递", seconds=9)
    assert upload_shipping(later(utc_now(), hours=6)) == 1


def _shipped(money: Money, carrier: str, *, seconds: int) -> None:
    moment = later(utc_now(), seconds=seconds).isoformat()
    parcels = [{"tracking_no": "ZT0000000000005", "carrier": carrier}]
    money.post_order("mp-0020", status="shipped", updated_at=moment, shipped_at=utc_now().isoformat(), parcels=parcels)
