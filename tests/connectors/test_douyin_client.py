"""How the Douyin line behaves, against its wire format as recorded."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels import douyin
from orderhub.connectors.channels.contract import Credentials, ShipNotice, StockNotice, TokenGrant, Window
from orderhub.connectors.channels.douyin.signing import sign
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=1), NOW)
UPDATED = int(NOW.timestamp()) - 60
ORDER = "4781320682406083640"
Answer = Callable[[str, dict[str, Any]], httpx.Response]


class Ring:
    def __init__(self) -> None:
        self.credentials = Credentials("1234567890123456789", "secret", "95250", "old", "refresh-0")

    def read(self) -> Credentials:
        return self.credentials

    def renew(self, grant: TokenGrant) -> Credentials:
        self.credentials = Credentials(
            "1234567890123456789", "secret", "95250", grant.access_token, grant.refresh_token, grant.expires_at
        )
        return self.credentials


class Outside:
    """Checks each signature over the bytes sent, then answers by method."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str | None] = []
        self.ring = Ring()
        self._answer = answer
        transport = httpx.MockTransport(self._take)
        self.connector = douyin.connect(
            self.ring, base_url="https://lab.invalid/douyin", transport=transport, now=lambda: NOW
        )

    def _take(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        method = query["method"]
        assert request.url.path == f"/douyin/{method.replace('.', '/')}"
        assert request.headers["x-open-no-old-err-code"] == "1"
        signed = {"app_key": query["app_key"], "method": method, "timestamp": query["timestamp"]}
        assert query["sign"] == sign("secret", param_json=request.content.decode(), **signed)
        self.asked.append((method, json.loads(request.content)))
        self.tokens.append(query.get("access_token"))
        return self._answer(method, self.asked[-1][1])


def done(found: dict[str, Any] | None = None) -> httpx.Response:
    return httpx.Response(200, json={"code": 10000, "msg": "success", "data": found or {}})


def refused(code: int, sub_code: str) -> httpx.Response:
    return httpx.Response(200, json={"code": code, "msg": "x", "sub_code": sub_code, "sub_msg": "x"})


def order(*lines: tuple[str, int], tracking_no: str = "") -> dict[str, Any]:
    rows = [{"order_id": number, "item_num": pieces} for number, pieces in lines]
    parcels = [{"tracking_no": tracking_no}] if tracking_no else []
    return {"order_id": ORDER, "update_time": UPDATED, "sku_order_list": rows, "logistics_info": parcels}


def test_pages_count_from_zero_and_are_read_from_the_last():
    def answer(_method: str, asked: dict[str, Any]) -> httpx.Response:
        row = {"order_id": str(asked["page"]), "update_time": UPDATED}
        return done({"shop_order_list": [row], "total": 201, "page": asked["page"], "size": 100})

    outside = Outside(answer)
    pages = list(outside.connector.changed_orders(WINDOW))
    assert [asked["page"] for _method, asked in outside.asked] == [0, 2, 1, 0]
    assert [native.number for page in pages for native in page] == ["2", "1", "0"]
    assert outside.asked[0][1]["update_time_end"] - outside.asked[0][1]["update_time_start"] == 3600


def test_a_row_that_cannot_be_read_is_handed_on_with_its_page():
    rows = [{"order_id": ORDER, "update_time": "yesterday"}, {"update_time": UPDATED}]
    outside = Outside(lambda _method, _asked: done({"shop_order_list": rows, "total": 2}))
    (page,) = outside.connector.changed_orders(WINDOW)
    assert [(native.number, native.updated_at) for native in page] == [
        (ORDER, NOW),
        ("", NOW - timedelta(minutes=1)),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={}),
        httpx.Response(200, json={"code": "??"}),
        httpx.Response(200, json={"code": 10000}),
        httpx.Response(200, json={"code": 10000, "data": {"total": 0, "shop_order_list": "none"}}),
        refused(20000, "isp.service-error:1"),
    ],
)
def test_an_answer_that_says_nothing_is_not_an_empty_list(answer):
    with pytest.raises(PartnerUnavailable):
        list(Outside(lambda _method, _asked: answer).connector.changed_orders(WINDOW))


def test_an_answer_without_a_code_is_no_shipped_parcel():
    outside = Outside(lambda _method, _asked: httpx.Response(200, json={}))
    with pytest.raises(PartnerUnavailable, match="without a code"):
        outside.connector.ship(ShipNotice(ORDER, "SF1", "shunfeng"))


@pytest.mark.parametrize("status", [302, 404])
def test_an_answer_by_another_status_is_no_success(status):
    outside = Outside(lambda _method, _asked: httpx.Response(status, json={"code": 10000, "data": {}}))
    with pytest.raises(PartnerRefused, match=f"HTTP {status}"):
        outside.connector.ship(ShipNotice(ORDER, "SF1", "shunfeng"))


