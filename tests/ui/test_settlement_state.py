"""Can finance read the days, settle what differs, close, and take a statement; and nobody else?"""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.settlement import Difference, DifferenceCause, FeeRate, Statement, StatementSource
from orderhub.domain.settlement_book import take
from orderhub.domain.settlement_upkeep import close_day, resolve_difference
from orderhub.intake.statements import uploads
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui.gate import Who
from orderhub.ui.settlement_view import query_of, settlement_view
from orderhub.ui.state.settlement import Settlement, load_preview
from tests.builders import NOW
from tests.domain.settled import DAY, bill, merchant_shop, paid_order, receipt
from tests.intake.statements.ledgers import RECORDED
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


def a_day(database: Database) -> None:
    """One line agrees, one has no order, one another amount."""
    with database.transaction() as session:
        paid_order(session, "A1")
        paid_order(session, "A2")
        lines = receipt("A1", fee_fen=84), receipt("A2", 100), receipt("X9")
        take(session, bill(*lines), by="tester", now=NOW)


def test_days_and_differences_are_shown_with_their_age(database: Database):
    a_day(database)
    with database.reading() as session:
        view = settlement_view(session, query_of({}), NOW + timedelta(days=7))
    assert (view.open, view.gap, view.late, view.unclosed, view.share) == ("2", "¥277.80", "2", "1", "33.33 %")
    (day,) = view.days
    assert (day.day, day.lines, day.receipts, day.fees, day.open, day.may_close) == (
        str(DAY), "3", "¥279.80", "¥0.84", "2", True,
    )  # fmt: skip
    assert [(one.cause, one.number, one.gap, one.is_late) for one in view.differences] == [
        ("amount", "A2", "−¥138.40", True),
        ("missing_order", "X9", "¥139.40", True),
    ]
    assert [(one.cause, one.count, one.money) for one in view.causes] == [
        ("missing_order", "1", "¥139.40"),
        ("amount", "1", "¥138.40"),
    ]


def test_a_link_narrows_the_differences_and_what_is_over_says_by_whom(database: Database):
    a_day(database)
    with database.transaction() as session:
        wrong = session.exec(select(Difference).where(Difference.cause == DifferenceCause.AMOUNT)).one()
        resolve_difference(session, wrong.id, reason="店主测试", by="cai", now=NOW)
        close_day(session, session.exec(select(Statement)).one().id, by="cai", now=NOW)
        take(session, bill(receipt("A1", fee_fen=84), receipt("A2"), receipt("X9")), by="tester", now=NOW)
        over = settlement_view(session, query_of({"resolved": "1", "cause": "amount"}), NOW)
        day = settlement_view(session, query_of({"statement": str(wrong.statement_id)}), NOW)
    assert [(one.number, one.resolved_by, one.reason) for one in over.differences] == [("A2", "cai", "店主测试")]
    assert [(one.kind, one.number, one.amount) for one in day.corrections] == [
        ("receipt", "A2", "−¥1.00"),
        ("receipt", "A2", "¥139.40"),
    ]
    assert (day.days[0].corrections, day.days[0].corrected, day.days[0].receipts) == ("2", "¥138.40", "¥279.80")


@pytest.mark.parametrize("given", [{}, {"cause": "x", "statement": "-1", "until": "2026-13-01", "after": "x"}])
def test_an_address_that_means_nothing_asks_for_everything(given: dict[str, str]):
    assert query_of(given) == query_of({})


async def test_finance_settles_closes_and_sets_a_rate(sign_in: SignIn, database: Database):
    a_day(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.visit("/settlement", Settlement.enter)
        view = (await tab.state(Settlement)).view
        await tab.fire(Settlement.resolve({"id": view.differences[0].id, "reason": "线下补款"}))
        assert (await tab.state(Settlement)).said == "差异已处理"
        await tab.fire(Settlement.close(view.days[0].id))
        assert (await tab.state(Settlement)).view.days[0].closed_by == "ceshi-a"
        await tab.fire(Settlement.set_rate({"source": "wechat_pay", "percent": "0.6"}))
        assert [(one.source, one.percent) for one in (await tab.state(Settlement)).view.rates] == [
            ("wechat_pay", "0.6")
        ]
        await tab.fire(Settlement.set_rate({"source": "wechat_pay", "percent": "lots"}))
        assert (await tab.state(Settlement)).said == "费率要在 0 到 20 之间"
    with database.reading() as session:
        assert session.get_one(FeeRate, StatementSource.WECHAT_PAY).rate_ppm == 6000
        actors = set(session.exec(select(Event.actor).where(Event.kind.in_(["statement_closed", "fee_rate_set"]))))  # type: ignore[attr-defined]
        assert actors == {"ceshi-a"}


async def test_an_upload_is_looked_at_and_taken_once(sign_in: SignIn, database: Database, tmp_path: Path):
    with database.transaction() as session:
        merchant_shop(session)
    path = tmp_path / "bill.csv"
    path.write_bytes(RECORDED.read_bytes())
    mark = uploads.keep(path, "bill.csv", shop="").mark
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.MANAGER))
        await tab.visit(f"/settlement?file={mark}", Settlement.enter)
        seen = (await tab.state(Settlement)).preview
        assert (seen.source, seen.account, seen.lines, seen.matched) == ("wechat_pay", "1900000001", "45", "0")
        assert [(one.cause, one.count) for one in seen.causes] == [("missing_order", "45")]
        await tab.fire(Settlement.take())
        state = await tab.state(Settlement)
        assert (state.said, state.preview.mark) == ("账单已入账：新流水 45 笔，新差异 45 条", "")
        assert state.view.days[0].receipts == "¥0.47"
    assert load_preview(mark, "zh").problem == "这份上传已经入账或过期，请重新上传"


def test_a_bill_of_a_merchant_number_of_nobody_says_what_to_do(database: Database, tmp_path: Path):
    path = tmp_path / "bill.csv"
    path.write_bytes(RECORDED.read_bytes())
    mark = uploads.keep(path, "bill.csv", shop="").mark
    assert "connect-pay" in load_preview(mark, "en").problem
    assert uploads.forget_uploads(utc_now()) == 0
    assert uploads.forget_uploads(utc_now() + timedelta(hours=25)) == 1


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.SERVICE, Role.WAREHOUSE])
async def test_who_has_nothing_to_do_with_money_sees_and_changes_nothing(
    sign_in: SignIn, database: Database, role: Role
):
    a_day(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=role))
        await tab.visit("/settlement", Settlement.enter)
        await tab.fire(Settlement.close("1"))
        assert (await tab.state(Settlement)).view.days == []
        assert (await tab.state(Who)).refused == "settlement:day:change"
    with database.reading() as session:
        assert session.exec(select(Statement.closed_at)).all() == [None]
