"""Parcels, stock, after-sales and anomalies for programs: through real HTTP requests into the real application."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.access.answered import ApiAnswer, forget_answers
from orderhub.access.permissions import Permission
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.anomaly import Anomaly, open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.stock import StockEntry
from orderhub.domain.words import AftersaleKind
from orderhub.kernel.clock import utc_now
from tests import builders
from tests.builders import NOW
from tests.domain.drafts import a_refund
from tests.domain.packed import allocated, paid
from tests.domain.stocked import assert_sound, level, stocked

from .keyed import Program, program

ROOT = Path(__file__).resolve().parents[2]
SHOP = "douyin-1"


@pytest.fixture
def wms(database) -> Program:
    with database.transaction() as session:
        stocked(session, A=(10, 5), B=(0, 5))
    return program(database)


def parcel_post(no: str = "1", **changes):
    return {"shop": SHOP, "channel_order_no": no, "carrier": "zto", "tracking_no": "75312345678901"} | changes


def test_a_warehouse_reads_what_to_pack_and_says_what_has_left(wms, database):
    allocated(paid("1", ("A", 2), ("A", 1)))
    (planned,) = wms.get("/deliveries", warehouse="east").json()["deliveries"]
    assert [(one["sku_code"], one["quantity"], one["channel_order_no"]) for one in planned["pieces"]] == [
        ("A", 2, "1"),
        ("A", 1, "1"),
    ]
    left = wms.post("/shipments", parcel_post())
    assert left.status_code == 201
    assert (left.json()["tracking_no"], left.json()["shipped_by"]) == ("75312345678901", "key:WMS")
    assert wms.get("/shipments", tracking_no="75312345678901").json()["shipments"] == [left.json()]
    assert wms.get(f"/shipments/{left.json()['id']}").json() == left.json()
    assert wms.get("/deliveries").json()["deliveries"] == []
    with database.reading() as session:
        assert session.exec(select(Order.status)).one() == OrderStatus.SHIPPED
        assert level(session, "A") == (7, 0)
        assert_sound(session)


def test_the_same_waybill_leaves_once(wms, database):
    allocated(paid("1", ("A", 1)))
    first, second = (wms.post("/shipments", parcel_post()) for _ in range(2))
    assert first.json() == second.json()
    with database.reading() as session:
        assert len(session.exec(select(Shipment)).all()) == 1
        assert level(session, "A") == (9, 0)


def test_an_order_in_parts_leaves_by_the_lines_that_are_named(wms, database):
    allocated(paid("1", ("A", 7), ("B", 2)))  # B is in the south alone
    answer = wms.post("/shipments", parcel_post())
    assert (answer.status_code, answer.json()["code"]) == (409, "ships_in_parts")
    answer = wms.post("/shipments", parcel_post(lines=["1-1", "1-2"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "lines_differ")
    assert wms.post("/shipments", parcel_post(lines=["1-2"])).status_code == 201
    with database.reading() as session:
        assert session.exec(select(Order.status)).one() == OrderStatus.PARTLY_SHIPPED
        statuses = session.exec(select(Delivery.status).order_by(Delivery.id)).all()
        assert sorted(statuses) == [DeliveryStatus.LEFT, DeliveryStatus.PLANNED]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"channel_order_no": "404"}, 404, "not_found", ""),
        ({"shop": "nowhere"}, 404, "not_found", ""),
        ({"carrier": "pigeon"}, 422, "not_valid", "carrier"),
        ({"tracking_no": "1"}, 422, "not_waybill", "waybill"),
        ({"tracking_no": "7531234\u000078901"}, 422, "not_valid", "tracking_no"),
        ({"colour": "red"}, 422, "not_valid", "colour"),
        ({"lines": "1"}, 422, "not_valid", "lines"),
    ],
)
def test_a_parcel_that_cannot_be_is_refused_in_words(wms, database, changes, status, code, field):
    allocated(paid("1", ("A", 1)))
    answer = wms.post("/shipments", parcel_post(**changes), key="k-1")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)
    assert answer.headers["content-type"] == "application/problem+json"
    with database.reading() as session:
        assert session.exec(select(Shipment)).all() == []
        assert session.exec(select(ApiAnswer)).all() == []


def test_what_a_key_was_answered_it_is_answered_again(wms, database):
    asked = {"reason": "破损", "adjustments": [{"sku": "A", "warehouse": "east", "change": -1}]}
    answers = [wms.post("/stock/adjustments", asked, key="k-1") for _ in range(3)]
    assert [one.status_code for one in answers] == [200] * 3
    assert [one.json()["levels"][0]["on_hand"] for one in answers] == [9] * 3
    other = wms.post("/stock/adjustments", asked | {"reason": "丢失"}, key="k-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert wms.post("/stock/adjustments", asked, key="k-2").json()["levels"][0]["on_hand"] == 8
    assert wms.post("/stock/adjustments", asked, key="k" * 256).json()["field"] == "idempotency-key"


def test_a_key_that_was_refused_may_be_used_again(wms):
    asked = {"reason": "到货", "adjustments": [{"sku": "C", "warehouse": "east", "change": 1}]}
    assert wms.post("/stock/adjustments", asked, key="k-1").json()["field"] == "adjustments.0.sku"
    asked["adjustments"][0]["sku"] = "A"
    assert wms.post("/stock/adjustments", asked, key="k-1").status_code == 200


def test_answers_are_kept_for_three_days(wms, database):
    asked = {"reason": "盘点", "counts": [{"sku": "A", "warehouse": "east", "pieces": 10}]}
    wms.post("/stock/counts", asked, key="k-1")
    assert forget_answers(utc_now() + timedelta(hours=71)) == 0
    assert forget_answers(utc_now() + timedelta(hours=73)) == 1


def test_levels_are_counted_all_or_none(wms, database):
    places = [("A", "south", 7), ("B", "east", 1), ("A", "east", 3)]
    asked = {"reason": "盘点", "counts": [{"sku": s, "warehouse": w, "pieces": n} for s, w, n in places]}
    found = wms.post("/stock/counts", asked).json()["levels"]
    assert [(one["sku"], one["warehouse"], one["on_hand"]) for one in found] == places
    asked["counts"][1]["warehouse"] = "north"
    refused = wms.post("/stock/counts", asked | {"reason": "再盘"})
    assert (refused.json()["field"], refused.json()["code"]) == ("counts.1.warehouse", "unknown_warehouse")
    with database.reading() as session:
        assert session.exec(select(StockEntry).where(StockEntry.reason == "再盘")).all() == []


def test_pieces_that_orders_hold_are_not_adjusted_away(wms, database):
    allocated(paid("1", ("A", 9)))
    asked = {"reason": "破损", "adjustments": [{"sku": "A", "warehouse": "east", "change": -2}]}
    answer = wms.post("/stock/adjustments", asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_enough_stock")


def test_every_level_is_read_page_by_page(wms):
    seen, cursor = [], ""
    while True:
        page = wms.get("/stock", limit=3, cursor=cursor).json()
        seen += [(one["sku"], one["warehouse"], one["available"]) for one in page["levels"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [("A", "east", 10), ("A", "south", 5), ("B", "east", 0), ("B", "south", 5)]
    assert [one["sku"] for one in wms.get("/stock", sku="B", warehouse="south").json()["levels"]] == ["B"]
    assert wms.get("/stock", cursor="x").json()["field"] == "cursor"
    assert wms.get("/stock", cursor=f"1~{2**63}").status_code == 422


@pytest.fixture
def case_id(database) -> int:
    with database.transaction() as session:
        order = builders.order(session, our_status=OrderStatus.TO_SHIP)
        refund = a_refund(channel=order.channel, channel_order_no=order.channel_order_no, amount_fen=order.paid_fen)
        accept_refund(session, builders.shop(session), refund, now=NOW)
    return 1


def test_a_case_is_read_and_refused_by_a_program(case_id, database):
    crm = program(database)
    (found,) = crm.get("/aftersales", stage="requested").json()["aftersales"]
    assert (found["amount_fen"], found["kind"]) == (13940, AftersaleKind.REFUND_BEFORE_SHIPPING)
    assert crm.get(f"/aftersales/{case_id}").json() == found
    asked = {"decision": "refuse", "words": "商品已发出", "reason_code": "1"}
    answer = crm.post(f"/aftersales/{case_id}/answers", asked, key="k-1")
    assert (answer.status_code, answer.json()["decision"], answer.json()["answered_by"]) == (201, "refuse", "key:WMS")
    assert crm.post(f"/aftersales/{case_id}/answers", asked, key="k-1").json() == answer.json()
    twice = crm.post(f"/aftersales/{case_id}/answers", asked)
    assert (twice.status_code, twice.json()["code"]) == (409, "answered_already")


@pytest.mark.parametrize("decision", ["approve", "confirm_goods"])
def test_no_program_pays(case_id, database, decision):
    answer = program(database).post(f"/aftersales/{case_id}/answers", {"decision": decision})
    assert (answer.status_code, answer.json()["code"]) == (422, "paying_is_finance")
    with database.reading() as session:
        assert session.exec(select(RefundAnswer)).all() == []


def test_an_anomaly_is_read_and_resolved_with_a_note(database):
    crm = program(database)
    with database.transaction() as session:
        about = ("sku", 1)
        open_anomaly(session, AnomalyKind.OVERSOLD, about=about, occurred_at=NOW, now=NOW, note="A-18 ¥139.40")
    (found,) = crm.get("/anomalies", is_open="true", kind="oversold").json()["anomalies"]
    assert found["note"] == "A-18 ¥139.40"
    assert crm.post(f"/anomalies/{found['id']}/resolution", {"note": ""}).json()["field"] == "note"
    over = crm.post(f"/anomalies/{found['id']}/resolution", {"note": "补货已到"})
    assert (over.status_code, over.json()["resolved_by"]) == (200, "key:WMS")
    again = crm.post(f"/anomalies/{found['id']}/resolution", {"note": "补货已到"})
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")
    assert crm.get("/anomalies", is_open="true").json()["anomalies"] == []
    with database.reading() as session:
        assert session.exec(select(Anomaly)).one().resolved_by == "key:WMS"


@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        ("GET", "/deliveries", "api:shipment:read"),
        ("GET", "/shipments", "api:shipment:read"),
        ("GET", "/shipments/1", "api:shipment:read"),
        ("POST", "/shipments", "api:shipment:write"),
        ("GET", "/stock", "api:stock:read"),
        ("POST", "/stock/counts", "api:stock:write"),
        ("POST", "/stock/adjustments", "api:stock:write"),
        ("GET", "/suppliers", "api:purchase:read"),
        ("GET", "/purchases", "api:purchase:read"),
        ("GET", "/purchases/1", "api:purchase:read"),
        ("POST", "/purchases", "api:purchase:write"),
        ("POST", "/purchases/1/receipts", "api:stock:write"),
        ("GET", "/aftersales", "api:aftersale:read"),
        ("GET", "/aftersales/1", "api:aftersale:read"),
        ("POST", "/aftersales/1/answers", "api:aftersale:write"),
        ("GET", "/anomalies", "api:anomaly:read"),
        ("GET", "/anomalies/1", "api:anomaly:read"),
        ("POST", "/anomalies/1/resolution", "api:anomaly:write"),
        ("GET", "/reports/trend", "api:report:read"),
        ("GET", "/reports/timeliness", "api:report:read"),
        ("GET", "/reports/anomalies", "api:report:read"),
        ("GET", "/reports/service", "api:report:read"),
        ("GET", "/reports/returns", "api:report:read"),
        ("GET", "/reports/funnel", "api:report:read"),
        ("GET", "/reports/closure", "api:report:read"),
    ],
)
def test_a_key_does_what_it_was_made_for_and_nothing_else(database, method, path, needs):
    every = {one for one in Permission if one.is_for_programs}
    lacking = program(database, *(every - {Permission(needs)}))
    call = lacking.get if method == "GET" else lambda at: lacking.post(at, {})
    answer = call(path)
    assert (answer.status_code, answer.json()["detail"]) == (403, f"this key lacks {needs}")
    unknown = lacking.client.request(method, f"/api/v1{path}", headers={"Authorization": "Bearer ohk_wrong"})
    assert (unknown.status_code, unknown.json()["code"]) == (401, "not_signed_in")


def test_what_is_no_json_or_too_large_is_refused_for_what_it_is(wms):
    path, bearer = "/api/v1/stock/counts", {"Authorization": f"Bearer {wms.bearer}"}
    plain = wms.client.post(path, content=b"{}", headers=bearer | {"Content-Type": "text/plain"})
    assert (plain.status_code, plain.json()["field"]) == (415, "Content-Type")
    large = wms.client.post(path, content=b" " * 1_000_001, headers=bearer | {"Content-Type": "application/json"})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    twice = b'{"reason": "x", "reason": "y", "counts": []}'
    doubled = wms.client.post(path, content=twice, headers=bearer | {"Content-Type": "application/json"})
    assert (doubled.status_code, doubled.json()["code"]) == (422, "duplicate_key")
    missing = wms.client.delete(path, headers=bearer)
    assert (missing.status_code, missing.headers["allow"]) == (405, "POST")


def test_every_operation_shows_an_example_of_what_it_takes_and_gives(wms):
    document = wms.client.get("/api/openapi.json").json()
    without = []
    for path, operations in document["paths"].items():
        for method, told in operations.items() if path.startswith("/api/v1") else ():
            shapes = [told["responses"][code]["content"] for code in told["responses"] if code.startswith("2")]
            shapes += [told["requestBody"]["content"]] if "requestBody" in told else []
            for shape in shapes:
                schema = shape["application/json"]["schema"]
                named = schema.get("$ref", "").rpartition("/")[2]
                schema = document["components"]["schemas"][named] if named else schema
                without += [] if schema.get("examples") else [f"{method} {path}"]
    assert without == []


def test_the_page_on_the_api_names_every_operation_and_right(wms):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    paths = wms.client.get("/api/openapi.json").json()["paths"]
    ours = {path: operations for path, operations in paths.items() if path.startswith("/api/v1")}
    named = [f"{method.upper()} {path}" for path, operations in ours.items() for method in operations]
    assert [one for one in named if f"`{one}`" not in page] == []
    assert [one for one in Permission if one.is_for_programs and f"`{one}`" not in page] == []
    assert len(named) == len(set(re.findall(r"`((?:GET|POST) /api/v1/[^`]+)`", page)))