def test_a_rate_limit_is_a_short_ban():
    outside = Outside(lambda _method, _asked: refused(60000, "isp.rate-limit"))
    with pytest.raises(PartnerBanned) as caught:
        outside.connector.order(ORDER)
    assert caught.value.retry_after == timedelta(seconds=1)
    assert len(outside.asked) == 1


def test_an_expired_token_is_renewed_and_the_call_repeated():
    def answer(method: str, _asked: dict[str, Any]) -> httpx.Response:
        if method == "token.refresh":
            fresh = {"access_token": "new", "refresh_token": "refresh-1", "expires_in": 530808, "shop_id": 95250}
            return done(fresh)
        if outside.ring.credentials.access_token == "old":
            return refused(40003, "isv.access-token-expired")
        return done({"shop_order_detail": order()})

    outside = Outside(answer)
    assert outside.connector.order(ORDER).number == ORDER
    assert outside.tokens == ["old", None, "new"]
    assert outside.ring.credentials.expires_at == NOW + timedelta(seconds=530808)


def test_a_dead_refresh_token_ends_the_line():
    dead = {"token.refresh": refused(50001, "dop.token-generate-failed:token-expired")}
    outside = Outside(lambda method, _asked: dead.get(method, refused(40003, "isv.access-token-expired")))
    with pytest.raises(PartnerUnauthorised):
        outside.connector.order(ORDER)


def test_a_whole_order_is_shipped_by_one_call():
    outside = Outside(lambda _method, _asked: done())
    outside.connector.ship(ShipNotice(ORDER, "SF1", "shunfeng"))
    assert outside.asked == [
        (
            "order.logisticsAdd",
            {"order_id": ORDER, "company_code": "shunfeng", "logistics_code": "SF1", "is_refund_reject": False},
        )
    ]


def test_some_lines_are_shipped_without_the_others():
    def answer(method: str, _asked: dict[str, Any]) -> httpx.Response:
        return done({"shop_order_detail": order(("11", 2), ("12", 1))} if method == "order.orderDetail" else {})

    outside = Outside(answer)
    outside.connector.ship(ShipNotice(ORDER, "SF1", "shunfeng", ("11",), "ship-7"))
    method, asked = outside.asked[-1]
    assert method == "order.logisticsAddSinglePack"
    assert asked["order_id_list"] == [ORDER]
    assert asked["shipped_order_info"] == [{"shipped_order_id": "11", "shipped_num": 2}]
    assert asked["request_id"] == "ship-7"
    outside.connector.ship(ShipNotice(ORDER, "SF1", "shunfeng", ("11", "12")))
    assert outside.asked[-1][0] == "order.logisticsAdd"


def test_shipping_twice_is_a_success_and_another_number_is_not():
    def answer(method: str, _asked: dict[str, Any]) -> httpx.Response:
        if method == "order.orderDetail":
            return done({"shop_order_detail": order(tracking_no="SF1")})
        return refused(50002, "isv.business-failed:4031")

    outside = Outside(answer)
    outside.connector.ship(ShipNotice(ORDER, "SF1", "shunfeng"))
    with pytest.raises(PartnerRefused, match="business-failed:4031"):
        outside.connector.ship(ShipNotice(ORDER, "SF2", "shunfeng"))


def test_stock_is_set_once_and_never_repeated_by_itself():
    outside = Outside(lambda _method, _asked: httpx.Response(503))
    with pytest.raises(PartnerUnavailable):
        outside.connector.set_stock(StockNotice("123456", "123", "BOX-40L", 300))
    assert outside.asked == [
        ("sku.syncStock", {"product_id": "123456", "sku_id": "123", "stock_num": 300, "incremental": False})
    ]


def test_the_after_sale_of_the_detail_parses_like_the_one_of_the_list():
    case = {
        "after_sale_id": 6986853269519810849,
        "after_sale_status": 6,
        "after_sale_type": 1,
        "refund_amount": 1320,
        "apply_time": UPDATED,
        "update_time": UPDATED,
    }
    found = {
        "process_info": {"after_sale_info": case},
        "order_info": {"shop_order_id": ORDER, "sku_order_infos": [{"sku_order_id": "11"}]},
    }
    outside = Outside(lambda _method, _asked: done(found))
    draft = douyin.parse_refund(outside.connector.refund("6986853269519810849").body)
    assert (draft.channel_refund_no, draft.channel_order_no) == ("6986853269519810849", ORDER)
    assert (draft.channel_line_no, draft.amount_fen) == ("11", 1320)
