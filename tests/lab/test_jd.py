"""Does the lab check a call as JD does, and answer as JD does?"""

import hashlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from orderhub.connectors.channels.jd import parse_order, parse_refund
from orderhub.domain.words import AftersaleKind, ChannelStatus
from orderhub.lab.app import create_lab
from orderhub.lab.jd_bodies import application, is_service, order, service, service_view

from .conftest import JD, NOW, Clock, Lab, new_lab

SHIP = "jingdong.pop.order.shipment"
SEARCH = "jingdong.pop.order.search"
APPLICATIONS = "jingdong.pop.afs.soa.refundapply.queryPageList"
SERVICES = "jingdong.asc.sync.list"
OPERATOR = {"buId": JD.shop_no, "operatePin": "test", "operateNick": "test"}
FIRST = {"pageNumber": 1, "pageSize": 50}
BAD_SIGN = {"code": "12", "zh_desc": "无效签名", "en_desc": "Invalid Signature"}
BAD_TIME = {"code": "8", "zh_desc": "非法的时间戳参数", "en_desc": "Invalid Timestamp"}


def jd_sign(params: dict[str, str], secret: str) -> str:
    """Written out once more from guide 2643, so that the lab is not measured with its own rule."""
    plain = "".join(name + params[name] for name in sorted(params) if name != "sign")
    return hashlib.md5((secret + plain + secret).encode(), usedforsecurity=False).hexdigest().upper()


def params_of(made: Any, **changes: str) -> dict[str, str]:
    """A call that ships ``made``: a refused one leaves the order and the uploads as they were."""
    asked = {"orderId": made["number"], "logiCoprId": "1499", "logiNo": "75312345678901"}
    params = {"method": SHIP, "app_key": JD.app_key, "access_token": JD.access_token, "v": "2.0"}
    params |= {"timestamp": "2026-11-24 20:00:00", "360buy_param_json": json.dumps(asked)} | changes
    return params | {"sign": jd_sign(params, JD.app_secret)}


def ask(lab: Lab, params: dict[str, str]) -> Any:
    body = lab.client.post("/jd/routerjson", data=params).json()
    return body.get("error_response", body)


def untouched(lab: Lab, made: Any) -> bool:
    now = lab.get(f"/orders/{made['shop']}/{made['number']}")
    return now == made and lab.get("/uploads")["uploads"] == []


def search(lab: Lab, **changes: Any) -> Any:
    """Orders changed within the last hour."""
    span = {"start_date": lab.text(hours=-1), "end_date": lab.text(seconds=1)}
    states = "NOT_PAY,WAIT_SELLER_STOCK_OUT,WAIT_GOODS_RECEIVE_CONFIRM,FINISHED_L,TRADE_CANCELED,LOCKED"
    asked = {"order_state": states, "optional_fields": "orderId,orderState", "page": "1", "page_size": "100"}
    return lab.jd(SEARCH, asked | span | {"dateType": 0, "sortType": 1} | changes)["searchorderinfo_result"]


@pytest.fixture
def made(lab: Lab) -> Any:
    return lab.order("jd-flagship", paid=True)


def test_a_signed_call_is_answered_in_jds_spelling(lab, made):
    done = {"jingdong_pop_order_shipment_responce": {"code": "0", "sopjosshipment_result": {"success": "true"}}}
    assert ask(lab, params_of(made)) == done
    (upload,) = lab.get("/uploads")["uploads"]
    assert (upload["order"], upload["carrier"], upload["tracking_no"]) == (made["number"], "1499", "75312345678901")


