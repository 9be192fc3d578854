from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.channels.taobao.parse import ORDER_WORDS, parse_order, parse_refund, without_personal
from orderhub.domain.words import AftersaleKind, AftersaleStatus, ChannelStatus
from orderhub.kernel.errors import BadInput

from .taobao_bodies import refund, trade


def test_a_paid_trade_becomes_a_draft_to_the_fen():
    draft = parse_order(trade())
    assert draft.channel_order_no == "9000000000000748675"
    assert (draft.status, draft.status_word) == (ChannelStatus.PAID, "WAIT_SELLER_SEND_GOODS")
    assert (draft.total_fen, draft.freight_fen, draft.discount_fen, draft.paid_fen) == (12050, 800, 650, 12050)
    assert draft.paid_at == datetime(2026, 11, 24, 1, 1, tzinfo=UTC)
    assert [(line.sku_code, line.quantity, line.unit_price_fen) for line in draft.lines] == [("BOX-40L", 2, 5950)]
    assert draft.receiver.phone_tail == "0308"
    assert draft.receiver.region == "浙江省 杭州市 西湖区"
    assert draft.unknown == ()


@pytest.mark.parametrize("word", ORDER_WORDS)
def test_every_documented_status_word_is_understood(word):
    assert parse_order(trade(status=word)).status is ORDER_WORDS[word]


def test_an_unknown_status_word_is_named_and_not_fatal():
    draft = parse_order(trade(status="FROZEN_BY_TEST"))
    assert draft.status is ChannelStatus.UNKNOWN
    assert draft.unknown == ("trade.status: 'FROZEN_BY_TEST'",)


def test_an_unknown_field_is_noticed():
    assert parse_order(trade(new_field=1)).unknown == ("field:trade.new_field",)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tid": None}, "tid"),
        ({"tid": True}, "tid"),
        ({"payment": "NaN"}, "payment"),
        ({"payment": "1e5"}, "payment"),
        ({"payment": "10000000.01"}, "payment"),
        ({"created": "yesterday"}, "created"),
        ({"created": "0001-01-01 00:00:00"}, "created"),
        ({"pay_time": "2399-01-01 00:00:00"}, "pay_time"),
        ({"orders": {"order": ["x"]}}, "order"),
        ({"orders": 7}, "orders"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(changes, field):
    with pytest.raises(BadInput) as caught:
        parse_order(trade(**changes))
    assert caught.value.field == field


def test_people_in_the_clear_are_masked_at_the_border():
    clear = trade(
        buyer_nick="测试买家", receiver_name="测试收件人", receiver_mobile="13800000000", receiver_address="测试路1号"
    )
    kept = without_personal(clear)
    assert [kept[name] for name in ("buyer_nick", "receiver_name", "receiver_mobile", "receiver_address")] == [
        *("测**", "测**", "138****0000", "****")
    ]
    assert "13800000000" not in repr(parse_order(clear))


def test_a_refund_asked_before_shipping_is_told_from_one_after():
    before = parse_refund(refund())
    after = parse_refund(refund(order_status="TRADE_FINISHED", good_status="BUYER_RECEIVED"))
    assert (before.kind, before.status) == (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleStatus.REQUESTED)
    assert before.amount_fen == 11250
    assert after.kind is AftersaleKind.REFUND_AFTER_SHIPPING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(trade())), value=JSON)
def test_whatever_stands_in_a_field_parsing_only_ever_refuses(name, value):
    try:
        parse_order(trade(**{name: value}))
    except BadInput as refusal:
        assert refusal.field


@given(name=st.sampled_from(sorted(refund())), value=JSON)
def test_whatever_stands_in_a_refund_parsing_only_ever_refuses(name, value):
    try:
        parse_refund(refund(**{name: value}))
    except BadInput as refusal:
        assert refusal.field
