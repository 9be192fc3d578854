"""Does the lab's Pinduoduo check and answer as the platform does, and can the hub read all of it?"""

import hashlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from orderhub.connectors.channels.pinduoduo.parse import parse_order, parse_refund
from orderhub.connectors.channels.pinduoduo.signing import PopAuth
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.clock import from_shanghai
from orderhub.lab.pinduoduo_bodies import order_no, read_no, write_no
from orderhub.lab.shops import DEMO_SHOPS

from .conftest import NOW, Lab, new_lab

SHOP = next(shop for shop in DEMO_SHOPS if shop.code == "pdd-flagship")
UNIX = int(NOW.timestamp())
PARCEL = {"logistics_id": "115", "tracking_number": "75312345678901"}
ALL_ORDERS = {"is_lucky_flag": "0", "order_status": "5", "refund_status": "5"}
ALL_REFUNDS = {"after_sales_status": "1", "after_sales_type": "1"}
INCREMENT = "pdd.order.number.list.increment.get"
REFUNDS = "pdd.refund.list.increment.get"


def ask(lab: Lab, method: str, **business: Any) -> Any:
    """The body under its response key, or the error; signed as a hub signs, decimals as text."""
    auth = PopAuth(lab.credentials(SHOP), lambda: lab.clock() + lab.ahead)
    content = json.dumps({"type": method} | {name: str(value) for name, value in business.items()}).encode()
    answer = lab.client.post("/pinduoduo/api/router", content=content, auth=auth)
    ((_, body),) = json.loads(answer.content, parse_float=str).items()
    return body


def updated(lab: Lab, **span: int) -> dict[str, int]:
    """The last half an hour, up to now."""
    now = lab.world.now()
    return {"start_updated_at": now - span.get("seconds", 1800), "end_updated_at": now}


def listed(lab: Lab, **wanted: Any) -> Any:
    return ask(lab, INCREMENT, **ALL_ORDERS | updated(lab) | wanted)


def refunds(lab: Lab, **wanted: Any) -> Any:
    return ask(lab, REFUNDS, **ALL_REFUNDS | updated(lab) | wanted)


def signed(order: Any, **changes: str) -> dict[str, str]:
    """A call that would ship ``order``, signed as the guide says, written out once more."""
    system = {"type": "pdd.logistics.online.send", "client_id": SHOP.app_key, "access_token": SHOP.access_token}
    params = system | {"timestamp": str(UNIX), "data_type": "JSON", "order_sn": order["number"]} | PARCEL | changes
    plain = "".join(name + params[name] for name in sorted(params))
    secret = SHOP.app_secret
    sign = hashlib.md5(f"{secret}{plain}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
    return params | {"sign": sign}


def post(lab: Lab, params: dict[str, Any]) -> Any:
    body = lab.client.post("/pinduoduo/api/router", json=params).json()
    error = body.get("error_response")
    return (error["error_code"], error["error_msg"]) if error else body


def untouched(lab: Lab, order: Any) -> bool:
    now = lab.get(f"/orders/{SHOP.code}/{order['number']}")
    return now == order and lab.get("/uploads")["uploads"] == []


@pytest.fixture
def order(lab: Lab) -> Any:
    return lab.order(SHOP.code, paid=True)


def test_a_signed_call_ships_by_json_and_by_form(lab, order):
    done = {"logistics_online_send_response": {"is_success": True, "request_id": "lab"}}
    assert post(lab, signed(order)) == done
    other = lab.order(SHOP.code, paid=True)
    assert lab.client.post("/pinduoduo/api/router", data=signed(other)).json() == done


def test_a_number_that_is_no_text_is_signed_as_text(lab, order):
    params = signed(order)
    body = post(lab, params | {"timestamp": int(params["timestamp"]), "logistics_id": 115})
    assert body["logistics_online_send_response"]["is_success"] is True


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda params: params | {"sign": "0" * 32}, id="another signature"),
        pytest.param(lambda params: params | {"sign": params["sign"].lower()}, id="lower case"),
        pytest.param(lambda params: params | {"sign": ""}, id="none"),
        pytest.param(lambda params: params | {"tracking_number": "75399999999999"}, id="a parameter changed"),
        pytest.param(lambda params: params | {"access_token": "another"}, id="the token changed"),
        pytest.param(lambda params: params | {"feature": "imei=1;"}, id="a parameter added"),
    ],
)
def test_a_wrong_signature_is_refused(lab, order, forge):
    assert post(lab, forge(signed(order))) == (20004, "签名sign校验失败")
    assert untouched(lab, order)


