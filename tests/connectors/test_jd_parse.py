from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.channels.jd.parse import (
    APPLICATION_WORDS,
    ORDER_WORDS,
    SERVICE_WORDS,
    parse_order,
    parse_refund,
    waybills,
    without_personal,
)
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.errors import BadInput

from .jd_bodies import ADDRESS, NAME, application, item, order, service, service_row, service_view

LEFT_AT = 1795484400000
LEFT = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
BATCH = {"shipmentId": "1", "waybillId": "SF1", "logicId": "467", "shipmentTime": LEFT_AT}
SPLIT = {"waybill": "A1,A2|B1", "logisticsId": "467|463"}


def test_a_paid_order_becomes_a_draft_to_the_fen():
    draft = parse_order(order())
    assert draft.channel_order_no == "900000000001"
    assert (draft.status, draft.status_word) == (ChannelStatus.PAID, "WAIT_SELLER_STOCK_OUT")
    # What the buyer pays is the payment and the JD balance; goods 277.00 + freight 8.00 − discounts 16.50.
    assert (draft.total_fen, draft.freight_fen, draft.discount_fen, draft.paid_fen) == (26850, 800, 1650, 26850)
    assert draft.paid_at == datetime(2026, 11, 24, 1, 1, tzinfo=UTC)
    assert (draft.shipped_at, draft.completed_at, draft.ship_by) == (None, None, None)
    assert [(line.channel_line_no, line.quantity, line.unit_price_fen) for line in draft.lines] == [
        ("10054887745652", 2, 13850)
    ]
    assert draft.receiver.region == "广东 广州市 海珠区"
    assert draft.unknown == ()


def test_a_bundle_code_stays_whole():
    (line,) = parse_order(order()).lines
    assert (line.sku_code, line.channel_sku_no, line.channel_item_no) == (
        *("A-18&B-C1*4", "10054887745652", "10020665903516"),
    )


def test_a_sku_met_twice_is_two_lines_with_numbers_of_their_own():
    twice = order(itemInfoList=[item(), item(skuId="7"), item(jdPrice="0.00", itemTotal="1")])
    assert [line.channel_line_no for line in parse_order(twice).lines] == ["10054887745652", "7", "10054887745652#2"]


@pytest.mark.parametrize("word", sorted(set(ORDER_WORDS) - {"TRADE_CANCELED"}))
def test_every_known_status_word_is_understood(word):
    assert parse_order(order(orderState=word)).status is ORDER_WORDS[word]


@pytest.mark.parametrize(
    ("paid", "status"),
    [("0001-01-01 00:00:00", ChannelStatus.CLOSED_UNPAID), ("2026-11-24 09:01:00", ChannelStatus.CLOSED_REFUNDED)],
)
def test_a_cancelled_order_was_refunded_only_if_it_had_been_paid(paid, status):
    assert parse_order(order(orderState="TRADE_CANCELED", paymentConfirmTime=paid)).status is status


def test_an_unpaid_order_counts_what_is_to_be_paid_although_its_prices_are_zero():
    unpaid = order(
        orderState="NOT_PAY",
        orderTotalPrice="0.00",
        orderSellerPrice="0.00",
        orderPayment="268.50",
        balanceUsed="0.00",
        paymentConfirmTime="0001-01-01 00:00:00",
    )
    draft = parse_order(unpaid)
    assert (draft.status, draft.total_fen, draft.paid_fen, draft.paid_at) == (ChannelStatus.UNPAID, 26850, 0, None)


def test_an_order_that_left_in_parts_is_partly_shipped_until_its_state_moves_on():
    part = parse_order(order(partialLogisticsInfoModel=[BATCH]))
    assert (part.status, part.shipped_at) == (ChannelStatus.PARTLY_SHIPPED, LEFT)
    assert [(parcel.tracking_no, parcel.carrier_code, parcel.shipped_at) for parcel in part.parcels] == [
        ("SF1", "467", LEFT)
    ]
    gone = {"orderState": "WAIT_GOODS_RECEIVE_CONFIRM", "waybill": "SF1|B1", "logisticsId": "467|463"}
    whole = parse_order(order(partialLogisticsInfoModel=[BATCH], **gone))
    assert whole.status is ChannelStatus.SHIPPED
    assert [(parcel.tracking_no, parcel.carrier_code) for parcel in whole.parcels] == [("SF1", "467"), ("B1", "463")]


