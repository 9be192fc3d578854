"""A freight bill on the page: uploaded, looked at, taken; a difference claimed, answered, credited and taken away."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser

_SHOWN = re.compile(r"/freight/?\?file=")
_BILL = """运单号,揽收日期,目的省份,计费重量,运费
SF9900000001,2026-11-20,浙江省,1.0,12.00
SF9900000002,2026-11-20,新疆,3.2,46.50
"""


def test_a_bill_is_taken_and_its_difference_claimed_and_credited(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "sf.csv"
    path.write_text(_BILL, encoding="gbk")
    page = open_page(Role.FINANCE, "/freight")
    expect(page.locator("main")).to_contain_text("还没有运费账单")
    page.select_option("#upload select[name=carrier]", "sf")
    with page.expect_navigation(url=_SHOWN):  # a file that is chosen is sent at once
        page.set_input_files("#upload input[type=file]", str(path))
    expect(page.locator("#preview")).to_contain_text("不是我们的运单 2")
    assert violations(page) == []
    page.click("text=入账并核对")
    expect(page.locator("[role=status]")).to_contain_text("新收费 2 笔")
    rows = page.locator("#differences tbody tr")
    expect(rows.first).to_contain_text("SF9900000002")
    rows.first.get_by_role("button", name="索赔").click()
    page.fill("#differences input[name=note]", "不是我们的件")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("已提出索赔")
    expect(rows).to_have_count(1)
    mine = page.locator("#claims tbody tr", has_text="SF9900000002")
    expect(mine).to_contain_text("¥46.50")
    assert violations(page) == []
    mine.get_by_role("button", name="已认可").click()
    page.fill("#claims input[name=amount]", "40.00")
    page.keyboard.press("Enter")
    expect(mine).to_contain_text("¥40.00")
    mine.get_by_role("button", name="记退款").click()
    page.fill("#claims input[name=note]", "12 月账单抵扣")
    page.keyboard.press("Enter")
    expect(page.locator(".figs")).to_contain_text("¥40.00")
    page.get_by_role("link", name="已结束").click()
    expect(mine).to_contain_text("12 月账单抵扣")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载索赔单（XLSX）").click()
    book = CalamineWorkbook.from_path(str(download.value.path()))
    names, row = book.get_sheet_by_name("运费索赔单").to_python()
    said = dict(zip(names, row, strict=True))
    assert (said["运单号"], said["索赔金额"], said["退回金额"]) == ("SF9900000002", 46.5, 40.0)
    assert str(book.get_sheet_by_name("说明").to_python()[0][0]).startswith("导出人 demo-finance")

    phone = open_page(Role.FINANCE, "/freight", viewport=PHONE, has_touch=True)
    expect(phone.locator("#differences")).to_contain_text("SF9900000001")
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    low = phone.evaluate(
        "[...document.querySelectorAll('main button, main a.btn, main select, main input:not([type=hidden])')]"
        ".filter(e => e.offsetParent && e.type !== 'file' && e.getBoundingClientRect().height < 43.5)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert low == []
    assert violations(phone) == []


def test_who_has_nothing_to_do_with_money_sees_no_freight(open_page: OpenPage) -> None:
    page = open_page(Role.WAREHOUSE, "/freight")
    expect(page.locator("main")).to_contain_text("没有权限：settlement:day:read")
    expect(page.locator(".rail >> text=运费")).to_have_count(0)
