"""Does the drawer show the order of the address, and do what may be done to it?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orderhub.access.permissions import Role
from orderhub.domain.hold import HoldReason
from orderhub.domain.order import Order, OrderStatus
from orderhub.kernel.clock import business_day, day_start, utc_now
from orderhub.ui.gate import Who
from orderhub.ui.state.card import Card
from orderhub.ui.state.preferences import Preferences
from tests.ui.conftest import Logged, MakeOrder, SignIn
from tests.ui.gate_harness import Tab, gated_runtime

OrderAt = Callable[[str], Order]
NAME = Card.get_full_name()


async def opened(tab: Tab, order_id: str) -> Any:
    await tab.visit(f"/orders?tab=all&order={order_id}", Card.enter)
    return await tab.state(Card)


async def test_the_address_opens_the_order_and_without_it_the_drawer_shuts(sign_in: SignIn, make_order: MakeOrder):
    order_id = make_order("A1", buyer_remark="请发顺丰")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        card = await opened(tab, order_id)
        assert (card.order_id, card.is_missing, card.tab) == (order_id, False, "overview")
        assert (card.card.no, card.card.paid, card.card.buyer_remark) == ("A1", "¥139.40", "请发顺丰")
        await tab.fire(Card.show_tab("timeline"))
        assert (await opened(tab, order_id)).tab == "timeline"
        await tab.visit("/orders", Card.enter)
        shut = await tab.state(Card)
        assert (shut.order_id, shut.card.no) == ("", "")
        assert (await opened(tab, order_id)).tab == "overview"


@pytest.mark.parametrize("order_id", ["987654321", "9" * 18])
async def test_an_order_that_is_not_there_is_said_to_be_missing(sign_in: SignIn, make_order: MakeOrder, order_id: str):
    real = make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await opened(tab, real)
        card = await opened(tab, order_id)
        assert (card.order_id, card.is_missing, card.card.no) == (str(int(order_id)), True, "")
        assert not (await opened(tab, real)).is_missing


@pytest.mark.parametrize("order_id", ["9" * 19, "0", "abc", "-1", "1.5", "１"])
async def test_what_is_no_number_opens_nothing(sign_in: SignIn, order_id: str):
    async with gated_runtime() as open_tab:
        assert (await opened(open_tab(sign_in()), order_id)).order_id == ""


@pytest.mark.parametrize("tab_name", ["", "nonsense", "x" * 9000])
async def test_an_unknown_tab_is_the_overview(sign_in: SignIn, tab_name: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Card.show_tab("tasks"))
        await tab.fire(Card.show_tab(tab_name))
        assert (await tab.state(Card)).tab == "overview"


async def test_what_is_done_in_the_drawer_changes_the_order_and_names_who_did_it(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt, by_people: Logged
):
    order_id = make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await opened(tab, order_id)
        for spec in (
            Card.hold({"order_id": order_id, "reason": "manual", "note": "等买家", "ends": "hours", "hours": "4"}),
            Card.release(order_id),
            Card.add_tag({"word": "加急", "order_id": order_id}),
            Card.remove_tag(order_id, "加急"),
            Card.save_remark({"remark": "先联系买家", "order_id": order_id}),
            Card.approve(order_id),
        ):
            await tab.fire(spec)
            card = await tab.state(Card)
            assert (card.said, card.is_refusal) == ("已保存", False)
        assert (card.card.status, card.card.staff_remark, card.card.may_be_approved) == (
            "to_allocate",
            "先联系买家",
            False,
        )
        await tab.fire(Card.dismiss)
        assert (await tab.state(Card)).said == ""
    assert order_at(order_id).status is OrderStatus.TO_ALLOCATE
    assert by_people() == [
        (kind, order_id, "ceshi-a")
        for kind in (
            "order_held",
            "hold_released",
            "order_tagged",
            "order_untagged",
            "order_remarked",
            "order_moved",
        )
    ]


async def test_a_refusal_is_said_in_the_readers_language_and_changes_nothing(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt, by_people: Logged
):
    order_id = make_order("A1", held=HoldReason.RISK)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await opened(tab, order_id)
        refusals = []
        for spec in (
            Card.approve(order_id),
            Card.add_tag({"word": " ", "order_id": order_id}),
            Card.save_remark({"remark": "x" * 501, "order_id": order_id}),
            Preferences.switch_language(),
            Card.approve("987654321"),
            Card.approve("9" * 19),
            Card.approve(""),
        ):
            await tab.fire(spec)
            refusals.append((await tab.state(Card)).said)
        assert (await tab.state(Card)).is_refusal
    assert refusals == [
        "有挂起未放行",
        "内容不合规",
        "内容太长",
        "内容太长",
        "not found",
        "not found",
        "not found",
    ]
    assert (order_at(order_id).status, by_people()) == (OrderStatus.TO_REVIEW, [])


@pytest.mark.parametrize(
    ("role", "event", "needed"),
    [
        (Role.WAREHOUSE, "approve", "order:review:approve"),
        (Role.FINANCE, "hold", "order:hold:change"),
        (Role.FINANCE, "release", "order:hold:change"),
    ],
)
async def test_a_role_without_the_permission_changes_nothing_and_is_told(
    *, sign_in: SignIn, make_order: MakeOrder, by_people: Logged, role: Role, event: str, needed: str
):
    order_id = make_order("A1")
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-b", role))
        await opened(tab, order_id)
        asked = {"form": {"order_id": order_id, "reason": "manual"}} if event == "hold" else {"order_id": order_id}
        await tab.fire_raw(f"{NAME}.{event}", asked)
        assert (await tab.state(Who)).refused == needed
        assert (await tab.state(Card)).said == ""
    assert by_people() == []


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("approve", {"order_id": 1}),
        ("approve", {}),
        ("approve", {"order_id": ["1"]}),
        ("add_tag", {"form": "加急"}),
        ("add_tag", {"form": {"word": 7, "order_id": "1"}}),
        ("remove_tag", {"order_id": "1"}),
        ("save_remark", {"form": None}),
    ],
)
async def test_wrong_types_change_nothing(
    sign_in: SignIn, make_order: MakeOrder, by_people: Logged, event: str, payload: dict[str, Any]
):
    assert make_order("A1") == "1"
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire_raw(f"{NAME}.{event}", payload)
        assert (await tab.state(Card)).said == ""
    assert by_people() == []


@pytest.mark.parametrize(
    ("form", "said", "ends"),
    [
        ({"reason": "manual"}, "已保存", ""),
        ({"reason": "manual", "ends": "promise", "hours": "4"}, "已保存", "20:00"),
        ({"reason": "address_doubtful", "ends": "hours", "hours": "0"}, "放行时间已过，或超过 90 天", None),
        ({"reason": "manual", "ends": "hours", "hours": "2h"}, "小时数要在 0 到 2160 之间", None),
        ({"reason": "manual", "ends": "promise", "hours": "9999"}, "小时数要在 0 到 2160 之间", None),
        ({"reason": "manual", "ends": "never"}, "小时数要在 0 到 2160 之间", None),
        ({"reason": "price_below_floor", "ends": "hours", "hours": "2"}, "要两个人放行的挂起不能自动放行", None),
        ({"reason": "risk"}, "这个原因由系统判断，不能手工处理", None),
        ({"reason": "manual", "note": "x" * 201}, "内容太长", None),
    ],
)
async def test_the_form_for_holding_says_why_and_until_when(
    *, sign_in: SignIn, make_order: MakeOrder, form: dict[str, str], said: str, ends: str | None
):
    midnight = day_start(business_day(utc_now()) + timedelta(days=2))
    order_id = make_order("A1", ship_by=midnight)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await opened(tab, order_id)
        await tab.fire(Card.hold(form | {"order_id": order_id}))
        card = await tab.state(Card)
    assert card.said == said
    assert [held.ends[-5:] for held in card.card.holds] == ([] if ends is None else [ends])


async def test_what_takes_two_people_is_not_released_in_the_drawer(
    sign_in: SignIn, make_order: MakeOrder, order_at: OrderAt
):
    order_id = make_order("A1", held=HoldReason.ZERO_YUAN)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await opened(tab, order_id)
        await tab.fire(Card.release(order_id))
        assert (await tab.state(Card)).said == "金额类挂起要两个人在“审单”页放行"
    assert order_at(order_id).is_held
