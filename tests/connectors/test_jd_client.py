"""How the JD line behaves, against its wire format as captured."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels import jd
from orderhub.connectors.channels.contract import Credentials, ShipNotice, StockNotice, Window
from orderhub.connectors.channels.jd.client import judge
from orderhub.domain.drafts import PlacedOrder
from orderhub.kernel.errors import (
    NotAllowed,
    PartnerBanned,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

from .gateway import NOW, SECRET, Ring
from .jd_bodies import item, order, service_row
from .jd_gateway import JdGateway

WINDOW = Window(NOW - timedelta(hours=1), NOW)
PARCEL = ShipNotice("9000000000000000000", "SF1", "467")
Answer = Callable[[str, dict[str, Any]], httpx.Response]


def connected(gateway: JdGateway, ring: Ring | None = None) -> jd.JdConnector:
    transport = httpx.MockTransport(gateway.take)
    return jd.connect(ring or Ring(), base_url="https://lab.invalid/jd/", transport=transport, now=lambda: NOW)


def answering(body: Any) -> jd.JdConnector:
    """A line to somebody who answers ``body`` to whatever is asked."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    return jd.connect(Ring(), base_url="https://lab.invalid/jd", transport=transport, now=lambda: NOW)


def responce(method: str, **found: Any) -> dict[str, Any]:
    return {f"{method.replace('.', '_')}_responce": {"code": "0"} | found}


def error(code: int | str, told: str = "x") -> dict[str, Any]:
    return {"error_response": {"code": code, "zh_desc": told, "en_desc": "x"}}


class Watching(JdGateway):
    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.__dict__.setdefault("params", []).append((method, params))
        return super().answer(method, params)


def test_a_call_is_signed_over_query_and_form_together():
    asked: list[httpx.Request] = []
    gateway = JdGateway()

    def take(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return gateway.take(request)

    connector = jd.connect(
        Ring(), base_url="https://lab.invalid/jd", transport=httpx.MockTransport(take), now=lambda: NOW
    )
    connector.order("9000000000000000007")
    (request,) = asked
    assert str(request.url.copy_with(query=None)) == "https://lab.invalid/jd/routerjson"
    assert dict(request.url.params).keys() == {"method", "access_token", "app_key", "timestamp", "v", "sign"}
    assert request.url.params["timestamp"] == "2026-11-24 10:00:00"
    form = httpx.QueryParams(request.content.decode())
    assert list(form) == ["360buy_param_json"]
    assert json.loads(form["360buy_param_json"])["order_id"] == "9000000000000000007"


def test_without_an_address_jds_own_are_asked():
    asked: list[str] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.host}{request.url.path}")
        return httpx.Response(200, json=error(15))

    connector = jd.connect(Ring(), transport=httpx.MockTransport(take), now=lambda: NOW)
    for ask in (lambda: connector.order("1"), lambda: connector.create_token("code")):
        with pytest.raises(PartnerRefused):
            ask()
    assert asked == ["api.jd.com/routerjson", "open-oauth.jd.com/oauth2/access_token"]


def test_changed_orders_are_asked_by_modified_time_newest_first():
    gateway = Watching(count=120)
    list(connected(gateway).changed_orders(WINDOW))
    pages = [params for method, params in gateway.params if method == "jingdong.pop.order.search"]
    assert [page["page"] for page in pages] == ["1", "2", "1"]
    assert {(page["start_date"], page["end_date"]) for page in pages} == {
        ("2026-11-24 09:00:00", "2026-11-24 10:00:00")
    }
    assert {(page["dateType"], page["sortType"], page["page_size"]) for page in pages} == {(0, 1, "100")}
    wanted = set(pages[0]["optional_fields"].split(","))
    assert wanted >= {"modified", "paymentConfirmTime", "outBoundDate", "itemInfoList", "consigneeInfo"}
    assert wanted.isdisjoint({"invoiceEasyInfo", "vatInfo", "invoiceInfo"})
    assert {"NOT_PAY", "PARENT_TRADE_CANCELED", "WAIT_SELLER_STOCK_OUT"} <= set(pages[0]["order_state"].split(","))


