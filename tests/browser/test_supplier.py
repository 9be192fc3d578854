"""Buying on the pages: a supplier, a sheet of what to buy, an order, what came of it, and the card that remembers."""

import re

import pytest
from playwright.sync_api import expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .test_frame import PHONE, violations

pytestmark = pytest.mark.browser

_HIGH_ENOUGH = (
    "[...document.querySelectorAll('main button, main a.btn, main select, main input:not([type=hidden])')]"
    ".filter(e => e.offsetParent && !['file', 'checkbox'].includes(e.type) && e.getBoundingClientRect().height < 43.5)"
    ".map(e => e.outerHTML.slice(0, 80))"
)


def test_goods_are_bought_counted_and_scored(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/suppliers")
    expect(page.locator("main")).to_contain_text("还没有供应商")
    page.fill("#put input[name=code]", "HZ-01")
    page.fill("#put input[name=name]", "杭州箱业")
    page.fill("#put input[name=contact]", "王经理 13812340001")
    page.locator("#put button[type=submit]").click()
    expect(page.locator("[role=status]")).to_contain_text("供应商已保存")
    assert violations(page) == []
    page.get_by_role("link", name="杭州箱业").click()
    page.wait_for_url(re.compile(r"/suppliers/card"))
    expect(page.locator("#card")).to_contain_text("138****0001")
    page.fill("#put-supply input[name=code]", "BOX-40L")
    page.fill("#put-supply input[name=pack]", "12")
    page.fill("#put-supply input[name=price]", "8.50")
    page.locator("#put-supply button[type=submit]").click()
    expect(page.locator("#supply tbody")).to_contain_text("¥8.50")
    assert violations(page) == []

    page.goto(page.url.split("/suppliers")[0] + "/purchases")
    page.fill("#new textarea[name=lines]", "BOX-40L 24 8.50")
    page.locator("#new button[type=submit]").click()
    page.wait_for_url(re.compile(r"/purchases/card"))
    page.get_by_role("button", name="批准").click()
    page.get_by_role("button", name="已向供应商下单").click()
    expect(page.locator("#receive")).to_contain_text("BOX-40L")
    assert violations(page) == []
    page.fill("#receive input[name^=good]", "22")
    page.fill("#receive input[name^=defective]", "2")
    page.locator("#receive button[type=submit]").click()
    expect(page.locator("[role=status]")).to_contain_text("到货已登记")
    expect(page.locator("#receipts tbody tr")).to_have_count(1)
    expect(page.locator(".ph")).to_contain_text("已到齐")

    page.get_by_role("link", name="杭州箱业").click()
    expect(page.locator("#card")).to_contain_text("8.3%")
    page.locator("#card").get_by_role("link", name="次品").click()
    expect(page.locator("#behind tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF 评分卡").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    for address in ("/suppliers", "/suppliers/card?supplier=1", "/purchases", "/purchases/card?purchase=1"):
        phone = open_page(Role.ADMIN, address, viewport=PHONE, has_touch=True)
        expect(phone.locator("main")).to_contain_text("杭州箱业")
        assert phone.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
        assert phone.evaluate(_HIGH_ENOUGH) == []
        assert violations(phone) == []


def test_a_sheet_is_worked_out_for_each_warehouse(open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/suppliers")
    page.fill("#put input[name=code]", "NB-02")
    page.fill("#put input[name=name]", "宁波包材")
    page.locator("#put button[type=submit]").click()
    page.get_by_role("link", name="宁波包材").click()
    page.wait_for_url(re.compile(r"/suppliers/card"))
    page.fill("#put-supply input[name=code]", "BOX-40L")
    page.locator("#put-supply button[type=submit]").click()
    expect(page.locator("#supply tbody")).to_contain_text("BOX-40L")
    page.goto(page.url.split("/suppliers")[0] + "/replenishment")
    page.get_by_role("button", name="保存设置并重新计算").click()
    expect(page.locator("[role=status]")).to_contain_text("已重新计算")
    assert violations(page) == []
    phone = open_page(Role.ADMIN, "/replenishment", viewport=PHONE, has_touch=True)
    expect(phone.locator("main")).to_contain_text("区域仓备货建议表")
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert phone.evaluate(_HIGH_ENOUGH) == []
    assert violations(phone) == []
