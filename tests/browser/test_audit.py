"""A setting is changed; the audit names who, from where, what was and what is, and can be taken away."""

import re

import pytest
from playwright.sync_api import expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser


def test_a_changed_setting_is_found_with_before_and_after_and_taken_away(open_page: OpenPage) -> None:
    page = open_page(Role.MANAGER, "/studio/allocation")
    page.fill("input[name=buffer_minutes]", "95")
    page.locator("form", has=page.locator("input[name=buffer_minutes]")).locator("button[type=submit]").click()
    expect(page.locator("[role=status]")).not_to_have_text("")
    page.goto(page.url.split("/studio")[0] + "/audit")
    page.wait_for_selector("#audit-filter")
    page.select_option("select[name=kind]", "merge_setting_changed")
    page.locator("#audit-filter button[type=submit]").click()
    page.wait_for_url(re.compile(r"kind=merge_setting_changed"))
    row = page.locator("tbody tr", has_text="修改合单设置")
    expect(row).to_contain_text("127.0.0.1")
    row.get_by_role("button").click()
    expect(page.locator(".audit-detail")).to_contain_text("buffer_minutes")
    expect(page.locator(".audit-detail tr", has_text="buffer_minutes")).to_contain_text("95")
    assert violations(page) == []
    with page.expect_download() as given:
        page.get_by_role("button", name="下载").first.click()
    text = given.value.path().read_text(encoding="utf-8-sig")
    assert "buffer_minutes 95" in text
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
