"""The review as people do it: two of them let a free order pass, the rest goes by keyboard and in bulk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

SHOP = "dy-flagship"


def placed(hub: Hub, **asked) -> str:
    return str(hub.tell_lab("orders", shop=SHOP, paid=True, **asked)["number"])


def free_order(hub: Hub) -> str:
    return placed(hub, freight_fen=0, lines=[{"code": "BOX-40L", "quantity": 1, "price_fen": 0}])


def row(page: Page, number: str) -> Locator:
    return page.locator("tr.order", has_text=number)


def unfolded(page: Page, number: str) -> Locator:
    row(page, number).get_by_role("button", name="处理").click()
    return page.locator(".rhold", has_text="零元单")


def test_a_free_order_passes_once_two_people_have_looked(hub: Hub, open_page: OpenPage) -> None:
    number = free_order(hub)
    first = open_page(Role.MANAGER, "/review?hold=zero_yuan")
    expect(row(first, number)).to_contain_text("零元单")
    hold = unfolded(first, number)
    hold.get_by_label("为什么可以放行").fill("送给老客户的样品")
    hold.get_by_role("button", name="初审通过").click()
    expect(first.locator(".notice")).to_contain_text("已初审，等另一人复核")

    # Whoever was first cannot be the second.
    hold.get_by_role("button", name="复核放行").click()
    expect(first.locator(".notice")).to_contain_text("请由另一个人复核")
    expect(row(first, number)).to_be_visible()

    second = open_page(Role.FINANCE, "/review?tab=second")
    theirs = unfolded(second, number)
    expect(theirs).to_contain_text("demo-manager 初审")
    expect(theirs).to_contain_text("送给老客户的样品")
    theirs.get_by_role("button", name="复核放行").click()
    expect(second.locator(".notice")).to_contain_text("已放行")
    expect(row(second, number)).to_have_count(0)

    # The other page has heard of it by itself; the order may pass now.
    expect(row(first, number)).to_have_count(0)
    first.goto(f"{hub.origin}/orders?tab=to_review&q={number}")
    row(first, number).locator("a.no").click()
    first.click(".dfoot >> text=审核通过")
    expect(first.locator(".drawer .st").first).not_to_contain_text("待审核")


def test_clean_orders_are_approved_by_keyboard_and_in_bulk(hub: Hub, open_page: OpenPage) -> None:
    dear = [{"code": "BOX-40L", "quantity": 90, "price_fen": 13_940}]
    numbers = [placed(hub, lines=dear) for _ in range(3)]
    page = open_page(Role.OPERATIONS, "/review?hold=none")
    for number in numbers:
        expect(row(page, number)).to_be_visible()
    page.keyboard.press("j")
    first = page.locator("tr[data-cur] a.no").inner_text()
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_contain_text("已审核通过")
    expect(row(page, first)).to_have_count(0)
    for number in set(numbers) - {first}:
        row(page, number).get_by_role("checkbox").click()
    expect(page.locator(".bulk")).to_contain_text("2")
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_contain_text("完成")
    expect(page.locator(".bulk")).to_have_count(0)
    for number in numbers:
        expect(row(page, number)).to_have_count(0)


def test_the_review_fits_a_phone_and_reads_well_to_a_screen_reader(hub: Hub, open_page: OpenPage) -> None:
    number = free_order(hub)
    wide = open_page(Role.ADMIN, "/review?hold=zero_yuan")
    expect(unfolded(wide, number)).to_be_visible()
    found = Axe().run(wide).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    phone = open_page(Role.ADMIN, "/review?hold=zero_yuan", viewport={"width": 390, "height": 844}, has_touch=True)
    expect(unfolded(phone, number)).to_be_visible()
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= 390
