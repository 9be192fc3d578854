"""Can mappings be tried, drafted, made live and taken back on their page, and by nobody who may not?"""

from datetime import timedelta
from typing import Any

import pytest

from orderhub.access.permissions import Role
from orderhub.intake.consumer import consume
from orderhub.intake.keyring import forget_connectors
from orderhub.intake.mapping import source_fields
from orderhub.intake.mapping.versions import live_version
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading
from orderhub.ui.gate import Who
from orderhub.ui.mapping_view import EMPTY, mapping_of
from orderhub.ui.state.board import Board
from orderhub.ui.state.card import Card
from orderhub.ui.state.mapping import Mapping
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_native, orders
from tests.intake.mapping.builders import DOUYIN, PIECES, SUBSIDY, TAGS, define_fields, go_live, tags_of, values_of
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import Tab, gated_runtime

SAYS = {"buyer_words": "请放门口 13800000000", "promotion_platform_amount": 1250, "seller_words": "三件"}
TYPED = {"name": "收货备注", "path": "buyer_words", "table": "放门口=放门口\n打电话＝派前电联"}


@pytest.fixture
def taken(database: Database):
    """Two orders of one shop; custom fields are there, mappings are not."""
    now = utc_now()
    define_fields(now)
    shop = add_shop(now=now)
    keep_orders(shop, [order_native(FIRST_NO, **SAYS), order_native(FIRST_NO + 1)], now)
    consume(now + timedelta(seconds=1))
    yield shop
    forget_connectors()


async def typed(tab: Tab, **parts: str) -> Any:
    for part, text in parts.items():
        await tab.fire(Mapping.set_part(part, text))
    return await tab.state(Mapping)


def live_names() -> list[str]:
    with reading() as session:
        version = live_version(session, DOUYIN)
    return [one.name for one in version.mappings] if version else []


async def test_the_page_shows_what_there_is_and_where_it_could_come_from(sign_in: SignIn, taken):
    go_live([TAGS, PIECES], utc_now())
    keep_orders(taken, [order_native(FIRST_NO + 2, seller_words="三件")], utc_now())
    consume(utc_now() + timedelta(seconds=1))
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping?channel=douyin", Mapping.enter)
        state = await tab.state(Mapping)
    lines = [(one.name, one.path, one.target, one.field, one.mark, one.failures) for one in state.view.lines]
    assert lines == [
        ("收货备注", "buyer_words", "tag", "", "", ""),
        ("件数", "seller_words", "field", "件数", "", "1"),
    ]
    assert [(one.number, one.state) for one in state.view.versions] == [("1", "live")]
    assert (state.view.draft, state.view.live) == ("", "1")
    assert "补贴" in [one.name for one in state.view.fields]
    sample = next(one for one in state.paths if one.path == "buyer_words")
    assert (sample.sample, sample.count) == ("请放门口 138****0000", "3")


async def test_every_edit_is_tried_on_what_came_in(sign_in: SignIn, taken):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping", Mapping.enter)
        await tab.fire(Mapping.pick("buyer_words"))
        state = await typed(tab, table="放门口=放门口")
        assert [(one.found, one.made, one.reason) for one in state.preview] == [
            ("请放门口 138****0000", "放门口", ""),
            ("", "", ""),
        ]
        assert (state.made_count, state.bad_count) == ("1", "0")
        state = await typed(tab, path="seller_words", table="", transform="number", target="cf.件数")
        assert [one.reason for one in state.preview] == ["not_number", ""]
        state = await typed(tab, path="seller_words[")
        assert (state.preview, state.problem) == ([], "路径不是有效的 JMESPath")
    assert live_names() == []


async def test_a_mapping_goes_from_the_form_to_the_next_order(sign_in: SignIn, taken):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping", Mapping.enter)
        await tab.fire(Mapping.begin)
        await typed(tab, **TYPED)
        await tab.fire(Mapping.save)
        state = await tab.state(Mapping)
        assert (state.said, state.editing, state.view.draft) == ("已存入草稿，发布后生效", "收货备注", "1")
        assert live_names() == []
        await tab.fire(Mapping.publish)
        state = await tab.state(Mapping)
        assert (state.view.live, state.view.draft) == ("1", "")
    keep_orders(taken, [order_native(FIRST_NO + 2, buyer_words="打电话")], utc_now())
    consume(utc_now() + timedelta(seconds=1))
    assert tags_of(orders()[2]) == {"派前电联": "mapping"}


async def test_a_mapping_is_opened_changed_compared_and_taken_back(sign_in: SignIn, taken):
    go_live([TAGS], utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping", Mapping.enter)
        await tab.fire(Mapping.open("收货备注"))
        assert (await tab.state(Mapping)).form["table"] == "放门口=放门口\n打电话=派前电联"
        await typed(tab, name="备注", path="seller_words")
        await tab.fire(Mapping.save)
        await tab.fire(Mapping.compare("1"))
        state = await tab.state(Mapping)
        assert [(one.name, one.mark) for one in state.view.lines] == [("备注", "added")]
        await tab.fire(Mapping.move("备注", 1))
        assert [(one.name, one.kind) for one in state.compared] == [("备注", "added"), ("收货备注", "removed")]
        await tab.fire(Mapping.publish)
        assert live_names() == ["备注"]
        await tab.fire(Mapping.roll_back("1"))
        assert live_names() == ["收货备注"]
        await tab.fire(Mapping.remove("收货备注"))
        assert (await tab.state(Mapping)).view.lines == []
        await tab.fire(Mapping.drop)
        assert [one.name for one in (await tab.state(Mapping)).view.lines] == ["收货备注"]
        await tab.fire(Mapping.publish)
        state = await tab.state(Mapping)
        assert (state.is_refusal, state.said) == (True, "没有改动，不用发布")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"name": ""}, "名称和路径要填，且不能太长"),
        ({"path": "a["}, "路径不是有效的 JMESPath"),
        ({"table": "没有等号"}, "对照表要每行一条「原值=结果」，只有对照表和关键词要填"),
        ({"target": "cf.没有"}, "目标字段不在了"),
        ({"shop": "tb-9"}, "这个渠道没有这家店"),
    ],
)
async def test_a_form_that_is_no_mapping_says_why(sign_in: SignIn, taken, parts: dict[str, str], said: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Mapping.begin)
        await typed(tab, **(TYPED | parts))
        await tab.fire(Mapping.save)
        state = await tab.state(Mapping)
        assert (state.said, state.is_refusal, state.view.draft) == (said, True, "")


