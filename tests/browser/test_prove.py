"""A file and a change ask for a fresh code, and come once it is given."""

import sqlite3
import time
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

_REMEMBERED_SECONDS = 2.2  # a login looked up a moment ago is not looked up again


def test_a_download_asks_for_a_code_and_then_comes(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.FINANCE, "/settlement")
    expect(page.locator("h1")).to_be_visible()
    used = _grow_old(hub, Role.FINANCE)
    page.goto(f"{hub.origin}/settlement/download?what=days&format=csv")
    expect(page.locator("h1")).to_have_text("再次验证")
    page.fill("#proof", _fresh_code(hub, Role.FINANCE, used))
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    assert coming.value.suggested_filename.startswith("settlement-days-")
    expect(page.locator("h1")).to_have_text("已验证")
    page.click("a.button")
    page.wait_for_url("**/settlement/")


def test_a_change_waits_for_the_code_and_goes_on_by_itself(
    hub: Hub, open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page(Role.ADMIN, "/users")
    box = page.get_by_label("仓库").and_(page.locator("input[type=checkbox]"))
    expect(box).to_be_checked()
    used = _grow_old(hub, Role.ADMIN)
    box.click()
    dialog = page.locator("dialog#proof")
    expect(dialog).to_be_visible()
    _answer(page, "000000")
    expect(dialog.locator("[data-problem]")).to_have_text("动态码不对、已用过或已过时，请用新的一个。")
    # The browser itself writes down that the wrong code was a 422.
    complaints[:] = [said for said in complaints if "422" not in said]
    expect(box).to_be_checked()
    _answer(page, _fresh_code(hub, Role.ADMIN, used))
    expect(dialog).to_have_count(0)
    expect(box).not_to_be_checked()
    box.click()
    expect(box).to_be_checked()


def _answer(page: Page, code: str) -> None:
    page.locator("dialog#proof input[name=proof]").fill(code)
    page.keyboard.press("Enter")


def _grow_old(hub: Hub, role: Role) -> str:
    """A day passes for the proof of whoever is signed in as ``role``; the code of this moment."""
    _, _, code = hub.login(role)
    with closing(sqlite3.connect(hub.folder / "orderhub.db", timeout=30)) as database, database:
        database.execute(
            "UPDATE user_session SET proved_at = datetime(proved_at, '-1 day')"
            " WHERE user_id = (SELECT id FROM users WHERE name = ?)",
            (f"demo-{role}",),
        )
    time.sleep(_REMEMBERED_SECONDS)
    return code


def _fresh_code(hub: Hub, role: Role, used: str) -> str:
    """Of a step after ``used``, which may have opened the door."""
    while (code := hub.login(role)[2]) == used:
        time.sleep(1)
    return code
