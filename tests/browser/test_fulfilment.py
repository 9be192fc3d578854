"""The whole way of an order, as people walk it: paid, reserved, reviewed, allocated, labelled, packed, gone, told.

And four times half of it: a refund that is asked for at a gate stops the order there.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub, settled_demo
from .test_warehouse import answer, scan

pytestmark = pytest.mark.browser

SHOP, CODE = "tb-flagship", "SHOE-12"
SOON = 30_000


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Taobao pushes nothing: a hub of its own pulls often. Its lab stands still but for what a test asks of it."""
    often = {"ORDERHUB_SYNC_SECONDS": "5"}
    with settled_demo(tmp_path_factory.mktemp("fulfilment"), more=often, history_days=0.01) as served:
        yield served


def come(hub: Hub, quantity: int = 1) -> str:
    return str(hub.tell_lab("orders", shop=SHOP, paid=True, lines=[{"code": CODE, "quantity": quantity}])["number"])


def shown(hub: Hub, number: str) -> dict:
    """The order as its platform has it now."""
    return hub.ask_lab(f"orders/{SHOP}/{number}")


def open_order(page: Page, hub: Hub, number: str) -> None:
    page.goto(f"{hub.origin}/orders?tab=all&q={number}")
    row = page.locator("tr.order a.no", has_text=number)
    expect(row).to_be_visible(timeout=SOON)
    row.click()
    expect(page.locator(".drawer")).to_contain_text(number, timeout=SOON)


def approve(page: Page, hub: Hub, number: str) -> None:
    open_order(page, hub, number)
    page.locator(".drawer .dfoot button", has_text="审核通过").click()
    expect(page.locator(".drawer .st").first).to_contain_text("待发货", timeout=SOON)


def parcel(page: Page, hub: Hub, number: str, stage: str):
    """The order's row on a tab of the warehouse."""
    page.goto(f"{hub.origin}/warehouse?stage={stage}")
    row = page.locator("section[aria-label=发货单] tbody tr", has_text=number)
    expect(row).to_be_visible(timeout=SOON)
    return row


def do_with(page: Page, row, button: str) -> None:
    row.locator("input[type=checkbox]").click()
    page.locator(".floorbar").get_by_role("button", name=button).click()


def label_it(page: Page, hub: Hub, number: str) -> str:
    """Ask SF for a waybill; returns it."""
    do_with(page, parcel(page, hub, number, "to_label"), "取号")
    row = parcel(page, hub, number, "to_pick")
    waybill = row.locator("text=/SF\\d{10,}/").first
    expect(waybill).to_be_visible(timeout=SOON)
    found = waybill.inner_text().split("SF", 1)[1].split()[0]
    return f"SF{found}"


def test_from_paid_to_shown_as_shipped(hub: Hub, open_page: OpenPage) -> None:
    number = come(hub, 2)
    office, floor = open_page(Role.OPERATIONS, "/orders"), open_page(Role.WAREHOUSE, "/warehouse")

    # Reserved by itself; the ledger of its stock names the order.
    approve(office, hub, number)
    office.goto(f"{hub.origin}/stock?q={CODE}")
    office.locator("tbody tr", has=office.get_by_text(CODE, exact=True)).first.locator("a").first.click()
    entry = office.locator("section[aria-label=库存流水] tbody tr", has_text=number).filter(has_text="锁库存")
    expect(entry.filter(has_text="+2").first).to_be_visible()

    # Why this warehouse and this carrier.
    open_order(office, hub, number)
    expect(office.locator(".drawer")).to_contain_text("顺丰")

    # A waybill of SF, a wave, the packing table.
    waybill = label_it(floor, hub, number)
    floor.goto(f"{hub.origin}/warehouse?stage=to_pack")
    expect(floor.locator("[data-scan]")).to_be_focused()
    scan(floor, waybill)
    answer(floor, "good", "请扫商品")
    scan(floor, f"2*{CODE}")
    answer(floor, "done", f"{waybill} 装好了")

    # It leaves, and Taobao shows it.
    do_with(floor, parcel(floor, hub, number, "to_leave"), "发货")
    expect(floor.locator(".batch[data-over=yes]", has_text="批量发货").first).to_be_visible(timeout=SOON)
    parcel(floor, hub, number, "left")
    for _ in range(100):
        if shown(hub, number)["status"] == "shipped":
            break
        floor.wait_for_timeout(300)
    assert shown(hub, number)["status"] == "shipped"
    assert waybill in str(shown(hub, number)["body"])


