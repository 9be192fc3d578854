"""From a reviewed order to its parcel on the van, as a packer does it: with a scanner that types."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

WAYBILL = "75312345670001"


def scan(page: Page, text: str) -> None:
    """As a keyboard wedge: keys and Enter, wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def answer(page: Page, kind: str, said: str) -> None:
    expect(page.locator(f".answer[data-answer={kind}]")).to_contain_text(said)


@pytest.fixture
def number(hub: Hub, open_page: OpenPage) -> str:
    """The number of an order of two boxes that has passed its review."""
    lines = [{"code": "BOX-40L", "quantity": 2}]
    number = str(hub.tell_lab("orders", shop="dy-flagship", paid=True, lines=lines)["number"])
    page = open_page(Role.OPERATIONS, f"/orders?tab=all&q={number}")
    page.locator("tr.order a.no", has_text=number).click()
    page.locator(".drawer .dfoot button", has_text="审核通过").click()
    expect(page.locator(".drawer .st").first).to_contain_text("待发货", timeout=30_000)
    return number


def test_a_packer_labels_packs_and_ships_by_keyboard(hub: Hub, open_page: OpenPage, number: str) -> None:
    page = open_page(Role.WAREHOUSE, "/warehouse")
    row = page.locator("section[aria-label=发货单] tbody tr", has_text=number)
    row.get_by_role("button", name="填运单号").click()
    row.locator("select[name=carrier]").select_option("zto")
    row.locator("input[name=waybill]").fill(WAYBILL)
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("已保存")

    page.goto(f"{hub.origin}/warehouse?stage=to_pack")
    expect(page.locator("[data-scan]")).to_be_focused()
    scan(page, "SF404404404404")
    answer(page, "bad", "找不到")
    scan(page, WAYBILL)
    answer(page, "good", "请扫商品")
    page.locator("h1").click()  # the focus goes astray, the keys do not
    scan(page, "APPLE")
    answer(page, "bad", "BOX-40L ×2")
    scan(page, "box-40l")
    answer(page, "good", "继续")
    page.reload()
    expect(page.locator(".packsum")).to_have_text("1 / 2")
    scan(page, "BOX-40L")
    answer(page, "done", f"{WAYBILL} 装好了")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []

    page.goto(f"{hub.origin}/warehouse?stage=to_leave")
    row.locator("input[type=checkbox]").click()
    page.locator(".floorbar").get_by_role("button", name="发货").click()
    expect(page.locator(".batch[data-over=yes]", has_text="批量发货")).to_contain_text("1 / 1", timeout=30_000)
    page.goto(f"{hub.origin}/warehouse?stage=left")
    expect(row).to_contain_text(WAYBILL)


def test_the_packing_table_fits_a_phone(hub: Hub, open_page: OpenPage) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = open_page(Role.WAREHOUSE, "/warehouse?stage=to_pack", **phone)
    page.locator("[data-scan]").fill("D404")
    page.locator("[data-scan]").press("Enter")
    answer(page, "bad", "D404")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
