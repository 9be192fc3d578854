import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.douyin.parse import parse_order, parse_refund, without_personal
from orderhub.connectors.channels.douyin.push import read_push
from orderhub.connectors.channels.douyin.signing import push_signs
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.errors import BadInput, NotAllowed

SAMPLES = Path(__file__).parent / "samples"
CREDENTIALS = Credentials(app_key="7000000000000000001", app_secret="lab-secret", shop_no="12345")


def listed(**changes: Any) -> dict[str, Any]:
    body = json.loads((SAMPLES / "douyin_order_searchList.json").read_text())
    return body["data"]["shop_order_list"][0] | changes


def detailed() -> dict[str, Any]:
    return json.loads((SAMPLES / "douyin_order_orderDetail.json").read_text())["data"]["shop_order_detail"]


def case() -> dict[str, Any]:
    return json.loads((SAMPLES / "douyin_afterSale_List.json").read_text())["data"]["items"][0]


def test_the_official_list_example_becomes_a_draft():
    draft = parse_order(listed())
    assert draft.channel_order_no == "4781320682406083640"
    assert draft.status is ChannelStatus.SHIPPED
    assert (draft.total_fen, draft.freight_fen) == (500, 10)
    assert draft.placed_at == datetime(2021, 4, 2, 9, 23, 33, tzinfo=UTC)
    assert [(line.sku_code, line.quantity) for line in draft.lines] == [("djfafj", 2)]
    assert [parcel.tracking_no for parcel in draft.parcels] == ["3617355413"]


def test_the_detail_with_its_numbers_as_text_reads_the_same():
    by_list, by_detail = parse_order(listed()), parse_order(detailed())
    same = ("channel_order_no", "status", "total_fen", "freight_fen", "paid_at", "ship_by", "buyer_remark")
    assert [getattr(by_list, name) for name in same] == [getattr(by_detail, name) for name in same]


def test_closed_after_payment_is_a_refund_and_before_it_is_not():
    assert parse_order(listed(order_status=4)).status is ChannelStatus.CLOSED_REFUNDED
    assert parse_order(listed(order_status=4, pay_time=0)).status is ChannelStatus.CLOSED_UNPAID


def test_a_risk_check_is_paid_but_must_wait():
    assert parse_order(listed(order_status=105)).status is ChannelStatus.PAID_WAIT


def test_an_unknown_status_word_is_named():
    draft = parse_order(listed(order_status=777))
    assert draft.status is ChannelStatus.UNKNOWN
    assert "order_status: '777'" in draft.unknown


def test_a_cipher_is_never_shown_as_a_name_or_a_phone():
    draft = parse_order(listed(encrypt_post_receiver="##abc*def=#1##", encrypt_post_tel="$$abc*def=$1$$"))
    assert (draft.receiver.name_masked, draft.receiver.phone_masked) == ("", "")


def test_the_official_after_sale_example_becomes_a_draft():
    draft = parse_refund(case())
    assert (draft.channel_refund_no, draft.channel_order_no) == ("6986853269519810849", "4821780700279174718")
    assert (draft.kind, draft.status) == (AftersaleKind.RETURN_AND_REFUND, AftersaleStatus.RETURNED)
    assert draft.amount_fen == 20


def test_people_in_the_clear_are_masked_at_every_depth():
    kept = json.dumps(without_personal(detailed()), ensure_ascii=False)
    for clear in ("13800000000", "测试收件人", "测试路1号"):
        assert clear not in kept


@given(
    name=st.sampled_from(sorted(listed())),
    value=st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.integers(), max_size=2),
)
def test_whatever_stands_in_a_field_parsing_only_ever_refuses(name, value):
    try:
        parse_order(listed(**{name: value}))
    except BadInput as refusal:
        assert refusal.field


def pushed(messages: Any, *, by: int = 0) -> tuple[dict[str, str], bytes]:
    raw = json.dumps(messages).encode()
    sign = push_signs(CREDENTIALS.app_key, CREDENTIALS.app_secret, raw)[by]
    return {"app-id": CREDENTIALS.app_key, "event-sign": sign}, raw


@pytest.mark.parametrize("by", [0, 1], ids=["md5", "hmac"])
def test_a_signed_push_is_a_hint_with_the_exact_number(by):
    facts = {"p_id": 4705288465508532862, "shop_id": 12345}
    headers, raw = pushed([{"tag": "101", "msg_id": "m1", "data": json.dumps(facts)}], by=by)
    (hint,) = read_push(headers, raw, CREDENTIALS)
    assert (hint.kind, hint.number, hint.message_no) == ("order", "4705288465508532862", "m1")


def test_the_probe_says_nothing():
    assert read_push(*pushed([{"tag": "0", "msg_id": "0", "data": "{}"}]), CREDENTIALS) == []


def test_an_after_sale_push_names_the_case():
    facts = {"aftersale_id": 7001, "p_id": 1, "shop_id": 12345}
    (hint,) = read_push(*pushed([{"tag": 200, "msgId": "m2", "data": facts}]), CREDENTIALS)
    assert (hint.kind, hint.number, hint.message_no) == ("refund", "7001", "m2")


def test_a_changed_byte_is_refused():
    headers, raw = pushed([{"tag": "101", "msg_id": "m1", "data": "{}"}])
    with pytest.raises(NotAllowed, match="signature"):
        read_push(headers, raw + b" ", CREDENTIALS)


def test_a_push_about_another_shop_is_refused():
    headers, raw = pushed([{"tag": "101", "msg_id": "m1", "data": {"p_id": 1, "shop_id": 99}}])
    with pytest.raises(NotAllowed, match="another shop"):
        read_push(headers, raw, CREDENTIALS)


@pytest.mark.parametrize("raw", [b"{", b"{}", b'[{"tag":"101","data":"{"}]', b'[{"tag":"101","data":"[]"}]'])
def test_a_signed_push_that_cannot_be_read_is_bad_input(raw):
    sign = push_signs(CREDENTIALS.app_key, CREDENTIALS.app_secret, raw)[0]
    with pytest.raises(BadInput):
        read_push({"event-sign": sign}, raw, CREDENTIALS)
