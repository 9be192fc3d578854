"""Do the reports' pages show what is counted, does every figure lead to as many, and can all of it be taken away?"""

import asyncio
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.domain.promotion_day import promotion_days
from orderhub.domain.words import Channel
from orderhub.fill import fill_year
from orderhub.insights.aftersale import CaseQuery, case_page
from orderhub.insights.board import board_counts
from orderhub.insights.desk import desk_ids
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.ticket import ticket_page
from orderhub.intake.pausing import LIVE_REPORTS
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading
from orderhub.kernel.eventlog import Event
from orderhub.kernel.level import Felt, Level, feel, felt
from orderhub.kernel.sight import FieldGroup, Sight, seeing
from orderhub.ui.anomaly_top_view import anomaly_top_view
from orderhub.ui.anomaly_view import read_desk_address
from orderhub.ui.board_address import read_address
from orderhub.ui.case_queue_view import read_address as read_case_address
from orderhub.ui.funnel_view import funnel_view
from orderhub.ui.gate import Who
from orderhub.ui.report_address import VIEWS, Period, Report, ReportQuery, read_report_address, report_address
from orderhub.ui.report_download import routes
from orderhub.ui.return_reasons_view import return_reasons_view
from orderhub.ui.service_load_view import service_load_view
from orderhub.ui.service_view import read_query
from orderhub.ui.state import report as report_module
from orderhub.ui.state.promotion import Promotions
from orderhub.ui.state.report import Reports
from orderhub.ui.tiles_view import tiles
from orderhub.ui.timeliness_view import timeliness_view
from orderhub.ui.trend_view import trend_view
from tests import builders
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import Tab, gated_runtime
from tests.ui.test_live import live_runtime, until

Fetch = Callable[..., bytes]

QUERIES = (ReportQuery(), ReportQuery(Period.WEEK, channel=Channel.TAOBAO), ReportQuery(Period.MONTH, warehouse="east"))
_MANY = 10_000


@pytest.fixture
def year(database: Database) -> Database:
    """The last five weeks of a small merchant, until this moment."""
    fill_year(database, 600, days=35, now=utc_now(), seed=3)
    with database.transaction() as session:
        builders.order_of_now(session)
    return database


@pytest.fixture
def session(year: Database) -> Iterator[Session]:
    with reading() as session:
        yield session


def listed(session: Session, href: str) -> int:
    """How many the list behind ``href`` shows."""
    path, _, asked = href.partition("?")
    given, now = dict(parse_qsl(asked)), utc_now()
    if path == "/orders":
        query = read_address(given)
        return board_counts(session, query, now)[query.tab]
    if path == "/anomalies":
        return len(desk_ids(session, read_desk_address(given).query, now))
    if path == "/aftersale":
        return cases(session, read_case_address(given))
    assert path == "/service"
    return len(ticket_page(session, read_query(given, "").tickets, now, size=_MANY).rows)


def cases(session: Session, query: CaseQuery) -> int:
    page = case_page(session, query, utc_now())
    rest = cases(session, replace(query, cursor=page.next_cursor)) if page.next_cursor else 0
    return len(page.rows) + rest


def number(text: str) -> int:
    return int(re.sub(r"[^\d]", "", text) or 0)


@pytest.mark.parametrize("query", QUERIES)
def test_every_figure_leads_to_as_many(session: Session, query: ReportQuery):
    now = utc_now()
    found = [(row.orders, row.href) for row in trend_view(session, query, now).rows if row.href]
    for step in funnel_view(session, query, now).steps:
        found += [(step.count, step.href), *((loss.count, loss.href) for loss in step.losses)]
    for row in timeliness_view(session, query, now).rows:
        found += [(row.kept, row.kept_href), (row.late, row.late_href)]
    found += [(row.count, row.href) for row in anomaly_top_view(session, query, now).rows]
    for view in VIEWS[Report.RETURN_REASONS]:
        asked = ReportQuery(query.period, channel=query.channel, warehouse=query.warehouse, view=view)
        found += [(row.count, row.href) for row in return_reasons_view(session, asked, now).rows]
    for view in VIEWS[Report.SERVICE_LOAD]:
        asked = ReportQuery(query.period, channel=query.channel, warehouse=query.warehouse, view=view)
        cells = service_load_view(session, asked, now).busiest[:5]
        found += [(one.tickets, one.tickets_href) for one in cells if one.tickets_href]
        found += [(one.cases, one.cases_href) for one in cells if one.cases_href]
    found += [(one.value, one.href) for one in tiles(session, query, now) if one.name in ("orders", "late")]
    assert len(found) > 20
    assert [(href, number(text)) for text, href in found] == [(href, listed(session, href)) for _, href in found]


