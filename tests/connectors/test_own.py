"""Are orders in the hub's own words read strictly, and is every refusal named by its path?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.connectors.channels.own import parse_order, without_personal
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import yuan_text

LINE = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 2, "unit_price": "69.70"}


def order(**changes: Any) -> dict[str, Any]:
    plain = {"channel_order_no": "OH1", "created_at": "2026-11-24T10:00:00+08:00", "total": "139.40", "lines": [LINE]}
    return plain | changes


def test_a_small_order_is_read_whole() -> None:
    draft = parse_order(order(paid_at="2026-11-24 10:05:00", receiver={"name": "王小明", "phone": "13800000000"}))
    assert (draft.channel, draft.channel_order_no, draft.status) == (Channel.MINIPROGRAM, "OH1", ChannelStatus.PAID)
    assert draft.placed_at == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert draft.updated_at == draft.paid_at == datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
    assert (draft.total_fen, draft.paid_fen, draft.lines[0].unit_price_fen) == (13_940, 13_940, 6_970)
    assert (draft.lines[0].channel_line_no, draft.lines[0].sku_code) == ("1", "BOX-40L")
    assert (draft.receiver.name_masked, draft.receiver.phone_masked, draft.receiver.phone_tail) == (
        "王**",
        "138****0000",
        "0000",
    )


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"total": "1e5"}, "total", "not_money"),
        ({"total": "139.401"}, "total", "not_money"),
        ({"total": "NaN"}, "total", "not_money"),
        ({"total": True}, "total", "not_money"),
        ({"total": "10000000.01"}, "total", "absurd_money"),
        ({"freight": "-1"}, "freight", "absurd_money"),
        ({"total": "139.39"}, "total", "amounts_differ"),
        ({"total": None}, "total", "not_money"),
        ({"lines": []}, "lines", "not_valid"),
        ({"lines": [LINE] * 501}, "lines", "not_valid"),
        ({"lines": [LINE | {"quantity": 0}]}, "lines.0.quantity", "not_valid"),
        ({"lines": [LINE | {"quantity": "2"}]}, "lines.0.quantity", "not_valid"),
        ({"lines": [LINE, LINE | {"colour": "red"}]}, "lines.1.colour", "unknown_field"),
        ({"lines": [LINE | {"title": "x" * 201}]}, "lines.0.title", "too_long"),
        ({"created_at": "1999-12-31T00:00:00Z"}, "created_at", "not_moment"),
        ({"created_at": "24.11.2026"}, "created_at", "not_moment"),
        ({"created_at": 1_795_000_000}, "created_at", "not_moment"),
        ({"created_at": None}, "created_at", "missing"),
        ({"status": "frozen"}, "status", "unknown_status"),
        ({"status": "unknown"}, "status", "unknown_status"),
        ({"channel_order_no": ""}, "channel_order_no", "not_code"),
        ({"channel_order_no": "x" * 65}, "channel_order_no", "not_code"),
        ({"buyer_remark": "a\x00b"}, "buyer_remark", "control_character"),
        ({"buyer": "王"}, "buyer", "not_valid"),
        ({"coupon": "5"}, "coupon", "unknown_field"),
        ({"is_presale": "yes"}, "is_presale", "not_valid"),
    ],
)
def test_a_refusal_names_the_field_and_the_problem(changes: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_order(order(**changes))
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert str(refused.value).startswith(f"{field}: ")


@pytest.mark.parametrize("missing", ["channel_order_no", "created_at", "total", "lines"])
def test_what_an_order_needs_is_asked_for(missing: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_order({name: value for name, value in order().items() if name != missing})
    assert (refused.value.field, refused.value.problem) == (missing, "missing")


def test_digits_and_marks_are_brought_into_shape_and_emoji_survive() -> None:
    draft = parse_order(
        order(channel_order_no="１２３", buyer_remark="急发\u200b🎁\u202e", lines=[LINE | {"sku": "ＢＯＸ"}])
    )
    assert (draft.channel_order_no, draft.buyer_remark, draft.lines[0].sku_code) == ("123", "急发🎁", "BOX")
    assert parse_order(order(channel_order_no=6_900_000_000_000_000_001)).channel_order_no == "6900000000000000001"


@given(
    lines=st.lists(st.tuples(st.integers(1, 50), st.integers(0, 99_999)), min_size=1, max_size=6),
    freight=st.integers(0, 5_000),
    discount=st.integers(0, 5_000),
)
def test_whatever_adds_up_is_read_to_the_fen(lines: list[tuple[int, int]], freight: int, discount: int) -> None:
    goods = sum(quantity * price for quantity, price in lines)
    total = goods + freight - discount
    body = order(
        total=yuan_text(total),
        freight=yuan_text(freight),
        discount=yuan_text(discount),
        lines=[{"quantity": quantity, "unit_price": yuan_text(price)} for quantity, price in lines],
    )
    if total < 0:
        with pytest.raises(BadInput):
            parse_order(body)
        return
    draft = parse_order(body)
    assert sum(line.total_fen for line in draft.lines) + draft.freight_fen - draft.discount_fen == draft.total_fen


def test_nothing_personal_is_left_in_what_is_kept() -> None:
    body = order(buyer={"name": "王小明", "token": "t1"}, receiver={"phone": "13800000000", "address": "文一西路 1 号"})
    kept = without_personal(body)
    assert kept["buyer"] == {"name": "王**", "token": "t1"}
    assert kept["receiver"] == {"phone": "138****0000", "address": "****"}
    assert parse_order(kept) == parse_order(body)
