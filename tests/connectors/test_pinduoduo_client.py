"""How the Pinduoduo line behaves, against its wire format as recorded."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels import pinduoduo
from orderhub.connectors.channels.contract import Credentials, ShipNotice, StockNotice, TokenGrant, Window
from orderhub.connectors.channels.pinduoduo.signing import sign
from orderhub.domain.drafts import PlacedOrder
from orderhub.kernel.clock import from_unix
from orderhub.kernel.errors import (
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

from .pinduoduo_bodies import ORDER_SN, order, refund, refund_alone

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(minutes=30), NOW)
SAMPLES = Path(__file__).parent / "samples"
Answer = Callable[[str, dict[str, str]], httpx.Response]


class Ring:
    def __init__(self) -> None:
        self.credentials = Credentials("client-1", "secret", "100000001", "old", "refresh-0")

    def read(self) -> Credentials:
        return self.credentials

    def renew(self, grant: TokenGrant) -> Credentials:
        self.credentials = Credentials(
            "client-1", "secret", "100000001", grant.access_token, grant.refresh_token, grant.expires_at
        )
        return self.credentials


class Outside:
    """Checks each signature over what was sent, then answers by method."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.tokens: list[str | None] = []
        self.ring = Ring()
        self._answer = answer
        transport = httpx.MockTransport(self._take)
        self.connector = pinduoduo.connect(
            self.ring, base_url="https://lab.invalid/pinduoduo", transport=transport, now=lambda: NOW
        )

    def _take(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/json"
        sent = json.loads(request.content)
        assert all(isinstance(value, str) for value in sent.values())
        assert sent.pop("sign") == sign(sent, "secret")
        system = {name: sent.pop(name) for name in ("client_id", "timestamp", "data_type", "version")}
        unix = str(int(NOW.timestamp()))
        assert system == {"client_id": "client-1", "timestamp": unix, "data_type": "JSON", "version": "V1"}
        self.tokens.append(sent.pop("access_token", None))
        method = sent.pop("type")
        self.asked.append((method, sent))
        return self._answer(method, sent)


def done(name: str, found: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={f"{name}_response": found})


def refused(code: int, sub_code: str | None = None) -> httpx.Response:
    error = {"error_code": code, "error_msg": "x", "sub_code": sub_code, "sub_msg": "", "request_id": "1"}
    return httpx.Response(200, json={"error_response": error})


def listed(*rows: dict[str, Any], total: int) -> httpx.Response:
    return done("order_sn_increment_get", {"order_sn_list": list(rows), "total_count": total})


def test_pages_are_read_from_the_last_over_half_an_hour():
    outside = Outside(lambda _method, asked: listed(order(order_sn=asked["page"]), total=201))
    pages = list(outside.connector.changed_orders(WINDOW))
    assert [asked["page"] for _method, asked in outside.asked] == ["1", "3", "2", "1"]
    assert [native.number for page in pages for native in page] == ["3", "2", "1"]
    method, asked = outside.asked[0]
    assert method == "pdd.order.number.list.increment.get"
    assert int(asked["end_updated_at"]) - int(asked["start_updated_at"]) == 1800
    assert (asked["order_status"], asked["refund_status"], asked["is_lucky_flag"]) == ("5", "5", "0")
    assert outside.tokens == ["old"] * 4


def placed_by(window: Window, *rows: dict[str, Any]) -> tuple[list[PlacedOrder], list[tuple[datetime, datetime]]]:
    """What is counted of ``window``, and the spans of time of confirmation that were asked for."""
    outside = Outside(lambda _method, _asked: done("order_list_get", {"order_list": rows, "total_count": len(rows)}))
    found = [placed for page in outside.connector.placed_orders(window) for placed in page]
    assert {method for method, _ in outside.asked} == {"pdd.order.list.get"}
    filters = {(asked["order_status"], asked["refund_status"], asked["page"]) for _, asked in outside.asked}
    assert filters == {("5", "5", "1")}
    spans = [(asked["start_confirm_at"], asked["end_confirm_at"]) for _, asked in outside.asked]
    return found, [(from_unix(int(start)), from_unix(int(end))) for start, end in spans]


def test_what_was_placed_is_sought_by_its_confirmation_up_to_a_day_later():
    start = NOW - timedelta(days=3)
    hour = Window(start, start + timedelta(hours=1))
    _, spans = placed_by(hour)
    assert spans == [(start, start + timedelta(days=1)), (start + timedelta(days=1), hour.end + timedelta(days=1))]


def test_nothing_is_sought_that_has_not_happened_yet():
    hour = Window(NOW - timedelta(hours=3), NOW - timedelta(hours=2))
    assert placed_by(hour)[1] == [(hour.start, NOW)]
    assert placed_by(Window(NOW, NOW + timedelta(minutes=5)))[1] == [(NOW, NOW + timedelta(minutes=5))]


def test_an_order_is_counted_where_its_amount_cannot_be_read():
    (placed,), _ = placed_by(WINDOW, order(pay_amount=[7]))
    placed_at = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert placed == PlacedOrder(ORDER_SN, placed_at, placed_at + timedelta(seconds=72), None)
    (placed,), _ = placed_by(WINDOW, order(updated_at=""))
    assert placed == PlacedOrder(ORDER_SN, placed_at, placed_at, 12_050)


@pytest.mark.parametrize("row", [order(created_time=""), order(created_time="soon"), order(order_sn=None)])
def test_an_order_without_its_number_or_moment_cannot_be_counted(row):
    with pytest.raises(PartnerUnavailable):
        placed_by(WINDOW, row)


def test_the_limits_keep_three_minutes_from_the_clock_and_half_an_hour_at_a_time():
    limits = pinduoduo.LIMITS
    assert (limits.window, limits.lag, limits.page_size) == (timedelta(minutes=30), timedelta(minutes=3), 100)


def test_decimals_on_the_wire_stay_exact():
    outside = Outside(lambda _method, _asked: listed(order(pay_amount=0.1, goods_amount=4.35), total=1))
    ((native,),) = outside.connector.changed_orders(WINDOW)
    assert (native.body["pay_amount"], native.body["goods_amount"]) == ("0.1", "4.35")


def test_a_row_that_cannot_be_read_is_handed_on_with_its_page():
    rows = ({"order_sn": ORDER_SN, "updated_at": "yesterday"}, {"updated_at": "2026-11-24 09:59:00"})
    outside = Outside(lambda _method, _asked: listed(*rows, total=2))
    (page,) = outside.connector.changed_orders(WINDOW)
    assert [(native.number, native.updated_at) for native in page] == [
        (ORDER_SN, NOW),
        ("", NOW - timedelta(minutes=1)),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={}),
        httpx.Response(200, json={"error_response": "no"}),
        httpx.Response(200, json={"error_response": {"error_code": "??"}}),
        done("order_list_get", {"order_list": [], "total_count": 0}),
        done("order_sn_increment_get", {"order_sn_list": []}),
        done("order_sn_increment_get", {"order_sn_list": "none", "total_count": 0}),
        refused(52102),
        refused(50000),
    ],
)
def test_an_answer_that_says_nothing_is_not_an_empty_list(answer):
    with pytest.raises(PartnerUnavailable):
        list(Outside(lambda _method, _asked: answer).connector.changed_orders(WINDOW))


