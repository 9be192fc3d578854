"""Can a rule be written, tested, let through and taken back by those who may, and by nobody else?"""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.rules import versions
from orderhub.domain.rules.versions import RuleVersion
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.settings import settings
from orderhub.ui import backtests
from orderhub.ui.gate import Who
from orderhub.ui.state.rule import Rules
from tests.domain.rules.made import data, do, remark_has, rules
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import Tab, gated_runtime

SHIPPED = ["R-001", "R-002"]


@pytest.fixture(autouse=True)
def _no_tests_left():
    yield
    for name in list(backtests._kept):
        backtests.forget(name)


async def write_urgent(tab: Tab) -> None:
    """The rule: a remark with 急发 gets the tag 急发单."""
    await tab.visit("/studio/rules", Rules.enter)
    for step in (
        Rules.add_rule,
        Rules.rename("急发打标"),
        Rules.set_words("0", "急发，马上发"),
        Rules.set_action_value(0, "急发单"),
    ):
        await tab.fire(step)


def stored(database: Database) -> list[tuple[int, str, int]]:
    with database.reading() as session:
        found = session.exec(select(RuleVersion).order_by(RuleVersion.number))  # type: ignore[arg-type]
        return [(one.number, str(one.state), len(one.rules)) for one in found]


async def test_the_page_opens_with_the_shipped_rules(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/rules", Rules.enter)
        state = await tab.state(Rules)
        assert [(item.key, item.name, item.is_on, item.is_changed) for item in state.items] == [
            ("R-001", "加急词打标", True, False),
            ("R-002", "无异常自动过审", False, False),
        ]
        assert (state.stand.live, state.stand.draft, state.is_dirty) == (0, 0, False)
        assert state.chosen.says_zh == "买家备注含任一词 急发、加急、急用、尽快发：加标签 加急"


async def test_a_rule_is_written_saved_goes_live_and_is_taken_back(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await write_urgent(tab)
        state = await tab.state(Rules)
        assert (state.is_dirty, state.is_whole, state.chosen.problem) == (True, True, "")
        assert state.chosen.says_zh == "买家备注含任一词 急发、马上发：加标签 急发单"
        await tab.fire(Rules.save)
        assert (state.said, state.is_dirty, state.stand.draft) == ("草稿已保存", False, 1)
        await tab.fire(Rules.go_live)
        assert (state.said, state.stand.live, state.stand.draft) == ("已发布，新订单按它判定", 1, 0)
        assert stored(database) == [(1, "live", 3)]
        await tab.fire(Rules.compare(0))
        assert [(one.key, one.how) for one in state.diff] == [("R-003", "added")]
        await tab.fire(Rules.roll_back(0))
        assert (state.said, state.stand.live, len(state.items)) == ("已回滚", 0, 2)
        assert stored(database) == [(1, "retired", 3)]


async def test_every_step_of_the_builder_does_what_it_says(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await write_urgent(tab)
        for step in (
            Rules.add_group,
            Rules.set_kind("1.0", "channel"),
            Rules.toggle("1.0", "jd"),
            Rules.toggle("1.0", "taobao"),
            Rules.toggle("1.0", "jd"),
            Rules.add_condition("1"),
            Rules.set_kind("1.1", "time_of_day"),
            Rules.set_bound("1.1", 0, "22:00"),
            Rules.set_bound("1.1", 1, "06:00"),
            Rules.set_match("1", "all"),
            Rules.add_condition(""),
            Rules.set_kind("2", "paid_amount"),
            Rules.set_operator("2", "at_most"),
            Rules.set_words("2", "99.90"),
            Rules.add_condition(""),
            Rules.remove_part("3"),
            Rules.set_match("", "any"),
            Rules.add_action,
            Rules.set_action_kind(1, "hold"),
            Rules.set_action_note(1, "先看"),
            Rules.add_action,
            Rules.remove_action(2),
        ):
            await tab.fire(step)
        state = await tab.state(Rules)
        assert state.chosen.says_zh == (
            "买家备注含任一词 急发、马上发，或（渠道属于 淘宝，且下单时刻介于 22:00 – 06:00），"
            "或实付金额不大于 ¥99.90：加标签 急发单；挂起 备注未读（先看）"
        )
        await tab.fire(Rules.move("R-003", -1))
        assert [item.key for item in state.items] == ["R-001", "R-003", "R-002"]
        await tab.fire(Rules.switch("R-001"))
        assert [item.is_on for item in state.items] == [False, True, False]
        await tab.fire(Rules.remove_rule("R-001"))
        await tab.fire(Rules.save)
        assert stored(database) == [(1, "draft", 2)]
        await tab.fire(Rules.discard)
        assert (stored(database), [item.key for item in state.items]) == ([(1, "discarded", 2)], SHIPPED)


@pytest.mark.parametrize(
    "step",
    [
        Rules.set_words("9", "x"),
        Rules.set_words("-1", "x"),
        Rules.set_words("x.y", "x"),
        Rules.set_kind("0.0", "channel"),
        Rules.set_operator("0", "at_least"),
        Rules.remove_part(""),
        Rules.remove_action(-1),
        Rules.set_action_kind(7, "tag"),
        Rules.move("R-999", 1),
        Rules.compare(99),
        Rules.set_days("100000"),
    ],
)
async def test_what_the_page_never_asks_for_changes_nothing(sign_in: SignIn, database: Database, step: Any):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/rules", Rules.enter)
        await tab.fire(step)
        state = await tab.state(Rules)
        assert (state.is_dirty, state.days, [item.key for item in state.items]) == (False, "30", SHIPPED)


async def test_an_unfinished_rule_is_neither_saved_nor_tested(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/rules", Rules.enter)
        for step in (Rules.add_rule, Rules.start_test):
            await tab.fire(step)
        state = await tab.state(Rules)
        assert (state.is_whole, state.said) == (False, "rules[2].when[0].values：还没有填值")
        await tab.fire(Rules.save)
        assert (state.said, state.is_refusal, stored(database)) == ("还没有填值", True, [])


async def test_who_saves_over_somebody_elses_draft_is_told(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab, other = open_tab(sign_in()), open_tab(sign_in("ceshi-b"))
        await write_urgent(tab)
        await write_urgent(other)
        await tab.fire(Rules.save)
        await other.fire(Rules.save)
        state = await other.state(Rules)
        assert (state.said, state.is_dirty) == ("别人刚改过草稿，请重新载入再改", True)
        await other.visit("/studio/rules", Rules.enter)
        assert state.is_dirty  # a lost connection does not lose what was written
        await other.fire(Rules.reload)
        assert (state.is_dirty, len(state.items)) == (False, 3)


async def test_where_a_second_person_is_wanted_one_submits_and_another_approves(
    sign_in: SignIn, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ORDERHUB_RULES_NEED_APPROVAL", "true")
    settings.cache_clear()
    async with gated_runtime() as open_tab:
        writer, manager = open_tab(sign_in()), open_tab(sign_in("ceshi-b", Role.MANAGER))
        await write_urgent(writer)
        for step in (Rules.save, Rules.go_live):
            await writer.fire(step)
        state = await writer.state(Rules)
        assert (state.said, stored(database)) == ("要先由另一个人批准", [(1, "draft", 3)])
        for step in (Rules.submit, Rules.approve):
            await writer.fire(step)
        assert (state.said, stored(database)) == ("写规则的人不能自己批准", [(1, "submitted", 3)])
        await manager.visit("/studio/rules", Rules.enter)
        await manager.fire(Rules.approve)
        await writer.fire(Rules.reload)
        await writer.fire(Rules.go_live)
        assert stored(database) == [(1, "live", 3)]


async def test_a_back_test_shows_which_orders_change(sign_in: SignIn, database: Database, make_order: MakeOrder):
    order_id = make_order("1", buyer_remark="马上发！", placed_at=utc_now())
    make_order("2", placed_at=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await write_urgent(tab)
        await tab.fire(Rules.start_test)
        state = await tab.state(Rules)
        assert (state.test.state, state.test.changed, state.test.total) == ("done", "1", "2")
        assert [(one.id, one.href) for one in state.test.orders] == [(order_id, f"/orders?tab=all&order={order_id}")]
        assert [(one.aspect, one.before, one.after) for one in state.test.orders[0].changes] == [
            ("tags", [], ["急发单"])
        ]
        await tab.fire(Rules.show_aspect("tags"))
        assert (state.test.aspect, len(state.test.orders)) == ("tags", 1)
        await tab.fire(Rules.set_words("0", "别的"))
        assert state.test.is_old
        await tab.visit("/studio/rules", Rules.enter)
        assert (state.test.state, state.test.is_old) == ("done", True)  # it survives a reload


async def test_a_back_test_can_be_ended(sign_in: SignIn, database: Database, make_order: MakeOrder):
    make_order("1", placed_at=utc_now())
    assert backtests._AT_ONCE.acquire(timeout=5)
    try:
        async with gated_runtime() as open_tab:
            tab = open_tab(sign_in())
            await write_urgent(tab)
            running = asyncio.create_task(tab.fire(Rules.start_test))
            await asyncio.wait_for(_appeared(), 5)
            waiting = backtests.of("ceshi-a")
            assert waiting is not None
            assert waiting.state == "waiting"
            await tab.fire(Rules.cancel_test)
            backtests._AT_ONCE.release()
            await asyncio.wait_for(running, 10)
            assert (await tab.state(Rules)).test.state == "cancelled"
    finally:
        if backtests._AT_ONCE._value == 0:
            backtests._AT_ONCE.release()


async def _appeared() -> None:
    while backtests.of("ceshi-a") is None:  # noqa: ASYNC110  (a thread starts it)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_holds_no_rules_sees_and_changes_nothing(sign_in: SignIn, database: Database, role: Role):
    with database.transaction() as session:
        given = rules(data("R-001", [remark_has("x")], do("tag", "x")))
        versions.save_draft(session, given, revision=0, by="li", now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        for step in (Rules.enter, Rules.add_rule, Rules.save, Rules.go_live, Rules.start_test, Rules.roll_back(0)):
            await tab.fire(step)
        assert (await tab.state(Rules)).items == []
        assert (await tab.state(Who)).refused == "rule:version:approve"
    assert stored(database) == [(1, "draft", 1)]
