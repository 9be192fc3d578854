"""Is the queue of the review right, and does what is done there need the people it says it needs?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.automation.runner import run_next
from orderhub.domain.hold import Hold, HoldReason, hold, open_holds
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.rules.rule import read_rules, rules_data
from orderhub.domain.rules.versions import SHIPPED_RULES, go_live, save_draft
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui import review_view
from orderhub.ui.gate import Who
from orderhub.ui.state.review import Review
from tests.builders import line_draft
from tests.ui.conftest import Logged, MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

OrderAt = Callable[[str], Order]
ZERO, MISMATCH, ADDRESS = HoldReason.ZERO_YUAN, HoldReason.AMOUNT_MISMATCH, HoldReason.ADDRESS_DOUBTFUL


def form(order_id: str, reason: HoldReason = ZERO, note: str = "样品") -> dict[str, str]:
    return {"id": order_id, "reason": str(reason), "note": note}


def costing(yuan: int, **changes: Any) -> dict[str, Any]:
    return {"lines": (line_draft(unit_price_fen=yuan * 100),)} | changes


@pytest.fixture
def held_for(database: Database) -> Callable[[str], list[HoldReason]]:
    def held_for(order_id: str) -> list[HoldReason]:
        with database.reading() as session:
            return [held.reason for held in open_holds(session, int(order_id))]

    return held_for


async def rows(tab: Any, address: str) -> list[str]:
    await tab.visit(address, Review.enter)
    return [row.no for row in (await tab.state(Review)).view.rows]


async def said(tab: Any) -> tuple[str, bool]:
    state = await tab.state(Review)
    return state.said, state.is_refusal


async def test_the_queue_goes_by_money_then_by_who_is_due_first_and_is_narrowed_by_reason(
    database: Database, sign_in: SignIn, make_order: MakeOrder
):
    soon = utc_now() + timedelta(hours=3)
    make_order("SMALL", **costing(10))
    make_order("LATER", **costing(90))
    make_order("SOON", ship_by=soon, held=ADDRESS, **costing(90))
    make_order("FREE", **costing(0))
    make_order("GONE", our_status=OrderStatus.SHIPPED, **costing(500))
    packed = make_order("PACKED", our_status=OrderStatus.TO_SHIP, **costing(40))
    make_order("READY", our_status=OrderStatus.TO_ALLOCATE, held=ADDRESS, **costing(60))
    with database.transaction() as session:
        hold(session, session.get_one(Order, int(packed)), MISMATCH, by="douyin", now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await rows(tab, "/review") == ["SOON", "LATER", "PACKED", "SMALL", "FREE"]
        view = (await tab.state(Review)).view
        assert (view.waiting, view.clean, view.second, view.risk) == ("5", "2", "0", "¥230.00")
        chips = {chip.reason: chip.count for chip in view.chips}
        assert chips == {"": "5", "none": "2", "zero_yuan": "1", "amount_mismatch": "1", "address_doubtful": "1"}
        assert [row.may_pass for row in view.rows] == [False, True, False, True, False]
        assert await rows(tab, "/review?hold=address_doubtful") == ["SOON"]
        assert await rows(tab, "/review?hold=amount_mismatch") == ["PACKED"]
        assert await rows(tab, "/review?hold=none") == ["LATER", "SMALL"]
        assert await rows(tab, "/review?hold=nonsense&tab=no") == ["SOON", "LATER", "PACKED", "SMALL", "FREE"]
        assert await rows(tab, "/review?tab=second") == []


async def test_the_queue_goes_on_on_its_next_page(
    sign_in: SignIn, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(review_view, "PAGE_SIZE", 2)
    for number, yuan in (("A", 90), ("B", 60), ("C", 30)):
        make_order(number, **costing(yuan))
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        assert await rows(tab, "/review?hold=none") == ["A", "B"]
        view = (await tab.state(Review)).view
        assert (view.total, view.first) == ("3", "")
        assert await rows(tab, view.next) == ["C"]
        view = (await tab.state(Review)).view
        assert (view.total, view.next, view.first) == ("3", "", "/review?hold=none")
        for cut in (
            "6000",
            "6000~~",
            "x~~1",
            "-1~~1",
            f"6000~~{10**30}",
            "6000~yesterday~1",
            "1~0001-01-01T00:00+23:00~1",
        ):
            assert await rows(tab, f"/review?at={cut}") == ["A", "B"]


async def test_two_people_let_a_free_order_pass(
    sign_in: SignIn, make_order: MakeOrder, order_at: Callable[[str], Order], by_people: Logged
):
    order_id = make_order("FREE", **costing(0))
    async with gated_runtime() as open_tab:
        first, second = open_tab(sign_in("ceshi-a", Role.MANAGER)), open_tab(sign_in("ceshi-b", Role.FINANCE))
        await first.visit("/review", Review.enter)
        await first.fire(Review.vouch(form(order_id)))
        assert await said(first) == ("已初审，等另一人复核", False)
        await first.fire(Review.confirm(form(order_id)))
        assert await said(first) == ("您是第一个经手的人，请由另一个人复核", True)
        assert await rows(second, "/review?tab=second") == ["FREE"]
        (held,) = (await second.state(Review)).view.rows[0].holds
        assert (held.vouched_by, held.vouch_note, held.is_for_two) == ("ceshi-a", "样品", True)
        await second.fire(Review.confirm(form(order_id)))
        assert (await said(second), await rows(second, "/review?tab=second")) == (("已放行", False), [])
        await first.fire(Review.confirm(form(order_id)))
        assert await said(first) == ("ceshi-b 已经放行了", True)
        await first.fire(Review.approve(order_id))
        assert await said(first) == ("已审核通过", False)
    assert order_at(order_id).status is OrderStatus.TO_ALLOCATE
    assert [(kind, who) for kind, _, who in by_people()] == [
        ("hold_vouched", "ceshi-a"),
        ("hold_released", "ceshi-b"),
        ("order_moved", "ceshi-a"),
    ]


async def test_the_second_sends_it_back_with_a_reason_that_the_first_reads(sign_in: SignIn, make_order: MakeOrder):
    order_id = make_order("FREE", **costing(0))
    async with gated_runtime() as open_tab:
        first, second = open_tab(sign_in("ceshi-a")), open_tab(sign_in("ceshi-b", Role.MANAGER))
        await first.fire(Review.vouch(form(order_id)))
        await second.fire(Review.send_back(form(order_id, note="  ")))
        assert await said(second) == ("请写明原因", True)
        await second.fire(Review.send_back(form(order_id, note="没有审批单")))
        assert await said(second) == ("已退回", False)
        await first.visit("/review", Review.enter)
        (held,) = (await first.state(Review)).view.rows[0].holds
        assert (held.vouched_by, held.sent_back_by, held.sent_back_note) == ("", "ceshi-b", "没有审批单")
        await second.fire(Review.confirm(form(order_id)))
        assert await said(second) == ("还没有人初审", True)


async def test_one_person_releases_what_takes_one_with_a_note(
    database: Database, sign_in: SignIn, make_order: MakeOrder, held_for: Callable[[str], list[HoldReason]]
):
    order_id = make_order("A1", held=ADDRESS)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Review.release(form(order_id, MISMATCH)))
        assert await said(tab) == ("找不到了", True)
        await tab.fire(Review.release(form(order_id, ADDRESS, "电话确认过")))
        assert await said(tab) == ("已放行", False)
        await tab.fire(Review.vouch(form(order_id, ADDRESS)))
        assert await said(tab) == ("ceshi-a 已经放行了", True)
        await tab.fire(Review.release({"id": order_id, "reason": "nonsense"}))
        assert (await said(tab))[1]
    assert held_for(order_id) == []
    with database.reading() as session:
        assert session.exec(select(Hold.release_note)).one() == "电话确认过"


async def test_many_are_approved_at_once_and_the_rest_stays_selected_with_its_reasons(
    sign_in: SignIn, make_order: MakeOrder, order_at: Callable[[str], Order]
):
    free = [make_order(f"A{number}") for number in range(23)]
    held, passed = make_order("HELD", held=ADDRESS), make_order("PASSED")
    async with gated_runtime() as open_tab:
        tab, other = open_tab(sign_in()), open_tab(sign_in("ceshi-b"))
        await other.fire(Review.approve(passed))
        await tab.visit("/review", Review.enter)
        await tab.fire(Review.toggle_page([*free, held, passed]))
        await tab.fire(Review.approve_selected)
        state = await tab.state(Review)
        assert state.said == "完成 23 单；未完成 2 单：有挂起未放行 ×1、ceshi-b 已经审核通过了 ×1"
        assert (sorted(state.ids), state.progress, [row.no for row in state.view.rows]) == (
            sorted([held, passed]),
            "",
            ["HELD"],
        )
    assert {order_at(each).status for each in free} == {OrderStatus.TO_ALLOCATE}


@pytest.mark.parametrize("role", list(Role))
async def test_each_step_asks_for_its_own_permission(
    database: Database, sign_in: SignIn, make_order: MakeOrder, by_people: Logged, role: Role
):
    free, doubtful, clean = make_order("FREE", **costing(0)), make_order("A1", held=ADDRESS), make_order("A2")
    may_work = role in (Role.ADMIN, Role.MANAGER, Role.OPERATIONS)
    expected = {
        "order:review:approve": may_work,
        "order:review:confirm": role in (Role.ADMIN, Role.MANAGER, Role.FINANCE),
        "order:hold:change": may_work or role is Role.SERVICE,
    }
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        assert len(await rows(tab, "/review")) == 3
        for permission, asked in (
            ("order:review:confirm", Review.confirm(form(free))),
            ("order:review:confirm", Review.send_back(form(free))),
            ("order:review:approve", Review.vouch(form(free))),
            ("order:hold:change", Review.release(form(doubtful, ADDRESS))),
            ("order:review:approve", Review.approve(clean)),
            ("order:review:approve", Review.approve_selected()),
        ):
            await tab.fire(asked)
            assert (await tab.state(Who)).refused == ("" if expected[permission] else permission)
            await tab.fire(Who.dismiss)
    kinds = [kind for kind, _, _ in by_people()]
    wanted = {"hold_vouched": may_work, "hold_released": expected["order:hold:change"], "order_moved": may_work}
    assert kinds == [kind for kind, is_done in wanted.items() if is_done]


@pytest.mark.parametrize(("remark", "passes"), [("", True), ("急", False)])
async def test_once_the_last_hold_is_gone_the_rules_pass_what_is_clean(
    *,
    database: Database,
    sign_in: SignIn,
    make_order: MakeOrder,
    order_at: Callable[[str], Order],
    remark: str,
    passes: bool,
):
    turned_on = read_rules([one | {"is_on": True} for one in rules_data(SHIPPED_RULES)])
    with database.transaction() as session:
        made = save_draft(session, turned_on, revision=0, by="ceshi-a", now=utc_now())
        go_live(session, made.number, by="ceshi-a", now=utc_now(), needs_approval=False)
    clean = make_order("CLEAN", buyer_remark=remark)
    assert (order_at(clean).status is not OrderStatus.TO_REVIEW) == passes
    late = make_order("LATE", buyer_remark=remark, total_fen=13_900)
    assert order_at(late).status is OrderStatus.TO_REVIEW
    async with gated_runtime() as open_tab:
        first, second = open_tab(sign_in("ceshi-a")), open_tab(sign_in("ceshi-b", Role.FINANCE))
        await first.fire(Review.vouch(form(late, MISMATCH)))
        await second.fire(Review.confirm(form(late, MISMATCH)))
    while run_next(utc_now()):
        pass
    assert (order_at(late).status is not OrderStatus.TO_REVIEW) == passes
