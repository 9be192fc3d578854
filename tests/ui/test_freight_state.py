"""Can finance take a bill, claim what is too much, keep the answer and the credit; and nobody else?"""

import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import Session, func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Role
from orderhub.domain.freight_bill import FreightLine, FreightTerms, take
from orderhub.domain.freight_claim import ClaimStatus, FreightClaim, FreightCredit
from orderhub.domain.words import Carrier
from orderhub.intake.statements import uploads
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui.freight_forms import routes
from orderhub.ui.freight_view import freight_view, query_of
from orderhub.ui.gate import Who
from orderhub.ui.state.freight import Freight, load_bill
from tests.builders import NOW
from tests.domain.freighted import DAY, bill, card, charge, parcel
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


def a_bill(session: Session) -> None:
    """One charge agrees, one is too heavy, one is for a waybill that is not ours."""
    card(session)
    parcel(session, "SF0000000001")
    parcel(session, "SF0000000002")
    told = charge("SF0000000001"), charge("SF0000000002", 900, grams=3000), charge("SF0000000099", word="=1+1")
    take(session, bill(*told), by="tester", now=NOW)


def test_differences_come_with_the_most_money_first_and_months_add_up(database: Database):
    with database.transaction() as session:
        a_bill(session)
        view = freight_view(session, query_of({}), NOW)
        narrowed = freight_view(session, query_of({"carrier": "sf", "month": f"{DAY:%Y-%m}", "cause": "weight"}), NOW)
        elsewhere = freight_view(session, query_of({"carrier": "zto"}), NOW)
    assert (view.lines, view.share, view.open, view.open_money) == ("3", "33.33 %", "2", "¥9.00")
    assert [(one.number, one.cause, one.gap) for one in view.differences] == [
        ("SF0000000099", "unknown_waybill", "¥5.00"),
        ("SF0000000002", "weight", "¥4.00"),
    ]
    heavy = view.differences[1]
    assert (heavy.weight, heavy.our_weight, heavy.zone, heavy.our_zone) == ("3 kg", "0.8 kg", "浙江省", "浙江")
    (month,) = view.months
    assert (month.month, month.lines, month.charged, month.expected, month.gap) == (
        f"{DAY:%Y-%m}", "3", "¥19.00", "¥10.00", "¥9.00",
    )  # fmt: skip
    assert [one.number for one in narrowed.differences] == ["SF0000000002"]
    assert elsewhere.differences == []


@pytest.mark.parametrize("given", [{}, {"carrier": "x", "month": "2026-13", "cause": "x", "after": "x", "claim": "-1"}])
def test_an_address_that_means_nothing_asks_for_everything(given: dict[str, str]):
    assert query_of(given) == query_of({})


def test_pages_show_every_difference_once(database: Database):
    with database.transaction() as session:
        told = [charge(f"SF{number:010}", 500 + number % 3) for number in range(120)]
        take(session, bill(*told), by="tester", now=NOW)
        seen: list[str] = []
        address = "/freight"
        while address:
            asked = dict(part.split("=") for part in address.partition("?")[2].split("&") if part)
            view = freight_view(session, query_of(asked), NOW)
            seen += [one.number for one in view.differences]
            address = view.next
    assert len(seen) == len(set(seen)) == 120


async def test_finance_claims_keeps_the_answer_and_books_the_credit(sign_in: SignIn, database: Database):
    with database.transaction() as session:
        a_bill(session)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.visit("/freight", Freight.enter)
        heavy = (await tab.state(Freight)).view.differences[1]
        await tab.fire(Freight.ask("claim", heavy.id))
        assert (await tab.state(Freight)).asking == f"claim {heavy.id}"
        await tab.fire(Freight.claim({"id": heavy.id, "amount": "99", "note": ""}))
        assert (await tab.state(Freight)).said == "金额要大于 0，且不超过可索赔的数"
        await tab.fire(Freight.claim({"id": heavy.id, "amount": "4.00", "note": "实重 0.8 公斤"}))
        state = await tab.state(Freight)
        assert (state.said, state.asking, state.view.waiting_money) == ("已提出索赔", "", "¥4.00")
        assert [one.number for one in state.view.differences] == ["SF0000000099"]
        await tab.fire(Freight.claim_page())
        state = await tab.state(Freight)
        assert (state.said, state.view.open, len(state.view.claims)) == ("已提出 1 笔索赔", "0", 2)
        mine, other = state.view.claims
        await tab.fire(Freight.refuse({"id": other.id, "note": ""}))
        assert (await tab.state(Freight)).said == "请写明拒绝的原因"
        await tab.fire(Freight.refuse({"id": other.id, "note": "面单是贵司的"}))
        await tab.fire(Freight.accept({"id": mine.id, "amount": "3.5", "note": "下月抵扣"}))
        await tab.fire(Freight.credit({"id": mine.id, "note": "12 月账单"}))
        assert (await tab.state(Freight)).view.credited == "¥3.50"
        await tab.fire(Freight.set_terms({"carrier": "sf", "grams": "5000", "percent": "0"}))
        await tab.fire(Freight.check_again())
        assert (await tab.state(Freight)).view.share == "66.66 %"
        await tab.fire(Freight.set_terms({"carrier": "x", "grams": "1", "percent": "0"}))
        assert (await tab.state(Freight)).said == "请选择是哪家快递公司的账单"
    with database.reading() as session:
        assert session.get_one(FreightTerms, Carrier.SF).tolerance_grams == 5000
        statuses = session.exec(select(FreightClaim.status).order_by(FreightClaim.id)).all()  # type: ignore[arg-type]
        assert statuses == [ClaimStatus.CREDITED, ClaimStatus.REFUSED]
        assert session.exec(select(FreightCredit.amount_fen)).all() == [350]