def test_placed_orders_are_asked_by_the_time_of_placing_without_their_buyers():
    gateway = Watching(count=120)
    found = [placed for page in connected(gateway).placed_orders(WINDOW) for placed in page]
    assert {placed.channel_order_no for placed in found} == set(gateway.numbers)
    pages = [params for method, params in gateway.params if method == "jingdong.pop.order.search"]
    assert {(page["dateType"], page["sortType"], page["start_date"], page["end_date"]) for page in pages} == {
        (1, 1, "2026-11-24 09:00:00", "2026-11-24 10:00:00")
    }
    wanted = {"orderId", "orderStartTime", "modified", "orderPayment", "balanceUsed"}
    assert set(pages[0]["optional_fields"].split(",")) == wanted
    assert {"NOT_PAY", "PARENT_TRADE_CANCELED", "TRADE_CANCELED"} <= set(pages[0]["order_state"].split(","))


def placed_of(row: dict[str, Any]) -> PlacedOrder:
    listed = {"apiResult": {"success": True}, "orderTotal": 1, "orderInfoList": [row]}
    connector = answering(responce("jingdong.pop.order.search", searchorderinfo_result=listed))
    ((placed,),) = connector.placed_orders(WINDOW)
    return placed


@pytest.mark.parametrize(
    ("changes", "total_fen"),
    [
        ({}, 26_850),
        ({"balanceUsed": None}, 24_850),
        ({"balanceUsed": [7]}, None),
        ({"orderPayment": None}, None),
        ({"orderPayment": "10000000000000.00"}, None),
    ],
)
def test_an_order_is_counted_where_its_amount_cannot_be_read(changes, total_fen):
    placed_at = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    moved_at = placed_at + timedelta(minutes=1)
    assert placed_of(order(**changes)) == PlacedOrder("900000000001", placed_at, moved_at, total_fen)


@pytest.mark.parametrize("changes", [{"orderId": None}, {"orderStartTime": "0001-01-01 00:00:00"}, {"modified": "x"}])
def test_an_order_without_its_number_or_moment_cannot_be_counted(changes):
    with pytest.raises(PartnerUnavailable):
        placed_of(order(**changes))


def test_service_orders_are_found_by_either_of_their_times_and_asked_for_once():
    gateway = Watching(count=0)
    gateway.services = (service_row(), service_row(serviceId=724578812))
    found = [native for page in connected(gateway).changed_refunds(WINDOW) for native in page]
    assert [native.number for native in found] == ["S724578811", "S724578812"]
    assert {native.updated_at for native in found} == {datetime(2026, 11, 24, 1, 40, tzinfo=UTC)}
    spans = [params for method, params in gateway.params if method == "jingdong.asc.sync.list"]
    assert [("updateTimeBegin" in span, "freightUpdateDateBegin" in span) for span in spans] == [
        *((True, False), (False, True)),
    ]
    views = [params for method, params in gateway.params if method == "jingdong.asc.query.view"]
    assert [(view["serviceId"], view["orderId"], view["buId"]) for view in views] == [
        *(("724578811", "900000000001", "12345"), ("724578812", "900000000001", "12345")),
    ]
    assert [jd.parse_refund(native.body).amount_fen for native in found] == [12425, 12425]


def test_a_service_order_that_cannot_be_read_is_handed_on_for_parsing_to_refuse():
    gateway = JdGateway(count=0)
    gateway.services = ({"serviceStatus": 10001, "customerName": "测试买家"}, service_row())
    found = [native for page in connected(gateway).changed_refunds(WINDOW) for native in page]
    assert [native.number for native in found] == ["", "S724578811", ""]
    assert found[0].body == {"service": {"serviceStatus": 10001, "customerName": "测**"}, "detail": {}}