def test_a_parcel_bears_the_label_that_its_carrier_draws(hub: Hub, open_page: OpenPage) -> None:
    number = come(hub)
    office, floor = open_page(Role.OPERATIONS, "/orders"), open_page(Role.WAREHOUSE, "/warehouse")
    approve(office, hub, number)
    label_it(floor, hub, number)
    parcel(floor, hub, number, "to_pick").locator("input[type=checkbox]").click()
    with floor.expect_response("**/waybills/carrier-labels") as answered:
        floor.get_by_role("button", name="打印快递官方面单").click()
    assert (answered.value.status, answered.value.headers["content-type"]) == (200, "application/pdf")


def ask_for_refund(hub: Hub, office: Page, number: str) -> None:
    """Asked for at the platform, and heard of."""
    hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", line=0, reason="不想要了")
    open_order(office, hub, number)
    expect(office.locator(".drawer")).to_contain_text("申请退款", timeout=SOON)


Gate = Callable[[Hub, Page, Page, str], None]


def at_the_review(hub: Hub, office: Page, floor: Page, number: str) -> None:
    ask_for_refund(hub, office, number)
    office.locator(".drawer .dfoot button", has_text="审核通过").click()
    expect(office.locator(".drawer .notice, .notice").first).to_contain_text("挂起")


def at_the_waybill(hub: Hub, office: Page, floor: Page, number: str) -> None:
    approve(office, hub, number)
    ask_for_refund(hub, office, number)
    do_with(floor, parcel(floor, hub, number, "to_label"), "取号")
    done = floor.locator(".batch[data-over=yes]", has_text="取号").first
    expect(done).to_contain_text("失败 1", timeout=SOON)
    done.get_by_text("失败原因").click()
    expect(floor.locator("main")).to_contain_text("挂起")


def at_the_packing_table(hub: Hub, office: Page, floor: Page, number: str) -> None:
    approve(office, hub, number)
    waybill = label_it(floor, hub, number)
    ask_for_refund(hub, office, number)
    floor.goto(f"{hub.origin}/warehouse?stage=to_pack")
    expect(floor.locator("[data-scan]")).to_be_focused()
    scan(floor, waybill)
    answer(floor, "bad", "挂起")


def at_the_upload(hub: Hub, office: Page, floor: Page, number: str) -> None:
    approve(office, hub, number)
    label_it(floor, hub, number)
    hub.tell_lab("faults", name="service_error", shop=SHOP, api="taobao.logistics.offline.send", count=3)
    do_with(floor, parcel(floor, hub, number, "to_pick"), "发货")
    parcel(floor, hub, number, "left")
    ask_for_refund(hub, office, number)
    hub.clear_faults()
    office.goto(f"{hub.origin}/outbox")
    row = office.locator("tbody tr", has_text=number)
    row.first.get_by_role("button", name="重试").click()
    expect(row.first).to_contain_text("退款", timeout=SOON)


@pytest.mark.parametrize("gate", [at_the_review, at_the_waybill, at_the_packing_table, at_the_upload])
def test_a_refund_stops_the_order_at_each_gate(hub: Hub, open_page: OpenPage, gate: Gate) -> None:
    number = come(hub)
    gate(hub, open_page(Role.OPERATIONS, "/orders"), open_page(Role.WAREHOUSE, "/warehouse"), number)
    assert shown(hub, number)["status"] == "paid"
    assert number not in str(hub.ask_lab("uploads", kind="shipment"))
