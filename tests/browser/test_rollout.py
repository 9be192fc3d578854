"""A shop goes from off to live by a person, and back by itself when what comes in cannot be taken in."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

SHOP, NAME = "dy-outlet", "测试收纳折扣店"


def set_level(page: Page, level: str, reason: str, percent: str = "") -> None:
    form = page.locator("form", has=page.locator("[name=level]"))
    form.locator("[name=level]").select_option(label=level)
    if percent:
        form.locator("[name=percent]").fill(percent)
    form.locator("[name=reason]").fill(reason)
    form.locator("button[type=submit]").click()
    expect(page.locator("tr", has_text=NAME).first).to_contain_text(level)


def steps(page: Page) -> Any:
    return page.get_by_role("table", name="调整记录").locator("tbody tr")


@pytest.mark.timeout(300)
def test_a_shop_goes_live_step_by_step_and_steps_back_on_errors(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, f"/studio/rollout?shop={SHOP}")
    page.wait_for_selector("[name=level]")
    set_level(page, "关闭", "先停一下")
    set_level(page, "影子", "只看不动")
    set_level(page, "试点", "先试一成", percent="10")
    expect(page.locator("tr", has_text=NAME).first).to_contain_text("10 %")

    number = hub.tell_lab("orders", shop=SHOP, paid=True)["number"]
    export = f"订单号,状态,仓库\n{number},已发货,华东仓\n".encode("gb18030")
    page.set_input_files("[name=file]", {"name": "export.csv", "mimeType": "text/csv", "buffer": export})
    page.click("text=上传并比对")
    expect(page.get_by_role("status").first).to_contain_text("已上传并比对 1 单")

    set_level(page, "全量", "一切正常")
    expect(steps(page).first).to_contain_text("试点 → 全量")

    hub.tell_lab("faults", name="missing_field", shop=SHOP)
    try:
        hub.tell_lab("orders", shop=SHOP, count=25, paid=True)
        expect(steps(page).first).to_contain_text("全量 → 试点", timeout=150_000)
    finally:
        hub.clear_faults()
    expect(steps(page).first).to_contain_text("系统")
    expect(page.locator("tr", has_text=NAME).first).to_contain_text("试点 10 %")
    page.goto(f"{hub.origin}/")
    expect(page.locator("main")).to_contain_text("灰度回退")
