"""Does an action on several orders do what it may, and say what it could not?"""

from collections.abc import Callable
from typing import Any

import pytest

from orderhub.access.permissions import Role
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import Order, OrderStatus
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.board import Selection
from orderhub.ui.state.preferences import Preferences
from tests.ui.conftest import Logged, MakeOrder, SignIn
from tests.ui.gate_harness import Tab, gated_runtime

OrderAt = Callable[[str], Order]
NAME = Selection.get_full_name()


async def select(tab: Tab, *order_ids: str) -> None:
    for order_id in order_ids:
        await tab.fire(Selection.toggle(order_id))


async def said(tab: Tab) -> tuple[str, bool, list[str]]:
    found = await tab.state(Selection)
    return found.said, found.is_refusal, found.ids


async def test_approving_moves_every_order_and_names_who_did_it(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt, by_people: Logged
):
    one, two = make_order("A1"), make_order("A2")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await select(tab, two, one)
        await tab.fire(Selection.approve)
        assert await said(tab) == ("完成 2 单", False, [])
    assert [order_at(each).status for each in (one, two)] == [OrderStatus.TO_ALLOCATE] * 2
    assert by_people() == [("order_moved", one, "ceshi-a"), ("order_moved", two, "ceshi-a")]


async def test_what_was_refused_stays_selected_with_its_reason(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt, by_people: Logged
):
    free, held = make_order("A1"), make_order("A2", held=HoldReason.RISK)
    gone = make_order("A3", our_status=OrderStatus.SHIPPED)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await select(tab, free, held, gone, "987654321")
        await tab.fire(Selection.approve)
        assert await said(tab) == (
            "完成 1 单；未完成 3 单：有挂起未放行 ×1、状态不允许 ×1、找不到了 ×1",
            True,
            [held, gone, "987654321"],
        )
        await tab.fire(Preferences.switch_language)
        await tab.fire(Selection.approve)
        assert (await said(tab))[0] == (
            "0 done; 3 refused: it is held ×1, its status does not allow it ×1, not found ×1"
        )
    assert by_people() == [("order_moved", free, "ceshi-a")]
    assert (order_at(held).status, order_at(gone).status) == (OrderStatus.TO_REVIEW, OrderStatus.SHIPPED)


async def test_holding_and_releasing_ends_every_hold(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt, by_people: Logged
):
    order_id = make_order("A1", held=HoldReason.ADDRESS_DOUBTFUL)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await select(tab, order_id)
        await tab.fire(Selection.hold)
        assert order_at(order_id).is_held
        await select(tab, order_id)
        await tab.fire(Selection.release)
    assert not order_at(order_id).is_held
    assert by_people() == [
        ("order_held", order_id, "ceshi-a"),
        ("hold_released", order_id, "ceshi-a"),
        ("hold_released", order_id, "ceshi-a"),
    ]


async def test_a_tag_goes_on_every_order_once_and_an_empty_one_on_none(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt, by_people: Logged
):
    order_id = make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        for word, outcome in (
            (" 加急 ", ("完成 1 单", False, [])),
            ("加急", ("完成 1 单", False, [])),
            ("  ", ("完成 0 单；未完成 1 单：内容不合规 ×1", True, [order_id])),
            ("x" * 33, ("完成 0 单；未完成 1 单：内容太长 ×1", True, [order_id])),
        ):
            await tab.fire(Selection.clear)
            await select(tab, order_id)
            await tab.fire(Selection.tag({"word": word}))
            assert await said(tab) == outcome
    assert order_at(order_id).is_urgent
    assert by_people() == [("order_tagged", order_id, "ceshi-a")]


@pytest.mark.parametrize("wanted", ["", "abc", "-1", "1.5", "１", "9" * 18, "9" * 19, "0", "x" * 9000])
async def test_an_id_that_names_no_order_is_said_to_be_missing(sign_in: SignIn, wanted: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await select(tab, wanted)
        await tab.fire(Selection.hold)
        assert await said(tab) == ("完成 0 单；未完成 1 单：找不到了 ×1", True, [wanted])


async def test_nothing_selected_is_said(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Selection.approve)
        assert await said(tab) == ("先选择订单", True, [])
        await tab.fire(Selection.dismiss)
        assert await said(tab) == ("", True, [])


@pytest.mark.parametrize(
    ("role", "event", "payload", "needed"),
    [
        (Role.WAREHOUSE, "approve", {}, "order:review:approve"),
        (Role.SERVICE, "approve", {}, "order:review:approve"),
        (Role.FINANCE, "hold", {}, "order:hold:change"),
        (Role.FINANCE, "release", {}, "order:hold:change"),
        (Role.WAREHOUSE, "tag", {"form": {"word": "加急"}}, "order:tag:change"),
    ],
)
async def test_a_role_without_the_permission_changes_nothing_and_is_told(
    *,
    sign_in: SignIn,
    make_order: MakeOrder,
    order_at: OrderAt,
    by_people: Logged,
    role: Role,
    event: str,
    payload: dict[str, Any],
    needed: str,
):
    order_id = make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-b", role))
        await select(tab, order_id)
        await tab.fire_raw(f"{NAME}.{event}", payload)
        assert (await tab.state(Who)).refused == needed
        assert await said(tab) == ("", False, [order_id])
        await tab.fire(Who.dismiss)
        assert (await tab.state(Who)).refused == ""
    assert by_people() == []
    assert (order_at(order_id).status, order_at(order_id).is_held) == (OrderStatus.TO_REVIEW, False)


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("toggle", {"order_id": 7}),
        ("toggle", {"order_id": None}),
        ("toggle", {}),
        ("toggle_page", {"order_ids": "7"}),
        ("toggle_page", {"order_ids": [7]}),
        ("toggle_page", {"order_ids": {"0": "7"}}),
        ("toggle", {"order_id": "7", "more": 1}),
    ],
)
async def test_ids_of_another_type_select_nothing(sign_in: SignIn, event: str, payload: dict[str, Any]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire_raw(f"{NAME}.{event}", payload)
        assert (await tab.state(Selection)).ids == []


async def test_a_page_is_selected_whole_then_let_go_and_others_stay(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await select(tab, "99", "2")
        await tab.fire(Selection.toggle_page(["1", "2", "3"]))
        assert (await tab.state(Selection)).ids == ["99", "1", "2", "3"]
        await tab.fire(Selection.toggle_page(["1", "2", "3"]))
        assert (await tab.state(Selection)).ids == ["99"]
        await tab.fire(Selection.clear)
        assert (await tab.state(Selection)).ids == []


async def test_no_more_than_five_hundred_are_selected(sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        for start in range(0, 700, 100):
            await tab.fire(Selection.toggle_page([str(start + turn) for turn in range(100)]))
        assert (await tab.state(Selection)).ids == [str(turn) for turn in range(200, 700)]


async def test_another_login_in_the_tab_finds_nothing_selected(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await select(tab, "7")
        other = open_tab(sign_in("ceshi-b"), token=tab.token)
        await other.fire(Selection.dismiss)
        assert (await other.state(Selection)).ids == []
