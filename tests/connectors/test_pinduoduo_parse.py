import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub.connectors.channels.pinduoduo.parse import (
    ORDER_WORDS,
    REFUND_WORDS,
    parse_order,
    parse_refund,
    without_personal,
)
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.errors import BadInput

from .pinduoduo_bodies import CIPHER, ORDER_SN, order, refund, refund_alone

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Any:
    """Read as the client reads: decimals as their text."""
    return json.loads((SAMPLES / f"pinduoduo_{name}.json").read_text(), parse_float=str)


def test_a_paid_order_becomes_a_draft_to_the_fen():
    draft = parse_order(order())
    assert (draft.channel_order_no, draft.status, draft.status_word) == (ORDER_SN, ChannelStatus.PAID, "1")
    assert (draft.total_fen, draft.freight_fen, draft.discount_fen, draft.paid_fen) == (12050, 800, 650, 12050)
    assert draft.paid_at == datetime(2026, 11, 24, 1, 1, tzinfo=UTC)
    assert draft.ship_by == datetime(2026, 11, 26, 1, 1, 10, tzinfo=UTC)
    assert [(line.sku_code, line.quantity, line.unit_price_fen) for line in draft.lines] == [("BOX-40L", 2, 5950)]
    assert (draft.buyer_remark, draft.seller_remark, draft.seller_flag) == ("急发", "老客", "green")
    assert draft.unknown == ()


def test_the_receiver_is_the_channels_mask_and_its_token():
    receiver = parse_order(order()).receiver
    assert (receiver.name_masked, receiver.phone_masked, receiver.phone_tail) == ("测**", "138****0308", "0308")
    assert (receiver.region, receiver.address_masked) == ("浙江省 杭州市 西湖区", "测试路***号***")
    assert receiver.token == "TEST-ADDRESS-1"


def test_a_cipher_without_a_mask_is_not_shown():
    bare = {f"{name}_mask": "" for name in ("receiver_name", "receiver_phone", "receiver_address", "address")}
    draft = parse_order(order(**bare))
    assert (draft.buyer_masked, draft.receiver.name_masked, draft.receiver.phone_masked) == ("", "", "")
    assert draft.receiver.address_masked == ""


def test_the_official_example_of_an_order_becomes_a_draft():
    draft = parse_order(sample("order_information_get")["order_info_get_response"]["order_info"])
    assert (draft.channel_order_no, draft.status) == ("180831-481803633911509", ChannelStatus.PAID)
    assert (draft.total_fen, draft.discount_fen) == (1101, 0)
    assert draft.placed_at == draft.paid_at == datetime(2018, 8, 31, 2, 42, 33, tzinfo=UTC)
    assert [(line.channel_line_no, line.quantity) for line in draft.lines] == [("51972265894", 1)]
    assert (draft.receiver.name_masked, draft.receiver.phone_masked) == ("测**", "138****0000")
    assert draft.unknown == ()


def test_the_official_example_of_the_list_is_a_shipped_presale():
    draft = parse_order(sample("order_list_get")["order_list_get_response"]["order_list"][0])
    assert (draft.status, draft.is_presale, draft.total_fen) == (ChannelStatus.SHIPPED, True, 450)
    assert [(parcel.tracking_no, parcel.carrier_code) for parcel in draft.parcels] == [("111122223333", "1")]
    assert draft.shipped_at == datetime(2018, 8, 10, 11, 43, 33, tzinfo=UTC)