def test_query_and_form_are_read_and_signed_together(lab, made):
    params = params_of(made)
    form = {"360buy_param_json": params.pop("360buy_param_json")}
    body = lab.client.post("/jd/routerjson", params=params, data=form).json()
    assert body["jingdong_pop_order_shipment_responce"]["sopjosshipment_result"] == {"success": "true"}


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda params: params | {"sign": "0" * 32}, id="another signature"),
        pytest.param(lambda params: params | {"sign": params["sign"].lower()}, id="lower case"),
        pytest.param(lambda params: params | {"360buy_param_json": "{}"}, id="the parameters changed afterwards"),
        pytest.param(lambda params: params | {"access_token": "another"}, id="the token changed afterwards"),
        pytest.param(lambda params: params | {"more": ""}, id="a parameter more"),
        pytest.param(lambda params: params | {"sign": jd_sign(params, "secret")}, id="another secret"),
    ],
)
def test_a_wrong_signature_is_refused(lab, made, forge):
    assert ask(lab, forge(params_of(made))) == BAD_SIGN
    assert untouched(lab, made)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": ""}, "14"),
        ({"method": "jingdong.order.steal"}, "15"),
        ({"v": ""}, "4"),
        ({"v": "1.0"}, "5"),
        ({"app_key": "0"}, "21"),
        ({"app_key": "10000001"}, "21"),
        ({"timestamp": ""}, "7"),
        ({"timestamp": "yesterday"}, "8"),
        ({"timestamp": "0001-01-01 00:00:00"}, "8"),
        ({"access_token": ""}, "19"),
        ({"access_token": "lab-access-tb-home-0"}, "19"),
    ],
)
def test_what_is_wrong_with_a_call_has_jds_code(lab, made, changes, code):
    assert ask(lab, params_of(made, **changes))["code"] == code
    assert untouched(lab, made)


def test_a_call_without_a_signature_is_refused(lab, made):
    assert ask(lab, params_of(made) | {"sign": ""})["code"] == "11"
    assert untouched(lab, made)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_six_minutes_off_is_near_enough(lab, minutes):
    lab.ahead = timedelta(minutes=minutes)
    assert search(lab)["orderTotal"] == 0


