"""The page of report schedules: only who may sees and changes them, with a fresh code, and what is wrong is said."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.domain.report_run import note_failure
from orderhub.domain.report_schedule import ReportFailure, ReportRun, ReportSchedule, SchedulePeriod
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.settings import settings
from orderhub.ui.gate import Who
from orderhub.ui.report_address import Report
from orderhub.ui.state.proof import Proof
from orderhub.ui.state.schedule import Schedules
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

PATH = "/reports/schedules"
FORM = {
    "id": "",
    "name": "周报",
    "report-trend": "1",
    "report-funnel": "1",
    "period": "week",
    "weekday": "1",
    "at": "09:05",
    "mails": "boss@example.com, desk@example.com",
    "robot": "0",
    "lang": "en",
}


@pytest.fixture(autouse=True)
def mail_server(monkeypatch):
    monkeypatch.setenv("ORDERHUB_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("ORDERHUB_SMTP_FROM", "hub@example.com")
    settings.cache_clear()
    yield
    settings.cache_clear()


def rows(database: Database, kind: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.exec(select(kind)))


async def test_a_schedule_is_added_changed_switched_sent_and_removed(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit(PATH, Schedules.enter)
        assert (await tab.state(Schedules)).view.form.reports == list(Report)
        await tab.fire(Schedules.keep(FORM))
        state = await tab.state(Schedules)
        assert not state.is_refusal, state.said
        (row,) = state.view.rows
        assert (row.reports, row.period, row.weekday, row.at) == (["trend", "funnel"], "week", "1", "09:05")
        assert (row.mails, row.owner) == (["boss@example.com", "desk@example.com"], "ceshi-m")
        (kept,) = rows(database, ReportSchedule)
        assert (kept.period, kept.at_minute, kept.lang, kept.owner) == (SchedulePeriod.WEEK, 545, "en", "ceshi-m")
        await tab.visit(f"{PATH}?schedule={row.id}", Schedules.enter)
        form = (await tab.state(Schedules)).view.form
        assert (form.id, form.mails, form.lang) == (row.id, "boss@example.com, desk@example.com", "en")
        await tab.fire(Schedules.keep(FORM | {"id": row.id, "weekday": "0", "mails": "boss@example.com"}))
        (kept,) = rows(database, ReportSchedule)
        assert (kept.weekday, kept.mails) == (0, ["boss@example.com"])
        await tab.fire(Schedules.send({"schedule": row.id, "to": "me@example.com"}))
        assert [(one.mails, one.is_asked) for one in rows(database, ReportRun)] == [(["me@example.com"], True)]
        await tab.fire(Schedules.switch(row.id, is_on=False))
        assert [one.is_on for one in (await tab.state(Schedules)).view.rows] == [False]
        await tab.fire(Schedules.remove(row.id))
        assert (await tab.state(Schedules)).view.rows == []


async def test_why_a_report_has_not_arrived_is_a_word_with_its_reader_and_code(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit(PATH, Schedules.keep(FORM))
        (row,) = (await tab.state(Schedules)).view.rows
        assert (row.failure, row.failure_at, row.failure_code) == ("", "", "")
        with database.transaction() as session:
            failure = ReportFailure.MAIL_REFUSED
            note_failure(session, int(row.id), failure, at="desk@example.com", code="550 5.1.1")
        await tab.visit(PATH, Schedules.enter)
        (row,) = (await tab.state(Schedules)).view.rows
        assert (row.failure, row.failure_at, row.failure_code) == ("mail_refused", "desk@example.com", "550 5.1.1")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"name": ""}, "请写名称"),
        ({"report-trend": "", "report-funnel": ""}, "至少选一张报表"),
        ({"mails": ""}, "请填写收件邮箱或选一个机器人"),
        ({"mails": "boss"}, "有邮箱地址的写法不对"),
        ({"at": "25:00"}, "请填写发送日和时间"),
        ({"at": ""}, "请填写发送日和时间"),
        ({"weekday": "9"}, "请填写发送日和时间"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_kept(sign_in: SignIn, database: Database, broken, said):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit(PATH, Schedules.keep(FORM | broken))
        state = await tab.state(Schedules)
        assert (state.said, state.is_refusal) == (said, True)
    assert rows(database, ReportSchedule) == []


async def test_without_a_mail_server_it_is_said_at_once(sign_in: SignIn, database: Database, monkeypatch):
    monkeypatch.setenv("ORDERHUB_SMTP_HOST", "")
    settings.cache_clear()
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit(PATH, Schedules.keep(FORM))
        assert "ORDERHUB_SMTP_HOST" in (await tab.state(Schedules)).said
    assert rows(database, ReportSchedule) == []


async def test_a_code_of_long_ago_is_asked_for_anew(sign_in: SignIn, database: Database):
    cookie = sign_in("ceshi-m", Role.MANAGER)
    with database.transaction() as session:
        login = session.exec(select(sessions.UserSession)).one()
        login.proved_at = utc_now() - timedelta(hours=1)
        session.add(login)
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.visit(PATH, Schedules.keep(FORM))
        assert (await tab.state(Proof)).asked_for
    assert rows(database, ReportSchedule) == []


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE])
async def test_who_may_not_sees_and_changes_nothing(sign_in: SignIn, database: Database, role: Role):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in("ceshi-x", role))
        for event in (Schedules.enter, Schedules.keep(FORM), Schedules.send({}), Schedules.remove("1")):
            await tab.fire(event)
            assert (await tab.state(Who)).refused == "report:schedule:change"
        assert (await tab.state(Schedules)).view.rows == []
    assert rows(database, ReportSchedule) == []