@pytest.mark.parametrize("word", ORDER_WORDS)
def test_every_documented_status_word_is_understood(word):
    draft = parse_order(order(order_status=int(word)))
    assert (draft.status, draft.unknown) == (ORDER_WORDS[word], ())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"order_status": 3, "receive_time": "2026-11-28 10:00:00"}, ChannelStatus.COMPLETED),
        ({"order_status": 3, "refund_status": 4}, ChannelStatus.DELIVERED),
        ({"refund_status": 2}, ChannelStatus.PAID),
        ({"refund_status": 4}, ChannelStatus.CLOSED_REFUNDED),
        ({"confirm_status": 2}, ChannelStatus.CLOSED_REFUNDED),
        ({"confirm_status": 2, "pay_time": "", "confirm_time": ""}, ChannelStatus.CLOSED_UNPAID),
        ({"confirm_status": 0, "group_status": 0, "confirm_time": ""}, ChannelStatus.PAID_WAIT),
        ({"confirm_status": 0, "pay_time": "", "confirm_time": ""}, ChannelStatus.UNPAID),
        ({"risk_control_status": 1, "receiver_name": "", "receiver_phone": ""}, ChannelStatus.PAID_WAIT),
        ({"trade_type": 1, "step_order_info": {"step_trade_status": 1}}, ChannelStatus.UNPAID),
        ({"trade_type": 1, "step_order_info": {"step_trade_status": 2}}, ChannelStatus.PAID),
    ],
)
def test_group_review_and_refund_decide_beside_the_word(changes, status):
    draft = parse_order(order(**changes))
    assert (draft.status, draft.unknown) == (status, ())


def test_of_an_open_deposit_only_the_deposit_is_paid():
    draft = parse_order(order(trade_type=1, step_order_info={"step_trade_status": 1, "step_paid_fee": "20.5"}))
    assert (draft.paid_fen, draft.total_fen, draft.is_presale) == (2050, 12050, True)


def test_a_fee_for_delivery_into_the_home_counts_as_freight():
    fees = [{"service_name": "送货入户", "service_fee": "10.5"}, {"service_name": "安装", "service_fee": 20}]
    draft = parse_order(order(service_fee_detail=fees, pay_amount=151))
    assert (draft.freight_fen, draft.discount_fen, draft.total_fen) == (3850, 650, 15100)


def test_two_items_of_one_sku_are_two_lines():
    items = order()["item_list"] * 2
    assert [line.channel_line_no for line in parse_order(order(item_list=items)).lines] == [
        "1400000000001",
        "1400000000001-2",
    ]


def test_further_parcels_are_parcels_too():
    extra = [{"logistics_id": 44, "tracking_number": "SF0000000000002"}]
    first = {"order_status": 2, "tracking_number": "SF0000000000001", "logistics_id": 44}
    draft = parse_order(order(**first, shipping_time="2026-11-24 18:00:00", extra_delivery_list=extra))
    assert [parcel.tracking_no for parcel in draft.parcels] == ["SF0000000000001", "SF0000000000002"]


@pytest.mark.parametrize("field", ["order_status", "refund_status", "confirm_status", "risk_control_status"])
def test_an_unknown_word_is_named_and_not_fatal(field):
    draft = parse_order(order(**{field: 777}))
    assert draft.unknown == (f"{field}: '777'",)
    assert (draft.status is ChannelStatus.UNKNOWN) == (field == "order_status")


