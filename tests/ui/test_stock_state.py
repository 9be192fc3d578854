"""Can stock be seen, changed, bound and exchanged on its page, by those who may?"""

import pytest
from sqlmodel import select

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.domain.hold import open_holds
from orderhub.domain.sku import Sku
from orderhub.domain.stock import StockEntry, Warehouse
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.state.stock import Stock
from tests import builders
from tests.domain.stocked import level, stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


@pytest.fixture
def goods(database: Database) -> dict[str, int]:
    with database.transaction() as session:
        made = stocked(session, A=(10, 4), B=2)
        builders.order(session, lines=(builders.line_draft(sku_code="A", quantity=3),))
        builders.order(session, "2", lines=(builders.line_draft(sku_code="旧款", quantity=2),))
        return {code: sku.id for code, sku in made.items()}


def at(database: Database, code: str) -> tuple[int, int]:
    with database.reading() as session:
        return level(session, code)


async def test_the_page_shows_levels_and_what_nobody_knows(sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/stock", Stock.enter)
        view = (await tab.state(Stock)).view
    rows = [(row.code, row.warehouse, row.on_hand, row.reserved, row.available) for row in view.levels]
    assert rows == [("A", "华东仓", "10", "3", "7"), ("A", "华南仓", "4", "0", "4"), ("B", "华东仓", "2", "0", "2")]
    assert [(one.code, one.orders) for one in view.queue] == [("旧款", "1")]
    assert (view.skus, view.unmatched, view.waiting) == ("2", "1", "1")


async def test_the_ledger_of_a_sku_says_what_moved_it(sign_in: SignIn, goods: dict[str, int]):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit(f"/stock?sku={goods['A']}", Stock.enter)
        view = (await tab.state(Stock)).view
    assert view.ledger_of == "A"
    moved = [(row.cause, row.on_hand, row.reserved, row.order_no) for row in view.changes]
    assert moved == [
        ("reserved", "", "+3", "6900000000000000001"),
        ("counted", "+4", "", ""),
        ("counted", "+10", "", ""),
    ]


@pytest.mark.parametrize(
    ("form", "said", "left"),
    [
        ({"what": "adjust", "pieces": "-2", "reason": "破损"}, "已保存", (8, 3)),
        ({"what": "adjust", "pieces": "+2", "reason": "到货"}, "已保存", (12, 3)),
        ({"what": "count", "pieces": "5", "reason": "盘点"}, "已保存", (5, 3)),
        ({"what": "threshold", "pieces": "9"}, "已保存", (10, 3)),
        ({"what": "adjust", "pieces": "-8", "reason": "破损"}, "可用库存不够：有订单占用", (10, 3)),
        ({"what": "adjust", "pieces": "-2", "reason": " "}, "请写明原因", (10, 3)),
        ({"what": "count", "pieces": "x", "reason": "盘点"}, "这里要整数", (10, 3)),
        ({"what": "steal", "pieces": "1", "reason": "x"}, "内容不合规", (10, 3)),
    ],
)
async def test_a_level_is_changed_with_a_reason(sign_in: SignIn, database: Database, goods, form, said, left):
    with database.reading() as session:
        east = session.exec(select(Warehouse.id).where(Warehouse.code == "east")).one()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Stock.change(form | {"id": f"{goods['A']}-{east}"}))
        assert (await tab.state(Stock)).said == said
    assert at(database, "A") == left
    with database.reading() as session:
        by = set(session.exec(select(StockEntry.by).where(StockEntry.cause == "adjusted")))
    assert by <= {"ceshi-a"}


async def test_binding_a_code_lets_its_orders_go_on(sign_in: SignIn, database: Database, goods):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/stock", Stock.enter)
        (queued,) = (await tab.state(Stock)).view.queue
        await tab.fire(Stock.bind({"id": queued.id, "target": "NOPE"}))
        assert (await tab.state(Stock)).is_refusal
        await tab.fire(Stock.bind({"id": queued.id, "target": "B"}))
        state = await tab.state(Stock)
        assert (state.said, state.view.queue) == ("已绑定，1 单继续处理", [])
    assert at(database, "B") == (2, 2)


async def test_a_sku_and_a_warehouse_are_added_by_hand(sign_in: SignIn, database: Database, goods):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.fire(Stock.put_warehouse({"code": "north", "name": "华北仓", "provinces": "北京 天津"}))
        await tab.fire(Stock.put_sku({"code": "旧款", "title": "旧款箱", "parts": "A&B*2"}))
        await tab.fire(Stock.put_sku({"code": "NEW", "title": "新品", "gifts": "B", "presale": "on"}))
        view = (await tab.state(Stock)).view
    assert [row.warehouse for row in view.levels if row.code == "NEW"] == ["华东仓", "华南仓", "华北仓"]
    (bundle,) = [row for row in view.levels if row.code == "旧款"]
    assert (bundle.parts, bundle.place, bundle.warehouse) == ("A&B*2", "", "")
    assert view.queue == []
    with database.reading() as session:
        assert session.exec(select(Sku.code).where(Sku.is_presale)).all() == ["NEW"]
        assert [held.reason for held in open_holds(session, 2)] == ["out_of_stock"]


@pytest.mark.parametrize("role", [Role.SERVICE, Role.FINANCE, Role.WAREHOUSE])
async def test_who_may_not_change_goods_changes_none(sign_in: SignIn, database: Database, goods, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.fire(Stock.bind({"id": "1", "target": "B"}))
        await tab.fire(Stock.put_sku({"code": "NEW"}))
        await tab.fire(Stock.put_warehouse({"code": "north", "name": "华北仓"}))
        assert (await tab.state(Who)).refused == "stock:sku:change"
        if role is not Role.WAREHOUSE:
            await tab.fire(Stock.change({"what": "count", "pieces": "1", "reason": "x", "id": "1-1"}))
            assert (await tab.state(Who)).refused == "stock:level:change"
    with database.reading() as session:
        assert session.exec(select(Sku.code).order_by(Sku.code)).all() == ["A", "B"]  # type: ignore[arg-type]
    assert at(database, "A") == (10, 3)


def test_stock_is_changed_by_warehouse_and_operations_and_goods_by_operations():
    def holders(permission: Permission) -> set[Role]:
        return {role for role, held in ROLE_PERMISSIONS.items() if permission in held} - {Role.ADMIN, Role.MANAGER}

    assert holders(Permission.STOCK_ADJUST) == {Role.WAREHOUSE, Role.OPERATIONS}
    assert holders(Permission.SKU_CHANGE) == {Role.OPERATIONS}
    assert Permission.ORDER_APPROVE not in ROLE_PERMISSIONS[Role.WAREHOUSE]
