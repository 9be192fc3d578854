"""A platform's field is read strictly and refused by name."""

from datetime import UTC, datetime

import pytest

from orderhub.connectors import fields
from orderhub.connectors.channels.taobao import parse_order
from orderhub.kernel.errors import BadInput

from .taobao_bodies import trade


@pytest.mark.parametrize("value", ["1_000", "１０", "1e3", "0x10", "", None, True, 1.0, [], "9" * 20, 10**19, 10**4000])
def test_what_is_no_whole_number_is_refused_by_name(value):
    with pytest.raises(BadInput) as caught:
        fields.whole({"num": value}, "num")
    assert caught.value.field == "num"


def test_nineteen_digits_stay_exact_as_a_number_and_as_text():
    assert fields.number({"tid": 9000000000000748675}, "tid") == "9000000000000748675"
    assert fields.number({"tid": '"9000000000000748675"'}, "tid") == "9000000000000748675"


def test_milliseconds_are_read_to_the_second_and_nothing_is_no_moment():
    assert fields.millis({"at": 1795484400999}, "at") == datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
    assert fields.millis({"at": "1795484400999"}, "at") == datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
    assert [fields.millis(body, "at") for body in ({}, {"at": 0}, {"at": None})] == [None, None, None]
    with pytest.raises(BadInput) as caught:
        fields.millis({"at": 10**18}, "at")
    assert caught.value.field == "at"


def test_quotes_within_a_remark_stay():
    assert fields.text({"memo": '"急发" 谢谢'}, "memo") == '"急发" 谢谢'


def test_characters_no_database_takes_are_left_out():
    assert fields.text({"memo": "a\x00b\ud800c"}, "memo") == "abc"


def test_a_promise_in_free_text_does_not_refuse_the_order():
    body = trade()
    body["orders"]["order"][0]["estimate_con_time"] = "卖家承诺24小时内发货"
    draft = parse_order(body)
    assert (draft.ship_by, draft.lines[0].ship_by, draft.unknown) == (None, None, ())


def test_of_a_deposit_order_only_the_deposit_is_paid():
    step = {"step_trade_status": "FRONT_PAID_FINAL_NOPAID", "step_paid_fee": "20.00", "status": "WAIT_BUYER_PAY"}
    draft = parse_order(trade(**step))
    assert (draft.is_presale, draft.paid_fen, draft.total_fen) == (True, 2000, 12050)


def test_at_most_ten_unknown_fields_are_named():
    strangers = parse_order(trade(**{f"new_{number}": 1 for number in range(30)})).unknown
    assert len(strangers) == 10
    assert strangers[0] == "field:trade.new_0"
