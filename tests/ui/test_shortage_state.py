"""Can short goods be seen, decided about and received on the page and in the drawer, by those who may?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.shortage_choice import ShortageChoice
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.card import Card
from orderhub.ui.state.rollout import RolloutPage
from orderhub.ui.state.shortage import Shortage
from tests import builders
from tests.domain.stocked import level, stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def goods(database: Database) -> dict[str, int]:
    """Two orders wait for B; A is there."""
    now = utc_now()
    with database.transaction() as session:
        made = stocked(session, A=9, B=1, SPARE=4)
        for number, pieces, hours in (("1", 2, 9), ("2", 3, 1)):
            lines = (
                builders.line_draft(sku_code="A"),
                builders.line_draft(channel_line_no="2", sku_code="B", quantity=pieces),
            )
            builders.order(session, number, lines=lines, ship_by=now + timedelta(hours=hours), now=now)
        return {code: sku.id for code, sku in made.items()}


async def test_the_queue_says_who_waits_for_what_and_until_when(sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        address = f"/stock?view=short&sku={goods['B']}"
        await tab.visit(address, Shortage.enter)
        coming = {"sku": str(goods["B"]), "warehouse": "华东仓", "pieces": "3", "date": "2030-01-05", "note": "厂家"}
        await tab.fire(Shortage.plan(coming))
        await tab.fire(Shortage.plan(coming | {"date": "soon"}))
        state = await tab.state(Shortage)
        view = state.view
        assert (state.said, state.is_refusal) == ("日期写法不对", True)
        (row,) = view.queue
        shown = (row.code, row.orders, row.pieces, row.expected, row.coming, row.served)
        assert shown == ("B", "2", "5", "01-05", "3", "1")
        waiting = [(one.no, one.pieces, one.lines[0].choice) for one in view.orders]
        assert waiting == [("2", "3", "wait"), ("1", "2", "wait")]
        await tab.fire(Shortage.arrive({"id": view.restocks[0].id, "pieces": "3"}))
        state = await tab.state(Shortage)
    assert state.said == "已入库，2 单继续处理"
    assert [one.no for one in state.view.orders] == ["1"]


async def test_the_same_is_decided_for_every_ticked_order(database: Database, sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/stock?view=short&sku={goods['B']}", Shortage.enter)
        orders = {f"order-{one.id}": "on" for one in (await tab.state(Shortage)).view.orders}
        form = {"sku": str(goods["B"]), **orders}
        for wrong, said in (
            ({"choice": "nonsense"}, "请选择怎么处理"),
            ({"choice": "swapped"}, "写上换成哪个商品编码"),
        ):
            await tab.fire(Shortage.decide(form | wrong))
            assert (await tab.state(Shortage)).said == said
        await tab.fire(Shortage.decide(form | {"choice": "later", "note": "买家同意"}))
        assert (await tab.state(Shortage)).said == "已处理 2 单"
    with database.reading() as session:
        made = session.exec(select(ShortageChoice)).all()
        assert {(one.choice, one.by, one.note) for one in made} == {("later", "ceshi-a", "买家同意")}
        assert level(session, "A") == (9, 2)
        assert not any(session.exec(select(Order.is_held)))


async def test_the_drawer_decides_about_lines_of_its_order(database: Database, sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit("/orders?order=1", Card.enter)
        (line,) = (await tab.state(Card)).card.shortages
        assert (line.skus, line.choice) == ("B", "wait")
        form = {"order_id": "1", f"line-{line.id}": "on", "choice": "swapped", "instead": "SPARE", "pieces": "4"}
        await tab.fire(Shortage.decide_lines(form))
        await tab.visit("/orders?order=1", Card.enter)
        (line,) = (await tab.state(Card)).card.shortages
    assert (line.choice, line.instead) == ("swapped", "SPARE × 4")
    with database.reading() as session:
        assert level(session, "SPARE") == (4, 4)


async def test_what_was_decided_is_not_meant_by_the_next_choice(
    database: Database, sign_in: SignIn, goods: dict[str, int]
):
    lines = [
        builders.line_draft(channel_line_no=f"{n}", sku_code=code, quantity=9) for n, code in ((1, "B"), (2, "SPARE"))
    ]
    with database.transaction() as session:
        builders.order(session, "3", lines=tuple(lines), now=utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        for choice in ("refund", "wait"):
            await tab.visit("/orders?order=3", Card.enter)
            open_ones = [line for line in (await tab.state(Card)).card.shortages if not line.is_decided]
            await tab.fire(Shortage.decide_lines({"order_id": "3", f"line-{open_ones[0].id}": "on", "choice": choice}))
        await tab.visit("/orders?order=3", Card.enter)
        shown = [(line.choice, line.is_decided) for line in (await tab.state(Card)).card.shortages]
    assert shown == [("refund", True), ("wait", True)]


async def test_who_may_not_decide_changes_nothing(database: Database, sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.visit(f"/stock?view=short&sku={goods['B']}", Shortage.enter)
        await tab.fire(Shortage.decide({"sku": str(goods["B"]), "order-1": "on", "choice": "refund"}))
        assert (await tab.state(Who)).refused == "order:shortage:change"
    with database.reading() as session:
        assert session.exec(select(ShortageChoice)).all() == []
    holders = {role for role in Role if Permission.SHORTAGE_DECIDE in ROLE_PERMISSIONS[role]}
    assert holders == {Role.ADMIN, Role.MANAGER, Role.OPERATIONS, Role.SERVICE}


async def test_a_shop_reserves_at_placing_when_told_to(database: Database, sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit("/studio/rollout?shop=douyin-1", RolloutPage.enter)
        for minutes, said in (("3", "保留时间要在 5 分钟到 7 天之间"), ("45", "已保存")):
            form = {"shop": "douyin-1", "reserves_at": "placed", "minutes": minutes}
            await tab.fire(RolloutPage.reserving(form))
            assert (await tab.state(RolloutPage)).said == said
    with database.reading() as session:
        shop = session.exec(select(Shop)).one()
        assert (shop.reserves_at, shop.unpaid_minutes) == ("placed", 45)
