"""Purchase orders and receipts for programs: drafted by one, approved by people, counted by another."""

import pytest
from sqlmodel import func, select

from orderhub.access.permissions import Permission, Role
from orderhub.access.roles import RoleSet
from orderhub.domain.purchase_order import PurchaseOrder, PurchaseStatus, approve, place
from orderhub.domain.receipt import Receipt
from tests.builders import NOW
from tests.domain.packed import paid
from tests.domain.stocked import assert_sound, level, stocked
from tests.domain.supplying import BY, line, ordered, supplier

from .keyed import Program, program


@pytest.fixture
def erp(database) -> Program:
    with database.transaction() as session:
        stocked(session, A=(10, 5))
        supplier(session, name="杭州收纳", contact="王经理 13800000000", lead_days=10)
    return program(database)


def order_post(**changes):
    lines = [{"sku_code": "A", "quantity": 100, "price_fen": 1250, "promised_on": "2026-12-04"}]
    return {"supplier": "HZ-01", "warehouse": "east", "order_no": "ERP-1", "lines": lines} | changes


def receipt_post(*counted, **changes):
    return {"receipt_no": "RK-1", "received_on": "2026-11-24", "counted": list(counted)} | changes


def test_what_a_program_drafts_and_people_place_a_program_counts(erp, database):
    drafted = erp.post("/purchases", order_post(), key="k-1")
    assert (drafted.status_code, drafted.json()["status"], drafted.json()["made_by"]) == (201, "draft", "key:WMS")
    assert erp.post("/purchases", order_post(), key="k-1").json() == drafted.json()
    number = drafted.json()["id"]
    early = erp.post(f"/purchases/{number}/receipts", receipt_post({"line_no": 1, "good": 1}))
    assert (early.status_code, early.json()["code"]) == (409, "purchase_not_ordered")
    with database.transaction() as session:
        approve(session, number, **BY)
        place(session, number, **BY)
    counted = {"line_no": 1, "good": 90, "wrong": 2, "missing": 0, "defective": 3}
    came = erp.post(f"/purchases/{number}/receipts", receipt_post(counted))
    assert (came.status_code, came.json()["by"], came.json()["counted"]) == (201, "key:WMS", [counted])
    assert erp.post(f"/purchases/{number}/receipts", receipt_post(counted)).json() == came.json()
    other = erp.post(f"/purchases/{number}/receipts", receipt_post(counted | {"good": 91}))
    assert (other.status_code, other.json()["code"]) == (409, "receipt_differs")
    found = erp.get(f"/purchases/{number}").json()
    assert (found["status"], found["ordered_on"], found["receipts"]) == ("partly_received", "2026-11-24", [came.json()])
    assert {name: found["lines"][0][name] for name in counted} == counted
    assert (found["lines"][0]["settled_on"], found["lines"][0]["price_fen"]) == (None, 1250)
    with database.reading() as session:
        assert level(session, "A") == (100, 0)
        assert_sound(session)


def test_what_came_serves_an_order_that_waited(erp, database):
    with database.transaction() as session:
        order = ordered(session, line("A", 100))
    waiting = paid("1", ("A", 20))
    erp.post(f"/purchases/{order.id}/receipts", receipt_post({"line_no": 1, "good": 50}))
    with database.reading() as session:
        assert level(session, "A") == (60, 20)
    assert waiting


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"supplier": "nobody"}, 404, "not_found", ""),
        ({"warehouse": "north"}, 404, "not_found", ""),
        ({"lines": []}, 422, "not_valid", "lines"),
        ({"lines": [{"sku_code": "A", "quantity": 0}]}, 422, "not_valid", "lines.0.quantity"),
        ({"lines": [{"sku_code": "A", "quantity": 1, "price_fen": -1}]}, 422, "not_valid", "lines.0.price_fen"),
        ({"lines": [{"sku_code": "A", "quantity": 1, "promised_on": "soon"}]}, 422, "not_valid", "lines.0.promised_on"),
        ({"order_no": ""}, 422, "not_valid", "order_no"),
        ({"status": "approved"}, 422, "not_valid", "status"),
    ],
)
def test_an_order_that_cannot_be_is_refused_in_words(erp, database, changes, status, code, field):
    answer = erp.post("/purchases", order_post(**changes), key="k-1")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(PurchaseOrder)).one() == 0


