"""A role is made from another, given with one shop and one warehouse, and whoever has it sees no more than that."""

import re

import pytest
from playwright.sync_api import expect
from pyotp.totp import TOTP

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

ROLE, ACCOUNT = "测试夜班仓库", "yeban-cangku"


def test_a_role_of_ones_own_is_given_and_its_holder_sees_that_alone(hub: Hub, open_page: OpenPage) -> None:
    admin = open_page(Role.ADMIN, "/users/roles?role=warehouse")
    admin.get_by_placeholder("新角色的名称").fill(ROLE)
    admin.get_by_role("button", name="复制成新角色").click()
    expect(admin.locator("section h2")).to_have_text(ROLE)
    for right in ("看异常", "看售后单", "验退货"):
        admin.locator("label.right", has_text=right).locator("input").uncheck()
    admin.get_by_role("button", name="查看变更").click()
    expect(admin.locator(".rights-diff .tag.amber")).to_have_count(3)
    admin.get_by_role("button", name="确认保存").click()
    expect(admin.locator(".notice")).to_contain_text("已保存")

    admin.goto(f"{hub.origin}/users")
    form = admin.locator("form[action='/users/new']")
    form.locator("[name=account]").fill(ACCOUNT)
    form.locator("[name=role]").select_option(label=ROLE)
    form.locator("button").click()
    password = admin.locator("li").first.inner_text()
    admin.goto(f"{hub.origin}/users")
    admin.locator("tr", has_text=ACCOUNT).get_by_role("button", name="范围").click()
    sight = admin.locator("form.sightform")
    expect(sight.locator("fieldset")).to_have_count(2)
    for fieldset in sight.locator("fieldset").all():
        fieldset.locator("[value=some]").check()
        fieldset.locator(".many input").first.check()
    sight.get_by_role("button", name="保存").click()
    expect(admin.locator("tr", has_text=ACCOUNT).locator(".see .see .tag")).to_have_count(2)

    page = open_page(None, "/login")
    page.fill("input[name=account]", ACCOUNT)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    seed = re.sub(r"\s", "", page.locator(".seed").inner_text())
    page.fill("input[name=code]", TOTP(seed).now())
    page.keyboard.press("Enter")
    page.locator("form[action*='enrol/done'] button").click()
    expect(page.locator("h1")).to_have_text("工作台")
    expect(page.locator("summary.user")).to_contain_text(ROLE)
    entries = page.locator(".rail nav a > span:not(.n)")
    expect(entries).to_have_text(
        ["工作台", "订单", "审单", "仓库", "库存", "回传", "待办", "预测", "备货", "供应商", "采购", "账户"]
    )
    page.goto(f"{hub.origin}/anomalies")
    expect(page.locator("h1")).to_contain_text("没有权限")
