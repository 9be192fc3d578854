"""Who may call? Every call here would ship an order; a refused one leaves the order and the uploads as they were."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from .conftest import DOUYIN, NOW, TAOBAO, Lab

SEND = "taobao.logistics.offline.send"
PARCEL = {"company_code": "ZTO", "out_sid": "75312345678901"}
REFUSED_TOKEN = "RealSession don&apos;t belong app and user ! appKey is : 00000000 , user id is : 00000000"
TOP_TOKEN = {"code": 27, "msg": "Invalid session", "sub_code": "sessionkey-not-generated-by-server"}
TOP_TOKEN |= {"sub_msg": REFUSED_TOKEN}
TOP_SIGN = {"code": 25, "msg": "Invalid Signature", "sub_code": "isv.invalid-signature", "sub_msg": "签名错误"}
TOP_TIME = {"code": 31, "msg": "Invalid Timestamp"}


def top_sign(params: dict[str, str], secret: str, kind: str) -> str:
    """Written out once more from document 101617, so that the lab is not measured with its own rule."""
    plain = "".join(name + params[name] for name in sorted(params) if name != "sign" and params[name])
    if kind == "md5":
        return hashlib.md5((secret + plain + secret).encode(), usedforsecurity=False).hexdigest().upper()
    return hmac.new(secret.encode(), plain.encode(), {"hmac": "md5", "hmac-sha256": "sha256"}[kind]).hexdigest().upper()


def douyin_sign(query: dict[str, str], body: str, secret: str) -> str:
    named = {name: query[name] for name in ("app_key", "method")} | {"param_json": body}
    named |= {name: query[name] for name in ("timestamp", "v")}
    pattern = secret + "".join(name + value for name, value in named.items()) + secret
    if query["sign_method"] == "md5":
        return hashlib.md5(pattern.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), pattern.encode(), "sha256").hexdigest()


def top_params(order: Any, **changes: str) -> dict[str, str]:
    system = {"method": SEND, "app_key": TAOBAO.app_key, "session": TAOBAO.access_token, "v": "2.0", "format": "json"}
    params = system | {"timestamp": "2026-11-24 20:00:00", "sign_method": "hmac-sha256", "tid": order["number"]}
    params |= PARCEL | changes
    return params | {"sign": top_sign(params, TAOBAO.app_secret, params["sign_method"])}


def douyin_query(body: str, **changes: str) -> dict[str, str]:
    query = {"app_key": DOUYIN.app_key, "method": "order.logisticsAdd", "v": "2", "sign_method": "hmac-sha256"}
    query |= {"timestamp": str(int(NOW.timestamp())), "access_token": DOUYIN.access_token} | changes
    return query | {"sign": douyin_sign(query, body, DOUYIN.app_secret)}


def shipment(order: Any) -> str:
    return json.dumps({"order_id": order["number"], "company_code": "zhongtong", "logistics_code": PARCEL["out_sid"]})


def ask_top(lab: Lab, params: dict[str, str]) -> Any:
    body = lab.client.post("/taobao/router/rest", data=params).json()
    return {name: value for name, value in body.get("error_response", body).items() if name != "request_id"}


def ask_douyin(lab: Lab, query: dict[str, str], body: str) -> Any:
    told = lab.client.post("/douyin/order/logisticsAdd", params=query, content=body.encode()).json()
    return tuple(told[name] for name in ("code", "msg", "sub_code", "sub_msg"))


def untouched(lab: Lab, order: Any) -> bool:
    now = lab.get(f"/orders/{order['shop']}/{order['number']}")
    return now == order and lab.get("/uploads")["uploads"] == []


@pytest.fixture
def trade(lab: Lab) -> Any:
    return lab.order("tb-flagship", paid=True)


@pytest.fixture
def order(lab: Lab) -> Any:
    return lab.order("dy-flagship", paid=True)


@pytest.mark.parametrize("kind", ["md5", "hmac", "hmac-sha256"])
def test_top_takes_every_sign_method(lab, trade, kind):
    answer = ask_top(lab, top_params(trade, sign_method=kind))
    assert answer == {"logistics_offline_send_response": {"shipping": {"is_success": True}, "request_id": "lab"}}


@pytest.mark.parametrize("kind", ["md5", "hmac-sha256"])
def test_douyin_takes_every_sign_method(lab, order, kind):
    body = shipment(order)
    assert ask_douyin(lab, douyin_query(body, sign_method=kind), body) == (10000, "success", "", "")


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda params: params | {"sign": "0" * 64}, id="another signature"),
        pytest.param(lambda params: params | {"sign": params["sign"].lower()}, id="lower case"),
        pytest.param(lambda params: params | {"sign": ""}, id="none"),
        pytest.param(lambda params: params | {"out_sid": "75399999999999"}, id="a parameter changed afterwards"),
        pytest.param(lambda params: params | {"session": "another"}, id="the session changed afterwards"),
        pytest.param(lambda params: params | {"sign": top_sign(params, "secret", "hmac-sha256")}, id="another secret"),
    ],
)
def test_top_refuses_a_wrong_signature(lab, trade, forge):
    assert ask_top(lab, forge(top_params(trade))) == TOP_SIGN
    assert untouched(lab, trade)


def test_top_refuses_a_sign_method_it_does_not_know(lab, trade):
    params = top_params(trade) | {"sign_method": "sha1"}
    assert ask_top(lab, params) == {"code": 25, "msg": "Invalid Signature"}
    assert untouched(lab, trade)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda query: query | {"sign": "0" * 64}, id="another signature"),
        pytest.param(lambda query: query | {"sign": query["sign"].upper()}, id="upper case"),
        pytest.param(lambda query: query | {"sign_method": "md5"}, id="the method changed afterwards"),
        pytest.param(lambda query: query | {"sign_method": "sha1"}, id="a method it does not know"),
        pytest.param(lambda query: query | {"timestamp": str(int(NOW.timestamp()) + 1)}, id="the time changed"),
    ],
)
def test_douyin_refuses_a_wrong_signature(lab, order, forge):
    body = shipment(order)
    told = ask_douyin(lab, forge(douyin_query(body)), body)
    assert told == (40003, "请求参数错误", "isv.signature-invalid", "签名校验失败")
    assert untouched(lab, order)


def test_douyin_signs_the_bytes_of_the_body(lab, order):
    query = douyin_query(shipment(order))
    told = ask_douyin(lab, query, shipment(order) + " ")
    assert told == (40003, "请求参数错误", "isv.signature-invalid", "签名校验失败")
    assert untouched(lab, order)


def test_douyin_refuses_a_call_without_a_signature(lab, order):
    body = shipment(order)
    told = ask_douyin(lab, douyin_query(body) | {"sign": ""}, body)
    assert told == (40001, "缺少必选参数", "isv.signature-missing", "sign不能为空")
    assert untouched(lab, order)


def test_douyin_refuses_a_body_that_is_not_utf_8(lab):
    told = lab.client.post("/douyin/order/logisticsAdd", params=douyin_query("{}"), content=b"\xff").json()
    assert told["sub_code"] == "isv.parameter-format-invalid"


@pytest.mark.parametrize("ahead", [timedelta(minutes=-10), timedelta(minutes=10)], ids=["behind", "ahead"])
def test_ten_minutes_off_is_near_enough(lab, ahead):
    lab.ahead = ahead
    assert lab.trades() == {"total_results": 0, "request_id": "lab"}
    assert lab.listed() == {"page": 0, "size": 20, "total": 0, "shop_order_list": []}


@pytest.mark.parametrize("off", [timedelta(seconds=-601), timedelta(seconds=601)], ids=["old", "future"])
def test_a_timestamp_of_another_time_is_refused(lab, trade, order, off):
    at, body = NOW + off, shipment(order)
    text = (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    assert ask_top(lab, top_params(trade, timestamp=text)) == TOP_TIME
    told = ask_douyin(lab, douyin_query(body, timestamp=str(int(at.timestamp()))), body)
    assert told == (40003, "请求参数错误", "isv.timestamp-invalid", "timestamp与当前时间相差超过10分钟")
    assert untouched(lab, trade)
    assert untouched(lab, order)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01 00:00:00", "²"])
def test_a_timestamp_that_is_none_is_refused(lab, trade, order, text):
    body = shipment(order)
    assert ask_top(lab, top_params(trade, timestamp=text)) == TOP_TIME
    told = ask_douyin(lab, douyin_query(body, timestamp=text), body)
    assert told == (40003, "请求参数错误", "isv.timestamp-invalid", "timestamp格式错误")
    assert untouched(lab, trade)
    assert untouched(lab, order)


def test_each_platform_reads_its_second_way_of_writing_a_timestamp(lab, trade, order):
    body = shipment(order)
    assert "logistics_offline_send_response" in ask_top(lab, top_params(trade, timestamp=f"{NOW.timestamp():.0f}000"))
    assert ask_douyin(lab, douyin_query(body, timestamp="2026-11-24 20:00:00"), body)[0] == 10000


def test_lab_time_counts_as_well_as_the_clock_after_an_advance(lab):
    lab.advance(days=3)
    assert "total_results" in lab.trades()
    lab.ahead = timedelta(days=3)
    assert "total_results" in lab.trades()
    lab.ahead = timedelta(days=1)
    assert lab.trades()["code"] == 31


def test_an_unknown_app_key_is_refused(lab, trade, order):
    body = shipment(order)
    assert ask_top(lab, top_params(trade, app_key="12345678")) == {"code": 29, "msg": "Invalid app Key"}
    told = ask_douyin(lab, douyin_query(body, app_key="7000"), body)
    assert told == (40003, "请求参数错误", "isv.app-id-invalid", "app_key不存在")
    told = ask_douyin(lab, douyin_query(body, app_key=""), body)
    assert told == (40001, "缺少必选参数", "isv.app-id-missing", "app_key不能为空")
    assert untouched(lab, trade)
    assert untouched(lab, order)


def test_an_app_key_of_the_other_platform_is_unknown(lab, trade, order):
    body = shipment(order)
    assert ask_top(lab, top_params(trade, app_key=DOUYIN.app_key))["code"] == 29
    assert ask_douyin(lab, douyin_query(body, app_key=TAOBAO.app_key), body)[2] == "isv.app-id-invalid"


def test_an_unknown_method_is_refused(lab, trade):
    told = {"code": 22, "msg": "Invalid Method", "sub_code": "isv.invalid-method", "sub_msg": "方法不存在"}
    assert ask_top(lab, top_params(trade, method="taobao.trade.steal")) == told
    named = douyin_query("{}", method="order.steal")
    told = lab.client.post("/douyin/order/steal", params=named, content=b"{}").json()
    assert (told["code"], told["sub_code"]) == (40004, "isv.method-invalid")


def test_douyin_refuses_a_method_that_is_not_its_path(lab, order):
    body = shipment(order)
    assert ask_douyin(lab, douyin_query(body, method="order.orderDetail"), body)[0] == 40004
    assert untouched(lab, order)


@pytest.mark.parametrize("token", ["lab-access-tb-home-0", "lab-access-tb-flagship-9", "anything"])
def test_top_refuses_a_token_it_did_not_give_this_shop(lab, trade, token):
    assert ask_top(lab, top_params(trade, session=token)) == TOP_TOKEN
    assert untouched(lab, trade)


def test_top_refuses_a_call_without_a_token(lab, trade):
    assert ask_top(lab, top_params(trade, session="")) == {"code": 26, "msg": "Missing session"}
    assert untouched(lab, trade)


@pytest.mark.parametrize("token", ["lab-access-dy-live-0", "anything"])
def test_douyin_refuses_a_token_it_did_not_give_this_shop(lab, order, token):
    body = shipment(order)
    told = ask_douyin(lab, douyin_query(body, access_token=token), body)
    assert told == (40003, "请求参数错误", "isv.access-token-no-existed", "access_token不存在")
    assert untouched(lab, order)


def test_douyin_refuses_a_call_without_a_token(lab, order):
    body = shipment(order)
    told = ask_douyin(lab, douyin_query(body, access_token=""), body)
    assert told == (40001, "缺少必选参数", "isv.access-token-missing", "access_token不能为空")
    assert untouched(lab, order)


def test_an_expired_token_is_refused(lab, trade, order):
    for shop in (TAOBAO, DOUYIN):
        lab.post(f"/shops/{shop.code}/expire-token")
    body = shipment(order)
    assert ask_top(lab, top_params(trade)) == TOP_TOKEN
    told = ask_douyin(lab, douyin_query(body), body)
    assert told == (40003, "请求参数错误", "isv.access-token-expired", "access_token expired")
    assert untouched(lab, trade)
    assert untouched(lab, order)


def test_douyin_looks_at_the_token_after_the_signature_and_outside_of_it(lab, order):
    body = shipment(order)
    told = ask_douyin(lab, douyin_query(body) | {"access_token": "anything"}, body)
    assert told[2] == "isv.access-token-no-existed"
    told = ask_douyin(lab, douyin_query(body) | {"access_token": "anything", "sign": "0"}, body)
    assert told[2] == "isv.signature-invalid"


def test_a_body_beyond_two_megabytes_is_not_read(lab):
    raw = b"x" * 2_000_001
    assert lab.client.post("/taobao/router/rest", content=raw).status_code == 413
    assert lab.client.post("/douyin/order/searchList", content=raw).status_code == 413
