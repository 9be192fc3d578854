"""Customer service opens a case by hand and takes it back, and refuses one of a platform, which then shows it so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub, settled_demo
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser

SHOP, CODE = "tb-flagship", "SHOE-12"
SOON = 60_000


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Taobao pushes nothing: a hub of its own pulls often. Its lab stands still but for what a test asks of it."""
    often = {"ORDERHUB_SYNC_SECONDS": "5"}
    with settled_demo(tmp_path_factory.mktemp("aftersale"), more=often, history_days=0.01) as served:
        yield served


def come(hub: Hub, *deeds: str) -> str:
    """A paid order at the platform, and what was done with it there."""
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True, lines=[{"code": CODE, "quantity": 2}])["number"])
    for deed in deeds:
        hub.tell_lab(f"orders/{SHOP}/{number}", do=deed)
    return number


def open_order(page: Page, hub: Hub, number: str) -> None:
    page.goto(f"{hub.origin}/orders?tab=all&q={number}")
    row = page.locator("tr.order a.no", has_text=number)
    expect(row).to_be_visible(timeout=SOON)
    row.click()


def test_a_case_is_opened_by_hand_seen_in_the_queue_and_taken_back(hub: Hub, open_page: OpenPage) -> None:
    number = come(hub, "ship", "deliver")
    page = open_page(Role.SERVICE, "/orders")
    open_order(page, hub, number)
    page.locator(".drawer [role=tab]", has_text="售后").click()
    page.locator(".drawer a", has_text="开售后单").click()
    expect(page.locator("#opening")).to_be_visible()
    assert violations(page) == []
    pieces = page.locator("#opening input[type=number]")
    pieces.fill("3")  # of the two that were bought
    page.select_option("#opening select[name=kind]", "return_and_refund")
    page.select_option("#opening select[name=reason]", "damaged")
    page.click("#opening button[type=submit]")
    assert pieces.evaluate("field => field.validity.rangeOverflow")
    pieces.fill("1")
    page.fill("#opening input[name=words]", "鞋底开胶")
    page.click("#opening button[type=submit]")
    expect(page.locator("#preview")).to_contain_text("×1")
    page.click("text=确认开单")
    expect(page.locator("#case")).to_contain_text("鞋底开胶", timeout=SOON)
    expect(page.locator("h1")).to_contain_text(f"H{number}-1")
    assert violations(page) == []

    page.goto(f"{hub.origin}/aftersale")
    row = page.locator("tr.order", has_text=f"H{number}-1")
    expect(row).to_contain_text("待处理")
    page.keyboard.press("j")  # the first row, then its case
    expect(page.locator("tr.order[data-cur]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#case")).to_be_visible()
    page.goto(f"{hub.origin}/aftersale?q=H{number}")
    row.locator("a.no").click()
    page.locator("summary", has_text="撤销").click()
    page.click("text=确认撤销")
    expect(page.locator("#case")).to_contain_text("已撤销", timeout=SOON)


def test_a_case_of_the_platform_is_refused_with_words_and_the_platform_shows_it(hub: Hub, open_page: OpenPage) -> None:
    number = come(hub, "ship", "deliver")
    hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", line=0, reason="质量问题")
    page = open_page(Role.SERVICE, f"/aftersale?q={number}")
    row = page.locator("tr.order", has_text=number)
    expect(row).to_be_visible(timeout=SOON)  # it comes by itself
    assert violations(page) == []
    row.locator("a.no").click()
    expect(page.locator("#case")).to_contain_text("质量问题", timeout=SOON)
    page.locator("summary", has_text="拒绝").click()
    page.fill("textarea[name=words]", "商品完好，已签收")
    page.locator("details[open] button[type=submit]").click()
    expect(page.locator("[role=status]").first).to_contain_text("已答复", timeout=SOON)
    expect(page.locator("#case")).to_contain_text("已拒绝", timeout=SOON)  # the platform says so with the next pull
    taken = str(hub.ask_lab("uploads", kind="refund_answer"))
    assert "商品完好" in taken or "refuse" in taken


def test_the_queue_and_a_case_fit_a_phone(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.SERVICE, "/aftersale?tab=all", viewport=PHONE)
    expect(page.locator("tr.order").first).to_be_visible(timeout=SOON)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("tr.order a.no").first.click()
    expect(page.locator("#case")).to_be_visible(timeout=SOON)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