@pytest.mark.parametrize("code", [52101, 70031])
def test_too_many_calls_are_a_short_ban(code):
    outside = Outside(lambda _method, _asked: refused(code))
    with pytest.raises(PartnerBanned) as caught:
        outside.connector.order(ORDER_SN)
    assert (caught.value.retry_after, caught.value.partner_code) == (timedelta(seconds=2), str(code))
    assert len(outside.asked) == 1


@pytest.mark.parametrize("code", [10001, 20004, 20031, 50001])
def test_a_clear_no_is_asked_once(code):
    outside = Outside(lambda _method, _asked: refused(code))
    with pytest.raises(PartnerRefused) as caught:
        outside.connector.order(ORDER_SN)
    assert (len(outside.asked), caught.value.partner_code) == (1, str(code))


def test_the_official_error_is_a_refusal():
    error = {"error_msg": "公共参数错误:type", "sub_msg": "", "sub_code": None, "error_code": 10001, "request_id": "1"}
    with pytest.raises(PartnerRefused, match="10001"):
        Outside(lambda *_: httpx.Response(200, json={"error_response": error})).connector.order(ORDER_SN)


@pytest.mark.parametrize("code", [10019, 20032])
def test_an_expired_token_is_renewed_and_the_call_repeated(code):
    def answer(method: str, asked: dict[str, str]) -> httpx.Response:
        if method == "pdd.pop.auth.token.refresh":
            assert asked == {"refresh_token": "refresh-0"}
            token = {"access_token": "new", "refresh_token": "refresh-1", "expires_in": 86400, "owner_id": "100000001"}
            return done("pop_auth_token_refresh", token)
        if outside.ring.credentials.access_token == "old":
            return refused(code)
        return done("order_info_get", {"order_info": order()})

    outside = Outside(answer)
    assert outside.connector.order(ORDER_SN).number == ORDER_SN
    assert outside.tokens == ["old", None, "new"]
    assert outside.ring.credentials.expires_at == NOW + timedelta(days=1)


