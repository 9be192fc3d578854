"""The page of forecasts: asked for, followed to its end, looked at, taken away."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from orderhub.access.permissions import Role
from orderhub.fill import fill_year
from orderhub.kernel.clock import utc_now

from .conftest import OpenPage
from .served import Hub, put_database, served_demo
from .test_frame import PHONE, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

ORDERS, DAYS = 120, 4
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A merchant of a few days."""
    folder = tmp_path_factory.mktemp("forecast")
    with put_database(folder) as database:
        fill_year(database, ORDERS, days=DAYS, now=utc_now(), seed=5)
    with served_demo(folder, history_days=0) as served:
        served.tell_lab("stop")
        yield served


def test_a_forecast_is_asked_for_and_found_on_the_page(hub: Hub, open_page: OpenPage):
    page = open_page(Role.OPERATIONS, "/forecast")
    expect(page.get_by_role("heading", name="预测", exact=True)).to_be_visible()
    page.get_by_label("预测天数").fill("30")
    page.get_by_role("button", name="立即预测").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("tbody a.no").first).to_be_visible(timeout=100_000)
    expect(page.get_by_text("历史太短，没有回测")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as told:
        page.locator("button[value=csv]").click()
    rows = told.value.path().read_text(encoding="utf-8-sig").splitlines()[2:]
    assert rows
    assert len(rows) % 30 == 0
    page.set_viewport_size(PHONE)
    assert page.evaluate(_TOO_WIDE) <= 0


def test_the_demos_regions_have_weather_and_the_page_says_whose(hub: Hub, open_page: OpenPage):
    page = open_page(Role.OPERATIONS, "/forecast")
    weather = page.get_by_role("region", name="各区域的天气")
    expect(weather.get_by_text("Open-Meteo.com")).to_be_visible()
    until = time.monotonic() + 60
    while not weather.get_by_role("cell", name="实测").count():
        assert time.monotonic() < until
        page.reload()
        expect(weather).to_be_visible()
    expect(weather.get_by_role("cell", name="预报").first).to_be_visible()
    expect(weather.get_by_text("未能全部获取")).to_have_count(0)
    weather.get_by_role("button", name="立即获取").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("已排队"))
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(_TOO_WIDE) <= 0