async def test_fields_are_defined_and_archived(sign_in: SignIn, taken):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Mapping.define_field({"name": "楼层", "type": "choice", "choices": "高 低"}))
        state = await tab.state(Mapping)
        assert [(one.type, one.choices) for one in state.view.fields if one.name == "楼层"] == [("choice", "高、低")]
        await tab.fire(Mapping.define_field({"name": "楼层", "type": "text", "choices": ""}))
        assert (await tab.state(Mapping)).said == "同名字段已有别的类型"
        await tab.fire(Mapping.archive_field("楼层"))
        assert "楼层" not in [one.name for one in (await tab.state(Mapping)).view.fields]


async def test_stored_orders_are_gone_through_and_the_board_finds_them(sign_in: SignIn, taken):
    go_live([TAGS, SUBSIDY], utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping", Mapping.enter)
        await tab.fire(Mapping.rerun({"days": "30"}))
        run = (await tab.state(Mapping)).view.rerun
        assert (run.state, run.seen, run.total, run.changed, run.percent) == ("done", "2", "2", "1", "100")
        first = orders()[0]
        assert values_of(first) == {"补贴": ("12.50", 1250)}
        await tab.visit("/orders?tab=all&cf.补贴=10..", Board.enter)
        board = await tab.state(Board)
        assert [row.no for row in board.rows] == [str(FIRST_NO)]
        assert board.view.custom.shown == ["补贴 10.."]
        await tab.visit(f"/orders?tab=all&order={first.id}", Card.enter)
        card = (await tab.state(Card)).card
        assert [(one.name, one.text) for one in card.customs] == [("补贴", "¥12.50")]
        assert card.customs[0].href == "/orders?tab=all&cf.%E8%A1%A5%E8%B4%B4=12.50"


async def test_a_file_goes_out_and_comes_in_as_a_draft(sign_in: SignIn, taken):
    go_live([TAGS, SUBSIDY], utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping", Mapping.enter)
        updates = await tab.fire(Mapping.export)
        assert any("_download" in event.name for update in updates for event in update.events)
        await tab.fire(Mapping.bring_in({"yaml": "a: b: c"}))
        state = await tab.state(Mapping)
        assert (state.is_refusal, state.said) == (True, "没有导入：document: is no YAML, line 1")
        text = "orderhub_mapping: 1\nchannel: douyin\nmappings:\n- {name: 直播, path: theme, target: tag}"
        await tab.fire(Mapping.bring_in({"yaml": text}))
        state = await tab.state(Mapping)
        assert ([one.name for one in state.view.lines], state.view.draft) == (["直播"], "2")


async def test_news_is_shown_until_somebody_has_seen_it(sign_in: SignIn, taken, monkeypatch):
    monkeypatch.setattr(source_fields, "LEARN_FROM", 2)
    keep_orders(taken, [order_native(FIRST_NO + 2, receipt_remark="送到楼上")], utc_now())
    consume(utc_now() + timedelta(seconds=1))
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/mapping", Mapping.enter)
        assert [one.path for one in (await tab.state(Mapping)).view.news] == ["receipt_remark"]
        await tab.fire(Mapping.seen)
        assert (await tab.state(Mapping)).view.news == []


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_map_sees_and_changes_nothing(sign_in: SignIn, taken, role: Role):
    go_live([TAGS], utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        for asked in (
            Mapping.enter,
            Mapping.open("收货备注"),
            Mapping.set_part("path", "buyer_words"),
            Mapping.look_for(""),
            Mapping.export,
            Mapping.remove("收货备注"),
            Mapping.move("收货备注", 1),
            Mapping.save,
            Mapping.publish,
            Mapping.drop,
            Mapping.roll_back("1"),
            Mapping.define_field({"name": "x", "type": "text", "choices": ""}),
            Mapping.archive_field("补贴"),
            Mapping.seen,
            Mapping.bring_in({"yaml": ""}),
            Mapping.cancel_rerun("1"),
            Mapping.rerun({"days": "3"}),
        ):
            await tab.fire(asked)
        state = await tab.state(Mapping)
        assert (state.view.lines, state.paths, state.form) == ([], [], EMPTY)
        assert (await tab.state(Who)).refused == "mapping:version:change"
    assert live_names() == ["收货备注"]


def test_a_form_reads_back_as_the_mapping_it_shows():
    form = EMPTY | TYPED | {"target": "cf.说明"}
    assert mapping_of(form).table == {"放门口": "放门口", "打电话": "派前电联"}
