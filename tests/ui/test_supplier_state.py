"""Can people keep suppliers, buy, count what comes and read cards on the pages; and only those who may?"""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Role
from orderhub.domain.purchase_order import PurchaseOrder, PurchaseStatus, lines_of
from orderhub.domain.scorecard_terms import scorecard_terms
from orderhub.domain.sku import sku_coded
from orderhub.domain.stock import Cause, adjust, warehouse_coded
from orderhub.domain.supplier import Supplier, SupplierSku
from orderhub.intake.statements import uploads
from orderhub.intake.supplies.reading import checked_supplies
from orderhub.intake.supplies.taking import take
from orderhub.kernel.clock import business_day, utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui import purchase_forms, replenishment_forms, supplier_forms
from orderhub.ui.gate import Who
from orderhub.ui.state.purchase import Purchases
from orderhub.ui.state.purchase_card import PurchaseCard
from orderhub.ui.state.replenishment import Replenishment
from orderhub.ui.state.supplier import Suppliers, load_file
from orderhub.ui.state.supplier_card import SupplierCard
from tests.domain.stocked import level, stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

ROUTES = [*supplier_forms.routes, *purchase_forms.routes, *replenishment_forms.routes]
TERMS = {"service": "95", "review_days": "30", "lead_days": "14", "lead_spread_days": "4", "budget": ""}


@pytest.fixture(autouse=True)
def _shelves(database: Database) -> None:
    with database.transaction() as session:
        stocked(session, utc_now(), BOX_40L=10)