@pytest.mark.parametrize("left", ["2026-11-24 09:40:00", str(LEFT_AT), LEFT_AT])
def test_every_waybill_is_a_parcel_of_its_carrier(left):
    draft = parse_order(order(orderState="WAIT_GOODS_RECEIVE_CONFIRM", outBoundDate=left, **SPLIT))
    assert [(parcel.tracking_no, parcel.carrier_code) for parcel in draft.parcels] == [
        *(("A1", "467"), ("A2", "467"), ("B1", "463")),
    ]
    assert {draft.shipped_at, *(parcel.shipped_at for parcel in draft.parcels)} == {LEFT}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, []),
        ({"waybill": "A1"}, [("", "A1")]),
        ({"waybill": "A1|", "logisticsId": "467"}, [("467", "A1")]),
        ({"waybill": " A1 , ", "logisticsId": "467|463"}, [("467", "A1")]),
    ],
)
def test_waybills_are_read_as_far_as_they_are_there(body, found):
    assert waybills(body) == found


def test_unknown_words_and_fields_are_named_and_not_fatal():
    draft = parse_order(order(orderState="FROZEN_BY_TEST", new_field=1, itemInfoList=[item(other=2)]))
    assert draft.status is ChannelStatus.UNKNOWN
    assert draft.unknown == ("orderState: 'FROZEN_BY_TEST'", "field:order.new_field", "field:line.other")
    assert parse_refund(application(status=16)).unknown == ("refund.status: '16'",)
    assert parse_refund(service(customerExpect=30, serviceStatus=99)).unknown == (
        *("service.serviceStatus: '99'", "service.customerExpect: '30'"),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"orderId": None}, "orderId"),
        ({"orderState": ""}, "orderState"),
        ({"orderPayment": "NaN"}, "orderPayment"),
        ({"orderPayment": "10000000.01"}, "orderPayment"),
        ({"orderStartTime": "0001-01-01 00:00:00"}, "orderStartTime"),
        ({"modified": "yesterday"}, "modified"),
        ({"outBoundDate": 10**18}, "outBoundDate"),
        ({"itemInfoList": ["x"]}, "itemInfoList"),
        ({"itemInfoList": [{"skuId": "1", "jdPrice": "1.00", "itemTotal": "1.5"}]}, "itemTotal"),
        ({"consigneeInfo": []}, "consigneeInfo"),
        ({"partialLogisticsInfoModel": [{"waybillId": "A1", "shipmentTime": "soon"}]}, "shipmentTime"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(changes, field):
    with pytest.raises(BadInput) as caught:
        parse_order(order(**changes))
    assert caught.value.field == field


def test_ciphers_stay_for_jd_to_open_and_are_shown_nowhere():
    kept = without_personal(order())
    assert (kept["consigneeInfo"]["fullname"], kept["consigneeInfo"]["fullAddress"]) == (NAME, ADDRESS)
    receiver = parse_order(kept).receiver
    assert (receiver.token, receiver.name_masked, receiver.address_masked) == (ADDRESS, "", "")
    assert (receiver.phone_masked, receiver.phone_tail) == ("138*******0", "")
    assert "desen_mobile" not in kept["consigneeInfo"]


def test_jds_own_token_of_a_receiver_comes_first():
    person = order()["consigneeInfo"] | {"oaid": "TESTOAID"}
    assert parse_order(order(consigneeInfo=person)).receiver.token == "TESTOAID"


def test_people_in_the_clear_are_masked_at_the_border():
    person = {"fullname": "测试收件人", "mobile": "13800000000", "fullAddress": "测试路1号101室", "province": "广东"}
    clear = order(consigneeInfo=person, pin="测试账号", invoiceInfo="发票抬头:测试公司", vatInfo=[{"x": "测试公司"}])
    kept = without_personal(clear)
    assert kept["consigneeInfo"] == {
        "fullname": "测**",
        "mobile": "138****0000",
        "fullAddress": "****",
        "province": "广东",
    }
    assert kept["pin"] == "测**"
    assert kept.keys().isdisjoint({"invoiceInfo", "vatInfo"})
    draft = parse_order(clear)
    assert parse_order(kept) == draft
    assert all(word not in repr(draft) for word in ("13800000000", "测试收件人", "测试账号", "测试路", "测试公司"))


def test_nobody_is_left_in_a_refund():
    kept = without_personal({"service": service_row(), "detail": service_view(), **application()})
    assert all(word not in repr(kept) for word in ("13800000000", "测试买家", "测试路", "jd_test", "img.example"))
    assert (kept["service"]["customerName"], kept["buyerName"], kept["detail"]["pickwareAddress"]) == (
        "测**",
        "测**",
        "",
    )


def test_an_application_is_in_fen():
    draft = parse_refund(application())
    assert (draft.channel_refund_no, draft.channel_order_no) == ("1000399977", "900000000001")
    assert (draft.kind, draft.status) == (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.REQUESTED)
    assert (draft.amount_fen, draft.reason) == (24850, "商品错选/多选")
    assert draft.requested_at == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert draft.updated_at == datetime(2026, 11, 24, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(("sent", "fen"), [(409900, 409900), ("409900", 409900), ("409900.0", 409900), (0, 0)])
def test_an_applications_amount_may_be_written_as_a_decimal(sent, fen):
    assert parse_refund(application(applyRefundSum=sent)).amount_fen == fen


@pytest.mark.parametrize("sent", ["409900.5", "4099.00元", None, [], True])
def test_an_applications_amount_that_is_none_is_refused(sent):
    with pytest.raises(BadInput) as caught:
        parse_refund(application(applyRefundSum=sent))
    assert caught.value.field == "applyRefundSum"


@pytest.mark.parametrize("word", APPLICATION_WORDS)
def test_every_state_of_an_application_is_understood(word):
    assert parse_refund(application(status=int(word))).status is APPLICATION_WORDS[word]


@pytest.mark.parametrize("word", SERVICE_WORDS)
def test_every_state_of_a_service_order_is_understood(word):
    assert parse_refund(service(serviceStatus=int(word))).status is SERVICE_WORDS[word]


def test_a_service_order_is_in_yuan_and_numbered_apart_from_applications():
    draft = parse_refund(service())
    assert (draft.channel_refund_no, draft.channel_order_no) == ("S724578811", "900000000001")
    assert (draft.kind, draft.status) == (AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.REQUESTED)
    assert (draft.amount_fen, draft.channel_line_no) == (12425, "10054887745652")
    assert (draft.reason, draft.description) == ("七天无理由", "买错了")


def test_an_exchange_gives_no_money_back():
    draft = parse_refund(service(customerExpect=20))
    assert (draft.kind, draft.amount_fen) == (AftersaleKind.EXCHANGE, 0)


def test_a_waybill_tells_that_the_goods_are_on_their_way_back():
    waiting = parse_refund(service(serviceStatus=10005))
    sent = parse_refund(service(serviceStatus=10005, expressCode="YT1", freightUpdateDate=1795485000000))
    assert (waiting.status, waiting.return_tracking_no) == (AftersaleStatus.AWAITING_RETURN, "")
    assert (sent.status, sent.return_tracking_no) == (AftersaleStatus.RETURNED, "YT1")
    assert sent.updated_at > waiting.updated_at


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(order())), value=JSON)
def test_whatever_stands_in_a_field_parsing_only_ever_refuses(name, value):
    try:
        parse_order(without_personal(order(**{name: value})))
    except BadInput as refusal:
        assert refusal.field
