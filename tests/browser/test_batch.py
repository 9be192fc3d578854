"""Hundreds of orders go from the review to their buyers by a few clicks, and the page says how far they are.

``BATCH_ORDERS=500`` walks with as many as one choice may hold; docs/performance.md has what that took.
"""

import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub, settled_demo

pytestmark = pytest.mark.browser

ORDERS = int(os.environ.get("BATCH_ORDERS", "120"))
SHOP, YUAN = "dy-flagship", "77.77"
LIST = f"/orders?tab=to_review&min={YUAN}&max={YUAN}"
PATIENCE_SECONDS = 120 + ORDERS * 2


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub of its own: what this walk ships is counted."""
    with settled_demo(tmp_path_factory.mktemp("batch"), history_days=0.01) as served:
        yield served


def orders_come(hub: Hub) -> set[str]:
    """Paid orders of one box each, all at the same price, which no other order has."""
    lines = [{"code": "BOX-40L", "quantity": 1, "price_fen": 7777}]
    asked = {"shop": SHOP, "paid": True, "freight_fen": 0, "remark": "", "lines": lines}
    return set(hub.tell_lab("orders", count=ORDERS, **asked)["numbers"])


def told(hub: Hub, shop: str, kind: str) -> list[dict[str, str]]:
    return hub.ask_lab("uploads", shop=shop, kind=kind)["uploads"]


def watched(page: Page, until: int) -> list[int]:
    """What the bar has said of how many have ended, each figure once, until it said ``until`` or more."""
    count, seen = page.locator(".batch .num").first, [-1]
    end = time.monotonic() + PATIENCE_SECONDS
    while seen[-1] < until and time.monotonic() < end:
        ended = int(count.inner_text().split("/")[0].replace(",", ""))
        if ended != seen[-1]:
            seen.append(ended)
        page.wait_for_timeout(200)
    return seen[1:]


@pytest.mark.timeout(300 + ORDERS * 4)
def test_hundreds_of_orders_are_shipped_in_one_go_and_the_page_says_how_far(hub: Hub, open_page: OpenPage) -> None:
    numbers = orders_come(hub)
    page = open_page(Role.OPERATIONS, LIST)
    tab = page.locator(".tabs a[aria-current=page] .n")
    expect(tab).to_have_text(f"{ORDERS:,}", timeout=PATIENCE_SECONDS * 1000)

    # Two clicks choose every one of them, however many fit on the page; one lets go of them.
    page.get_by_label("选择本页").click()
    bar = page.locator(".bulk")
    expect(bar).to_contain_text(f"已选 {min(ORDERS, 50)} 单")
    bar.get_by_role("button", name=f"选择全部 {ORDERS} 单").click()
    expect(bar).to_contain_text(f"已选 {ORDERS} 单")
    page.get_by_label("取消选择").click()
    expect(bar).to_have_count(0)
    page.get_by_label("选择本页").click()
    bar.get_by_role("button", name="选择全部").click()
    expect(bar).to_contain_text(f"已选 {ORDERS} 单")

    began = time.monotonic()
    bar.get_by_role("button", name="审核并发货").click()
    expect(page.locator(".notice")).to_contain_text(f"已开始处理 {ORDERS} 个")
    first = watched(page, ORDERS // 3)
    page.reload()
    expect(page.locator(".batch").first).to_contain_text("审核→取号→发货")
    second = watched(page, ORDERS)
    over = page.locator(".batch[data-over=yes]")
    expect(over).to_contain_text(f"{ORDERS} / {ORDERS}")
    expect(over).not_to_contain_text("失败")
    took = time.monotonic() - began
    assert first == sorted(first)
    assert second == sorted(second)
    assert second[0] >= first[-1], "the page loaded anew goes on where it was"
    assert len({*first, *second}) >= 5, (first, second)

    end = time.monotonic() + PATIENCE_SECONDS
    while len(told(hub, SHOP, "shipment")) < ORDERS and time.monotonic() < end:
        page.wait_for_timeout(500)
    print(f"{ORDERS} orders: shipped after {took:.1f} s, known after {time.monotonic() - began:.1f} s")  # noqa: T201
    sent, made = told(hub, SHOP, "shipment"), told(hub, "sf", "waybill")
    assert sorted(row["order"] for row in sent) == sorted(numbers)
    assert len(made) == len({row["order"] for row in made}) == len({row["tracking_no"] for row in made}) == ORDERS
    assert {row["tracking_no"] for row in sent} == {row["tracking_no"] for row in made}
    expect(tab).to_have_text("0")