def test_a_service_order_asked_for_alone_is_the_one_of_the_list():
    gateway = JdGateway(count=0)
    gateway.services = (service_row(serviceId=7), service_row())
    connector = connected(gateway)
    listed = {native.number: native for page in connector.changed_refunds(WINDOW) for native in page}
    assert connector.refund("S724578811") == listed["S724578811"]


def test_service_orders_are_not_asked_for_without_the_shops_number():
    gateway, ring = JdGateway(count=0), Ring()
    ring.credentials = Credentials("12345678", SECRET, "-", "token-0", "refresh-0")
    with pytest.raises(PartnerRefused, match="venderId"):
        list(connected(gateway, ring).changed_refunds(WINDOW))
    assert gateway.asked == ["jingdong.pop.afs.soa.refundapply.queryPageList"]


@pytest.mark.parametrize("number", ["S1", "1"])
def test_a_refund_nobody_knows_is_refused(number):
    connector = answering(
        responce("jingdong.asc.sync.list", pageResult={"success": True, "totalCount": 0, "data": []})
        | responce("jingdong.pop.afs.soa.refundapply.queryPageList", queryResult={"totalCount": 0, "result": []})
    )
    with pytest.raises(PartnerRefused):
        connector.refund(number)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("2", PartnerBanned),
        ("19", PartnerUnauthorised),
        (19, PartnerUnauthorised),
        ("33", PartnerUnavailable),
        ("65", PartnerUnavailable),
        ("12", PartnerRefused),
        ("24", PartnerRefused),
        ("11100006", PartnerRefused),
    ],
)
def test_jds_errors_in_our_words(code, kind):
    with pytest.raises(kind) as caught:
        judge(error(code))
    assert type(caught.value) is kind
    assert caught.value.partner_code == str(code)


def test_a_ban_without_an_end_is_a_minute():
    with pytest.raises(PartnerBanned) as caught:
        judge(error(2, "应用调用次数超限"))
    assert caught.value.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize("code", ["19", "24"])
def test_a_token_that_jd_repeats_goes_no_further(code):
    told = "token已过期或者不存在，请重新授权访问 TEST_ACCESS_TOKEN"
    with pytest.raises(PartnerRefused) as caught:
        judge(error(code, told))
    assert "TEST_ACCESS_TOKEN" not in str(caught.value)
    with pytest.raises(PartnerRefused) as caught:
        judge({"code": 304, "msg": "refresh_token 5d8fTESTTESTTEST0f1e 无效"})
    assert "TESTTESTTEST" not in str(caught.value)


@pytest.mark.parametrize("body", [{"error_response": "no"}, {"error_response": []}])
def test_an_error_that_cannot_be_read_is_no_answer(body):
    with pytest.raises(PartnerUnavailable):
        judge(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"jingdong_pop_order_get_response": {"code": "0", "orderDetailInfo": {}}},
        {"jingdong_pop_order_get_responce": {"code": "0"}},
        {"jingdong_pop_order_get_responce": []},
        responce("jingdong.pop.order.get", orderDetailInfo={"apiResult": {"success": True}}),
        responce("jingdong.pop.order.get", orderDetailInfo={"apiResult": [], "orderInfo": order()}),
        responce("jingdong.pop.order.get", orderDetailInfo={"apiResult": {"success": True}, "orderInfo": []}),
    ],
)
def test_an_answer_without_its_frame_is_no_answer(body):
    with pytest.raises(PartnerUnavailable):
        answering(body).order("900000000001")


@pytest.mark.parametrize("success", [True, "true"])
def test_success_may_be_text(success):
    found = {"apiResult": {"success": success}, "orderInfo": order()}
    assert answering(responce("jingdong.pop.order.get", orderDetailInfo=found)).order("1").number == "900000000001"


