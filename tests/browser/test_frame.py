"""Every page: readable on a phone, in the dark, in English, by keyboard, by a screen reader, and after a cut."""

import time
from typing import Any

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
PAGES = {
    "/": ".figs strong",
    "/orders?tab=all": "tr.order",
    "/import": ".dropzone",
    "/outbox": "tbody tr button",
    "/notices": "[name=quiet_from]",
    "/aftersale?tab=all": "tr.order, .void",
    "/aftersale?tab=reasons": "#own-reason, .void",
    "/anomalies": ".void, tbody tr",
    "/tasks": ".void, tbody tr",
    "/studio/mapping": ".mpaths .mitem",
    "/studio/rules": ".ri",
    "/studio/flow": ".fnode:visible, .flist:visible",
    "/ledger": ".figs strong",
    "/studio/rollout": "[name=level]",
    "/studio/stress": ".void",
    "/stock": ".figs strong",
    "/stock/channel": "tbody tr",
    "/system": "tbody tr button",
    "/monitor": "tbody tr",
    "/studio/tracks": "#patience form",
    "/studio/pressure": ".pr-now",
    "/users": "tbody tr .b",
    "/account": "tbody tr",
}


def looked_at(page: Page, path: str) -> Page:
    page.wait_for_selector(PAGES[path])
    return page


def violations(page: Page) -> list[tuple[str, Any]]:
    """What axe calls serious or critical: the rule and where."""
    found = Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in bad]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_meets_nothing_serious(open_page: OpenPage, scheme: str) -> None:
    page = open_page(Role.ADMIN, "/", color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        found[path] = violations(looked_at(page, path))
    page.click("text=订单 >> nth=0")
    page.click("tr.order >> nth=0 >> a.no")
    page.wait_for_selector(".drawer .lines")
    found["drawer"] = violations(page)
    assert {path: bad for path, bad in found.items() if bad} == {}


def test_the_sign_in_page_too(open_page: OpenPage) -> None:
    assert violations(open_page(None, "/login")) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_shows_each_page_without_moving_sideways(open_page: OpenPage, path: str) -> None:
    page = looked_at(open_page(Role.ADMIN, path, viewport=PHONE, has_touch=True), path)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        """() => [...document.querySelectorAll(":is(main, .top) :is(button, summary), .pnav > a, main .btn")]
             .filter((one) => one.offsetParent && (one.offsetHeight < 44))
             .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_a_phones_menu_leads_to_every_page(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/", viewport=PHONE)
    page.click(".pnav summary")
    page.click(".pnav .menu >> text=系统")
    expect(page.locator("h1")).to_have_text("系统")


def test_every_word_is_english_after_one_switch(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/")
    page.click("text=EN")
    for name, heading in (
        ("System", "System"),
        ("Stock", "Stock"),
        ("Anomalies", "Anomalies"),
        ("Users", "Users"),
        ("Account", "Account"),
    ):
        page.click(f".rail >> text={name}")
        expect(page.locator("h1")).to_have_text(heading)
        left = page.evaluate(
            """() => [...document.querySelectorAll(".rail, .top, main :is(h1, h2, th, button, label, .sub, .f12)")]
                 .map((one) => [one.innerText, ...[...one.querySelectorAll(".ch")].map((mark) => mark.innerText)])
                 .map(([text, ...marks]) => marks.reduce((rest, mark) => rest.replace(mark, ""), text))
                 .filter((text) => /[\\u4e00-\\u9fff]/.test(text))"""
        )
        # Names of people and shops are data, a channel's mark is its own; the switch itself says 中文.
        assert [text for text in left if "测试" not in text and "中文" not in text] == []
    page.click("text=中文")
    expect(page.locator("h1")).to_have_text("账户")


def test_the_rail_stays_as_narrow_as_it_was_left(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/")
    wide = page.locator(".rail").bounding_box()
    page.click("[data-fold]")
    page.reload()
    page.wait_for_selector(".figs strong")
    narrow = page.locator(".rail").bounding_box()
    assert wide
    assert narrow
    assert (wide["width"], narrow["width"]) == (176, 56)


def test_the_keyboard_reaches_what_can_be_done_and_shows_where_it_is(open_page: OpenPage) -> None:
    page = looked_at(open_page(Role.OPERATIONS, "/orders?tab=all"), "/orders?tab=all")
    seen, invisible = set(), []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, shown = page.evaluate(
            """() => {
                 const one = document.activeElement, around = [one, one.closest("label")].filter(Boolean);
                 const styles = around.map((each) => getComputedStyle(each));
                 const shown = styles.some((each) => each.outlineStyle !== "none" || each.boxShadow !== "none");
                 return [one.className + one.tagName, shown];
               }"""
        )
        seen.add(name)
        if not shown:
            invisible.append(name)
    assert invisible == []
    assert any(name.startswith("no") and name.endswith("A") for name in seen)
    assert any(name.startswith("chip") for name in seen)


def test_a_page_outlives_its_hub(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, "/orders?tab=all&sort=changed&desc=1")
    page.wait_for_selector("tr.order")
    worker = max(_workers(hub), key=lambda child: child.memory_info().rss)
    worker.kill()
    expect(page.locator("[role=alert].state-bar")).to_contain_text("连接已断开")
    expect(page.locator("[role=alert].state-bar")).to_have_count(0, timeout=30_000)
    number = hub.tell_lab("orders", shop="dy-flagship", paid=True)["number"]
    expect(page.locator("tr.order", has_text=number)).to_be_visible(timeout=60_000)


def _workers(hub: Hub) -> list[psutil.Process]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        children = psutil.Process(hub.process.pid).children()
        if found := [child for child in children if "lab" not in child.cmdline()]:
            return found
        time.sleep(0.1)
    raise AssertionError("the hub has no worker")
