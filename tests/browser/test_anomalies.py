"""The desk as people work at it: opened, taken, handed over, ended and counted; a hand-over on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

SHOP = "dy-flagship"
_TOO_WIDE = "document.querySelector('.page').scrollWidth - document.querySelector('.page').clientWidth"


def strange_order(hub: Hub, word: str) -> str:
    """An order in a status nobody has heard of: an anomaly of operations."""
    return str(hub.tell_lab("orders", shop=SHOP, paid=True, status_word=word)["number"])


def opened(page: Page, number: str) -> None:
    """Found by the order's number, as soon as the hub has heard of it."""
    row = page.locator("tr.order", has_text=number)
    for _ in range(20):
        page.fill(".deskfilters [name=words]", number)
        page.press(".deskfilters [name=words]", "Enter")
        page.wait_for_timeout(1500)
        if row.count():
            break
    row.locator("a.no").click()
    expect(page.locator(".drawer .playbook li")).to_have_count(3)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.timeout(300)
def test_an_anomaly_is_taken_handed_over_ended_and_counted(hub: Hub, open_page: OpenPage) -> None:
    number = strange_order(hub, "7771")
    first = open_page(Role.OPERATIONS, "/anomalies")
    opened(first, number)
    assert violations(first) == []
    drawer = first.locator(".drawer")
    drawer.get_by_role("button", name="我来处理").click()
    expect(drawer.locator(".notice")).to_contain_text("已认领")
    expect(drawer.locator(".tl")).to_contain_text("认领")
    drawer.get_by_role("button", name="转派").click()
    drawer.get_by_role("button", name="客服").click()
    drawer.locator(".person", has_text="客服").first.click()
    drawer.locator(".quick .chip", has_text="对方更熟").click()
    drawer.locator("form").get_by_role("button", name="转派", exact=True).click()
    expect(drawer.locator(".notice")).to_contain_text("已转派")

    second = open_page(Role.SERVICE, "/anomalies?state=role")
    expect(second.locator("tr.order", has_text=number)).to_be_visible()
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    expect(second.locator(".drawer .playbook li")).to_have_count(3)
    expect(second.locator(".drawer .tl")).to_contain_text("对方更熟")
    second.locator(".drawer").get_by_role("button", name="解决").click()
    second.fill(".sheet [name=reason]", "已向平台确认")
    second.locator(".sheet").get_by_role("button", name="解决").click()
    expect(second.locator(".drawer .notice")).to_contain_text("已解决")
    expect(first.locator(".drawer .tl")).to_contain_text("已向平台确认")
    second.goto(f"{hub.origin}/anomalies?state=resolved&q={number}")
    expect(second.locator("tr.order", has_text=number)).to_contain_text("demo-service")


def test_an_anomaly_is_handed_over_on_a_phone(hub: Hub, open_page: OpenPage) -> None:
    number = strange_order(hub, "7772")
    page = open_page(Role.MANAGER, "/anomalies", viewport={"width": 390, "height": 844}, has_touch=True)
    opened(page, number)
    page.locator(".drawer").get_by_role("button", name="转派").click()
    sheet = page.locator(".sheet")
    sheet.get_by_role("button", name="仓库").click()
    sheet.locator(".person").first.click()
    sheet.locator("[name=reason]").fill("请核对出库称重")
    small = "e => [...e.querySelectorAll('button,.person')].filter(b => b.getBoundingClientRect().height < 43.5).length"
    assert sheet.evaluate(small) == 0
    assert violations(page) == []
    sheet.get_by_role("button", name="转派", exact=True).click()
    expect(page.locator(".drawer .tl")).to_contain_text("请核对出库称重")
    page.goto(f"{hub.origin}/anomalies?q={number}")
    expect(page.locator("tr.order", has_text=number)).to_contain_text("仓库")
    assert page.evaluate(_TOO_WIDE) <= 0