@pytest.mark.parametrize("success", [False, "false", None])
def test_a_no_of_the_business_is_a_refusal_with_its_code(success):
    told = {"success": success, "englishErrCode": "order_not_exist", "chineseErrCode": "订单不存在"}
    connector = answering(responce("jingdong.pop.order.get", orderDetailInfo={"apiResult": told}))
    with pytest.raises(PartnerRefused) as caught:
        connector.order("1")
    assert caught.value.partner_code == "order_not_exist"


def test_a_code_of_the_envelope_is_a_refusal():
    connector = answering({"jingdong_pop_order_get_responce": {"code": "70", "orderDetailInfo": {}}})
    with pytest.raises(PartnerRefused) as caught:
        connector.order("1")
    assert caught.value.partner_code == "70"


def test_an_order_that_cannot_be_read_leaves_its_page_unharmed():
    listed = {"apiResult": {"success": True}, "orderTotal": 2, "orderInfoList": [{"orderId": []}, order()]}
    connector = answering(responce("jingdong.pop.order.search", searchorderinfo_result=listed))
    ((broken, whole),) = connector.changed_orders(WINDOW)
    assert (broken.number, broken.updated_at, whole.number) == ("", WINDOW.end, "900000000001")


def test_all_lines_named_are_the_order_whole_and_some_are_refused_before_jd_is_asked():
    gateway = JdGateway()
    gateway.order = lambda number: order(orderId=number, itemInfoList=[item(), item(skuId="7"), item()])
    connector = connected(gateway)
    for lines in (("7",), ("10054887745652", "7"), ("10054887745652", "7", "8")):
        with pytest.raises(PartnerRefused):
            connector.ship(ShipNotice(PARCEL.channel_order_no, "SF1", "467", line_nos=lines))
    assert gateway.shipped == {}
    connector.ship(
        ShipNotice(PARCEL.channel_order_no, "SF1", "467", line_nos=("10054887745652", "7", "10054887745652#2"))
    )
    assert gateway.shipped == {PARCEL.channel_order_no: "SF1"}


def test_a_parcel_jd_says_nothing_about_is_not_taken_for_sent():
    connector = answering(responce("jingdong.pop.order.shipment", sopjosshipment_result={}))
    with pytest.raises(PartnerUnavailable):
        connector.ship(PARCEL)


def test_stock_needs_jds_own_number():
    gateway = JdGateway()
    with pytest.raises(PartnerRefused):
        connected(gateway).set_stock(StockNotice("1", "", "BOX-40L", 3))
    assert gateway.asked == []


def test_a_dead_token_is_renewed_over_the_authorisation_with_the_refresh_token():
    gateway, ring = JdGateway(token="another"), Ring()
    assert connected(gateway, ring).order("9000000000000000001").number == "9000000000000000001"
    assert (ring.credentials.access_token, ring.credentials.refresh_token) == ("token-1", "refresh-1")
    assert ring.credentials.expires_at == NOW + timedelta(days=365)


def test_a_refresh_that_leaves_the_refresh_token_out_keeps_it():
    connector = answering({"code": 0, "access_token": "new", "expires_in": 60})
    assert connector.refresh_token().refresh_token == "refresh-0"


@pytest.mark.parametrize("body", [{"code": 0}, {"code": 0, "access_token": "a", "expires_in": 10**18}])
def test_a_token_that_cannot_be_read_is_no_answer(body):
    with pytest.raises(PartnerUnavailable):
        answering(body).create_token("code")


def test_a_dead_refresh_token_asks_for_a_person():
    connector = answering({"code": 304, "msg": "当前会话没有做过授权,请先授权", "requestId": "test"})
    with pytest.raises(PartnerUnauthorised):
        connector.refresh_token()


def test_jd_does_not_push_over_http():
    with pytest.raises(NotAllowed):
        jd.read_push({}, b"{}", Ring(SECRET).read())
