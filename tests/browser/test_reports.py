"""A manager reads the six reports, follows each figure to as many rows, takes files away, with a telephone too."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from orderhub.access.permissions import Role
from orderhub.fill import fill_year
from orderhub.insights.reports.anomaly_top import anomaly_top
from orderhub.insights.reports.funnel import funnel
from orderhub.insights.reports.return_reasons import return_reasons
from orderhub.insights.reports.service_load import service_load
from orderhub.insights.reports.timeliness import timeliness
from orderhub.insights.reports.trend import Step, trend
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.trend_view import trend_asked
from tests import builders

from .conftest import OpenPage
from .served import Hub, put_database, served_demo

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
ORDERS, DAYS = 900, 40


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A merchant's last weeks, and a lab that stands still."""
    folder = tmp_path_factory.mktemp("reports-hub")
    with put_database(folder) as database:
        fill_year(database, ORDERS, days=DAYS, now=utc_now(), seed=5)
        with database.transaction() as session:
            builders.order_of_now(session)
    with served_demo(folder, history_days=0.001) as served:
        served.tell_lab("stop")
        yield served


@pytest.fixture
def database(hub: Hub) -> Iterator[Database]:
    """To read what the pages must say; nothing is written through it."""
    opened = Database(f"sqlite:///{hub.folder / 'orderhub.db'}")
    yield opened
    opened.close()


def number(text: str) -> int:
    return int(re.sub(r"[^\d]", "", text) or 0)


def open_reports(open_page: OpenPage, path: str = "/reports", **options: object) -> Page:
    page = open_page(Role.MANAGER, path, **options)
    expect(page.locator(".rp-wait")).to_have_count(0)
    return page


def test_each_report_says_what_the_database_says(hub: Hub, open_page: OpenPage, database: Database) -> None:
    page = open_reports(open_page)
    now, query = utc_now(), ReportQuery()
    with database.reading() as session:
        asked = query.asked(now)
        today = trend(session, trend_asked(query, Step.HOUR, now), now, Step.HOUR)
        steps = funnel(session, asked, now)
        ranks = timeliness(session, asked, now)
        top = anomaly_top(session, asked, now)
        load = service_load(session, asked, now).highest()
        reasons = return_reasons(session, asked, now)
    expect(page.locator("#trend .sub")).to_contain_text(f"{today.paid.orders:,} 单")
    expect(page.locator(".rp-trend .js-line")).to_have_count(3)
    expect(page.locator(".rp-funnel .b")).to_have_text([f"{row.orders:,}" for row in steps])
    expect(page.locator(".rp-ranking tbody .b")).to_have_text(
        ["—" if row.share is None else "100%" if row.share == 1 else f"{row.share:.1%}" for row in ranks]
    )
    expect(page.locator(".rp-top .b")).to_have_text([f"{row.count:,}" for row in top.rows])
    assert load is not None
    expect(page.locator("#service-load .sub")).to_contain_text(f"{load.hour} 时最高 {load.opened} 件")
    expect(page.locator(".rp-sum")).to_have_text(f"{reasons.count:,}")
    expect(page.locator(".rp-ring .surface")).to_have_count(min(6, len(reasons.rows)))


def test_each_figure_leads_to_as_many(hub: Hub, open_page: OpenPage) -> None:
    page = open_reports(open_page, "/reports/trend?view=day")
    for path, figure in (
        ("/reports/trend?view=day", ".rp-table tbody a >> nth=-1"),
        ("/reports/funnel", ".rp-table tbody tr:nth-child(3) a.b"),
        ("/reports/funnel", ".rp-table .tag >> nth=0"),
        ("/reports/timeliness", ".rp-table td[data-label=按时单] a >> nth=0"),
    ):
        assert any(leads_to_as_many(page, f"{hub.origin}{path}", figure) for _ in range(3))
        expect(page.locator(".filters .chip.on").first).to_contain_text("报表")
    page.goto(f"{hub.origin}/reports/anomaly-top")
    the_list_says(page, follow(page, ".rp-table td[data-label=件数] a >> nth=0"))
    for matters in ("工单", "售后单"):
        page.goto(f"{hub.origin}/reports/service-load")
        the_list_says(page, follow(page, f".rp-table td[data-label={matters}] a >> nth=0"))
    page.goto(f"{hub.origin}/reports/return-reasons")
    the_list_says(page, follow(page, ".rp-table a >> nth=-1"))
    page.go_back()
    expect(page.locator("h1")).to_have_text("退换货原因")


