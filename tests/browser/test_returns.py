"""From a return that was agreed to its goods on the shelf, as the warehouse does it: scan, count, photograph, done."""

import io
import sqlite3
import time
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub

pytestmark = pytest.mark.browser

SHOP, BACK = "dy-flagship", "YT0000000000777"
_TAKEN_SECONDS = 120


def scan(page: Page, text: str) -> None:
    """As a keyboard wedge: keys and Enter, wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def answer(page: Page, kind: str, said: str) -> None:
    expect(page.locator(f".answer[data-answer={kind}]")).to_contain_text(said)


def photo() -> dict[str, object]:
    made = io.BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(made, "JPEG")
    return {"name": "kaixiang.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


def arrives(page: Page, row: str) -> None:
    """The hub pulls a shop every few minutes, and a push comes sooner; a page looks again until it is there."""
    end = time.monotonic() + _TAKEN_SECONDS
    while time.monotonic() < end and not page.locator("tbody tr", has_text=row).count():
        page.wait_for_timeout(2_000)
        page.reload()
        page.wait_for_selector(".floor tbody tr, .floor .void")
    expect(page.locator("tbody tr", has_text=row)).to_be_visible()


@pytest.fixture
def number(hub: Hub) -> str:
    """The number of an order of three boxes, sent and delivered, whose buyer sends all of them back."""
    lines = [{"code": "BOX-40L", "quantity": 3}]
    number = str(hub.tell_lab("orders", shop=SHOP, paid=True, lines=lines)["number"])
    for do in ("ship", "deliver"):
        hub.tell_lab(f"orders/{SHOP}/{number}", do=do)
    hub.tell_lab(f"orders/{SHOP}/{number}", do="request_refund", reason="质量问题", kind="return_and_refund")
    hub.tell_lab(f"orders/{SHOP}/{number}", do="agree_refund")
    hub.tell_lab(f"orders/{SHOP}/{number}", do="send_back", tracking_no=BACK)
    return number


def written(hub: Hub, asked: str) -> list[tuple]:
    """What stands in the hub's database, read beside it."""
    with closing(sqlite3.connect(f"file:{hub.folder / 'orderhub.db'}?mode=ro", uri=True)) as database:
        return database.execute(asked).fetchall()


def test_a_return_is_scanned_photographed_and_its_good_pieces_are_on_the_shelf(
    hub: Hub, open_page: OpenPage, number: str
) -> None:
    page = open_page(Role.WAREHOUSE, "/returns")
    arrives(page, BACK)
    expect(page.locator("[data-scan]")).to_be_focused()
    scan(page, "SF404404404404")
    answer(page, "bad", "找不到")
    scan(page, BACK)
    answer(page, "good", "请清点商品")
    page.locator("h1").click()  # the focus goes astray, the keys do not
    scan(page, "APPLE")
    answer(page, "bad", "不是这一单的商品")
    scan(page, "BOX-40L")
    answer(page, "good", "BOX-40L 完好 +1")
    page.get_by_role("button", name="BOX-40L 次品 加一件").click()

    page.locator(".photozone input").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"MZ"})
    expect(page.locator(".notice.bad")).to_contain_text("不是能打开的照片")
    page.locator(".photozone input").set_input_files(photo())
    picture = page.locator(".photos img")
    expect(picture).to_have_count(1)
    assert picture.evaluate("async (one) => { await one.decode(); return one.naturalWidth }") == 1200
    expect(page.locator(".packsum")).to_have_text("还有 1 件没清点")

    expect(page.get_by_role("button", name="验货完成")).to_be_disabled()
    page.get_by_label("BOX-40L 缺失", exact=True).fill("1")
    expect(page.locator(".packsum")).to_have_text("清点完了")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.get_by_label("备注").fill("一件角裂")
    page.get_by_role("button", name="验货完成").click()
    answer(page, "done", f"{BACK} 验货完成，1 件入库")

    scan(page, BACK)
    answer(page, "bad", "已验过（demo-warehouse）")
    page.goto(f"{hub.origin}/returns?list=inspected")
    page.locator("tbody tr", has_text=BACK).get_by_role("link", name=BACK).click()
    result = page.get_by_role("region", name="验货结果")
    expect(result).to_contain_text("一件角裂")
    expect(result.locator("tbody tr")).to_contain_text("BOX-40L")
    expect(result.locator(".photos img")).to_have_count(1)
    assert written(hub, "SELECT on_hand_change FROM stock_entry WHERE cause = 'returned'") == [(1,)]
    assert written(hub, "SELECT stage FROM aftersale WHERE inspected_at IS NOT NULL") == [("finance_review",)]


def test_the_table_for_returns_fits_a_phone(hub: Hub, open_page: OpenPage, number: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(Role.WAREHOUSE, "/returns", **phone)
    arrives(page, BACK)
    page.locator("tbody tr", has_text=BACK).get_by_role("button", name="验货").last.click()
    answer(page, "good", "请清点商品")
    page.get_by_role("button", name="其余完好").tap()
    expect(page.locator(".packsum")).to_have_text("清点完了")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    small = "els => els.map(e => Math.round(e.getBoundingClientRect().height)).filter(height => height < 44)"
    assert (
        page.locator(".pack button:visible, .pack input:not([type=hidden]):not([type=file])").evaluate_all(small) == []
    )