def test_a_refresh_token_that_is_refused_ends_the_line():
    answers = {"pdd.pop.auth.token.refresh": refused(21001)}
    outside = Outside(lambda method, _asked: answers.get(method, refused(10019)))
    with pytest.raises(PartnerUnauthorised):
        outside.connector.order(ORDER_SN)


def test_the_token_of_the_field_list_is_read():
    body = json.loads((SAMPLES / "pinduoduo_pop_auth_token_create.json").read_text())
    grant = Outside(lambda _method, _asked: httpx.Response(200, json=body)).connector.create_token("code")
    assert (grant.access_token, grant.shop_no, grant.shop_name) == ("TEST_ACCESS_TOKEN", "100000001", "test_owner")
    assert grant.expires_at == NOW + timedelta(days=1)


def test_a_token_that_cannot_be_read_is_no_token():
    outside = Outside(lambda _method, _asked: done("pop_auth_token_create", {"access_token": ""}))
    with pytest.raises(PartnerUnavailable, match="token"):
        outside.connector.create_token("code")


@pytest.mark.parametrize("is_success", [1, True])
def test_an_order_is_shipped_whole_by_one_call(is_success):
    outside = Outside(lambda _method, _asked: done("logistics_online_send", {"is_success": is_success}))
    outside.connector.ship(ShipNotice(ORDER_SN, "SF0000000000001", "44"))
    parcel = {"order_sn": ORDER_SN, "logistics_id": "44", "tracking_number": "SF0000000000001"}
    assert outside.asked == [("pdd.logistics.online.send", parcel)]


@pytest.mark.parametrize("found", [{}, {"is_success": 0}, {"is_success": False}, {"is_success": None}])
def test_a_parcel_not_taken_is_no_success(found):
    outside = Outside(lambda _method, _asked: done("logistics_online_send", found))
    with pytest.raises(PartnerRefused, match="parcel"):
        outside.connector.ship(ShipNotice(ORDER_SN, "SF0000000000001", "44"))


def test_some_lines_of_an_order_cannot_be_shipped_alone():
    def answer(method: str, _asked: dict[str, str]) -> httpx.Response:
        if method == "pdd.order.information.get":
            return done("order_info_get", {"order_info": order(item_list=[item, item | {"sku_id": 2}])})
        return done("logistics_online_send", {"is_success": True})

    item = order()["item_list"][0]
    outside = Outside(answer)
    with pytest.raises(PartnerRefused, match="whole"):
        outside.connector.ship(ShipNotice(ORDER_SN, "SF0000000000001", "44", ("1400000000001",)))
    assert [method for method, _ in outside.asked] == ["pdd.order.information.get"]
    outside.connector.ship(ShipNotice(ORDER_SN, "SF0000000000001", "44", ("1400000000001", "2")))
    assert outside.asked[-1][0] == "pdd.logistics.online.send"


