"""Everybody hears that the hub is read-only while they look, is refused with the reason, and goes on afterwards."""

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PATH = "/studio/pressure"
LINE = "[data-level] .state-bar"


def set_level(page: Page, level: str, reason: str) -> None:
    page.select_option(".pr-pin [name=level]", level)
    page.fill(".pr-pin [name=reason]", reason)
    page.click(".pr-pin button[type=submit]")
    expect(page.locator("main .notice")).to_contain_text("已设置")


def add_tag(page: Page, word: str) -> None:
    page.click(".drawer summary[aria-label=标签]")
    page.fill(".drawer [name=word]", word)
    page.keyboard.press("Enter")


def lift(page: Page) -> None:
    page.click("text=取消手动设置")
    expect(page.locator("main .notice")).to_contain_text("已取消")


def test_an_administrator_stops_all_changes_and_lets_them_go_on(open_page: OpenPage) -> None:
    theirs = open_page(Role.OPERATIONS, "/orders?tab=all")
    theirs.click("tr.order >> nth=0 >> a.no")
    theirs.wait_for_selector(".drawer .lines")
    expect(theirs.locator(LINE)).to_have_count(0)
    page = open_page(Role.ADMIN, PATH)
    set_level(page, "read_only", "机房检修")
    try:
        for seen in (theirs, page):
            expect(seen.locator(LINE)).to_contain_text("只读：demo-admin 手动设置")
            expect(seen.locator(LINE)).to_contain_text("机房检修")
        add_tag(theirs, "压测")
        expect(theirs.locator(".drawer [role=status]").last).to_contain_text("demo-admin 已把系统设为只读（机房检修）")
        expect(theirs.locator(".drawer .tag", has_text="压测")).to_have_count(0)
        assert violations(page) == []
    finally:
        lift(page)
    expect(theirs.locator(LINE)).to_have_count(0)
    add_tag(theirs, "压测")
    expect(theirs.locator(".drawer .tag", has_text="压测").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("手动设为只读至")


def test_an_entry_is_taken_off_and_put_back(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, PATH, viewport=PHONE)
    row = page.locator("tr", has_text="校验审计链")
    row.locator("text=移出清单").click()
    expect(row).to_contain_text("demo-admin 移出")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    row.locator("text=放回清单").click()
    expect(row).to_contain_text("2 级时等待")


def test_who_only_looks_has_no_form(open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, PATH)
    expect(page.locator("main")).to_contain_text("2 级时暂缓的事")
    expect(page.locator(".pr-pin")).to_have_count(0)
