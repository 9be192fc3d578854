"""A buyer's page of a parcel, from the link copied in the drawer to a phone of somebody who never signed in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlmodel import Session

from orderhub.access.permissions import Role
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Shipment
from orderhub.domain.shop import Rollout
from orderhub.domain.track import follow_parcel, take_scans
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import business_day, day_start, utc_now
from tests import builders

from .conftest import OpenPage
from .served import Hub, put_database, served_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WAY = (
    (30, "【杭州城南区】的周小林已收件 电话:13800009045"),
    (24, "快件离开【杭州转运中心】，已发往【北京转运中心】"),
    (9, "快件已到达【北京转运中心】扫描员是【扫描员66】"),
    (0.1, "【北京朝阳公司】的派件员【张大山(13800000488)】正在为您派件，联系电话【13800000488】"),
)
# Order → its scans and what the page says in large.
STATES = {
    "A-silent": ((), "预计 "),
    "B-moving": (WAY[:3], "预计 "),
    "C-delivery": (WAY, "预计今天送达"),
    "D-delivered": ((*WAY, (0.05, "已签收(13800004057)，签收人是【李小红】")), "已签收"),
    "E-problem": ((*WAY, (0.05, "派送不成功，无人接听电话 13800000488")), "派送遇到问题"),
}
PRIVATE = ("13800", "张大山", "周小林", "李小红", "测试路", "测**")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A demo in which five parcels have left, each in a state of its own."""
    folder = tmp_path_factory.mktemp("tracking")
    with put_database(folder) as database, database.transaction() as session:
        _fill(session)
    with served_demo(folder, history_days=0) as served:
        served.tell_lab("stop")
        yield served


def _fill(session: Session) -> None:
    now = utc_now()
    shop = builders.shop(session, name="测试家居旗舰店", rollout=Rollout.OFF)
    for turn in range(30):
        # What the hub reckons from in its first night.
        left_at, no = now - timedelta(days=9), f"ZT76{turn:09d}"
        follow_parcel(session, no, Carrier.ZTO, shipped_at=left_at)
        take_scans(
            session, no, [ScanDraft(left_at + timedelta(hours=40 + turn), "已签收，签收人：本人")], by="zto", now=now
        )
    for turn, (no, (scans, _)) in enumerate(STATES.items()):
        order = builders.order(session, no=no, of=shop, now=now)
        waybill = f"ZT77000000{turn:04d}"
        left_at = now - timedelta(hours=31)
        session.add(Shipment(order_id=order.id, tracking_no=waybill, carrier_code="zto", shipped_at=left_at))
        session.flush()
        follow_parcel(session, waybill, Carrier.ZTO, shipped_at=left_at)
        drafts = [ScanDraft(_ago(hours, now), text) for hours, text in scans]
        take_scans(session, waybill, drafts, by="zto", now=now)


def _ago(hours: float, now: datetime) -> datetime:
    """What has just been scanned was scanned today, though the day be a minute old."""
    today = now - day_start(business_day(now))
    return now - (min(timedelta(hours=hours), today * hours) if hours < 1 else timedelta(hours=hours))


def opened(open_page: OpenPage, no: str, **options: object) -> Page:
    page = open_page(Role.SERVICE, "/orders?tab=all", permissions=["clipboard-read", "clipboard-write"], **options)
    page.locator("tr.order a.no", has_text=no).click()
    expect(page.locator(".drawer .tracks")).to_be_visible()
    return page


def copied(page: Page) -> str:
    page.get_by_role("button", name="复制查询链接").first.click()
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("no", STATES)
def test_a_copied_link_tells_a_stranger_where_the_parcel_is_and_no_more(hub: Hub, open_page: OpenPage, no: str) -> None:
    link = copied(opened(open_page, no))
    assert link.startswith(f"{hub.origin}/t/")
    for scheme in ("light", "dark"):
        page = open_page(None, urlsplit(link).path, color_scheme=scheme, locale="zh-CN", **PHONE)
        expect(page.locator("h1")).to_have_text("测试家居旗舰店")
        expect(page.locator("h2.large")).to_contain_text(STATES[no][1])
        html = page.content()
        assert [private for private in PRIVATE if private in html] == []
        assert len(html.encode()) < 100_000
        assert page.evaluate(_TOO_WIDE) == 0
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.locator("script").count() == 0


def test_it_reads_without_a_script_and_in_english(hub: Hub, open_page: OpenPage) -> None:
    link = urlsplit(copied(opened(open_page, "C-delivery"))).path
    page = open_page(None, link, java_script_enabled=False, locale="en-GB", **PHONE)
    expect(page.locator("h2.large")).to_have_text("Expected today")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("h2.large")).to_have_text("预计今天送达")


def test_a_forged_link_says_so_and_nothing_else(hub: Hub, open_page: OpenPage, complaints: list[str]) -> None:
    link = urlsplit(copied(opened(open_page, "B-moving"))).path
    forged = link[:-2] + ("AA" if link[-2:] != "AA" else "BB")
    page = open_page(None, forged, locale="zh-CN", **PHONE)
    expect(page.locator("h1")).to_have_text("查不到这个包裹")
    assert page.evaluate(_TOO_WIDE) == 0
    assert [said for said in complaints if "404" not in said] == []
    complaints.clear()


def test_the_served_page_keeps_its_own_headers_and_takes_nothing(hub: Hub, open_page: OpenPage) -> None:
    link = copied(opened(open_page, "B-moving"))
    answer = httpx.get(link)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert answer.headers["x-frame-options"] == "DENY"
    head = httpx.head(link)
    assert (head.status_code, head.content) == (200, b"")
    assert httpx.post(link).status_code == 405
    wrong = {httpx.get(f"{hub.origin}/t{path}").text for path in ("/", "/a/b", "/" + "A" * 30)}
    assert len(wrong) == 1
    assert "查不到这个包裹" in wrong.pop()


def test_the_drawer_unfolds_the_scans_without_names_and_numbers(hub: Hub, open_page: OpenPage) -> None:
    page = opened(open_page, "C-delivery")
    tracks = page.locator(".drawer .tracks")
    expect(tracks).to_contain_text("派送中")
    expect(tracks).to_contain_text("预计今天送达")
    tracks.locator("summary").click()
    expect(tracks.locator(".tl li")).to_have_count(4)
    expect(tracks).to_contain_text("【北京朝阳公司】的派件员【***")
    assert [private for private in PRIVATE if private in tracks.inner_text()] == []
    page.get_by_role("tab", name="包裹").click()
    expect(page.locator(".drawer .tracks")).to_contain_text("ZT770000000002")


def test_whom_buyers_ask_is_said_on_the_system_page(hub: Hub, open_page: OpenPage) -> None:
    page = open_page(Role.ADMIN, "/system")
    section = page.get_by_role("region", name="买家查询页的客服")
    section.get_by_label("客服电话").fill("400-000-0000")
    section.get_by_label("服务时间").fill("每天 9:00–21:00")
    section.get_by_role("button", name="保存").click()
    expect(section).to_contain_text("已保存")
    link = urlsplit(copied(opened(open_page, "B-moving"))).path
    buyer = open_page(None, link, **PHONE)
    expect(buyer.get_by_role("link", name="400-000-0000")).to_have_attribute("href", "tel:4000000000")
    expect(buyer.locator(".contact")).to_contain_text("每天 9:00–21:00")
