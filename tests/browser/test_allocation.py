"""Allocation as people keep it: a carrier gets its prices, an order leaves with it, and is sent from elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub, settled_demo

pytestmark = pytest.mark.browser

SHEET = "商品编码,商品名称,仓库,实物库存\nBOX-40L,测试 BOX-40L,华东仓,20000\nBOX-40L,测试 BOX-40L,华南仓,30000\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub of its own: carriers and what is on the shelf change what becomes of every order."""
    folder = tmp_path_factory.mktemp("allocation-hub")
    with settled_demo(folder, history_days=0.01) as served:
        (folder / "stock.csv").write_text(SHEET, encoding="utf-8")
        yield served


def bring_in(page: Page, hub: Hub) -> None:
    page.set_input_files("input[name=file]", Path(hub.folder) / "stock.csv")
    page.click("section[aria-label=导入表格] button[type=submit]")
    expect(page.locator(".notice")).to_contain_text("已导入")


def add_service(page: Page, carrier: str, yuan: str, **more: str) -> None:
    form = page.locator("section[aria-label=新增或修改快递服务] form")
    form.locator("[name=carrier]").select_option(carrier)
    for name, value in ({"first_fen": yuan, "step_fen": "1.00"} | more).items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button[type=submit]").click()
    expect(page.locator("section[aria-label=快递服务] tbody")).to_contain_text(yuan)


def reviewed_order(page: Page, hub: Hub, pieces: int = 3) -> str:
    """A paid order that has passed its review, open in the drawer at its parcels; its number."""
    lines = [{"code": "BOX-40L", "quantity": pieces}]
    number = str(hub.tell_lab("orders", shop="dy-flagship", paid=True, lines=lines)["number"])
    page.goto(f"{hub.origin}/orders?tab=all&sort=changed&desc=1")
    page.locator("tr.order", has_text=number).locator("a.no").click()
    page.click(".dfoot >> text=审核通过")
    page.click(".drawer [role=tab] >> text=包裹")
    expect(page.locator(".packs")).to_contain_text("发货单")
    return number


def test_an_order_gets_the_cheaper_carrier_and_is_sent_from_elsewhere_by_hand(hub: Hub, open_page: OpenPage) -> None:
    bring_in(open_page(Role.OPERATIONS, "/stock"), hub)
    page = open_page(Role.OPERATIONS, "/studio/allocation")
    add_service(page, "zto", "4.00", zones="香港 澳门 = 18 + 12", not_to="台湾")
    add_service(page, "sf", "8.20")

    reviewed_order(page, hub)
    packs = page.locator(".packs > li")
    expect(packs).to_contain_text("中通快递")
    page.click(".drawer [role=tab] >> text=概览")
    why = page.locator("section[aria-label=为什么这样配货]")
    why.locator("summary").click()
    expect(why).to_contain_text("贵 ¥4.20")

    page.click(".drawer [role=tab] >> text=包裹")
    page.locator("[name=warehouse]").select_option(label="华南仓")
    page.locator("[name=service]").select_option(label="顺丰速运")
    page.click(".drawer >> text=重新配货")
    expect(packs).to_contain_text("华南仓")
    expect(packs).to_contain_text("顺丰速运")

    # Two of three in a parcel of their own, and back into one.
    packs.locator("summary", has_text="拆单").click()
    packs.locator("input[type=number]").fill("2")
    packs.locator("button[type=submit]").click()
    expect(packs).to_have_count(2)
    expect(page.locator(".packs")).to_contain_text("×2")


def test_the_page_and_the_parcels_read_well_on_a_phone_and_to_a_screen_reader(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/studio/allocation", viewport={"width": 390, "height": 844}, has_touch=True)
    expect(page.locator("section[aria-label=快递服务] tbody tr").first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    wide = open_page(Role.ADMIN, "/studio/allocation")
    expect(wide.locator("section[aria-label=合单]")).to_be_visible()
    for _ in range(2):
        found = Axe().run(wide).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        reviewed_order(wide, hub, 1)
