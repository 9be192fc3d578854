"""A person maps a column that the platform began to send, sees it on the board, and takes it back."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from orderhub.access.permissions import Role

from .conftest import OpenPage
from .served import Hub
from .test_frame import PHONE, violations
from .test_rules import walk_a_rule

pytestmark = pytest.mark.browser

STUDIO = "/studio/mapping?channel=douyin"
NEWEST = "/orders?tab=all&sort=changed&desc=1"
WORDS = "请送到楼上"


YAML = """\
orderhub_mapping: 1
channel: douyin
fields:
- {name: 收货说明, type: text}
mappings:
- {name: 收货备注, path: receipt_remark, target: tag, transform: keywords, table: {楼上: 送货上门}}
- {name: 收货说明, path: receipt_remark, target: cf.收货说明}
"""


@pytest.fixture(scope="module", autouse=True)
def _new_column(hub: Hub) -> Iterator[None]:
    """From now on Douyin sends 收货备注 with every order."""
    hub.tell_lab("faults", name="new_field", shop="dy-flagship", field="receipt_remark", word=WORDS)
    yield
    httpx.delete(f"http://127.0.0.1:{hub.lab_port}/lab/faults").raise_for_status()


def row(page: Page, number: str) -> Locator:
    return page.locator("tr.order", has_text=number)


def fill(page: Page, **parts: Any) -> None:
    for part, text in parts.items():
        control = page.locator(f"#mapping-{part}")
        if part in ("target", "transform", "shop"):
            control.select_option(text)
        else:
            control.fill(text)


def taken(page: Page, hub: Hub) -> str:
    """A new order with the column, once the board shows it."""
    number = hub.tell_lab("orders", shop="dy-flagship", paid=True)["number"]
    page.goto(f"{hub.origin}{NEWEST}")
    expect(row(page, number)).to_be_visible(timeout=30_000)
    return number


def test_a_user_without_code_maps_a_column_and_makes_a_rule(hub: Hub, open_page: OpenPage) -> None:
    walk_a_column(hub, open_page)
    walk_a_rule(hub, open_page)


def walk_a_column(hub: Hub, open_page: OpenPage) -> None:
    """Mapped to a tag and a field of its own, seen on the board, run over what was there, taken back."""
    page = open_page(Role.OPERATIONS, NEWEST)
    first = taken(page, hub)
    expect(row(page, first)).not_to_contain_text("送货上门")

    page.click(".rail >> text=低代码")
    page.click(".seg >> text=映射")
    page.click("text=新增字段")
    page.fill(".mnew input[name=name]", "收货说明")
    page.click(".mnew >> text=添加")
    expect(page.locator(".mfield", has_text="收货说明")).to_be_visible()

    page.fill("input[type=search][aria-label=查找字段]", "receipt")
    page.click(".mpaths >> text=receipt_remark")
    expect(page.locator("#mapping-path")).to_have_value("receipt_remark")
    fill(page, name="收货备注", table="楼上=送货上门")
    expect(page.locator(".mpreview tbody tr").first).to_contain_text("送货上门")
    page.click("text=保存到草稿")
    expect(page.locator(".mbody [role=status]")).to_contain_text("已存入草稿")

    page.click("button[aria-label=新增映射]")
    expect(page.locator("#mapping-name")).to_have_value("")
    fill(page, name="收货说明", path="receipt_remark", transform="text", target="cf.收货说明")
    expect(page.locator(".mpreview tbody tr").first.locator("td").last).to_have_text(WORDS)
    page.click("text=保存到草稿")
    expect(page.locator(".mlist .mitem", has_text="收货说明")).to_be_visible()
    page.click("text=发布 v1")
    expect(page.locator(".mver.live")).to_have_text("v1线上")

    second = taken(page, hub)
    expect(row(page, second)).to_contain_text("送货上门")
    expect(row(page, first)).not_to_contain_text("送货上门")
    row(page, second).locator("a.no").click()
    page.locator(".drawer dd a", has_text=WORDS).click()
    page.wait_for_url(re.compile("cf[.]"))
    expect(page.locator("tr.order")).to_have_count(1)
    expect(row(page, second)).to_be_visible()

    page.goto(f"{hub.origin}{STUDIO}")
    page.click(".mrun >> text=开始补跑")
    expect(page.locator(".mside [role=status]")).to_contain_text("已补跑", timeout=30_000)
    page.goto(f"{hub.origin}{NEWEST}")
    expect(row(page, first)).to_contain_text("送货上门")

    page.goto(f"{hub.origin}{STUDIO}")
    page.locator(".mlist .mitem", has_text="收货备注").click()
    page.click("text=删除")
    page.click("text=发布 v2")
    expect(page.locator(".mver.live")).to_have_text("v2线上")
    expect(page.locator(".mlist .mitem", has_text="收货备注")).to_have_count(0)
    page.click(".mvers summary >> text=v1")
    page.click(".mvers details[open] >> text=回滚到 v1")
    expect(page.locator(".mver.live")).to_have_text("v1线上")
    expect(page.locator(".mlist .mitem", has_text="收货备注")).to_be_visible()


def mapped(page: Page) -> Page:
    """The page with the mappings of ``YAML`` live, brought in as a file."""
    page.wait_for_selector(".mpaths .mitem")
    page.fill("textarea[name=yaml]", YAML)
    page.click("text=导入为草稿")
    page.click(".mbar >> text=发布")
    expect(page.locator(".mbody [role=status]")).to_contain_text("已发布")
    return page


def test_a_board_is_narrowed_by_a_custom_field(hub: Hub, open_page: OpenPage) -> None:
    page = mapped(open_page(Role.OPERATIONS, STUDIO))
    taken(page, hub)
    page.click("summary.chip >> text=自定义字段")
    page.fill("details[open] input[name=wanted]", "楼上")
    page.click("details[open] >> text=应用")
    page.wait_for_url(re.compile("cf[.]"))
    expect(page.locator("summary.chip.on")).to_contain_text("收货说明 楼上")
    expect(page.locator("tr.order").first).to_contain_text("送货上门")


def test_mappings_go_out_as_a_file(hub: Hub, open_page: OpenPage) -> None:
    page = mapped(open_page(Role.OPERATIONS, STUDIO))
    with page.expect_download() as got:
        page.click("text=导出 YAML")
    assert got.value.suggested_filename == "mapping-douyin.yaml"
    assert "receipt_remark" in got.value.path().read_text(encoding="utf-8")


def test_who_may_not_map_has_no_way_there(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.SERVICE, STUDIO)
    expect(page.locator(".state-bar")).to_contain_text("没有权限：mapping:version:read")
    expect(page.locator("main")).to_contain_text("没有权限")
    expect(page.locator(".rail")).not_to_contain_text("低代码")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_editor_is_fit_for_everybody(open_page: OpenPage, scheme: str) -> None:
    page = mapped(open_page(Role.OPERATIONS, STUDIO, color_scheme=scheme))
    page.locator(".mlist .mitem", has_text="收货备注").click()
    page.wait_for_selector(".mpreview tbody tr")
    assert violations(page) == []


def test_the_open_editor_fits_a_phone(open_page: OpenPage) -> None:
    page = mapped(open_page(Role.OPERATIONS, STUDIO, viewport=PHONE, has_touch=True))
    page.locator(".mlist .mitem", has_text="收货备注").click()
    page.wait_for_selector(".mpreview tbody tr")
    wide = page.evaluate("document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth")
    assert wide <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, summary, select, input)")]
             .filter((one) => one.offsetParent && (one.offsetHeight < 44))
             .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_the_editor_speaks_english(open_page: OpenPage) -> None:
    page = mapped(open_page(Role.OPERATIONS, STUDIO))
    page.locator(".mlist .mitem", has_text="收货备注").click()
    page.wait_for_selector(".mpreview tbody tr")
    page.click("text=EN")
    expect(page.locator("h1")).to_have_text("Field mapping")
    left = page.evaluate(
        """() => [...document.querySelectorAll("main :is(h1, h2, th, label > span, .btn, .mver, .mkw, .mcap, p)")]
             .map((one) => one.innerText).filter((text) => /[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert [text for text in left if text != "收货备注"] == []  # a mapping's name is data
    page.click("text=中文")
    expect(page.locator("h1")).to_have_text("字段映射")