@pytest.mark.parametrize("seconds", [-600, 600])
def test_ten_minutes_off_is_near_enough(lab, seconds):
    lab.ahead = timedelta(seconds=seconds)
    assert listed(lab)["total_count"] == 0


@pytest.mark.parametrize("text", [str(UNIX - 601), str(UNIX + 601), "", "2026-11-24 20:00:00", f"{UNIX}000", "²"])
def test_a_timestamp_of_another_time_or_none_is_refused(lab, order, text):
    assert post(lab, signed(order, timestamp=text)) == (10001, "公共参数错误:timestamp")
    assert untouched(lab, order)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"type": "pdd.order.steal"}, (10001, "公共参数错误:type")),
        ({"client_id": "another"}, (10016, "client_id错误")),
        ({"data_type": "XML"}, (10001, "公共参数错误:data_type")),
        ({"access_token": "anything"}, (20032, "access_token或client_id错误")),
        ({"access_token": ""}, (20032, "access_token或client_id错误")),
        ({"access_token": "lab-access-tb-home-0"}, (20032, "access_token或client_id错误")),
        ({"logistics_id": "999"}, (50001, "业务服务错误")),
        ({"tracking_number": "short"}, (50001, "业务服务错误")),
        ({"tracking_number": ""}, (21002, "请求参数不能为空")),
        ({"order_sn": "9" * 19}, (21001, "请求参数错误")),
        ({"order_sn": "991124-000000000000000"}, (50001, "业务服务错误")),
    ],
)
def test_a_call_that_is_wrong_is_told_why(lab, order, changes, told):
    assert post(lab, signed(order, **changes)) == told
    assert untouched(lab, order)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"7", b'"x"'])
def test_what_is_no_json_object_lacks_its_type(lab, raw):
    headers = {"content-type": "application/json"}
    body = lab.client.post("/pinduoduo/api/router", content=raw, headers=headers).json()
    assert body["error_response"]["error_msg"] == "公共参数错误:type"


def test_a_dead_token_is_told_from_a_strange_one(lab, order):
    lab.post(f"/shops/{SHOP.code}/expire-token")
    assert post(lab, signed(order)) == (10019, "access_token已过期")
    assert untouched(lab, order)


def test_a_code_and_a_refresh_token_buy_pairs(lab):
    bought = ask(lab, "pdd.pop.auth.token.create", code=SHOP.auth_code)
    assert bought["owner_id"] == SHOP.shop_no
    assert bought["expires_in"] == bought["expires_at"] - lab.world.now() > 0
    lab.post(f"/shops/{SHOP.code}/expire-token")
    renewed = ask(lab, "pdd.pop.auth.token.refresh", refresh_token=bought["refresh_token"])
    assert renewed["access_token"] not in ("", bought["access_token"])
    assert ask(lab, "pdd.pop.auth.token.create", code="another")["error_code"] == 21001
    assert ask(lab, "pdd.pop.auth.token.refresh", refresh_token="another")["error_code"] == 21001


@pytest.mark.parametrize("method", [INCREMENT, REFUNDS])
def test_a_window_of_half_an_hour_is_the_longest(lab, order, method):
    lab.change(order, "request_refund")
    filters = ALL_ORDERS if method == INCREMENT else ALL_REFUNDS
    assert ask(lab, method, **filters | updated(lab, seconds=1800))["total_count"] == 1
    told = ask(lab, method, **filters | updated(lab, seconds=1801))
    assert (told["error_code"], told["sub_msg"]) == (21001, "开始时间结束时间间距不超过30分钟")
    assert ask(lab, method, **filters | updated(lab, seconds=-1))["error_code"] == 21001