@pytest.mark.parametrize("seconds", [-361, 361])
def test_a_timestamp_of_another_time_is_refused(lab, made, seconds):
    text = (NOW + timedelta(hours=8, seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    assert ask(lab, params_of(made, timestamp=text)) == BAD_TIME
    assert untouched(lab, made)


def test_the_second_way_of_writing_a_timestamp_is_read_too(lab, made):
    assert "jingdong_pop_order_shipment_responce" in ask(lab, params_of(made, timestamp="2026-11-24 20:00:00.683+0800"))


def test_lab_time_counts_as_well_as_the_clock_after_an_advance(lab):
    lab.advance(days=3)
    assert "apiResult" in search(lab)
    lab.ahead = timedelta(days=3)
    assert "apiResult" in search(lab)
    lab.ahead = timedelta(days=1)
    assert lab.jd(SEARCH)["code"] == "8"


def test_a_dead_token_is_repeated_as_jd_does(lab, made):
    lab.post("/shops/jd-flagship/expire-token")
    told = {"zh_desc": f"token已过期或者不存在，请重新授权访问 {JD.access_token}", "en_desc": "Invalid access_token"}
    assert ask(lab, params_of(made)) == {"code": "19", **told}
    assert untouched(lab, made)


def test_parameters_that_are_no_object_are_refused_behind_the_gateway(lab, made):
    told = ask(lab, params_of(made, **{"360buy_param_json": "[]"}))["jingdong_pop_order_shipment_responce"]
    assert told["code"] == "0"
    assert told["sopjosshipment_result"]["success"] is False
    assert untouched(lab, made)


def test_a_body_beyond_two_megabytes_is_not_read(lab):
    assert lab.client.post("/jd/routerjson", content=b"x" * 2_000_001).status_code == 413


def authorise(lab: Lab, path: str, **asked: str) -> Any:
    keys = {"app_key": JD.app_key, "app_secret": JD.app_secret}
    return lab.client.get(f"/jd/oauth2/{path}", params=keys | asked).json()


def test_a_code_buys_a_token_and_a_refresh_token_the_next(lab, made):
    first = authorise(lab, "access_token", grant_type="authorization_code", code=JD.auth_code)
    assert (first["code"], first["access_token"], first["token_type"]) == (0, "lab-access-jd-flagship-1", "bearer")
    assert ask(lab, params_of(made))["code"] == "19"
    lab.post("/shops/jd-flagship/expire-token")
    second = authorise(lab, "refresh_token", grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["access_token"] == "lab-access-jd-flagship-2"
    assert search(lab)["orderTotal"] == 1


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("access_token", {"grant_type": "authorization_code", "code": "another"}),
        ("access_token", {"grant_type": "refresh_token", "code": JD.auth_code}),
        ("access_token", {"grant_type": "authorization_code", "code": JD.auth_code, "app_secret": "another"}),
        ("access_token", {"grant_type": "authorization_code", "code": JD.auth_code, "app_key": "another"}),
        ("refresh_token", {"grant_type": "refresh_token", "refresh_token": "another"}),
        ("refresh_token", {"grant_type": "authorization_code", "refresh_token": JD.refresh_token}),
    ],
)
def test_whoever_has_no_right_to_a_token_gets_none_and_costs_nobody_theirs(lab, path, asked):
    told = authorise(lab, path, **asked)
    assert (told["code"], set(told)) == (304, {"code", "msg", "requestId"})
    assert search(lab)["orderTotal"] == 0


def test_a_list_is_cut_into_pages_newest_first(lab):
    for _ in range(5):
        lab.order("jd-flagship", paid=True)
        lab.clock.move(seconds=10)
    pages = [search(lab, page=str(page), page_size="2", optional_fields="orderId,modified") for page in (1, 2, 3, 4)]
    assert {page["orderTotal"] for page in pages} == {5}
    rows = [row for page in pages for row in page["orderInfoList"]]
    assert [len(page["orderInfoList"]) for page in pages] == [2, 2, 1, 0]
    assert [row["modified"] for row in rows] == sorted((row["modified"] for row in rows), reverse=True)
    assert len({row["orderId"] for row in rows}) == 5
    oldest_first = search(lab, sortType=0, optional_fields="orderId")["orderInfoList"]
    assert [row["orderId"] for row in oldest_first] == [row["orderId"] for row in rows][::-1]


def test_a_list_answers_the_states_and_the_fields_it_is_asked_for(lab, made):
    lab.order("jd-flagship")
    assert Counter(row["orderState"] for row in search(lab)["orderInfoList"]) == {
        "NOT_PAY": 1,
        "WAIT_SELLER_STOCK_OUT": 1,
    }
    only = search(lab, order_state="WAIT_SELLER_STOCK_OUT", optional_fields="orderId, modified")
    assert only["orderInfoList"] == [{"orderId": made["number"], "modified": "2026-11-24 20:00:00"}]


def test_a_dropped_page_of_changes_can_still_be_counted_by_the_time_of_creation(lab):
    numbers = lab.order("jd-flagship", paid=True, count=3)["numbers"]
    lab.post("/faults", name="dropped_page", count=1)
    first = search(lab, page_size="2")
    assert [row["orderId"] for row in first["orderInfoList"]] == [min(numbers)]
    totals = [search(lab, **by)["orderTotal"] for by in ({}, {"sortType": 0}, {"dateType": 1})]
    assert (first["orderTotal"], totals) == (1, [1, 1, 3])


def test_a_list_may_go_by_the_time_of_creation(lab, made):
    lab.clock.move(minutes=30)
    lab.change(made, "remark", remark="急发")
    recent = {"start_date": lab.text(minutes=-5)}
    assert (search(lab, **recent)["orderTotal"], search(lab, **recent, dateType=1)["orderTotal"]) == (1, 0)


def test_the_last_month_needs_no_dates_where_only_waiting_orders_are_wanted(lab, made):
    waiting = {"order_state": "WAIT_SELLER_STOCK_OUT", "start_date": None, "end_date": None}
    assert search(lab, **waiting)["orderTotal"] == 1
    assert search(lab, start_date=None, end_date=None)["apiResult"]["success"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"order_state": ""},
        {"optional_fields": ""},
        {"page": "0"},
        {"page": "x"},
        {"page_size": "101"},
        {"start_date": "2026-10-01 00:00:00"},
        {"start_date": "2026-11-25 00:00:00"},
        {"end_date": "yesterday"},
    ],
)
def test_a_list_asked_for_wrongly_is_refused_by_the_business(lab, changes):
    told = search(lab, **changes)
    assert told["apiResult"]["success"] is False
    assert told["apiResult"]["englishErrCode"] == "param_error"