def test_shipping_twice_is_a_success_and_another_number_is_not():
    def answer(method: str, _asked: dict[str, str]) -> httpx.Response:
        if method == "pdd.order.information.get":
            return done("order_info_get", {"order_info": order(tracking_number="SF0000000000001", logistics_id=44)})
        return refused(50001, "shipped-already")

    outside = Outside(answer)
    outside.connector.ship(ShipNotice(ORDER_SN, "SF0000000000001", "44"))
    with pytest.raises(PartnerRefused, match="shipped-already"):
        outside.connector.ship(ShipNotice(ORDER_SN, "SF0000000000002", "44"))


def test_stock_is_the_whole_quantity_and_never_repeated_by_itself():
    outside = Outside(lambda _method, _asked: httpx.Response(503))
    with pytest.raises(PartnerUnavailable):
        outside.connector.set_stock(StockNotice("123456", "123", "BOX-40L", 300))
    asked = {"goods_id": "123456", "sku_id": "123", "quantity": "300", "update_type": "1"}
    assert outside.asked == [("pdd.goods.quantity.update", asked)]


def test_stock_of_a_listing_without_a_sku_number_goes_by_the_merchants_code():
    outside = Outside(lambda _method, _asked: done("goods_quantity_update", {"is_success": True}))
    outside.connector.set_stock(StockNotice("123456", "", "BOX-40L", 0))
    assert outside.asked[0][1] == {"goods_id": "123456", "outer_id": "BOX-40L", "quantity": "0", "update_type": "1"}


def test_a_quantity_not_taken_is_no_success():
    outside = Outside(lambda _method, _asked: done("goods_quantity_update", {"is_success": False}))
    with pytest.raises(PartnerRefused, match="quantity"):
        outside.connector.set_stock(StockNotice("123456", "123", "BOX-40L", 300))


def test_refunds_of_every_status_and_kind_are_asked_for():
    found = {"refund_list": [refund()], "total_count": 1}
    outside = Outside(lambda _method, _asked: done("refund_increment_get", found))
    ((native,),) = outside.connector.changed_refunds(WINDOW)
    assert (native.number, native.updated_at) == ("7381745730", datetime(2026, 11, 24, 1, 31, tzinfo=UTC))
    method, asked = outside.asked[0]
    assert method == "pdd.refund.list.increment.get"
    assert (asked["after_sales_status"], asked["after_sales_type"]) == ("1", "1")


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_refund_is_found_by_its_order(wrapped):
    body = {"refund_information_get_response": refund_alone()} if wrapped else refund_alone()
    outside = Outside(lambda _method, _asked: httpx.Response(200, json=body))
    native = outside.connector.refund("7381745730", ORDER_SN)
    assert native.number == "7381745730"
    assert outside.asked == [
        ("pdd.refund.information.get", {"after_sales_id": "7381745730", "order_sn": ORDER_SN}),
    ]


def test_a_refund_without_its_order_is_not_asked_for():
    outside = Outside(lambda _method, _asked: refused(10001))
    with pytest.raises(PartnerRefused, match="only by its order"):
        outside.connector.refund("7381745730")
    assert outside.asked == []


def test_an_empty_answer_is_no_refund():
    with pytest.raises(PartnerUnavailable):
        Outside(lambda _method, _asked: httpx.Response(200, json={})).connector.refund("7381745730", ORDER_SN)


def test_nothing_is_pushed_over_http():
    with pytest.raises(NotAllowed):
        pinduoduo.read_push({}, b"[]", Ring().read())
