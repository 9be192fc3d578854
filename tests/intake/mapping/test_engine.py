"""Does a mapping make what it says of a body, and does a bad value never do more than say why?"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.custom_field import Cell, FieldSpec, FieldType
from orderhub.intake.mapping.engine import FieldMapping, Mapped, apply, check_all, read_mapping, tried
from orderhub.intake.mapping.transforms import Reason, Transform
from orderhub.kernel.errors import BadInput

FIELDS = {
    "送货方式": FieldSpec("送货方式", FieldType.CHOICE, ("放门口", "打电话")),
    "说明": FieldSpec("说明", FieldType.TEXT),
    "件数": FieldSpec("件数", FieldType.NUMBER),
    "补贴": FieldSpec("补贴", FieldType.MONEY),
    "预约": FieldSpec("预约", FieldType.DATE),
}
BODY: dict[str, Any] = {
    "order_id": 6_900_000_000_000_000_001,
    "buyer_words": "请放门口，到了打电话 13800000000",
    "promotion_platform_amount": 1250,
    "yuan": "¥1,234.50",
    "appointment_ship_time": 1_764_000_000,
    "day": "2026/11/30",
    "theme": "直播间",
    "has_tax": False,
    "encrypt_post_tel": "$$AbCdEfGhIjKlMnOp*QrStUvWxYz=$1$$",
    "post_addr": {"province": {"name": "测试省"}},
    "sku_order_list": [{"item_num": 2, "theme_type_desc": "直播间"}, {"item_num": 1, "theme_type_desc": "橱窗"}],
}


def mapping(path: str, target: str, transform: Transform = Transform.TEXT, **more: Any) -> FieldMapping:
    return read_mapping({"name": "试", "path": path, "target": target, "transform": transform, **more})


def made(*mappings: FieldMapping, shop: str = "dy-1") -> Mapped:
    return apply(mappings, FIELDS, BODY, shop=shop)


def test_words_of_a_remark_become_tags():
    words = {"放门口": "放门口", "打电话": "派前电联", "加急": "加急"}
    assert made(mapping("buyer_words", "tag", Transform.KEYWORDS, table=words)).tags == ("放门口", "派前电联")


def test_every_value_of_a_list_is_a_tag_of_its_own():
    assert made(mapping("sku_order_list[].theme_type_desc", "tag")).tags == ("直播间", "橱窗")


def test_remarks_add_up_and_hide_a_phone():
    first, second = (
        mapping("buyer_words", "remark"),
        mapping("theme", "remark", Transform.TEMPLATE, option="来自{value}"),
    )
    assert made(first, second).remark == "请放门口，到了打电话 138****0000；来自直播间"


@pytest.mark.parametrize(
    ("wanted", "cell"),
    [
        (mapping("promotion_platform_amount", "cf.补贴", Transform.MONEY, option="fen"), Cell("12.50", 1250)),
        (mapping("yuan", "cf.补贴", Transform.MONEY), Cell("1234.50", 123450)),
        (mapping("sku_order_list[0].item_num", "cf.件数", Transform.NUMBER), Cell("2", 2_000_000)),
        (mapping("sum(sku_order_list[].item_num)", "cf.件数"), Cell("3", 3_000_000)),
        (
            mapping("appointment_ship_time", "cf.预约", Transform.DATE, option="unix"),
            Cell("2025-11-25 00:00", 1_764_000_000),
        ),
        (mapping("day", "cf.预约", Transform.DATE, option="%Y/%m/%d"), Cell("2026-11-30", 1_795_968_000)),
        (mapping("theme", "cf.说明", Transform.LOOKUP, table={"直播间": "直播"}), Cell("直播")),
        (mapping("has_tax", "cf.说明", Transform.LOOKUP, table={"false": "免税"}), Cell("免税")),
        (mapping("order_id", "cf.说明"), Cell("6900000000000000001")),
        (mapping("nothing.there", "cf.送货方式", default="放门口"), Cell("放门口")),
    ],
)
def test_a_value_becomes_what_its_field_holds(wanted: FieldMapping, cell: Cell):
    assert made(wanted).cells == {wanted.field_name: cell}


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (mapping("theme", "cf.件数"), Reason.NOT_NUMBER),
        (mapping("theme", "cf.件数", Transform.NUMBER), Reason.NOT_NUMBER),
        (mapping("yuan", "cf.补贴", Transform.MONEY, option="fen"), Reason.NOT_MONEY),
        (mapping("theme", "cf.预约"), Reason.NOT_DATE),
        (mapping("day", "cf.预约", Transform.DATE, option="unix"), Reason.NOT_DATE),
        (mapping("theme", "cf.送货方式"), Reason.NOT_CHOICE),
        (mapping("theme", "cf.说明", Transform.LOOKUP, table={"橱窗": "橱窗"}), Reason.NOT_IN_TABLE),
        (mapping("sku_order_list[].theme_type_desc", "cf.说明"), Reason.SEVERAL),
        (mapping("post_addr", "cf.说明"), Reason.NO_VALUE),
        (mapping("encrypt_post_tel", "cf.说明"), Reason.CIPHER),
        (mapping("theme", "cf.没有的"), Reason.NO_FIELD),
        (mapping("sum(theme)", "cf.件数"), Reason.BAD_PATH),
        (mapping("join('-', sku_order_list[].item_num)", "cf.说明"), Reason.BAD_PATH),
        (mapping("theme", "tag", Transform.TEMPLATE, option="{value}" * 12), Reason.TOO_LONG),
    ],
)
def test_a_bad_value_says_why_and_leaves_the_rest_alone(wanted: FieldMapping, reason: Reason):
    found = made(wanted, mapping("theme", "tag"))
    assert [failure.reason for failure in found.failures] == [reason]
    assert (found.tags, found.cells) == (("直播间",), {})


def test_what_says_nothing_is_no_failure():
    found = made(
        mapping("nothing", "cf.件数", Transform.NUMBER),
        mapping("zero", "cf.预约", Transform.DATE, option="unix"),
        mapping("theme", "cf.说明", Transform.LOOKUP, table={"橱窗": "x"}, option="skip"),
    )
    assert found == Mapped()


def test_the_first_mapping_that_gives_a_value_fills_a_field():
    found = made(mapping("nothing", "cf.说明"), mapping("theme", "cf.说明"), mapping("day", "cf.说明"))
    assert found.cells == {"说明": Cell("直播间")}


def test_a_mapping_of_one_shop_leaves_the_others_alone():
    mine = mapping("theme", "tag", shop="dy-1")
    assert (made(mine).tags, made(mine, shop="dy-2").tags) == (("直播间",), ())


def test_a_trial_shows_each_step_and_no_cipher():
    assert tried(mapping("theme", "cf.件数"), FIELDS, BODY).reason is Reason.NOT_NUMBER
    hidden = tried(mapping("encrypt_post_tel", "cf.说明"), FIELDS, BODY)
    assert (hidden.found, hidden.reason) == (("****",), Reason.CIPHER)
    words = tried(mapping("buyer_words", "tag", Transform.KEYWORDS, table={"放门口": "放门口"}), FIELDS, BODY)
    assert (words.found, words.made) == (("请放门口，到了打电话 138****0000",), ("放门口",))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"path": "a..b"}, "bad_path"),
        ({"path": "(" * 200}, "bad_path"),
        ({"path": "a" * 201}, "bad_mapping"),
        ({"path": " "}, "bad_mapping"),
        ({"name": ""}, "bad_mapping"),
        ({"target": "price"}, "bad_target"),
        ({"target": "cf."}, "bad_target"),
        ({"transform": "python"}, "bad_mapping"),
        ({"transform": "lookup"}, "bad_table"),
        ({"table": {"a": "b"}}, "bad_table"),
        ({"transform": "money", "option": "dollar"}, "bad_option"),
        ({"transform": "date", "option": "%Q"}, "bad_option"),
        ({"transform": "template", "option": "no place"}, "bad_option"),
        ({"script": "1+1"}, "bad_mapping"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(given: dict[str, Any], problem: str):
    with pytest.raises(BadInput) as refused:
        read_mapping({"name": "试", "path": "theme", "target": "tag"} | given)
    assert refused.value.problem == problem


def test_a_set_names_each_mapping_once_and_only_fields_and_shops_that_are_there():
    one = mapping("theme", "tag")
    for wrong, problem in (
        ([one, one], "mapping_name_taken"),
        ([mapping("theme", "cf.没有的")], "no_field"),
        ([mapping("theme", "tag", shop="tb-9")], "no_such_shop"),
        ([one.model_copy(update={"name": str(n)}) for n in range(61)], "too_many_mappings"),
    ):
        with pytest.raises(BadInput) as refused:
            check_all(wrong, FIELDS, ["dy-1"])
        assert refused.value.problem == problem
    check_all([one, mapping("theme", "cf.说明", shop="dy-1").model_copy(update={"name": "二"})], FIELDS, ["dy-1"])


_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60)
_bodies = st.recursive(_plain, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=4), part))
_ANY_WAY = [
    *[mapping("a", f"cf.{name}", default="x") for name in FIELDS],
    mapping("a", "cf.补贴", Transform.MONEY, option="fen"),
    mapping("a", "cf.预约", Transform.DATE, option="unix_ms"),
    mapping("a", "cf.预约", Transform.DATE, option="%Y-%m-%d"),
    mapping("a", "cf.件数", Transform.NUMBER),
    mapping("*[]", "tag"),
    mapping("a[?b>`1`].c | [0]", "remark"),
    mapping("a", "tag", Transform.KEYWORDS, table={"x": "y"}),
]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), _bodies))
def test_no_body_ever_stops_a_mapping(body: dict[str, Any]):
    found = apply(_ANY_WAY, FIELDS, body, shop="")
    assert all(0 < len(tag) <= 32 for tag in found.tags)
    assert len(found.remark) <= 500