@pytest.mark.parametrize("step", VIEWS[Report.TREND])
def test_the_trend_is_drawn_in_both_languages(session: Session, step: str):
    view = trend_view(session, ReportQuery(Period.TODAY if step == "minute" else Period.WEEK, view=step), utc_now())
    week, before, present = view.figure["data"]
    assert [one["name"] for one in view.figure_en["data"]] == [
        "Week before",
        "Period before" if step == "day" else "Day before",
        "This period",
    ]
    assert present["y"] == [number(row.orders) if row.orders else None for row in view.rows]
    assert before["y"] in ([number(row.before) for row in view.rows], [None] * len(view.rows))
    assert "template" not in view.figure["layout"]
    assert len(view.rows) == {"hour": 24, "minute": 180, "day": 7}[step]
    assert view.figure["data"][0]["x"] != view.figure_en["data"][0]["x"] or step != "hour"
    assert week["type"] == "scatter"


def test_a_link_shows_the_same_again_and_may_ask_for_nonsense():
    asked = {"period": "custom", "since": "2026-11-20", "until": "2026-11-01", "channel": "jd", "shop": "jd-1"}
    query = read_report_address(asked | {"warehouse": "east", "view": "money", "cell": "3.10"})
    assert read_report_address(dict(parse_qsl(report_address(query).partition("?")[2]))) == query
    first, last = query.days(utc_now())
    assert (str(first), str(last)) == ("2026-11-01", "2026-11-20")
    nonsense = {"period": "soon", "since": "x", "channel": "' OR 1=1", "view": "<b>", "cell": "9.9", "shop": "\0"}
    assert read_report_address(nonsense) == ReportQuery()
    long_ago = read_report_address({"period": "custom", "since": "2001-01-01", "until": "2026-01-01"})
    assert isinstance(long_ago.asked(utc_now()), ReportAsked)
    assert (long_ago.days(utc_now())[1] - long_ago.days(utc_now())[0]) == timedelta(days=365)


async def test_the_page_fills_and_a_point_of_the_trend_opens_its_orders(year: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.MANAGER))
        await tab.visit("/reports?period=7d&channel=taobao", Reports.enter)
        state = await tab.state(Reports)
        assert (state.loaded, state.failed) == (sorted(Report), [])
        assert (state.head.period, state.head.channel.shown) == ("7d", ["taobao"])
        assert [tile.name for tile in state.tiles] == ["orders", "paid", "on_time", "late"]
        place = next(place for place, row in enumerate(state.trend.rows) if row.href)
        href = state.trend.rows[place].href
        updates = await tab.fire(Reports.open_bucket([{"pointNumber": place}]))
        assert href in str(updates)
        for wrong in ([], [{"pointNumber": 99}], [{"x": "1"}]):
            assert "_redirect" not in str(await tab.fire(Reports.open_bucket(wrong)))


async def test_a_report_of_its_own_reads_only_itself(year: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/reports/anomaly-top?view=age", Reports.enter)
        state = await tab.state(Reports)
        assert state.loaded == [Report.ANOMALY_TOP]
        assert (state.head.view, state.anomaly_top.by) == ("age", "age")


async def test_the_warehouse_sees_no_reports(sign_in: SignIn):
    assert Permission.REPORT_READ not in ROLE_PERMISSIONS[Role.WAREHOUSE]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.WAREHOUSE))
        await tab.visit("/reports", Reports.enter)
        assert (await tab.state(Who)).refused == Permission.REPORT_READ


def test_who_may_not_see_money_is_shown_none(year: Database):
    poor = Sight(fields=frozenset(FieldGroup) - {FieldGroup.MONEY})
    with seeing(poor), reading() as session:
        assert [one.name for one in tiles(session, ReportQuery(), utc_now())] == ["orders", "on_time", "late"]
        by_money = anomaly_top_view(session, ReportQuery(view="money"), utc_now())
        by_count = anomaly_top_view(session, ReportQuery(), utc_now())
    assert [row.kind for row in by_money.rows] == [row.kind for row in by_count.rows]
    assert [row.rest_width for row in by_money.rows] == [row.rest_width for row in by_count.rows]


async def test_a_promotion_day_is_entered_and_taken_away(database: Database, sign_in: SignIn):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.OPERATIONS))
        await tab.visit("/reports/promotions", Promotions.enter)
        await tab.fire(Promotions.keep({"day": "2026-11-11", "name": "双 11"}))
        state = await tab.state(Promotions)
        assert [(one.day, one.name) for one in state.days] == [("2026-11-11", "双 11")]
        for form, said in (({"day": "", "name": "x"}, "请选择一个日期"), ({"day": "2026-11-12"}, "请写大促的名称")):
            await tab.fire(Promotions.keep(form))
            state = await tab.state(Promotions)
            assert (state.said, state.is_refusal, len(state.days)) == (said, True, 1)
        await tab.fire(Promotions.remove(state.days[0].id))
        reader = open_tab(sign_in("ceshi-b", Role.SERVICE))
        await reader.visit("/reports/promotions", Promotions.keep({"day": "2026-11-11", "name": "x"}))
        assert (await reader.state(Who)).refused == Permission.PROMOTION_CHANGE
    with database.reading() as session:
        assert list(promotion_days(session)) == []