def test_a_supplier_has_one_order_of_a_number(erp):
    assert erp.post("/purchases", order_post()).status_code == 201
    twice = erp.post("/purchases", order_post())
    assert (twice.status_code, twice.json()["code"]) == (409, "purchase_exists")
    ours = [erp.post("/purchases", order_post(order_no=None)).json()["order_no"] for _ in range(2)]
    assert len(set(ours)) == 2


@pytest.mark.parametrize(
    ("counted", "status", "code", "field"),
    [
        ([{"line_no": 2, "good": 1}], 422, "receipt_lines", "counted.0.line_no"),
        ([{"line_no": 1, "good": 1}, {"line_no": 1, "good": 1}], 422, "receipt_lines", "counted"),
        ([{"line_no": 1}], 422, "receipt_nothing", "counted"),
        ([{"line_no": 1, "good": -1}], 422, "not_valid", "counted.0.good"),
        ([{"line_no": 1, "good": 60, "defective": 41}], 409, "more_than_ordered", ""),
    ],
)
def test_a_receipt_that_cannot_be_changes_nothing(erp, database, counted, status, code, field):
    with database.transaction() as session:
        order = ordered(session, line("A", 100))
    answer = erp.post(f"/purchases/{order.id}/receipts", receipt_post(*counted), key="k-1")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)
    assert erp.post("/purchases/404/receipts", receipt_post({"line_no": 1, "good": 1})).status_code == 404
    with database.reading() as session:
        assert session.exec(select(Receipt)).all() == []
        assert level(session, "A") == (10, 0)


def test_purchases_are_read_page_by_page_and_chosen(erp, database):
    with database.transaction() as session:
        made = [ordered(session, line("A"), line("没有", 5), order_no=f"PO-{turn}").id for turn in range(3)]
        supplier(session, "NB-02", name="宁波")
    seen, cursor = [], ""
    while True:
        page = erp.get("/purchases", limit=2, cursor=cursor).json()
        seen += [(one["id"], [each["is_sku"] for each in one["lines"]]) for one in page["purchases"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [(one, [True, False]) for one in made]
    asked = {"supplier": "HZ-01", "order_no": "PO-1", "warehouse": "east", "status": PurchaseStatus.ORDERED}
    assert [one["id"] for one in erp.get("/purchases", **asked).json()["purchases"]] == [made[1]]
    for name in asked:
        other = {"status": "draft"} if name == "status" else {name: "other"}
        assert erp.get("/purchases", **asked | other).json()["purchases"] == []
    first = erp.get("/suppliers", limit=1).json()
    assert first["suppliers"] == [
        {"code": "HZ-01", "name": "杭州收纳", "lead_days": 10, "currency": "CNY", "is_active": True}
    ]
    (second,) = erp.get("/suppliers", cursor=first["next_cursor"]).json()["suppliers"]
    assert [second] == erp.get("/suppliers", code="NB-02").json()["suppliers"]


def test_goods_are_counted_without_seeing_what_they_cost(database):
    rights = (Permission.API_PURCHASE_READ, Permission.API_STOCK_WRITE)
    wms = program(database, *rights, role=Role.MANAGER)
    with database.transaction() as session:
        stocked(session, A=(10, 5))
        order = ordered(session, line("A"))
        told = {"permissions": list(rights), "fields": [], "updated_at": NOW, "updated_by": "ceshi"}
        session.add(RoleSet(code="manager", job=Role.MANAGER, **told))
    assert wms.post(f"/purchases/{order.id}/receipts", receipt_post({"line_no": 1, "good": 1})).status_code == 201
    found = [wms.get(f"/purchases/{order.id}").json(), *wms.get("/purchases").json()["purchases"]]
    assert [(one["lines"][0]["good"], one["lines"][0]["price_fen"]) for one in found] == [(1, None), (1, None)]
