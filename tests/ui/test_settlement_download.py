"""What do the books look like as a file? The same rows as CSV and as a workbook, by whom, without any buyer."""

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Role
from orderhub.domain.order import Order
from orderhub.domain.settlement import Difference, Statement
from orderhub.domain.settlement_book import take
from orderhub.domain.settlement_upkeep import resolve_difference
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui.settlement_download import routes
from tests.builders import NOW
from tests.domain.settled import DAY, TOTAL_FEN, bill, paid_order, receipt
from tests.ui.conftest import SignIn

_BUYER = ("张三测试", "13800000000", "测试路 1 号", "buyer-token-1")
Fetch = Callable[..., bytes]


@pytest.fixture
def fetch(sign_in: SignIn, database: Database) -> Fetch:
    cookie = sign_in("ceshi-cai", Role.FINANCE)

    def fetch(query: str) -> bytes:
        client = TestClient(Starlette(routes=routes), headers={"cookie": cookie})
        answer = client.get(f"/settlement/download?{query}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        return answer.content

    return fetch


def a_day(database: Database, *words: str) -> int:
    """One line agrees, one has no order, one another amount; each bears one of ``words``. Returns the day's id."""
    with database.transaction() as session:
        paid_order(session, "A1")
        paid_order(session, "A2")
        order = session.exec(select(Order).where(Order.channel_order_no == "A2")).one()
        order.receiver_name_masked, order.receiver_phone_masked, order.receiver_address_masked = _BUYER[:3]
        order.buyer_token = _BUYER[3]
        session.add(order)
        said = [*words, "SUCCESS", "SUCCESS", "SUCCESS"]
        lines = receipt("A1", fee_fen=84, word=said[0]), receipt("A2", 100, word=said[1]), receipt("X9", word=said[2])
        take(session, bill(*lines), by="tester", now=NOW)
        return session.exec(select(Statement.id)).one()


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_both_kinds_of_file_hold_the_same_differences(database: Database, fetch: Fetch):
    a_day(database)
    said, names, *rows = rows_of(fetch("what=differences&format=csv"))
    found = sheets(fetch("what=differences&format=xlsx"))
    head, *cells = found["对账差异"]
    assert head == names
    assert [row[5] for row in rows] == [row[5] for row in cells] == ["A2", "X9"]
    assert [row[9] for row in rows] == ["-138.40", "139.40"]
    assert [row[9] for row in cells] == [-138.4, 139.4]
    assert said[0].startswith("导出人 ceshi-cai，导出时间 20")
    assert str(found["说明"][0][0]).startswith("导出人 ceshi-cai，导出时间 20")
    assert found["说明"][1] == ["筛选条件：what=differences&format=xlsx"]


def test_a_narrowed_page_gives_what_it_shows(database: Database, fetch: Fetch):
    a_day(database)
    cells = sheets(fetch("what=differences&format=xlsx&cause=amount"))["对账差异"]
    assert [row[5] for row in cells[1:]] == ["A2"]


def test_a_workbook_knows_who_made_it_and_writes_money_with_two_decimals(database: Database, fetch: Fetch):
    statement_id = a_day(database)
    with zipfile.ZipFile(io.BytesIO(fetch(f"what=lines&format=xlsx&statement={statement_id}"))) as archive:
        properties = archive.read("docProps/core.xml").decode()
        assert "<dc:creator>ceshi-cai</dc:creator>" in properties
        assert "导出人 ceshi-cai" in properties
        assert "#,##0.00" in archive.read("xl/styles.xml").decode()
        assert "<v>139.4</v>" in archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("word", ['=HYPERLINK("http://x.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1"])
def test_nothing_in_a_file_is_run_by_a_spreadsheet(database: Database, fetch: Fetch, word: str):
    statement_id = a_day(database, word)
    asked = f"what=lines&statement={statement_id}"
    with zipfile.ZipFile(io.BytesIO(fetch(f"{asked}&format=xlsx"))) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in archive.namelist() if "rels" in name and "worksheets" in name]
    cells = sheets(fetch(f"{asked}&format=xlsx"))["流水明细"]
    assert cells[1][9] == word
    assert rows_of(fetch(f"{asked}&format=csv"))[2][9] == f"'{word}"


def test_no_file_holds_anything_of_a_buyer(database: Database, fetch: Fetch):
    statement_id = a_day(database)
    with database.transaction() as session:
        wrong = session.exec(select(Difference)).first()
        assert wrong
        resolve_difference(session, wrong.id, reason="线下补款", by="cai", now=NOW)
    for what in ("days", "differences", "differences&resolved=1", f"lines&statement={statement_id}"):
        text = fetch(f"what={what}&format=csv").decode()
        cells = str(sheets(fetch(f"what={what}&format=xlsx")))
        for secret in _BUYER:
            assert secret not in text
            assert secret not in cells
        assert not {"买家", "收件人", "手机", "地址", "备注"} & set(rows_of(text.encode())[1])


def test_the_log_says_who_took_what_and_how_many_rows(database: Database, fetch: Fetch):
    a_day(database)
    fetch("what=days&format=csv")
    fetch("what=differences&format=xlsx")
    with database.reading() as session:
        taken = session.exec(select(Event).where(Event.kind == "settlement_exported").order_by(Event.id)).all()  # type: ignore[arg-type]
    assert [(one.actor, one.body) for one in taken] == [
        ("ceshi-cai", {"what": "days", "form": "csv", "rows": 1}),
        ("ceshi-cai", {"what": "differences", "form": "xlsx", "rows": 2}),
    ]


def test_days_are_numbers_that_add_up(database: Database, fetch: Fetch):
    a_day(database)
    (row,) = sheets(fetch("what=days&format=xlsx"))["每日账单"][1:]
    assert row[:1] == [str(DAY)]
    assert row[3:10] == [3.0, (2 * TOTAL_FEN + 100) / 100, 0.0, 0.84, 0.0, 2.0, (2 * TOTAL_FEN - 100) / 100]


def test_who_may_not_see_the_books_gets_no_file(sign_in: SignIn, database: Database):
    a_day(database)
    cookie = sign_in("ceshi-cang", Role.WAREHOUSE)
    client = TestClient(Starlette(routes=routes), headers={"cookie": cookie}, follow_redirects=False)
    answer = client.get("/settlement/download?what=days&format=xlsx")
    assert answer.status_code in (302, 303)
    assert answer.headers["location"].startswith("/settlement?said=")
    assert client.get("/settlement/download", headers={"cookie": ""}).headers["location"] == "/login"
    with database.reading() as session:
        assert session.exec(select(Event).where(Event.kind == "settlement_exported")).all() == []


def test_a_name_of_a_file_says_when_it_was_taken(database: Database, sign_in: SignIn):
    a_day(database)
    client = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-cai", Role.FINANCE)})
    said = client.get("/settlement/download?format=xlsx&what=x").headers["content-disposition"]
    assert f"settlement-days-{utc_now():%Y}" in said
    assert said.endswith('.xlsx"')