def leads_to_as_many(page: Page, address: str, figure: str) -> bool:
    """False where another order came between the figure and its list."""
    page.goto(address)
    wanted = follow(page, figure)
    with suppress(AssertionError):
        expect(page.locator(".tabs [aria-current=page] .n")).to_have_text(f"{wanted:,}", timeout=5000)
        return True
    return False


def follow(page: Page, figure: str) -> int:
    """The number that is clicked on."""
    found = page.locator(figure)
    expect(found).to_be_visible()
    wanted = number(found.inner_text())
    found.click()
    page.wait_for_url(lambda url: "/reports" not in url)
    return wanted


def the_list_says(page: Page, wanted: int) -> None:
    """As many as the figure, however many of them fit on its page."""
    assert wanted > 0
    expect(page.get_by_text(re.compile("^本页"))).to_have_text(f"本页 {min(wanted, 50)} 单 · 共 {wanted:,}")
    expect(page.locator("tr.order")).to_have_count(min(wanted, 50))


def test_a_point_of_the_trend_opens_its_orders(hub: Hub, open_page: OpenPage) -> None:
    page = open_reports(open_page, "/reports/trend?view=day&period=7d")
    box = page.locator(".rp-trend .nsewdrag").bounding_box()
    assert box is not None
    counts = page.locator(".rp-table td[data-label=订单]").all_inner_texts()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(lambda url: "/orders" in url)
    expect(page.locator(".tabs [aria-current=page] .n")).to_have_text(counts[3])


def test_what_is_picked_stands_in_the_address(hub: Hub, open_page: OpenPage) -> None:
    page = open_reports(open_page)
    page.click(".rp-periods a >> text=近 7 天")
    page.wait_for_url("**/reports?period=7d")
    page.click(".rp-pickers summary >> nth=0")
    page.click(".rp-pickers .menu a >> text=淘宝")
    page.wait_for_url("**channel=taobao")
    expect(page.locator(".rp-ranking tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator(".rp-ranking tbody tr")).to_have_count(5)


def test_files_add_up_to_the_page(hub: Hub, open_page: OpenPage) -> None:
    page = open_reports(open_page)
    paid = number(page.locator(".rp-funnel .b").first.inner_text())
    content = taken(page, lambda: page.click("#timeliness [value=csv]")).read_text("utf-8-sig")
    _, heads, *rows = csv.reader(io.StringIO(content))
    shipped = sum(int(row[heads.index("已发货单")]) for row in rows)
    assert shipped == number(page.locator(".rp-funnel .b").nth(2).inner_text())

    def take_all() -> None:
        page.click(".rp-head summary >> text=全部下载")
        page.click("button >> text=六张报表")

    book = CalamineWorkbook.from_path(taken(page, take_all))
    assert len(book.sheet_names) == len(Report) + 1
    assert book.get_sheet_by_name("订单转化漏斗").to_python()[1][1] == paid


def taken(page: Page, click: Callable[[], None]) -> Path:
    with page.expect_download() as waiting:
        click()
    return Path(waiting.value.path())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_nothing_serious_is_in_the_way(open_page: OpenPage, scheme: str, size: tuple[int, int]) -> None:
    width, height = size
    page = open_reports(open_page, color_scheme=scheme, viewport={"width": width, "height": height})
    for path in ("", *(f"/{report}" for report in Report), "/promotions", "/schedules"):
        page.goto(f"{urlsplit(page.url).scheme}://{urlsplit(page.url).netloc}/reports{path}")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".rp-wait")).to_have_count(0)
        found = [one for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_telephone_keeps_it_on_its_home_screen(hub: Hub, open_page: OpenPage) -> None:
    page = open_reports(open_page, "/reports?period=today", viewport={"width": 390, "height": 844})
    manifest = page.evaluate("fetch('/manifest.webmanifest').then(answer => answer.json())")
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        wide, high = page.evaluate(
            "async src => { const i = new Image(); i.src = src; await i.decode(); return [i.width, i.height] }",
            icon["src"],
        )
        assert f"{wide}x{high}" == icon["sizes"]
    expect(page.locator(".rp-tiles strong")).to_have_count(4)
    small = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main summary, .pnav a')]
            .filter(e => e.offsetParent && !e.closest('.rp-heat') && e.getBoundingClientRect().height < 43.5)
            .map(e => e.outerHTML.slice(0, 90))"""
    )
    assert small == []
    expect(page.locator(".pnav a[aria-current=page]")).to_have_text("报表")
