"""A refund as people do it: asked for at the platform, agreed to on finance's page, paid back at the platform."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # the platform pays in its own time

SHOP = "dy-flagship"
PATIENCE_MS = 90_000  # an order, its case and its review come one after the other


def asked_back(hub: Hub, count: int = 1) -> list[str]:
    """Orders that have not left, and buyers who want their money back; the hub is told of both."""
    numbers = [str(hub.tell_lab("orders", shop=SHOP, paid=True)["number"]) for _ in range(count)]
    for number in numbers:
        hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", line=0)
    return numbers


def row(page: Page, number: str) -> Locator:
    return page.locator("tr.order", has_text=number)


def refund_at_the_platform(hub: Hub, number: str) -> str:
    return hub.ask_lab(f"orders/{SHOP}/{number}")["refunds"][0]["status"]


def test_finance_agrees_and_the_platform_pays(hub: Hub, open_page: OpenPage) -> None:
    (number,) = asked_back(hub)
    page = open_page(Role.FINANCE, "/finance?channel=douyin")
    expect(row(page, number)).to_be_visible(timeout=PATIENCE_MS)  # by itself
    row(page, number).locator("a.no").click()
    side = page.locator(".finside")
    expect(side).to_contain_text(number)
    expect(side.get_by_role("button", name="同意退款")).to_be_visible()
    page.keyboard.press("r")
    side.get_by_label("拒绝理由").fill("不")
    page.keyboard.press("Escape")
    side.get_by_role("heading").first.click()
    page.keyboard.press("e")
    expect(side.locator(".notice")).to_contain_text("已同意退款")
    expect(row(page, number)).to_have_count(0)
    expect(side.locator(".tag", has_text="已完结")).to_be_visible(timeout=PATIENCE_MS)
    assert refund_at_the_platform(hub, number) == "closed"
    page.goto(f"{hub.origin}/finance?tab=done")
    expect(row(page, number)).to_contain_text("已同意")


def test_many_are_agreed_to_below_their_sum(hub: Hub, open_page: OpenPage) -> None:
    numbers = asked_back(hub, 2)
    page = open_page(Role.MANAGER, "/finance?channel=douyin")
    for number in numbers:
        expect(row(page, number)).to_be_visible(timeout=PATIENCE_MS)
        row(page, number).get_by_role("checkbox").click()
    expect(page.get_by_role("toolbar")).to_contain_text("已选 2 单")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"同意 2 笔退款，共 ¥[\d,.]+？"))
    dialog.get_by_role("button", name="确认退款").click()
    expect(page.locator(".notice").first).to_contain_text("完成 2 单")
    for number in numbers:
        expect(row(page, number)).to_have_count(0)


def test_finance_fits_a_phone_and_reads_well_to_a_screen_reader(hub: Hub, open_page: OpenPage) -> None:
    (number,) = asked_back(hub)
    wide = open_page(Role.FINANCE, "/finance")
    expect(row(wide, number)).to_be_visible(timeout=PATIENCE_MS)
    row(wide, number).locator("a.no").click()
    expect(wide.locator(".finside")).to_contain_text(number)
    found = Axe().run(wide).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    address = wide.url.removeprefix(hub.origin)
    phone = open_page(Role.FINANCE, address, viewport={"width": 390, "height": 844}, has_touch=True)
    expect(phone.locator(".finside")).to_contain_text(number)
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= 390
    yes = phone.locator(".finside").get_by_role("button", name="同意退款").bounding_box()
    assert yes
    assert yes["height"] >= 44
