"""A merchant's own export file: dropped on the page, looked at, taken, and what is wrong with it given back."""

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role
from tests.intake.files.exports import TAOBAO, csv_file, retail_file, rows_of

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser

_SHOWN = re.compile(r"/import/?\?id=")
_DROP = """([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name));
    for (const kind of ["dragover", "drop"]) {
        const event = new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true});
        document.querySelector(".dropzone").dispatchEvent(event);
    }
}"""


def drop(page: Page, path: Path, *, shop: str = "") -> None:
    page.wait_for_selector(f"select[name=shop] option[value='{shop}']", state="attached")
    page.select_option("select[name=shop]", shop)
    with page.expect_navigation(url=_SHOWN):
        page.evaluate(_DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])


def figures(page: Page) -> list[str]:
    return page.locator("#import .figs strong").all_inner_texts()


def test_a_dropped_file_is_shown_then_taken_once(open_page: OpenPage, tmp_path: Path) -> None:
    wrong = TAOBAO | {"订单编号": '="35158430023989999"', "宝贝总数量": "0"}
    path = csv_file(tmp_path / "ExportOrderList.csv", rows_of("taobao_orderlist_2017", TAOBAO, wrong))
    page = open_page(Role.OPERATIONS, "/import")
    drop(page, path, shop="tb-flagship")
    expect(page.locator("#import [data-state=ready]")).to_be_visible()
    assert figures(page) == ["1", "0", "0", "1", "2"]
    expect(page.locator("#import")).to_contain_text("淘宝/天猫订单报表")
    expect(page.locator("#import")).to_contain_text("35158430023980643")
    expect(page.locator("#import")).to_contain_text("数量要大于 0")
    with page.expect_download() as download:
        page.click("text=下载错误行")
    kept = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(kept) == 2
    assert "35158430023989999" in kept[1]
    page.click("text=确认导入 1 单")
    expect(page.locator("#import [data-state=done]")).to_be_visible()
    page.click("#import .cardfoot a")
    expect(page.locator("tr.order", has_text="35158430023980643")).to_be_visible()

    page.goto(page.url.split("/orders")[0] + "/import")
    drop(page, path, shop="tb-flagship")
    expect(page.locator("#import [data-state=ready]")).to_be_visible()
    assert figures(page) == ["0", "0", "1", "1", "2"]
    expect(page.locator("#import button.pri")).to_be_disabled()


def test_unknown_columns_are_named_once_by_a_person(open_page: OpenPage, tmp_path: Path) -> None:
    row = "536365,85123A,HEART HOLDER,6,01/12/2010 08:26,2.55,17850,United Kingdom"
    page = open_page(Role.OPERATIONS, "/import")
    drop(page, retail_file(tmp_path / "retail.csv", row), shop="dy-flagship")
    expect(page.locator("#import [data-state=to_map]")).to_be_visible()
    expect(page.locator("select[name=field0]")).to_have_value("order_no")
    expect(page.locator("select[name=how4]")).to_have_value("dmy")
    page.select_option("select[name=field0]", "")
    page.click("text=保存并预览")
    expect(page.locator("[role=status] .notice.bad")).to_contain_text("还缺：订单号")
    page.select_option("select[name=field0]", "order_no")
    page.click("text=保存并预览")
    expect(page.locator("#import [data-state=ready]")).to_be_visible()
    assert figures(page)[0] == "1"
    page.goto(page.url.split("/import")[0] + "/import")
    drop(page, retail_file(tmp_path / "again.csv", row), shop="dy-flagship")
    expect(page.locator("#import [data-state=ready]")).to_be_visible()


def test_preview_and_mapping_are_readable_by_everybody(open_page: OpenPage, tmp_path: Path) -> None:
    orders = csv_file(tmp_path / "orders.csv", rows_of("taobao_orderlist_2017", TAOBAO, TAOBAO | {"订单编号": "x"}))
    strange = tmp_path / "strange.csv"
    strange.write_text("编号,哪天,什么,多少\nA1,2026-11-20,收纳箱,2\n", encoding="utf-8")
    page = open_page(Role.OPERATIONS, "/import", viewport=PHONE, has_touch=True)
    for path, shop, state in ((orders, "tb-home", "ready"), (strange, "dy-outlet", "to_map")):
        drop(page, path, shop=shop)
        expect(page.locator(f"#import [data-state={state}]")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_a_file_that_cannot_be_taken_says_why(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text("账务流水号,业务流水号,对方账号\n1,2,3\n", encoding="utf-8")
    page = open_page(Role.OPERATIONS, "/import")
    drop(page, path)
    expect(page.locator("#import [role=alert]")).to_contain_text("这是资金账单")


def test_who_may_not_import_sees_no_page_for_it(open_page: OpenPage) -> None:
    page = open_page(Role.WAREHOUSE, "/import")
    expect(page.locator("main")).to_contain_text("没有权限：order:file:import")
    expect(page.locator(".rail >> text=导入")).to_have_count(0)