def test_money_before_arrival_is_an_application_in_fen(lab, made):
    lab.change(made, "request_refund", reason="不想要了")
    (row,) = lab.jd(APPLICATIONS, {"pageIndex": 1, "pageSize": 50})["queryResult"]["result"]
    case = next(iter(lab.world.shelves["jd-flagship"].refunds.values()))
    assert (row["id"], row["orderId"], row["status"], row["applyRefundSum"]) == (
        *(case.number, made["number"], 0, case.amount_fen),
    )
    assert lab.jd(SERVICES, OPERATOR | FIRST)["pageResult"]["totalCount"] == 0
    named = {"ids": str(case.number), "pageIndex": 1, "pageSize": 1}
    assert lab.jd(APPLICATIONS, named)["queryResult"]["result"] == [row]
    assert lab.jd(APPLICATIONS, named | {"ids": "1"})["queryResult"]["totalCount"] == 0
    assert lab.jd(APPLICATIONS, named | {"status": 1})["queryResult"]["success"] is True


def test_an_application_is_answered_once(lab, made):
    lab.change(made, "request_refund")
    (number,) = lab.world.shelves["jd-flagship"].refunds
    reply = {"id": number, "status": 2, "checkUserName": "test", "remark": "已发货"}
    method = "jingdong.pop.afs.soa.refundapply.replyRefund"
    assert lab.jd(method, reply)["replyResult"] == {"success": True}
    assert lab.jd(method, reply)["replyResult"]["success"] is False
    (upload,) = lab.get("/uploads")["uploads"]
    assert (upload["refund"], upload["type"], upload["reason"]) == (str(number), 2, "已发货")


@pytest.fixture
def returned(lab: Lab, made: Any) -> Any:
    """The service order of a return, as the lab holds it."""
    for do in ("ship", "deliver", "request_refund"):
        lab.change(made, do)
    return next(iter(lab.world.shelves["jd-flagship"].refunds.values()))


def test_goods_that_come_back_are_a_service_order_with_what_was_paid_in_yuan(lab, made, returned):
    (row,) = lab.jd(SERVICES, OPERATOR | FIRST)["pageResult"]["data"]
    assert (row["serviceId"], row["customerExpect"], row["serviceStatus"]) == (returned.number, 10, 10001)
    assert lab.jd(APPLICATIONS, {"pageIndex": 1, "pageSize": 50})["queryResult"]["totalCount"] == 0
    named = OPERATOR | {"serviceId": returned.number, "orderId": made["number"]}
    view = lab.jd("jingdong.asc.query.view", named)["result"]["data"]
    (goods,) = view["serviceBillDetailList"]
    assert goods["actualPayPrice"] == f"{returned.amount_fen / 100:.2f}"


def test_a_waybill_is_found_by_a_time_of_its_own(lab, made, returned):
    lab.change(made, "agree_refund")
    lab.clock.move(minutes=30)
    lab.change(made, "send_back", tracking_no="YT0000000000777")
    ends = {"Begin": lab.text(minutes=-5), "End": lab.text(seconds=1)}
    found = {}
    for span in ("updateTime", "freightUpdateDate"):
        asked = OPERATOR | FIRST | {f"{span}{end}": text for end, text in ends.items()}
        found[span] = [row["expressCode"] for row in lab.jd(SERVICES, asked)["pageResult"]["data"]]
    assert found == {"updateTime": [], "freightUpdateDate": ["YT0000000000777"]}
    lab.change(made, "agree_refund")
    asked = OPERATOR | FIRST | {f"updateTime{end}": text for end, text in ends.items()}
    (row,) = lab.jd(SERVICES, asked)["pageResult"]["data"]
    assert (row["serviceStatus"], row["expressCode"]) == (10010, "YT0000000000777")


@pytest.mark.parametrize("changes", [{"buId": "1"}, {"operatePin": ""}, {"operateNick": None}, {"pageSize": 51}])
def test_service_orders_are_shown_to_their_merchant_only(lab, returned, changes):
    told = lab.jd(SERVICES, OPERATOR | FIRST | changes)["pageResult"]
    assert (told["success"], "data" in told) == (False, False)


@pytest.mark.parametrize("changes", [{"orderId": 1}, {"serviceId": 1}, {"serviceId": "x"}, {"buId": ""}])
def test_a_service_order_is_shown_with_its_own_order_only(lab, made, returned, changes):
    named = OPERATOR | {"serviceId": returned.number, "orderId": made["number"]} | changes
    assert lab.jd("jingdong.asc.query.view", named)["result"]["success"] is False


