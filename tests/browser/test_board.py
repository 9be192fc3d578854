"""The live board as people use it: it moves by itself, is searched, filtered, worked by keyboard and in bulk."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

NEWEST = "/orders?tab=all&sort=changed&desc=1"


def paid_order(hub: Hub, **wanted: Any) -> str:
    """A paid order at Douyin, which pushes it; its number."""
    return hub.tell_lab("orders", shop="dy-flagship", paid=True, **wanted)["number"]


def row(page: Page, number: str) -> Locator:
    return page.locator("tr.order", has_text=number)


def test_a_new_order_comes_onto_an_open_board_by_itself(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, NEWEST)
    page.wait_for_selector("tr.order")
    number = paid_order(hub, remark="急发，生日要用")
    expect(row(page, number)).to_be_visible()
    expect(row(page, number)).to_contain_text("加急")
    expect(row(page, number)).to_contain_text("待审核")


def test_what_one_approves_the_other_sees_at_once(hub: Hub, open_page: OpenPage) -> None:
    number = paid_order(hub)
    mine, theirs = open_page(Role.OPERATIONS, NEWEST), open_page(Role.WAREHOUSE, NEWEST)
    expect(row(theirs, number)).to_contain_text("待审核")
    row(mine, number).locator("a.no").click()
    mine.click(".dfoot >> text=审核通过")
    expect(mine.locator(".drawer [role=status]").last).to_contain_text("已保存")
    expect(row(theirs, number)).to_contain_text("待发货")
    mine.click(".drawer [role=tab] >> text=时间线")
    expect(mine.locator(".drawer .tl")).to_contain_text("demo-operations")


def test_who_may_not_approve_has_no_button_for_it(hub: Hub, open_page: OpenPage) -> None:
    number = paid_order(hub)
    page = open_page(Role.WAREHOUSE, NEWEST)
    row(page, number).locator("a.no").click()
    expect(page.locator(".dfoot")).to_contain_text("一键复制")
    expect(page.locator(".dfoot")).not_to_contain_text("挂起")
    expect(page.locator(".dfoot")).not_to_contain_text("审核通过")


def test_filters_stand_in_the_address_and_come_back(open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, "/orders?tab=all")
    page.wait_for_selector("tr.order")
    page.click("summary.chip >> text=渠道")
    page.click("details[open] .menu a >> text=抖音")
    page.wait_for_url("**/orders*channel=douyin*")
    expect(page.locator("summary.chip.on")).to_contain_text("抖音")
    expect(page.locator("tr.order .ch:not(.dy)")).to_have_count(0)
    page.reload()
    expect(page.locator("summary.chip.on")).to_contain_text("抖音")
    page.go_back()
    expect(page.locator("summary.chip.on")).to_have_count(0)


def test_an_order_is_found_by_any_of_its_numbers(hub: Hub, open_page: OpenPage) -> None:
    number = paid_order(hub)
    page = open_page(Role.OPERATIONS, NEWEST)
    expect(row(page, number)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(number[:14])
    page.locator(".find .menu a", has_text=number).click()
    expect(page.locator(".drawer h2")).to_have_text(number)
    page.keyboard.press("/")
    page.keyboard.type("没有这个东西")
    expect(page.locator(".find .menu")).to_have_text("没有找到")
    page.keyboard.press("Escape")
    expect(page.locator(".find .menu")).to_have_count(0)


def test_the_keyboard_moves_opens_selects_and_closes(hub: Hub, open_page: OpenPage) -> None:
    for _ in range(2):
        paid_order(hub)
    page = open_page(Role.OPERATIONS, "/orders?tab=to_review")
    page.wait_for_selector("tr.order >> nth=1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tr.order[data-cur]").get_attribute("data-id")
    assert second == page.locator("tr.order").nth(1).get_attribute("data-id")
    page.keyboard.press("x")
    expect(page.locator(".bulk")).to_contain_text("已选 1 单")
    page.keyboard.press("Escape")
    expect(page.locator(".bulk")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(f"tr.order.cur[data-id='{second}']")).to_be_visible()
    expect(page.locator(".drawer .lines")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()


def test_an_order_is_copied_as_masked_text(hub: Hub, open_page: OpenPage) -> None:
    number = paid_order(hub)
    page = open_page(Role.SERVICE, NEWEST, permissions=["clipboard-read", "clipboard-write"])
    row(page, number).locator("a.no").click()
    page.click("[data-copy]:has-text('一键复制')")
    page.wait_for_selector("[data-copied=yes]")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert number in copied
    assert not re.search(r"(?<!\d)1\d{10}(?!\d)", copied)


def test_several_are_held_and_released_at_once(hub: Hub, open_page: OpenPage) -> None:
    numbers = [paid_order(hub) for _ in range(2)]
    page = open_page(Role.OPERATIONS, NEWEST)
    for number in numbers:
        row(page, number).locator("label.pick").click()
    page.click(".bulk >> text=挂起")
    expect(page.locator(".list .notice")).to_contain_text("完成 2 单")
    for number in numbers:
        expect(row(page, number)).to_contain_text("人工挂起")
        row(page, number).locator("label.pick").click()
    page.click(".bulk >> text=审核通过")
    expect(page.locator(".list .notice")).to_contain_text("未完成 2 单：有挂起未放行 ×2")
    page.click(".bulk >> text=放行")
    expect(page.locator(".list .notice")).to_contain_text("完成 2 单")
    for number in numbers:
        expect(row(page, number)).not_to_contain_text("人工挂起")


def test_a_link_to_an_order_that_is_not_there_says_so(open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, "/orders?tab=all&order=987654321")
    expect(page.locator(".drawer")).to_contain_text("找不到这个订单")