@pytest.fixture
def fetch(sign_in: SignIn, year: Database) -> Fetch:
    cookie = sign_in("ceshi-jing", Role.MANAGER)

    def fetch(path: str, kind: str) -> bytes:
        client = TestClient(Starlette(routes=routes), headers={"cookie": cookie})
        answer = client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.headers["content-type"].startswith(kind)
        return answer.content

    return fetch


def test_a_file_adds_up_to_the_figure(fetch: Fetch, year: Database):
    content = fetch("/reports/download?what=trend&format=csv&view=day&period=7d", "text/csv")
    _, names, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    with year.reading() as session:
        view = trend_view(session, ReportQuery(Period.WEEK, view="day"), utc_now())
    assert sum(int(row[names.index("订单")]) for row in rows) == number(view.total)
    assert len(rows) == 7
    with year.reading() as session:
        (told,) = session.exec(select(Event).where(Event.kind == "reports_exported")).all()
    assert (told.actor, told.body["what"], told.body["narrowed"]) == ("ceshi-jing", "trend", "period=7d&view=day")


def test_the_orders_behind_are_as_many_as_were_paid(fetch: Fetch, year: Database):
    content = fetch("/reports/download?what=orders&format=xlsx&period=7d&channel=taobao", "application/vnd")
    heads, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    with year.reading() as session:
        orders, paid, *_ = tiles(session, ReportQuery(Period.WEEK, channel=Channel.TAOBAO), utc_now())
    assert len(rows) == number(orders.value)
    assert sum(round(float(str(row[heads.index("实付")])) * 100) for row in rows) == number(paid.value)


@pytest.mark.parametrize("report", Report)
def test_every_view_of_a_report_is_a_file(fetch: Fetch, report: Report):
    for view in VIEWS[report] or ("",):
        content = fetch(f"/reports/download?what={report}&format=xlsx&view={view}", "application/vnd")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        heads, *rows = book.get_sheet_by_index(0).to_python()
        assert all(heads)
        assert rows
        assert all(len(row) == len(heads) for row in rows)


def test_all_six_come_in_one_workbook(fetch: Fetch):
    content = fetch("/reports/download?what=all&format=xlsx&period=7d", "application/vnd")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert len(book.sheet_names) == len(Report) + 1
    funnel = book.get_sheet_by_name("订单转化漏斗").to_python()
    assert [row[0] for row in funnel[1:]] == ["已付款", "已审核", "已发货", "已签收", "已完成"]


@pytest.mark.parametrize("what", ["all", *Report])
def test_what_is_printed_says_what_the_page_says(fetch: Fetch, what: str):
    content = fetch(f"/reports/paper?what={what}&period=7d", "application/pdf")
    document = pypdfium2.PdfDocument(content)
    said = "".join(page.get_textpage().get_text_range() for page in document)
    assert "ceshi-jing" in said
    assert "全部渠道" in said
    assert ("订单转化漏斗" in said) is (what in ("all", Report.FUNNEL))


def test_customer_service_takes_no_reports_away(sign_in: SignIn, year: Database):
    client = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-k", Role.SERVICE)})
    answer = client.get("/reports/download?what=trend", follow_redirects=False)
    assert answer.headers["location"].startswith("/reports?said=")


async def test_the_trend_follows_by_itself_and_stands_still_at_level_two(
    sign_in: SignIn, make_order: MakeOrder, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(report_module, "_GAP_SECONDS", 0.1)
    name = Reports.get_full_name()

    def told(tab: Tab) -> list[str]:
        return [delta[name]["trend_rx_state_"].total for delta in tab.told if name in delta]

    async with live_runtime(database) as open_tab:
        tab = open_tab(sign_in(role=Role.MANAGER))
        await tab.visit("/reports?period=today", Reports.enter)
        make_order("A1", paid_at=utc_now())
        await until(lambda: told(tab)[-1:] == ["1"])
        standing = felt()
        feel(Felt(level=Level.THROTTLED, paused=frozenset({LIVE_REPORTS})))
        try:
            make_order("A2", paid_at=utc_now())
            await asyncio.sleep(1)
            assert told(tab)[-1] == "1"
        finally:
            feel(standing)
        await until(lambda: told(tab)[-1] == "2")