@pytest.mark.parametrize(
    "changes", [{"logiCoprId": "ZTO"}, {"logiNo": "1"}, {"logiNo": "运单号12345678"}, {"orderId": "1"}, {"orderId": ""}]
)
def test_a_parcel_that_cannot_be_is_refused(lab, made, changes):
    asked = {"orderId": made["number"], "logiCoprId": "1499", "logiNo": "75312345678901"} | changes
    assert lab.jd(SHIP, asked)["sopjosshipment_result"]["success"] is False
    assert untouched(lab, made)


def test_a_remark_and_a_flag_are_kept_and_bounded(lab, made):
    method = "jingdong.pop.order.modifyVenderRemark"
    asked = {"order_id": made["number"], "flag": "1", "remark": "已电话确认"}
    assert lab.jd(method, asked)["modifyvenderremark_result"] == {"success": True}
    one = {"order_id": made["number"], "optional_fields": "venderRemark,flag"}
    kept = lab.jd("jingdong.pop.order.get", one)["orderDetailInfo"]["orderInfo"]
    assert kept == {"venderRemark": "已电话确认", "flag": "1"}
    for wrong in ({"flag": "6"}, {"remark": "长" * 501}):
        assert lab.jd(method, asked | wrong)["modifyvenderremark_result"]["success"] is False


def test_a_ban_is_told_in_jds_words_until_it_ends(lab):
    lab.post("/shops/jd-flagship/ban", seconds=5)
    assert lab.jd(SEARCH)["code"] == "2"
    lab.clock.move(seconds=6)
    assert search(lab)["orderTotal"] == 0


def test_an_order_sent_in_parts_shows_its_batches_until_all_are_gone(lab):
    made = lab.order("jd-flagship", paid=True, lines=[{"code": "BOX-40L"}, {"code": "BOX-60L"}])
    first, second = (int(line["number"]) for line in made["lines"])
    part = lab.change(made, "ship", tracking_no="A1", carrier="SF", lines=[first])["body"]
    assert (part["orderState"], part["waybill"], part["outBoundDate"]) == (
        *("WAIT_SELLER_STOCK_OUT", "", "0001-01-01 00:00:00"),
    )
    assert [(batch["waybillId"], batch["logicId"]) for batch in part["partialLogisticsInfoModel"]] == [("A1", "467")]
    whole = lab.change(made, "ship", tracking_no="B1", carrier="YTO", lines=[second])["body"]
    assert (whole["waybill"], whole["logisticsId"]) == ("A1|B1", "467|463")
    assert parse_order(part).status is ChannelStatus.PARTLY_SHIPPED
    assert [parcel.tracking_no for parcel in parse_order(whole).parcels] == ["A1", "B1"]


def test_three_weeks_of_bodies_are_read_without_a_stranger_and_to_the_fen():
    world = create_lab(now=Clock(NOW), living=False, orders_per_day=400, history_days=21).state.world
    shelf = world.shelves["jd-flagship"]
    assert len(shelf.orders) > 1000
    for row in shelf.orders.values():
        draft = parse_order(order(row, JD, shelf))
        assert (draft.total_fen, draft.unknown) == (row.pay_fen, ())
        assert draft.paid_fen == (row.pay_fen if row.paid_at else 0)
        # JD has no word for what has arrived but is not confirmed.
        known = {ChannelStatus.DELIVERED: ChannelStatus.SHIPPED}
        assert draft.status is known.get(row.status, row.status)
        if row.paid_at:
            assert draft.discount_fen == row.discount_fen
    kinds = Counter()
    for case in shelf.refunds.values():
        apart = is_service(case)
        body = {"service": service(case), "detail": service_view(case)} if apart else application(case)
        draft = parse_refund(body)
        assert (draft.amount_fen, draft.status, draft.unknown) == (case.amount_fen, case.status, ())
        kinds[draft.kind] += 1
    assert set(kinds) == {AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleKind.RETURN_AND_REFUND}


def test_numbers_of_ten_thousand_orders_of_a_second_differ():
    lab = new_lab()
    assert len(set(lab.order("jd-flagship", count=10_000)["numbers"])) == 10_000
