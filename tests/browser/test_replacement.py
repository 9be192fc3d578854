"""A resend as people walk it: the buyer's case, goods chosen in the drawer, a marked parcel with a waybill, gone."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub, settled_demo
from .test_fulfilment import CODE, SOON, do_with, label_it, open_order, parcel

pytestmark = pytest.mark.browser

SHOP = "dy-flagship"  # of the lab's platforms one that knows a resend


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    often = {"ORDERHUB_SYNC_SECONDS": "5"}
    with settled_demo(tmp_path_factory.mktemp("replacement"), more=often, history_days=0.01) as served:
        yield served


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("ORDERHUB_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_resend_is_chosen_labelled_and_leaves_marked(hub: Hub, open_page: OpenPage) -> None:
    lines = [{"code": CODE, "quantity": 2}]
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True, lines=lines)["number"])
    office, floor = open_page(Role.SERVICE, "/orders"), open_page(Role.WAREHOUSE, "/warehouse")
    open_order(office, hub, number)
    for deed in ("ship", "deliver"):
        hub.tell_lab(f"orders/{SHOP}/{number}", do=deed)
    hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", kind="resend", line=0, reason="少件")

    # The drawer hears of the case; other goods are looked for, the first are sent.
    office.get_by_role("tab", name="售后").click()
    send = office.locator(".drawer").get_by_role("button", name="安排发货")
    expect(send).to_be_visible(timeout=SOON)
    send.click()
    office.get_by_placeholder("换别的商品：编码或名称").fill("SHOE")
    office.get_by_role("button", name="找", exact=True).click()
    expect(office.get_by_role("list", name="找到的商品")).to_contain_text("可用")
    picture(office, "replacement-found")
    office.set_viewport_size({"width": 390, "height": 844})
    picture(office, "replacement-found-phone")
    assert office.evaluate("document.documentElement.scrollWidth") <= 390
    office.set_viewport_size({"width": 1440, "height": 900})
    office.get_by_label(f"{CODE} 的件数").fill("1")
    office.get_by_role("button", name="安排发出").click()
    expect(office.locator(".drawer")).to_contain_text("已安排", timeout=SOON)
    expect(office.locator(".drawer .replbody")).to_contain_text("待装箱")
    picture(office, "replacement-promised")

    # On the floor it is a parcel like any, with its mark.
    assert "补发" in parcel(floor, hub, number, "to_label").inner_text()
    picture(floor, "replacement-floor")
    waybill = label_it(floor, hub, number)
    do_with(floor, parcel(floor, hub, number, "to_pick"), "发货")
    gone = parcel(floor, hub, number, "left")
    assert "补发" in gone.inner_text()

    # The order's parcels say which is which, and somebody is asked to tell the platform.
    open_order(office, hub, number)
    row = office.locator(".drawer li", has_text=waybill)
    expect(row).to_contain_text("补发", timeout=SOON)
    picture(office, "replacement-gone")
    office.get_by_role("tab", name="待办").click()
    expect(office.locator(".drawer")).to_contain_text("到平台后台填补发运单", timeout=SOON)
