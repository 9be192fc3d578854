"""The flow map in a browser: a stage is opened, its 48 h become 36, the draft is tried, published and taken back."""

import pytest
from playwright.sync_api import expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser


def test_48_hours_become_36_and_come_back(open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, "/studio/flow")
    shipped = page.locator(".fcanvas [data-place=shipped]")
    expect(shipped).to_contain_text("48 时")
    expect(page.locator(".react-flow__edge")).to_have_count(12)
    live = page.locator("button.ver.live")
    before = live.inner_text().strip()
    shipped.focus()  # by keyboard
    page.keyboard.press("Enter")
    panel = page.locator(".fpanel")
    expect(panel.locator("[name=amount]")).to_have_value("48")
    page.fill("[name=amount]", "36")
    page.get_by_role("switch", name="按丢件处理").uncheck()
    panel.get_by_role("button", name="保存到").click()
    expect(page.locator(".ver.cur")).to_contain_text("2 处改动")
    expect(panel).to_contain_text("48 时")  # what is in force, struck out
    expect(live).to_have_text(before)
    assert violations(page) == []
    page.get_by_role("switch", name="按丢件处理").check()
    panel.get_by_role("button", name="保存到").click()
    expect(page.locator(".ver.cur")).to_contain_text("1 处改动")

    page.get_by_role("button", name="试运行").click()
    expect(page.locator(".fdry tbody tr", has_text="已发货")).to_be_visible()
    page.get_by_role("button", name="对比").click()
    expect(page.locator(".fdiff li")).to_have_text("已发货时限48 时36 时")
    page.locator(".fbar").get_by_role("button", name="发布").click()
    page.fill(".fsheet [name=reason]", "旺季提前")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]").first).to_contain_text("已发布")
    expect(page.locator(".ver.cur")).to_have_count(0)
    expect(live).not_to_have_text(before)
    expect(shipped).to_contain_text("36 时")

    live.click()
    old = page.locator(".fversions li", has_text="出厂设置")
    old.locator("summary").click()
    old.locator("[name=reason]").fill("太早")
    page.keyboard.press("Enter")
    expect(live).to_have_text("v0 线上")
    expect(shipped).to_contain_text("48 时")


def test_on_a_phone_the_stages_are_a_list(open_page: OpenPage) -> None:
    phone = open_page(Role.MANAGER, "/studio/flow", viewport=PHONE, has_touch=True)
    row = phone.locator(".frow", has_text="待发货")
    expect(row).to_be_visible()
    expect(phone.locator(".fcanvas")).to_be_hidden()
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert violations(phone) == []
    row.click()
    expect(phone.locator(".fpanel")).to_contain_text("允许的动作")
    assert violations(phone) == []


def test_who_has_nothing_to_do_with_it_sees_no_map(open_page: OpenPage) -> None:
    page = open_page(Role.WAREHOUSE, "/studio/flow")
    expect(page.locator(".main")).to_contain_text("没有权限")
    expect(page.locator(".fnode")).to_have_count(0)
