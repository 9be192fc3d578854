"""Does a person get in, and nobody else?"""

import re

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser


def test_a_person_signs_in_with_two_steps_and_lands_where_they_wanted(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(None, "/orders?tab=all&channel=douyin")
    name, password, code = hub.login(Role.SERVICE)
    page.fill("input[name=account]", name)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.fill("input[name=code]", code)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/orders/?\?tab=all&channel=douyin"))
    expect(page.locator("nav.tabs a[aria-current=page]")).to_contain_text("全部")
    hub.kept[Role.SERVICE] = page.context.storage_state()


@pytest.mark.parametrize("name", ["demo-manager", "nobody-of-that-name"])
def test_a_wrong_password_and_an_unknown_name_are_told_the_same(open_page: OpenPage, complaints: list, name: str):
    page = open_page(None, "/login")
    page.fill("input[name=account]", name)
    page.fill("input[name=password]", "wrong-wrong-wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_have_text("账号或密码不对，或登录已过时，请再试一次。")
    # The browser itself writes down that the page came with a 401.
    complaints[:] = [said for said in complaints if "401" not in said]


def test_signing_out_ends_the_login(open_page: OpenPage) -> None:
    page = open_page(Role.FINANCE, "/")
    expect(page.locator("h1")).to_have_text("工作台")
    page.click("summary.user")
    page.click("text=退出登录")
    page.wait_for_url("**/login")
    page.goto(page.url.replace("/login", "/orders"))
    page.wait_for_url("**/login?next=*")


def test_english_chosen_before_signing_in_is_english_after_it(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.MANAGER, "/")
    _has_words(page, "工作台", "Workbench")
    page.goto(f"{hub.origin}/login/language/en?back=/")
    _has_words(page, "Workbench", "工作台")
    page.reload()
    _has_words(page, "Workbench", "工作台")


def _has_words(page: Page, there: str, not_there: str) -> None:
    expect(page.locator("h1")).to_have_text(there)
    expect(page.locator("body")).not_to_contain_text(not_there)
