"""A bill on the page: uploaded, looked at, taken; a difference settled with a reason; the day closed and taken away."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role
from tests.intake.files.exports import csv_text, rows_of

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser

_SHOWN = re.compile(r"/settlement/?\?file=")
_LEDGER = {
    "商户订单号": "T200P6900000000000099999\t",
    "发生时间": "2026-11-20 10:00:00",
    "收入金额（+元）": "139.40",
    "业务类型": "交易付款",
    "账务流水号": "1001",
}
_WITHDRAWAL = {"发生时间": "2026-11-20 12:00:00", "支出金额（-元）": "100.00", "业务类型": "提现", "账务流水号": "1002"}


def ledger(path: Path, *more: dict[str, str]) -> Path:
    path.write_text(csv_text(rows_of("alipay_merchant_ledger_2012", _LEDGER, _WITHDRAWAL, *more)), encoding="gbk")
    return path


def choose(page: Page, path: Path, shop: str = "tb-flagship") -> None:
    page.wait_for_selector(f"select[name=shop] option[value='{shop}']", state="attached")
    page.select_option("select[name=shop]", shop)
    with page.expect_navigation(url=_SHOWN):  # a file that is chosen is sent at once
        page.set_input_files("#upload input[type=file]", str(path))


def test_a_ledger_is_looked_at_taken_and_its_difference_settled(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(Role.FINANCE, "/settlement")
    expect(page.locator("main")).to_contain_text("还没有账单")
    choose(page, ledger(tmp_path / "alipay.csv"))
    expect(page.locator("#preview")).to_contain_text("支付宝账务明细")
    expect(page.locator("#preview")).to_contain_text("有流水无订单 1")
    assert violations(page) == []
    page.click("text=入账并对账")
    expect(page.locator("[role=status]")).to_contain_text("新流水 2 笔，新差异 1 条")
    row = page.locator("tr", has_text="6900000000000099999")
    expect(row).to_contain_text("¥139.40")
    row.get_by_role("button", name="处理").click()
    page.fill("input[name=reason]", "店主自己的测试单")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("差异已处理")
    expect(row).to_have_count(0)
    page.get_by_role("link", name="已处理").click()
    expect(row).to_contain_text("店主自己的测试单")
    page.goto(page.url.split("?")[0])
    page.get_by_role("button", name="关账").click()
    expect(page.locator("main")).to_contain_text("已关账")
    with page.expect_download() as download:
        page.click("text=下载每日账单")
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("导出人 demo-finance")
    assert lines[2].startswith("2026-11-20,支付宝账务明细,tb-flagship,2,139.40,0.00,0.00,-100.00,0,0.00,")

    late = _LEDGER | {"账务流水号": "1003", "商户订单号": "T200P6900000000000088888"}
    choose(page, ledger(tmp_path / "again.csv", late))
    expect(page.locator("#preview")).to_contain_text("其中 1 天已关账")
    page.click("text=入账并对账")
    expect(page.locator("main")).to_contain_text("关账后更正 1 笔")


def test_a_file_that_is_no_statement_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("商户订单号,发生时间,账务类型\n1,gestern,x\n", encoding="utf-8")
    page = open_page(Role.FINANCE, "/settlement")
    choose(page, path)
    expect(page.locator("#preview [role=alert]")).to_contain_text("第 2 行读不懂")
    page.click("text=不要了")
    expect(page.locator("#preview")).to_have_count(0)


def test_the_page_fits_a_phone_and_is_readable_by_everybody(open_page: OpenPage) -> None:
    page = open_page(Role.FINANCE, "/settlement", viewport=PHONE, has_touch=True)
    expect(page.locator(".figs strong").first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []


def test_who_has_nothing_to_do_with_money_sees_none(open_page: OpenPage) -> None:
    page = open_page(Role.WAREHOUSE, "/settlement")
    expect(page.locator("main")).to_contain_text("没有权限：settlement:day:read")
    expect(page.locator(".rail >> text=对账")).to_have_count(0)
