"""Stock as people keep it: a table comes in, an order reserves, a code is bound, a level is counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role
from orderhub.lab.catalogue import CATALOGUE
from tests.flows.hub import wait_until

from .conftest import OpenPage
from .served import Hub, settled_demo

pytestmark = pytest.mark.browser

UNKNOWN = "PEG-1"
SERIOUS = ("serious", "critical")
SHORT = "LAMP-9"
BUNDLES = {"A-18": 1, "B-C1": 1}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub of its own: SKUs change what becomes of every order."""
    with settled_demo(tmp_path_factory.mktemp("stock-hub"), history_days=0.01) as served:
        yield served


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything the lab sells but one, 20,000 pieces each in the east and of BOX-40L 30,000 in the south too."""
    codes = sorted({sku.code for sku in CATALOGUE if "&" not in sku.code and "*" not in sku.code} - {UNKNOWN})
    rows = [f"{code},测试 {code},华东仓,20000,100" for code in [*codes, *BUNDLES]] + [
        "BOX-40L,,华南仓,30000,",
        f"{SHORT},测试 {SHORT},华东仓,0,",
    ]
    path = tmp_path_factory.mktemp("sheet") / "stock.csv"
    path.write_text("\n".join(["商品编码,商品名称,仓库,实物库存,缺货预警", *rows]), encoding="gb18030")
    return path


def row(page: Page, code: str, warehouse: str = "华东仓"):
    return page.locator("tbody tr", has=page.get_by_text(code, exact=True)).filter(has_text=warehouse)


def reserved(page: Page, code: str) -> int:
    """In both warehouses: which of them an order takes from is its receiver's region's business."""
    cells = page.locator("tbody tr", has=page.get_by_text(code, exact=True)).locator("td[data-label=占用]")
    return sum(int(said.replace(",", "")) for said in cells.all_inner_texts())


def await_reserved(page: Page, code: str, pieces: int) -> None:
    for _ in range(150):
        if reserved(page, code) == pieces:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{code}: {reserved(page, code)} reserved, not {pieces}")


def bring_in(page: Page, sheet: Path) -> None:
    page.set_input_files("input[name=file]", sheet)
    page.click("section[aria-label=导入表格] button[type=submit]")
    expect(page.locator(".notice")).to_contain_text("已导入", timeout=45_000)


def test_a_merchant_keeps_stock(hub: Hub, open_page: OpenPage, sheet: Path) -> None:
    page = open_page(Role.OPERATIONS, "/stock")
    bring_in(page, sheet)

    # An order of three is paid: they are reserved, and the page says so by itself.
    page.goto(f"{hub.origin}/stock?q=BOX-40L-B")
    expect(row(page, "BOX-40L-B")).to_be_visible()
    before = reserved(page, "BOX-40L-B")
    number = hub.tell_lab("orders", shop="dy-flagship", paid=True, lines=[{"code": "BOX-40L-B", "quantity": 3}])[
        "number"
    ]
    await_reserved(page, "BOX-40L-B", before + 3)

    # The ledger names the order.
    row(page, "BOX-40L-B").locator("a").first.click()
    entry = page.locator("section[aria-label=库存流水] tbody tr", has_text=str(number))
    expect(entry).to_contain_text("锁库存")
    expect(entry).to_contain_text("+3")

    # An unknown code waits in the queue until it is bound.
    number = hub.tell_lab("orders", shop="dy-flagship", paid=True, lines=[{"code": UNKNOWN, "quantity": 1}])["number"]
    page.goto(f"{hub.origin}/stock")
    queued = page.locator("section[aria-label=未匹配编码] tr", has_text=UNKNOWN).filter(has_text="测试收纳抖音旗舰店")
    expect(queued).to_be_visible(timeout=30_000)
    queued.locator("input[name=target]").fill("BOX-40L*2")
    queued.locator("button[type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("已绑定")
    expect(queued).to_have_count(0)
    page.goto(f"{hub.origin}/orders?tab=all&sort=changed&desc=1")
    expect(page.locator("tr.order", has_text=str(number))).not_to_contain_text("未匹配")


def test_the_warehouse_counts_on_a_phone(hub: Hub, open_page: OpenPage, sheet: Path) -> None:
    bring_in(open_page(Role.OPERATIONS, "/stock"), sheet)
    page = open_page(Role.WAREHOUSE, "/stock?q=SOAP-NONE", viewport={"width": 390, "height": 844}, has_touch=True)
    expect(page.locator("section[aria-label=新增或修改商品]")).to_have_count(0)
    page.goto(f"{hub.origin}/stock?q=RICE-10")
    row(page, "RICE-10").get_by_role("button", name="调整").click()
    form = row(page, "RICE-10").locator("form")
    form.locator("select").select_option("count")
    form.locator("input[name=pieces]").fill("19990")
    form.locator("input[name=reason]").fill("盘点少了")
    form.locator("button[type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("已保存")
    expect(row(page, "RICE-10").locator("td[data-label=实物库存]")).to_have_text("19,990")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_a_merchant_says_what_a_channel_may_sell(hub: Hub, open_page: OpenPage, sheet: Path) -> None:
    bring_in(open_page(Role.OPERATIONS, "/stock"), sheet)
    hub.tell_lab("orders", shop="dy-flagship", paid=True, lines=[{"code": "BOX-40L", "quantity": 1}])
    page = open_page(Role.OPERATIONS, "/stock/channel?q=BOX-40L&shop=dy-flagship")
    shop = page.locator("section[aria-label=店铺公式] tr", has_text="测试收纳抖音旗舰店")
    item = page.locator("section[aria-label=渠道货号] tbody tr", has=page.get_by_text("BOX-40L", exact=True))
    expect(item).to_contain_text("未设置", timeout=30_000)

    # What the formula would tell is shown first, then it is saved, and the platform hears of it.
    shop.get_by_role("button", name="改公式").click()
    page.fill("form.stockform input[name=percent]", "50")
    page.fill("form.stockform input[name=cap]", "77")
    page.click("form.stockform >> text=预览")
    expect(page.locator("form.stockform [role=status]")).to_contain_text("→ 77")
    page.click("form.stockform >> text=保存")
    expect(page.locator(".notice")).to_contain_text("马上告知渠道")
    expect(item.locator("td[data-label=已告知]")).to_contain_text("77", timeout=30_000)
    wait_until(lambda: 77 in hub.ask_lab("uploads", kind="stock")["stock"]["dy-flagship"].values())
    assert [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS] == []


def test_a_short_order_is_sent_in_part_and_its_goods_come(hub: Hub, open_page: OpenPage, sheet: Path) -> None:
    page = open_page(Role.OPERATIONS, "/stock")
    bring_in(page, sheet)
    lines = [{"code": "BOX-40L-B", "quantity": 1}, {"code": SHORT, "quantity": 2}]
    number = hub.tell_lab("orders", shop="dy-flagship", paid=True, lines=lines)["number"]
    page.goto(f"{hub.origin}/stock?view=short")
    queued = page.locator("section[aria-label=缺货商品] tbody tr", has_text=SHORT)
    expect(queued).to_be_visible(timeout=30_000)
    queued.get_by_role("link", name="处理").click()

    waiting = page.locator("section[aria-label='等 LAMP-9 的订单']")
    waiting.get_by_label(f"选择订单 {number}").check()
    waiting.locator("select[name=choice]").select_option("later")
    waiting.get_by_role("button", name="确定").click()
    expect(page.locator(".notice")).to_contain_text("已处理 1 单")
    expect(waiting.locator("tbody tr", has_text=str(number))).to_contain_text("先发其余")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []

    coming = page.locator("section[aria-label=到货]")
    coming.locator("input[name=pieces]").fill("5")
    coming.locator("input[name=date]").fill("2030-01-05")
    coming.get_by_role("button", name="登记在途").click()
    expect(queued).to_contain_text("5 件，可满足 1 单")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    coming.locator("tbody input[name=pieces]").fill("5")
    coming.get_by_role("button", name="确认到货").click()
    expect(page.locator(".notice")).to_contain_text("已入库")
    expect(page.locator("tbody tr", has_text=str(number))).to_have_count(0)


def test_the_page_with_stock_reads_well_to_a_screen_reader(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/stock?q=BOX")
    expect(row(page, "BOX-40L-B")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SERIOUS] == []
    with page.expect_download() as download:
        page.click("text=导出 CSV")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("商品编码,")
    assert "BOX-40L" in text
