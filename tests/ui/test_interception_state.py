"""Does the page of interceptions show what its address asks for, and change only what whoever asks may?"""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Role
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import Aftersale, accept_refund
from orderhub.domain.interception import InterceptionOutcome, of_case
from orderhub.domain.shipped_refusal import ShippedRefusal
from orderhub.kernel.clock import business_day, utc_now
from orderhub.kernel.db import Database
from orderhub.ui.gate import Who
from orderhub.ui.interception_view import query_of, span_text
from orderhub.ui.state.interception import Interceptions
from tests.domain.drafts import a_refund, a_shop, shipped
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

TODAY = date(2026, 11, 24)


@pytest.fixture
def late_case(database: Database) -> str:
    """A refund that was asked for after its order had left."""
    with database.transaction() as session:
        shop = a_shop(session)
        accept(session, shop, shipped(), now=utc_now())
        accept_refund(session, shop, a_refund(), now=utc_now())
        return str(session.exec(select(Aftersale.id)).one())


@pytest.mark.parametrize(
    ("given", "since", "until", "which"),
    [
        ({}, date(2026, 11, 18), TODAY, "leaked"),
        ({"since": "x", "until": "2026-13-01"}, date(2026, 11, 18), TODAY, "leaked"),
        ({"since": "2026-11-20", "which": "too_late"}, date(2026, 11, 20), TODAY, "too_late"),
        ({"since": "2020-01-01", "until": "2030-01-01", "which": "caught"}, date(2026, 8, 25), TODAY, "leaked"),
    ],
)
def test_an_address_asks_for_what_can_be(given: dict[str, str], since: date, until: date, which: str):
    query = query_of(given, TODAY)
    assert (query.asked.since, query.asked.until, query.which) == (since, until, which)
    assert query_of({"channel": "nowhere", "before": "x"}, TODAY).asked.channel is None


def test_a_time_is_said_in_hours_minutes_and_seconds():
    assert (span_text(timedelta(hours=25, minutes=2, seconds=5)), span_text(None)) == ("25:02:05", "")


async def test_a_parcel_that_left_is_listed_and_said_to_be_stopped(sign_in: SignIn, late_case: str, database: Database):
    today = business_day(utc_now())
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit(f"/interception?since={today}&until={today}&which=too_late", Interceptions.enter)
        state = await tab.state(Interceptions)
        assert (state.view.total.cases, state.view.total.too_late, state.view.share) == ("1", "1", "0.0%")
        assert [(row.case_id, row.may_stop) for row in state.view.rows] == [(late_case, True)]
        await tab.fire(Interceptions.stop(late_case))
        state = await tab.state(Interceptions)
        assert (state.is_refusal, state.said) == (False, "已记下：包裹截回，可以同意退款")
        assert [(row.stopped_by, row.may_stop) for row in state.view.rows] == [("ceshi-a", False)]
        await tab.fire(Interceptions.stop("404"))
        assert ((await tab.state(Interceptions)).said, state.has_failed) == ("找不到了", False)
    with database.reading() as session:
        row = of_case(session, int(late_case))
    assert row
    assert (row.outcome, row.stopped_by) == (InterceptionOutcome.TOO_LATE, "ceshi-a")


async def test_the_refusal_by_rule_is_switched_per_channel(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/interception", Interceptions.enter)
        for channel, code, said in (
            ("pinduoduo", "", "这个平台不开放接口拒绝，请到平台后台处理"),
            ("douyin", "", "请选平台的拒绝原因"),
            ("nowhere", "", "没有这个渠道"),
        ):
            await tab.fire(Interceptions.choose({"channel": channel, "is_on": "1", "reason_code": code}))
            state = await tab.state(Interceptions)
            assert (state.is_refusal, state.said) == (True, said)
        await tab.fire(Interceptions.choose({"channel": "jd", "is_on": "1", "reason_code": ""}))
        state = await tab.state(Interceptions)
        assert [one.channel for one in state.view.refusals if one.is_on] == ["jd"]
    with database.reading() as session:
        assert [(one.channel, one.is_on) for one in session.exec(select(ShippedRefusal))] == [("jd", True)]


async def test_who_may_not_changes_nothing(sign_in: SignIn, late_case: str, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.fire(Interceptions.stop(late_case))
        assert (await tab.state(Who)).refused == "aftersale:case:answer"
        await tab.fire(Interceptions.choose({"channel": "jd", "is_on": "1"}))
        assert (await tab.state(Who)).refused == "rule:draft:change"
    with database.reading() as session:
        row = of_case(session, int(late_case))
        assert row
        assert row.stopped_at is None
        assert session.exec(select(ShippedRefusal)).all() == []