async def test_an_upload_is_looked_at_and_taken_once(sign_in: SignIn, database: Database, tmp_path: Path):
    path = tmp_path / "sf.csv"
    path.write_text("运单号,日期,运费\nSF1000000001,2026-11-23,5\n", encoding="utf-8")
    mark = uploads.keep(path, "sf.csv", shop="sf").mark
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.MANAGER))
        await tab.visit(f"/freight?file={mark}", Freight.enter)
        seen = (await tab.state(Freight)).preview
        assert (seen.carrier, seen.lines, seen.fresh, seen.charged, seen.gap) == ("sf", "1", "1", "¥5.00", "¥5.00")
        assert [(one.cause, one.count) for one in seen.causes] == [("unknown_waybill", "1")]
        await tab.fire(Freight.take())
        state = await tab.state(Freight)
        assert (state.said, state.preview.mark, state.view.open) == ("账单已入账：新收费 1 笔", "", "1")
    assert load_bill(mark, "zh").problem == "这份上传已经入账或过期，请重新上传"


def test_wrong_rows_are_said_in_words(database: Database, tmp_path: Path):
    path = tmp_path / "sf.csv"
    path.write_text("运单号,日期,运费\nSF1000000001,gestern,5\n", encoding="utf-8")
    view = load_bill(uploads.keep(path, "sf.csv", shop="sf").mark, "zh")
    assert view.problem == "有 1 行读不懂，改好后重新上传；现在什么都没有入账"
    assert view.rows == ["第 2 行“日期”：时间读不出来"]


def test_charges_and_claims_leave_as_files_and_the_log_knows(sign_in: SignIn, database: Database):
    with database.transaction() as session:
        a_bill(session)
    client = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-cai", Role.FINANCE)})
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/freight/download?what=lines&format=xlsx").content))
    names, *rows = book.get_sheet_by_name("运费明细").to_python()
    assert [(row[2], row[4], row[9], row[11]) for row in rows] == [
        ("SF0000000001", "对得上", 5.0, 0.0),
        ("SF0000000002", "重量偏高", 9.0, 4.0),
        ("SF0000000099", "不是我们的运单", 5.0, 5.0),
    ]
    assert rows[2][3] == "=1+1"
    assert not {"买家", "收件人", "手机", "地址"} & set(map(str, names))
    assert "'=1+1" in client.get("/freight/download?what=lines").text
    assert client.get("/freight/download?what=claims").text.splitlines()[0].startswith("\ufeff导出人 ceshi-cai")
    with database.reading() as session:
        taken = session.exec(select(Event.body).where(Event.kind == "freight_exported").order_by(Event.id)).all()  # type: ignore[arg-type]
    assert [(one["what"], one["form"], one["rows"]) for one in taken] == [
        ("lines", "xlsx", 3),
        ("lines", "csv", 3),
        ("claims", "csv", 0),
    ]


def test_a_bill_sent_by_the_form_waits_to_be_looked_at(sign_in: SignIn, database: Database):
    client = TestClient(
        Starlette(routes=routes),
        base_url="http://localhost:3000",
        headers={"cookie": sign_in("ceshi-cai", Role.FINANCE), "origin": "http://localhost:3000"},
        follow_redirects=False,
    )
    sent = {"file": ("sf.csv", "运单号,日期,运费\nSF1000000001,2026-11-23,5\n".encode())}
    answer = client.post("/freight/file", files=sent, data={"carrier": "sf"})
    assert answer.headers["location"].startswith("/freight?file=")
    mark = answer.headers["location"].partition("file=")[2]
    assert (load_bill(mark, "zh").carrier, load_bill(mark, "zh").lines) == ("sf", "1")
    assert (
        client.post("/freight/file", data={"carrier": "sf"})
        .headers["location"]
        .startswith("/freight?said=file_missing")
    )
    assert uploads.forget_uploads(utc_now()) == 0


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.SERVICE, Role.WAREHOUSE])
async def test_who_has_nothing_to_do_with_money_sees_and_changes_nothing(
    sign_in: SignIn, database: Database, role: Role
):
    with database.transaction() as session:
        a_bill(session)
        line_id = session.exec(select(func.min(FreightLine.id))).one()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/freight", Freight.enter)
        await tab.fire(Freight.claim({"id": str(line_id)}))
        await tab.fire(Freight.claim_page())
        assert (await tab.state(Freight)).view.months == []
        assert (await tab.state(Who)).refused == "settlement:day:change"
    with database.reading() as session:
        assert session.exec(select(FreightClaim)).all() == []
