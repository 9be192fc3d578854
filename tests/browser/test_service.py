"""Customer service as people do it: found by a waybill, a ticket opened, handed over, answered, decided, and timed."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

SHOP, WAYBILL = "dy-flagship", "ZT7700112233445"
_TOO_WIDE = "(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.querySelector('#content'))"


def shipped(hub: Hub) -> str:
    """An order that another system has sent, with a refund asked for."""
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True)["number"])
    hub.tell_lab(f"orders/{SHOP}/{number}", do="ship", tracking_no=WAYBILL)
    hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", kind="return_and_refund")
    return number


def told(page: Page, text: str) -> None:
    expect(page.locator(".svright .notice")).to_contain_text(text)


def find(page: Page, text: str, number: str) -> None:
    """Until the hub has heard of it: its channel pushes, and what is typed is looked for again."""
    field, hit = page.locator("main [type=search]"), page.locator(".svhits a", has_text=number)
    for _ in range(20):
        field.fill("")
        field.fill(text)
        page.wait_for_timeout(1000)
        if hit.count():
            break
    hit.click()


def test_a_complaint_is_taken_to_its_end_and_timed(hub: Hub, open_page: OpenPage) -> None:
    number = shipped(hub)
    replies = open_page(Role.OPERATIONS, "/service/replies")
    replies.fill("[name=title]", "催发货")
    replies.fill("[name=text]", "亲，{快递} {运单号} 在路上")
    replies.get_by_role("button", name="保存").click()
    expect(replies.locator(".svlist li", has_text="催发货")).to_be_visible()

    first = open_page(Role.OPERATIONS, "/service")
    find(first, WAYBILL, number)
    expect(first.locator(".svright .svlist").first).to_contain_text(WAYBILL)
    expect(first.locator(".svright")).to_contain_text("退货退款")
    first.get_by_role("button", name="新建工单").click()
    first.fill("[name=words]", "收到的箱子破了")
    first.select_option("[name=kind]", "complaint")
    first.select_option("[name=priority]", "urgent")
    first.locator("form.svnew").get_by_role("button", name="新建工单").click()
    told(first, "工单已建")
    expect(first.locator(".svright h2").first).to_contain_text("TK")
    ticket = first.locator(".svright h2").first.inner_text()

    # Handed to service's queue, it is taken there: the first page hears of it by itself.
    first.locator("summary", has_text="转交").click()
    first.select_option("[name=to]", "role:service")
    first.locator("details[open] [name=reason]").fill("请客服安抚")
    first.locator("details[open]").get_by_role("button", name="转交").click()
    told(first, "已转交")
    second = open_page(Role.SERVICE, "/service?priority=urgent")
    row = second.locator("tr.order", has_text=ticket)
    expect(row).to_be_visible()
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    expect(second.locator(".svright h2").first).to_have_text(ticket)
    second.get_by_role("button", name="领取").click()
    told(second, "已领取")
    second.locator("summary", has_text="改优先级").click()
    expect(second.locator("details[open] [name=priority]")).to_have_value("urgent")
    second.select_option("details[open] [name=priority]", "high")
    second.locator("details[open]").get_by_role("button", name="改优先级").click()
    told(second, "优先级已改")
    expect(first.locator(".svright .svkv")).to_contain_text("demo-service")

    second.get_by_label("选话术").select_option(label="催发货")
    expect(second.get_by_label("答复买家")).to_have_value(f"亲，中通快递 {WAYBILL} 在路上")
    second.get_by_role("button", name="复制并记录").click()
    told(second, "请到平台粘贴发送")
    expect(second.locator(".svlist", has_text="已复制给买家")).to_contain_text(f"亲，中通快递 {WAYBILL} 在路上")
    second.locator("summary", has_text="决定").click()
    second.select_option("[name=result]", "answered")
    second.locator("details[open]").get_by_role("button", name="决定").click()
    told(second, "已决定")

    times = open_page(Role.SERVICE, "/service/times?by=person")
    expect(times.locator("tbody tr", has_text="demo-service")).to_contain_text("0:0")
    with times.expect_download() as download:
        times.get_by_role("button", name="下载 CSV").click()
    assert "demo-service" in download.value.path().read_text("utf-8-sig")


def test_customer_service_fits_a_phone_and_reads_well_to_a_screen_reader(hub: Hub, open_page: OpenPage) -> None:
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True)["number"])
    for options in ({}, {"viewport": {"width": 390, "height": 844}, "has_touch": True}):
        page = open_page(Role.ADMIN, "/service", **options)
        find(page, number, number)
        expect(page.locator(".svright .svlist").first).to_contain_text(number)
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate(_TOO_WIDE) == 0
