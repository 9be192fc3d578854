"""Each kind of case as people walk it, from what the buyer asks for to its end; before shipping: test_finance.py,
a resend: test_replacement.py.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub, settled_demo
from .test_fulfilment import CODE, SOON, approve, do_with, label_it, open_order, parcel
from .test_returns import answer, scan

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SHOP = "dy-flagship"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    often = {"ORDERHUB_SYNC_SECONDS": "5"}
    with settled_demo(tmp_path_factory.mktemp("kinds"), more=often, history_days=0.01) as served:
        yield served


def gone(hub: Hub, *deeds: str) -> str:
    """An order that its platform knows to have left."""
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True, lines=[{"code": CODE, "quantity": 1}])["number"])
    for deed in ("ship", *deeds):
        hub.tell_lab(f"orders/{SHOP}/{number}", do=deed)
    return number


def ask(hub: Hub, number: str, kind: str) -> None:
    hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", line=0, kind=kind, reason="质量问题")


def at_the_platform(hub: Hub, number: str) -> str:
    return hub.ask_lab(f"orders/{SHOP}/{number}")["refunds"][0]["status"]


def until_there(page: Page, hub: Hub, number: str, status: str) -> None:
    for _ in range(200):
        if at_the_platform(hub, number) == status:
            return
        page.wait_for_timeout(300)
    assert at_the_platform(hub, number) == status


def open_case(page: Page, hub: Hub, text: str) -> None:
    page.goto(f"{hub.origin}/aftersale?tab=all&q={text}")
    row = page.locator("tr.order", has_text=text)
    expect(row).to_be_visible(timeout=SOON)
    row.locator("a.no").click()
    expect(page.locator("#case")).to_be_visible(timeout=SOON)


def stands_at(page: Page, stage: str) -> None:
    expect(page.locator("#case")).to_contain_text(stage, timeout=SOON)


def finance_agrees(page: Page, hub: Hub, text: str) -> None:
    page.goto(f"{hub.origin}/finance")
    row = page.locator("tr.order", has_text=text)
    expect(row).to_be_visible(timeout=SOON)
    row.locator("a.no").click()
    page.locator(".finside").get_by_role("button", name="同意退款").click()
    expect(page.locator(".finside .notice")).to_contain_text("已同意退款")


def agree_to_the_return(page: Page) -> None:
    page.locator("summary", has_text="同意退货").click()
    page.locator("details[open] input[name=address_no]").fill("1001")
    page.locator("details[open] button[type=submit]").click()
    expect(page.locator("[role=status]").first).to_contain_text("已答复", timeout=SOON)


def inspected(page: Page, hub: Hub, waybill: str) -> None:
    """It has come back, whole and good."""
    page.goto(f"{hub.origin}/returns")
    expect(page.locator("[data-scan]")).to_be_focused()
    for _ in range(20):
        scan(page, waybill)
        page.wait_for_timeout(1_500)
        if page.locator(".answer[data-answer=good]").count():
            break
    answer(page, "good", "请清点商品")
    page.get_by_role("button", name="其余完好").click()
    page.get_by_role("button", name="验货完成").click()
    answer(page, "done", "验货完成")


def test_money_alone_goes_back_after_shipping(hub: Hub, open_page: OpenPage) -> None:
    number = gone(hub)
    ask(hub, number, "refund_after_shipping")
    page = open_page(Role.FINANCE, "/finance")
    finance_agrees(page, hub, number)
    until_there(page, hub, number, "closed")
    open_case(page, hub, number)
    stands_at(page, "已完结")


def test_goods_come_back_and_are_paid(hub: Hub, open_page: OpenPage) -> None:
    number, waybill = gone(hub, "deliver"), "YT0000000000801"
    ask(hub, number, "return_and_refund")
    office = open_page(Role.SERVICE, "/aftersale")
    open_case(office, hub, number)
    agree_to_the_return(office)
    until_there(office, hub, number, "awaiting_return")
    hub.tell_lab(f"orders/{SHOP}/{number}", do="send_back", tracking_no=waybill)
    inspected(open_page(Role.WAREHOUSE, "/returns"), hub, waybill)
    stands_at(office, "财务待审")
    money = open_page(Role.FINANCE, "/finance")
    finance_agrees(money, hub, number)
    until_there(money, hub, number, "closed")
    stands_at(office, "已完结")


def test_goods_are_exchanged(hub: Hub, open_page: OpenPage) -> None:
    number, waybill = gone(hub, "deliver"), "YT0000000000802"
    ask(hub, number, "exchange")
    office, floor = open_page(Role.SERVICE, "/aftersale"), open_page(Role.WAREHOUSE, "/warehouse")
    open_case(office, hub, number)
    agree_to_the_return(office)
    until_there(office, hub, number, "awaiting_return")
    hub.tell_lab(f"orders/{SHOP}/{number}", do="send_back", tracking_no=waybill)
    inspected(floor, hub, waybill)
    stands_at(office, "已验货")
    office.get_by_role("button", name="安排发出").click()
    expect(office.locator(".replbody")).to_contain_text("已安排", timeout=SOON)
    label_it(floor, hub, number)
    do_with(floor, parcel(floor, hub, number, "to_pick"), "发货")
    parcel(floor, hub, number, "left")
    # No platform takes an exchange's parcel by API: somebody has typed it there, and it says so itself.
    hub.tell_lab(f"orders/{SHOP}/{number}", do="agree_refund")
    until_there(office, hub, number, "closed")
    stands_at(office, "已完结")


def test_a_parcel_that_was_refused_is_opened_by_its_scan_and_paid_by_hand(hub: Hub, open_page: OpenPage) -> None:
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True, lines=[{"code": CODE, "quantity": 1}])["number"])
    office, floor = open_page(Role.OPERATIONS, "/orders"), open_page(Role.WAREHOUSE, "/warehouse")
    approve(office, hub, number)
    waybill = label_it(floor, hub, number)
    do_with(floor, parcel(floor, hub, number, "to_pick"), "发货")
    parcel(floor, hub, number, "left")

    floor.goto(f"{hub.origin}/returns")
    expect(floor.locator("[data-scan]")).to_be_focused()
    scan(floor, waybill)
    floor.get_by_role("button", name="是拒收退回").click()
    answer(floor, "good", "请清点商品")
    floor.get_by_role("button", name="其余完好").click()
    floor.get_by_role("button", name="验货完成").click()
    answer(floor, "done", "验货完成")

    money = open_page(Role.FINANCE, "/finance")
    finance_agrees(money, hub, number)
    money.goto(f"{hub.origin}/finance?tab=pay")
    row = money.locator("tr.order", has_text=number)
    expect(row).to_be_visible(timeout=SOON)
    row.locator("a.no").click()
    money.locator(".finside").get_by_label("打款流水号").fill("BANK-0001")
    money.locator(".finside").get_by_role("button", name="登记已打款").click()
    expect(money.locator(".finside .notice")).to_contain_text("已登记打款")
    open_order(office, hub, number)
    office.get_by_role("tab", name="售后").click()
    expect(office.locator(".drawer")).to_contain_text("已完结", timeout=SOON)
