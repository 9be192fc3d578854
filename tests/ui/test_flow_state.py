"""Does the page of the flow map change the draft and nothing else, publish with a reason, and keep others out?"""

from typing import Any

import pytest

from orderhub.access.permissions import Permission, Role
from orderhub.domain.flow import draft_flow, flow_now
from orderhub.domain.flow_stage import AFTERSALE, SHIPPED_MAP, Automation, FlowMap, StageAction
from orderhub.domain.order import OrderStatus
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from orderhub.ui.flow_form import as_live, read_place
from orderhub.ui.flow_text import EXITS, FLOW_LABELS, OWNER_NAMES, duration_pair
from orderhub.ui.gate import Who
from orderhub.ui.state.flow import Flow
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

SHIPPED = {
    "place": "shipped",
    "revision": "0",
    "owner_role": "operations",
    "clock": "silence",
    "amount": "36",
    "unit": "60",
    "action:print": "on",
    "action:recall": "on",
    "action:open_case": "on",
    "automation:upload_shipment": "on",
    "automation:follow_parcel": "on",
    "automation:remind_unscanned": "on",
    "hours:remind_unscanned": "24",
    "automation:alarm_stalled": "on",
    "automation:alarm_lost": "on",
    "hours:alarm_lost": "168",
}


def in_force(database: Database) -> FlowMap:
    with database.reading() as session:
        return flow_now(session)


def saying(**changes: str) -> dict[str, str]:
    return SHIPPED | changes


async def test_a_stage_is_changed_compared_tried_published_and_rolled_back(
    sign_in: SignIn, make_order: MakeOrder, database: Database
):
    make_order()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/flow", Flow.enter, Flow.choose("shipped"))
        state = await tab.state(Flow)
        assert (state.view.live, state.view.draft, state.view.stages["to_review"].count) == ("0", "", "1")
        assert (state.panel.amount, state.panel.unit, state.panel.clocks) == ("48", "60", ["silence"])

        await tab.fire(Flow.save(SHIPPED))
        state = await tab.state(Flow)
        assert (state.view.draft, state.view.changes, state.panel.changes) == ("1", 1, 1)
        assert (state.panel.amount, state.panel.time_was) == ("36", ["48 时", "48 h"])
        assert in_force(database) == SHIPPED_MAP

        await tab.fire(Flow.compare("0"))
        (change,) = (await tab.state(Flow)).changes
        assert [change.place[0], change.what[0], change.before[0], change.after[0]] == [
            "已发货", "时限", "48 时", "36 时",
        ]  # fmt: skip
        await tab.fire(Flow.try_out)
        assert {row.place for row in (await tab.state(Flow)).dry} >= {"to_review", "shipped"}

        await tab.fire(Flow.publish({"revision": "1", "reason": " "}))
        state = await tab.state(Flow)
        assert (state.said, state.is_refusal, state.view.live) == ("请写明为什么改", True, "0")
        await tab.fire(Flow.publish({"revision": "1", "reason": "旺季提前"}))
        state = await tab.state(Flow)
        assert (state.view.live, state.view.draft, state.is_refusal) == ("1", "", False)
        assert in_force(database).stages[OrderStatus.SHIPPED].minutes == 36 * 60

        await tab.fire(Flow.roll_back({"id": "0", "reason": "太早"}))
        state = await tab.state(Flow)
        assert (state.view.live, state.said) == ("0", "已回滚：下一个事件起按 v0 运行")
        assert [(one.number, one.may_return) for one in state.view.versions] == [("1", True), ("0", False)]


async def test_what_somebody_else_has_saved_is_not_overwritten(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        one, other = open_tab(sign_in("ceshi-a")), open_tab(sign_in("ceshi-b"))
        for tab in (one, other):
            await tab.visit("/studio/flow", Flow.enter, Flow.choose("shipped"))
        await one.fire(Flow.save(SHIPPED))
        await other.fire(Flow.save(saying(amount="30")))
        assert (await other.state(Flow)).said == "草稿刚被别人改过，请看过最新的再改"
        await other.fire(Flow.discard(9))
        with database.reading() as session:
            draft = draft_flow(session)
            assert draft
            assert draft.read().stages[OrderStatus.SHIPPED].minutes == 36 * 60


async def test_a_place_is_put_back_and_a_draft_dropped(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/flow", Flow.enter, Flow.choose("shipped"))
        await tab.fire(Flow.save(saying(**{"hours:remind_unscanned": "12"})))
        await tab.fire(Flow.revert("shipped"))
        state = await tab.state(Flow)
        assert (state.view.changes, state.view.revision, state.panel.amount) == (0, 2, "48")
        await tab.fire(Flow.publish({"revision": "2", "reason": "x"}))
        assert (await tab.state(Flow)).said == "草稿与线上一样，没有可发布的改动"
        await tab.fire(Flow.discard(2))
        assert (await tab.state(Flow)).view.draft == ""


@pytest.mark.parametrize(
    "form",
    [
        saying(amount="0"),
        saying(amount="-5"),
        saying(amount="9" * 40),
        saying(amount="1.5"),
        saying(amount="90", unit="1"),  # silence counts whole hours
        saying(clock="stay"),
        saying(clock="<b>"),
        saying(owner_role="buyer"),
        saying(place="nowhere"),
        saying(**{"hours:alarm_lost": "30"}),
        saying(**{"hours:remind_unscanned": ""}),
    ],
)
async def test_what_cannot_be_is_refused_and_saves_nothing(sign_in: SignIn, database: Database, form: dict[str, str]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/flow", Flow.enter, Flow.choose("shipped"), Flow.save(form))
        state = await tab.state(Flow)
        assert state.is_refusal
        assert state.said
    with database.reading() as session:
        assert draft_flow(session) is None


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_sees_and_changes_nothing(sign_in: SignIn, database: Database, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/studio/flow", Flow.enter, Flow.save(SHIPPED))
        assert (await tab.state(Flow)).is_loaded is False
        assert (await tab.state(Who)).refused == Permission.FLOW_CHANGE
    with database.reading() as session:
        assert draft_flow(session) is None


async def test_a_place_that_is_none_is_not_shown(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/studio/flow", Flow.enter, Flow.choose("nowhere"), Flow.compare("77"))
        state = await tab.state(Flow)
        assert (state.panel.place, state.sheet, state.has_failed) == ("", "", False)
        await tab.fire(Flow.choose(AFTERSALE))
        assert (await tab.state(Flow)).panel.automations[0].key == "review_refund"


def test_a_box_that_is_not_ticked_takes_away():
    form: dict[str, Any] = {"clock": "stay", "amount": "45", "unit": "1", "action:approve": "on"}
    flow = read_place(SHIPPED_MAP, "to_review", form)
    stage = flow.stages[OrderStatus.TO_REVIEW]
    assert (stage.minutes, stage.actions) == (45, {StageAction.APPROVE})
    assert not flow.is_on(Automation.APPROVE_BY_RULE)
    assert as_live(flow, SHIPPED_MAP, "to_review") == SHIPPED_MAP
    with pytest.raises(BadInput):
        read_place(SHIPPED_MAP, "to_ship", {"clock": "ship_by", "lead": "soon"})


def test_every_word_of_the_map_has_a_name():
    for words, names in FLOW_LABELS.items():
        assert set(names) == set(words)
    assert set(EXITS) == set(OrderStatus)
    assert set(OWNER_NAMES) == {"system", *Role}
    assert [duration_pair(minutes)[0] for minutes in (30, 90, 60, 2880, 21_600)] == [
        "30 分", "90 分", "1 时", "48 时", "15 天",
    ]  # fmt: skip