def test_nothing_older_than_three_months_is_shown(lab):
    old = lab.world.now() - 93 * 86400
    assert listed(lab, start_updated_at=old, end_updated_at=old + 60)["sub_msg"] == "只能查询三个月内的数据"


def test_pages_come_newest_first_and_count_all(lab):
    numbers = lab.order(SHOP.code, paid=True, count=5)["numbers"]
    pages = [listed(lab, page=page, page_size=2) for page in (1, 2, 3)]
    assert [page["total_count"] for page in pages] == [5, 5, 5]
    found = [row["order_sn"] for page in pages for row in page["order_sn_list"]]
    assert found == sorted(numbers, reverse=True)
    assert listed(lab, page=1, page_size=2, use_has_next="true")["has_next"] is True
    assert listed(lab, page=3, page_size=2, use_has_next="true")["has_next"] is False
    assert listed(lab, page_size=101)["error_code"] == 21001
    assert listed(lab, page=0)["error_code"] == 21001


@pytest.mark.parametrize(("filters", "count"), [({"order_status": 2}, 1), ({"order_status": 1}, 2), ({}, 3)])
def test_a_list_is_filtered_by_status(lab, order, filters, count):
    lab.change(lab.order(SHOP.code, paid=True), "ship")
    lab.change(lab.order(SHOP.code, paid=True), "request_refund")
    assert listed(lab, **filters)["total_count"] == count
    assert listed(lab, refund_status=2)["total_count"] == 1
    assert listed(lab, order_status=7)["error_code"] == 21001


def test_an_order_that_is_not_paid_does_not_exist(lab):
    made = lab.order(SHOP.code)
    assert listed(lab)["total_count"] == 0
    assert ask(lab, "pdd.order.information.get", order_sn=made["number"])["sub_msg"] == "订单不存在"
    lab.change(made, "pay")
    assert listed(lab)["total_count"] == 1


def test_a_dropped_page_stays_dropped_until_its_orders_change_again_but_can_be_counted(lab):
    lab.post("/rate", orders_per_day=0)
    numbers = lab.order(SHOP.code, paid=True, count=3)["numbers"]
    lab.order(SHOP.code)
    lab.post("/faults", name="dropped_page", count=1)
    dropped = listed(lab, page_size=2)
    assert [row["order_sn"] for row in dropped["order_sn_list"]] == [min(numbers)]
    assert dropped["total_count"] == listed(lab)["total_count"] == 1
    lab.advance(minutes=1)
    span = {"start_confirm_at": lab.world.now() - 3600, "end_confirm_at": lab.world.now()}
    assert ask(lab, "pdd.order.list.get", **ALL_ORDERS | span)["total_count"] == 3
    lab.post(f"/orders/{SHOP.code}/{max(numbers)}", do="remark", memo="改口了")
    assert {row["order_sn"] for row in listed(lab)["order_sn_list"]} == {min(numbers), max(numbers)}


def test_confirmed_orders_are_listed_by_the_moment_of_confirmation(lab, order):
    lab.post("/rate", orders_per_day=0)
    lab.advance(hours=1)
    now = lab.world.now()
    span = {"start_confirm_at": now - 3600 - 60, "end_confirm_at": now}
    (row,) = ask(lab, "pdd.order.list.get", **ALL_ORDERS | span)["order_list"]
    assert row["order_sn"] == order["number"]
    confirmed_at = int(from_shanghai(row["confirm_time"]).timestamp())
    for first, last, count in ((0, 0, 1), (1, 60, 0), (-60, -1, 0)):
        exact = {"start_confirm_at": confirmed_at + first, "end_confirm_at": confirmed_at + last}
        assert ask(lab, "pdd.order.list.get", **ALL_ORDERS | exact)["total_count"] == count
    late = ALL_ORDERS | span | {"start_confirm_at": now - 60}
    assert ask(lab, "pdd.order.list.get", **late)["order_list"] == []
    assert ask(lab, "pdd.order.list.get", **ALL_ORDERS | span | {"start_confirm_at": 0})["error_code"] == 21001