async def test_from_a_supplier_to_goods_on_the_shelf(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-yun", Role.OPERATIONS))
        await tab.visit("/suppliers", Suppliers.enter)
        await tab.fire(
            Suppliers.put({"code": "HZ-01", "name": "杭州箱业", "contact": "王 13812340001", "lead_days": "x"})
        )
        assert (await tab.state(Suppliers)).said == "交期要在 0–730 天之间"
        await tab.fire(
            Suppliers.put({"code": "HZ-01", "name": "杭州箱业", "contact": "王 13812340001", "lead_days": "9"})
        )
        (shown,) = (await tab.state(Suppliers)).view.suppliers
        assert (shown.name, shown.score, shown.lines) == ("杭州箱业", "", "0")

        await tab.visit(shown.href, SupplierCard.enter)
        assert (await tab.state(SupplierCard)).view.contact == "王 138****0001"
        await tab.fire(SupplierCard.show_contact())
        assert (await tab.state(SupplierCard)).contact == "王 13812340001"
        await tab.fire(SupplierCard.put_supply({"code": "BOX-40L", "pack": "12", "price": "8.5"}))
        (sold,) = (await tab.state(SupplierCard)).view.supply
        assert (sold.pack, sold.price, sold.is_preferred) == ("12", "¥8.50", True)

        await tab.visit("/purchases", Purchases.enter)
        form = {"supplier": "HZ-01", "warehouse": "east", "lines": "BOX-40L 24 8.5\n", "promised_on": "2026-11-30"}
        await tab.fire(Purchases.draft(form | {"lines": "BOX-40L viele"}))
        assert (await tab.state(Purchases)).is_refusal
        await tab.fire(Purchases.draft(form))
        await tab.visit("/purchases/card?purchase=1", PurchaseCard.enter)
        view = (await tab.state(PurchaseCard)).view
        assert (view.status, view.total, view.lines[0].code) == ("draft", "¥204.00", "BOX-40L")
        await tab.fire(
            PurchaseCard.change_line({"id": view.lines[0].id, "quantity": "36", "price": "8", "promised_on": ""})
        )
        await tab.fire(PurchaseCard.approve())
        assert (await tab.state(PurchaseCard)).view.status == "draft", "operations may not approve"

        boss = open_tab(sign_in("ceshi-boss", Role.FINANCE))
        await boss.visit("/purchases/card?purchase=1", PurchaseCard.enter)
        await boss.fire(PurchaseCard.approve())
        await tab.visit("/purchases/card?purchase=1", PurchaseCard.enter)
        await tab.fire(PurchaseCard.place())
        view = (await tab.state(PurchaseCard)).view
        assert (view.status, view.approved_by, view.is_receivable) == ("ordered", "ceshi-boss", True)

        store = open_tab(sign_in("ceshi-cang", Role.WAREHOUSE))
        await store.visit("/purchases/card?purchase=1", PurchaseCard.enter)
        seen = (await store.state(PurchaseCard)).view
        assert (seen.total, seen.lines[0].price, seen.lines[0].amount) == ("", "", ""), "cost is not for the warehouse"
        counted = {"id": "1", "receipt_no": seen.receipt_no, "good-1": "30", "defective-1": "2", "wrong-1": ""}
        await store.fire(PurchaseCard.receive(counted))
        assert (await store.state(PurchaseCard)).said == "到货已登记，合格件数已入库"
        await store.fire(PurchaseCard.receive(counted))  # sent twice
        await store.fire(PurchaseCard.receive(counted | {"receipt_no": "R-2", "good-1": "5", "defective-1": ""}))
        assert (await store.state(PurchaseCard)).said == "BOX-40L 只差 4 件：多到的请另建采购单，或在库存里调整"
        await store.fire(PurchaseCard.receive({"id": "1", "receipt_no": "R-2", "missing-1": "4"}))
        assert (await store.state(PurchaseCard)).view.status == "received"
    with database.reading() as session:
        assert level(session, "BOX-40L") == (40, 0)
        assert session.exec(select(SupplierSku.price_fen)).one() == 850
        kinds = set(session.exec(select(Event.kind)))
        assert {"supplier_contact_seen", "goods_received", "purchase_moved"} <= kinds


async def test_a_sheet_is_worked_out_explained_and_ordered(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-yun", Role.OPERATIONS))
        await tab.visit("/suppliers", Suppliers.enter)
        await tab.fire(Suppliers.put({"code": "HZ-01", "name": "杭州箱业"}))
        await tab.visit("/suppliers/card?supplier=1", SupplierCard.enter)
        await tab.fire(SupplierCard.put_supply({"code": "BOX-40L", "pack": "12", "price": "8.5"}))
        _sell(database, 100)
        await tab.visit("/replenishment", Replenishment.enter)
        state = await tab.state(Replenishment)
        assert (state.view.run, state.view.terms.service) == ("", "95")
        await tab.fire(Replenishment.work_out(TERMS | {"service": "100"}))
        assert (await tab.state(Replenishment)).is_refusal
        await tab.fire(Replenishment.work_out(TERMS))
        state = await tab.state(Replenishment)
        (line,) = state.view.lines
        assert state.said == "已重新计算：1 个商品要备货"
        assert (line.code, line.supplier, line.can, line.is_urgent) == ("BOX-40L", "杭州箱业", True, True)
        assert [step.name for step in line.steps] == [
            "交期", "期间需求", "安全库存", "减：可用库存", "减：在途", "净需求", "按箱取整",
        ]  # fmt: skip
        assert line.steps[1].why == "没有预测：按近 28 天日均出库 3.57 件算 44 天，共 157.1 件"
        await tab.fire(Replenishment.approve())
        assert (await tab.state(Replenishment)).is_refusal, "nothing is picked"
        await tab.fire(Replenishment.pick_all())
        await tab.fire(Replenishment.approve())
        state = await tab.state(Replenishment)
        assert state.said == "已生成 1 张采购草稿，等待批准"
        assert (state.view.lines[0].can, state.view.left) == (False, "0")
        assert state.view.lines[0].order_href == "/purchases/card?purchase=1"
    with database.reading() as session:
        order = session.exec(select(PurchaseOrder)).one()
        assert (order.status, order.made_by) == (PurchaseStatus.DRAFT, "ceshi-yun")
        assert str(lines_of(session, order.id)[0].quantity) == line.quantity.replace(",", "")


def _sell(database: Database, pieces: int) -> None:
    with database.transaction() as session:
        box, east = sku_coded(session, "BOX-40L"), warehouse_coded(session, "east")
        adjust(session, box.id, east, pieces, reason="到货", by="tester", now=utc_now())
        yesterday = utc_now() - timedelta(days=1)
        adjust(session, box.id, east, -pieces, reason="出库", cause=Cause.SHIPPED, by="tester", now=yesterday)


async def test_a_file_is_looked_at_and_taken_as_history_or_into_stock(
    sign_in: SignIn, database: Database, tmp_path: Path
):
    head = "供应商编码,采购单号,下单日期,仓库,商品编码,采购数量,承诺到货日,到货日期,合格数,次品\n"
    row = "HZ-01,PO-{n},2026-11-01,east,BOX-40L,10,2026-11-05,2026-11-06,9,1\n"

    def upload(text: str) -> str:
        path = tmp_path / "po.csv"
        path.write_text(head + text, encoding="utf-8")
        return uploads.keep(path, "po.csv", shop="").mark

    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-boss", Role.MANAGER))
        await tab.visit(f"/suppliers?file={upload(row.format(n=1))}", Suppliers.enter)
        counts = {one.name: one.value for one in (await tab.state(Suppliers)).preview.counts}
        assert (counts["supplier_fresh"], counts["supplier_shelved"]) == ("1", "9")
        await tab.fire(Suppliers.take_past())
        assert (await tab.state(Suppliers)).said == "已导入：1 个供应商、1 张新采购单、1 次新到货"
        with database.reading() as session:
            assert level(session, "BOX-40L") == (10, 0)
        await tab.visit(f"/suppliers?file={upload(row.format(n=2))}", Suppliers.enter)
        await tab.fire(Suppliers.take())
        with database.reading() as session:
            assert level(session, "BOX-40L") == (19, 0)
        wrong = load_file(upload("HZ-01,PO-3,gestern,east,BOX-40L,10,,,,\n"), "zh")
        assert wrong.problem == "有 1 行不能导入，改好后重新上传；现在什么都没有导入"
        assert wrong.rows == ["第 2 行“下单日期”：时间读不出来"]

        other = open_tab(sign_in("ceshi-yun", Role.OPERATIONS))
        await other.visit(f"/suppliers?file={upload(row.format(n=4))}", Suppliers.enter)
        await other.fire(Suppliers.take())
        with database.reading() as session:
            assert level(session, "BOX-40L") == (19, 0), "what goes to the shelf needs who may approve"


async def test_weights_are_kept_and_wrong_ones_are_not(sign_in: SignIn, database: Database):
    good = {"weight_on_time": "70", "weight_complete": "10", "weight_sound": "10", "weight_price": "10"}
    limits = {"limit_complete": "2.5", "limit_sound": "5", "limit_price": "10"}
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit("/suppliers", Suppliers.enter)
        await tab.fire(Suppliers.set_terms(good | limits | {"weight_price": "11"}))
        assert (await tab.state(Suppliers)).said == "四项权重要合计 100"
        await tab.fire(Suppliers.set_terms(good | limits))
        assert (await tab.state(Suppliers)).said == "权重已保存，评分已重新计算"
    with database.reading() as session:
        assert (scorecard_terms(session).on_time_weight, scorecard_terms(session).complete_limit) == (70, 25)


def test_cards_lines_and_sheets_leave_as_files(sign_in: SignIn, database: Database, tmp_path: Path):
    today = business_day(utc_now())
    path = tmp_path / "po.csv"
    head = "供应商编码,供应商名称,采购单号,商品编码,采购数量,进价,承诺到货日,到货日期,合格数,次品"
    path.write_text(f"{head}\nHZ-01,=1+1,PO-1,BOX-40L,10,8.50,{today},{today},9,1\n", encoding="utf-8")
    with database.transaction() as session:
        take(session, checked_supplies(path, "po.csv"), is_history=True, by="tester", now=utc_now())
    client = TestClient(Starlette(routes=ROUTES), headers={"cookie": sign_in("ceshi-boss", Role.MANAGER)})

    def rows(address: str, sheet: str) -> list:
        book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{address}&format=xlsx").content))
        return book.get_sheet_by_name(sheet).to_python()[1:]

    (card,) = rows("/suppliers/download?what=cards", "供应商健康度评分卡")
    assert (card[0], card[1], card[4], card[5], card[8], card[11]) == (
        "HZ-01",
        "=1+1",
        "数据少",
        1.0,
        "100.0%",
        "10.0%",
    )
    (line,) = rows("/suppliers/download?what=lines&supplier=1", "采购行")
    assert (line[0], line[9], line[10]) == ("PO-1", 1.0, 8.5)
    (bought,) = rows("/purchases/download?what=lines", "采购明细")
    assert (bought[0], bought[7], bought[16]) == ("PO-1", 10.0, 85.0)
    assert rows("/replenishment/download?what=sheet&warehouse=1", "区域仓备货建议表") == []
    paper = client.get("/suppliers/card.pdf?supplier=1")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    with database.reading() as session:
        told = session.exec(select(Event.body).where(Event.kind == "supplies_exported")).all()
        assert [one["what"] for one in told] == ["cards", "lines", "purchase_lines", "card"]
        assert session.exec(select(Supplier.code)).all() == ["HZ-01"]
    stranger = TestClient(Starlette(routes=ROUTES), headers={"cookie": sign_in("ceshi-ke", Role.SERVICE)})
    assert "said=" in str(stranger.get("/suppliers/download?what=cards", follow_redirects=False).headers["location"])


async def test_customer_service_has_nothing_to_do_with_suppliers(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/suppliers", Suppliers.enter)
        assert (await tab.state(Who)).refused == "supplier:card:read"
        assert not (await tab.state(Suppliers)).is_loaded