def test_an_unknown_field_is_noticed():
    items = [order()["item_list"][0] | {"new_price": 1}]
    assert parse_order(order(new_field=1, item_list=items)).unknown == ("field:order.new_field", "field:item.new_price")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_sn": None}, "order_sn"),
        ({"order_sn": True}, "order_sn"),
        ({"pay_amount": "NaN"}, "pay_amount"),
        ({"pay_amount": "1.005"}, "pay_amount"),
        ({"pay_amount": "1e5"}, "pay_amount"),
        ({"pay_amount": None}, "pay_amount"),
        ({"created_time": "yesterday"}, "created_time"),
        ({"created_time": ""}, "created_time"),
        ({"pay_time": "2399-01-01 00:00:00"}, "pay_time"),
        ({"item_list": ["x"]}, "item_list"),
        ({"item_list": [{"sku_id": ""}]}, "goods_id"),
        ({"step_order_info": 7}, "step_order_info"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(changes, field):
    with pytest.raises(BadInput) as caught:
        parse_order(order(**changes))
    assert caught.value.field == field


def test_people_in_the_clear_are_masked_at_every_depth_and_papers_dropped():
    clear = sample("order_information_get") | {
        "exchange_shipping_detail": {
            "merchant_exchange_detail_phone": "13800000000",
            "merchant_exchange_detail_receiver": "测试收件人",
            "merchant_exchange_detail_address": "测试路1号测试小区",
        },
        "contact_mobile": "13800000000",
        "card_info_list": [{"card_no": "1", "mask_password": "2"}],
        "id_card_num": "110101199001010000",
    }
    kept = without_personal(clear)
    text = json.dumps(kept, ensure_ascii=False)
    for secret in ("13800000000", "测试收件人", "测试路1号", "110101199001010000"):
        assert secret not in text
    assert kept["contact_mobile"] == "138****0000"
    assert {"card_info_list", "id_card_num"}.isdisjoint(kept)


def test_a_cipher_is_kept_as_it_came():
    assert without_personal(order())["receiver_name"] == CIPHER


@pytest.mark.parametrize("phone", ["$13800000000$#1234#", "$13800000000$#1234567#"])
def test_a_number_that_leads_to_the_buyer_is_masked_like_the_buyers_own(phone):
    body = order(receiver_phone=phone, receiver_phone_mask="")
    assert without_personal(body)["receiver_phone"] == "138****0000"
    assert parse_order(body).receiver.phone_masked == "138****0000"


def test_a_refund_of_the_list_becomes_a_draft():
    draft = parse_refund(refund())
    assert (draft.channel_refund_no, draft.channel_order_no) == ("7381745730", ORDER_SN)
    assert (draft.kind, draft.status) == (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.REQUESTED)
    assert (draft.amount_fen, draft.channel_line_no, draft.reason) == (11250, "1400000000001", "不想要了")
    assert draft.requested_at == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert draft.unknown == ()


def test_a_case_asked_for_alone_says_the_same_as_the_list():
    alone, listed = parse_refund(refund_alone()), parse_refund(refund())
    same = ("channel_refund_no", "channel_order_no", "channel_line_no", "kind", "status", "amount_fen", "reason")
    assert [getattr(alone, name) for name in same] == [getattr(listed, name) for name in same]
    assert (alone.requested_at, alone.updated_at) == (listed.requested_at, listed.updated_at)
    assert alone.deadline == listed.requested_at + timedelta(days=2)


def test_milliseconds_are_told_from_seconds():
    seconds = refund_alone()["recreated_at"]
    assert parse_refund(refund_alone(recreated_at=seconds * 1000)) == parse_refund(refund_alone())


def test_an_amount_of_a_case_asked_for_alone_is_fen_and_nothing_else():
    with pytest.raises(BadInput) as caught:
        parse_refund(refund_alone(refund_amount="112.50"))
    assert caught.value.field == "refund_amount"


def test_the_official_example_of_a_refund_is_a_finished_return():
    (row,) = sample("refund_list_increment_get")["refund_increment_get_response"]["refund_list"]
    draft = parse_refund(row)
    assert (draft.kind, draft.status) == (AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.CLOSED)
    assert (draft.amount_fen, draft.return_tracking_no) == (800, "123456123456")


@pytest.mark.parametrize("word", REFUND_WORDS)
def test_every_documented_refund_word_is_understood(word):
    draft = parse_refund(refund(after_sales_status=int(word)))
    assert (draft.status, draft.unknown) == (REFUND_WORDS[word], ())


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"user_shipping_status": "1"}, AftersaleKind.REFUND_AFTER_SHIPPING),
        ({"after_sales_type": 3}, AftersaleKind.RETURN_AND_REFUND),
        ({"after_sales_type": 4}, AftersaleKind.EXCHANGE),
        ({"after_sales_type": 5}, AftersaleKind.RESEND),
        ({"after_sales_status": 31}, AftersaleKind.REFUSED_PARCEL),
        ({"after_sales_type": 9}, AftersaleKind.REFUSED_PARCEL),
    ],
)
def test_the_kind_of_a_refund(changes, kind):
    assert parse_refund(refund(**changes)).kind is kind


def test_goods_sent_back_are_on_their_way():
    assert parse_refund(refund(after_sales_status=3, tracking_number="YT1")).status is AftersaleStatus.RETURNED
    assert parse_refund(refund_alone(after_sales_status=3, express_no="YT1")).status is AftersaleStatus.RETURNED


def test_unknown_words_of_a_refund_are_named():
    draft = parse_refund(refund(after_sales_status=777, after_sales_type=99))
    assert (draft.status, draft.kind) == (AftersaleStatus.UNKNOWN, AftersaleKind.UNKNOWN)
    assert draft.unknown == ("after_sales_status: '777'", "after_sales_type: '99'")