def test_under_review_the_receiver_is_hidden_and_the_order_must_wait(lab):
    made = lab.order(SHOP.code)
    lab.change(made, "pay_under_risk_check")
    assert post(lab, signed(made)) == (50001, "业务服务错误")
    body = lab.get(f"/orders/{SHOP.code}/{made['number']}")["body"]
    assert {body[name] for name in body if name.startswith(("receiver_", "address"))} == {""}
    assert parse_order(body | {"pay_amount": "1"}).status is ChannelStatus.PAID_WAIT
    lab.change(made, "pass_risk_check")
    body = ask(lab, "pdd.order.information.get", order_sn=made["number"])["order_info"]
    assert parse_order(body).status is ChannelStatus.PAID


def test_a_receiver_is_cipher_and_mask_until_the_parcel_leaves_and_mask_afterwards(lab, order):
    before = order["body"]
    assert before["receiver_name"].startswith("~")
    assert before["receiver_phone"].startswith("$")
    after = lab.change(order, "ship")["body"]
    assert (after["receiver_name"], after["receiver_phone"]) == ("", "")
    same = ("receiver_name_mask", "receiver_phone_mask", "open_address_id")
    assert [after[name] for name in same] == [before[name] for name in same]


def test_a_parcel_takes_the_whole_order_and_only_once(lab, order):
    assert ask(lab, "pdd.logistics.online.send", order_sn=order["number"], **PARCEL)["is_success"] is True
    body = ask(lab, "pdd.order.information.get", order_sn=order["number"])["order_info"]
    assert [body[name] for name in ("order_status", "tracking_number", "logistics_id")] == [2, "75312345678901", 115]
    again = ask(lab, "pdd.logistics.online.send", order_sn=order["number"], **PARCEL)
    assert (again["error_code"], again["sub_msg"]) == (50001, "订单状态不允许发货")
    (upload,) = lab.get("/uploads")["uploads"]
    assert (upload["order"], upload["tracking_no"]) == (order["number"], PARCEL["tracking_number"])


def test_stock_is_set_or_changed(lab):
    asked = {"goods_id": 600000000001, "sku_id": 1400000000001}
    assert ask(lab, "pdd.goods.quantity.update", **asked, quantity=30)["is_success"] is True
    ask(lab, "pdd.goods.quantity.update", **asked, quantity=-4, update_type=2)
    assert ask(lab, "pdd.goods.quantity.update", **asked, quantity=-4)["error_code"] == 21001
    assert [upload["quantity"] for upload in lab.get("/uploads")["uploads"]] == [30, 26]
    assert ask(lab, "pdd.goods.quantity.update", goods_id=1, quantity=3)["error_code"] == 21002


def test_a_note_is_a_change_of_the_order(lab, order):
    lab.advance(seconds=5)
    assert ask(lab, "pdd.order.note.update", order_sn=order["number"], note="优先发", tag=3)["success"] is True
    (row,) = listed(lab)["order_sn_list"]
    assert (row["remark"], row["remark_tag"]) == ("优先发", 3)
    assert row["updated_at"] == lab.text()


def test_carriers_have_numbers(lab):
    carriers = ask(lab, "pdd.logistics.companies.get")["logistics_companies"]
    assert {"id": "1", "logistics_company": "申通快递"} in carriers


