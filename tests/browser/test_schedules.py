"""A manager has reports sent by themselves: sees when, sends them now, sees that they came or why not, ends it."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from orderhub.access.permissions import Role
from orderhub.kernel.clock import business_day, utc_now
from tests.flows.mailbox import Mailbox, receiving

from .conftest import OpenPage
from .served import Hub, served_demo
from .test_frame import violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PATH = "/reports/schedules"
BOSS = "boss@example.com"
# The clock looks every minute, and files take a moment.
_SENT_SECONDS = 150


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with receiving() as box:
        yield box


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, box: Mailbox) -> Iterator[Hub]:
    smtp = {"HOST": "127.0.0.1", "PORT": str(box.port), "SECURITY": "none", "FROM": "hub@example.com"}
    settings = {f"ORDERHUB_SMTP_{name}": value for name, value in smtp.items()}
    with served_demo(tmp_path_factory.mktemp("schedules"), more=settings, history_days=0.001) as served:
        served.tell_lab("stop")
        yield served


def row(page: Page) -> Locator:
    return page.locator("tr", has_text="晨报")


def send_now(page: Page) -> None:
    page.click("text=立即发送 >> visible=true >> nth=-1")
    expect(page.get_by_role("status")).to_contain_text("一分钟内生成并发出")


def shown_in_time(page: Page, text: str) -> None:
    """Nobody pushes to this page: a person looks again."""
    end = time.monotonic() + _SENT_SECONDS
    while time.monotonic() < end:
        page.reload()
        expect(row(page)).to_be_visible()
        if text in row(page).inner_text():
            return
        page.wait_for_timeout(2_000)
    raise AssertionError(row(page).inner_text())


def test_reports_are_planned_sent_missed_and_turned_off(open_page: OpenPage, box: Mailbox) -> None:
    page = open_page(Role.MANAGER, PATH)
    page.fill("#schedule [name=name]", "晨报")
    page.fill("#schedule [name=at]", "08:30")
    page.fill("#schedule [name=mails]", BOSS)
    page.click("#schedule button[type=submit]")
    expect(page.get_by_role("status")).to_contain_text("已保存，下次")
    today = business_day(utc_now())
    shown = row(page).inner_text()
    assert any(f"下次 {day:%Y-%m-%d} 08:30" in shown for day in (today, today + timedelta(days=1)))
    assert violations(page) == []

    send_now(page)
    shown_in_time(page, f"上次送达 {today:%Y-}")
    ((to, letter),) = box.got
    assert (to, letter["subject"].startswith("晨报 · ")) == (BOSS, True)
    assert next(letter.iter_attachments()).get_content_subtype() == "png"

    box.unknown.add(BOSS)
    send_now(page)
    shown_in_time(page, f"{BOSS}: 邮件服务器拒收 (550 5.1.1)")
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []

    row(page).get_by_role("button", name="停用").click()
    expect(row(page)).to_contain_text("已停用")
    expect(row(page)).not_to_contain_text("下次")