def test_a_refund_is_the_same_in_the_list_and_alone(lab, order):
    lab.change(order, "request_refund", reason="不想要了")
    (row,) = refunds(lab)["refund_list"]
    alone = ask(lab, "pdd.refund.information.get", order_sn=order["number"], after_sales_id=row["id"])
    assert alone == ask(lab, "pdd.refund.information.get", order_sn=order["number"]) | {"request_id": "lab"}
    by_list, by_itself = parse_refund(row), parse_refund(alone)
    same = ("channel_refund_no", "channel_order_no", "channel_line_no", "kind", "status", "amount_fen", "updated_at")
    assert [getattr(by_list, name) for name in same] == [getattr(by_itself, name) for name in same]
    assert (by_list.kind, by_list.status) == (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.REQUESTED)
    assert by_itself.deadline == by_itself.requested_at + timedelta(days=2)


def test_a_refund_of_another_order_is_not_shown(lab, order):
    lab.change(order, "request_refund")
    (row,) = refunds(lab)["refund_list"]
    other = lab.order(SHOP.code, paid=True)
    asked = {"order_sn": other["number"], "after_sales_id": row["id"]}
    assert ask(lab, "pdd.refund.information.get", **asked)["sub_msg"] == "售后单不存在"


@pytest.mark.parametrize(
    ("filters", "count"), [({"after_sales_status": 2}, 1), ({"after_sales_status": 10}, 1), ({}, 2)]
)
def test_refunds_are_filtered_by_status(lab, order, filters, count):
    lab.change(order, "request_refund")
    lab.change(lab.change(lab.order(SHOP.code, paid=True), "request_refund"), "agree_refund")
    assert refunds(lab, **filters)["total_count"] == count


def test_money_back_before_shipping_closes_the_order(lab, order):
    lab.change(order, "cancel")
    body = ask(lab, "pdd.order.information.get", order_sn=order["number"])["order_info"]
    assert (body["order_status"], body["refund_status"]) == (1, 4)
    assert parse_order(body).status is ChannelStatus.CLOSED_REFUNDED


def test_three_weeks_of_a_shop_are_read_without_a_question():
    lab = new_lab(orders_per_day=900, history_days=21)
    found: Counter[str] = Counter()
    for number, row in lab.world.shelves[SHOP.code].orders.items():
        if row.paid_at:
            body = ask(lab, "pdd.order.information.get", order_sn=write_no(number))["order_info"]
            draft = parse_order(body)
            goods_fen = sum(line.total_fen for line in draft.lines)
            assert (draft.total_fen, draft.paid_fen) == (row.pay_fen, row.pay_fen)
            assert goods_fen + draft.freight_fen - draft.discount_fen == draft.total_fen
            assert (draft.unknown, draft.discount_fen) == ((), row.discount_fen)
            assert len(draft.lines) == 1
            if row.status is not ChannelStatus.CLOSED_REFUNDED or not row.shipped_at:
                assert draft.status is row.status
            found[draft.status] += 1
    for case in lab.world.shelves[SHOP.code].refunds.values():
        asked = {"order_sn": write_no(case.order.number), "after_sales_id": case.number}
        draft = parse_refund(ask(lab, "pdd.refund.information.get", **asked))
        assert (draft.status, draft.kind, draft.amount_fen) == (case.status, case.kind, case.amount_fen)
    assert {ChannelStatus.PAID, ChannelStatus.SHIPPED, ChannelStatus.DELIVERED, ChannelStatus.COMPLETED} <= set(found)


def test_an_order_number_is_a_day_and_fifteen_digits():
    number = order_no(UNIX, turn=7)
    assert write_no(number) == f"261124-720000000{7 * 7919:06d}"
    assert read_no(write_no(number)) == number
    midnight = UNIX + 4 * 3600
    assert [write_no(order_no(at, turn=0)) for at in (midnight - 1, midnight)] == [
        "261124-863990000000000",
        "261125-000000000000000",
    ]


@pytest.mark.parametrize("text", ["-", "261124", "261124-1", "261124-1234567890123456", "２61124-123456789012345"])
def test_what_is_no_order_number_is_not_read(text):
    with pytest.raises(ValueError, match=text):
        read_no(text)
