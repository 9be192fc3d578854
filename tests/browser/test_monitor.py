"""The run monitor and the page of phrases: a failed run tried again, a workflow paused, a phrase taught."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import Session

from orderhub.access.permissions import Role
from orderhub.automation.workflow_run import MOST_TRIES, WorkflowRun, WorkflowState
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Shipment
from orderhub.domain.patience import set_patience
from orderhub.domain.scan_phrase import PhraseForgotten
from orderhub.domain.shop import Rollout
from orderhub.domain.track import follow_parcel, take_scans
from orderhub.domain.words import Carrier
from orderhub.intake.inbox import InboxMessage, MessageKind, MessageState, Source
from orderhub.kernel.clock import utc_now
from orderhub.kernel.eventlog import record
from tests import builders

from .conftest import OpenPage
from .served import Hub, put_database, served_demo
from .test_frame import PHONE, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LOW = (
    "[...document.querySelectorAll('main button, main a.btn, main select, main input:not([type=hidden])')]"
    ".filter(e => e.offsetParent && e.type !== 'checkbox' && e.getBoundingClientRect().height < 43.5)"
    ".map(e => e.outerHTML.slice(0, 80))"
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A demo in which something has gone wrong everywhere."""
    folder = tmp_path_factory.mktemp("monitor")
    with put_database(folder) as database, database.transaction() as session:
        fill(session)
    with served_demo(folder, history_days=0) as served:
        served.tell_lab("stop")
        yield served


def fill(session: Session) -> None:
    now = utc_now()
    shop = builders.shop(session, name="测试家居旗舰店", rollout=Rollout.OFF)
    order = builders.order(session, no="6900000000000000001", of=shop, now=now)
    for number, text in enumerate(("包裹已移交小鹿末端", "包裹已移交小鹿末端", "货已装上骆驼队，请耐心等候")):
        waybill = f"7531234567890{number}"
        session.add(
            Shipment(order_id=order.id, tracking_no=waybill, carrier_code="zto", shipped_at=now - timedelta(hours=9))
        )
        session.flush()
        follow_parcel(session, waybill, Carrier.ZTO, shipped_at=now - timedelta(hours=9))
        take_scans(session, waybill, [ScanDraft(now - timedelta(hours=2), text)], by="zto", now=now)
    hours = {"unscanned_hours": 48, "stalled_hours": 120, "lost_hours": 360}
    set_patience(session, Carrier.POST, "西藏", **hours, by="demo-operations", now=now)
    event = record(session, PhraseForgotten(404, "没有这句"), actor="demo-operations", now=now)
    session.flush()
    run = {"subject_type": "scan_phrase", "subject_id": 404, "event_kind": event.kind}
    session.add(
        WorkflowRun(
            workflow="reread_tracks",
            event_id=event.id,
            **run,
            state=WorkflowState.FAILED,
            due_at=now,
            attempts=MOST_TRIES,
            tries_left=0,
            found_at=now,
            ended_at=now,
            error="OperationalError: the database is full",
        )
    )
    for number in range(3):
        session.add(
            InboxMessage(
                shop_id=shop.id,
                kind=MessageKind.ORDER,
                number=f"690000000000000010{number}",
                version="1",
                body="{}",
                source=Source.PULL,
                received_at=now - timedelta(hours=number),
                state=MessageState.DEAD,
                due_at=now,
                attempts=5,
                reason="order_id: missing",
            )
        )


def test_a_failed_run_is_tried_again_and_a_workflow_paused_and_resumed(open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, "/monitor")
    failed = page.get_by_label("失败的运行").locator("tbody tr")
    expect(failed).to_contain_text("the database is full")
    assert violations(page) == []
    failed.get_by_role("button", name="重试").click()
    expect(page.locator("[role=status]")).to_contain_text("已重试 1 条")
    expect(page.locator("main")).to_contain_text("没有失败的运行")
    merging = page.locator("tr", has=page.locator("[title=merge_deliveries]"))
    merging.get_by_role("button", name="暂停").click()
    page.fill("input[name=reason]", "仓库盘点")
    page.keyboard.press("Enter")
    expect(merging).to_contain_text("仓库盘点")
    merging.get_by_role("button", name="恢复").click()
    expect(merging).to_contain_text("运行中")
    page.get_by_role("link", name="定时任务").click()
    sync = page.locator("tr", has=page.locator("[title=find_silent_parcels]"))
    sync.get_by_role("button", name="立即运行").click()
    expect(page.locator("[role=status]")).to_contain_text("几秒内开始")
    expect(sync).to_contain_text("完成", timeout=40_000)
    assert violations(page) == []
    page.get_by_role("link", name="死信", exact=True).click()
    page.get_by_label("选择 6900000000000000101").click()
    page.fill("input[name=reason]", "测试单")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("1")
    expect(page.locator("main tbody tr")).to_have_count(2)
    assert violations(page) == []


def test_a_phrase_is_taught_and_its_parcels_follow(open_page: OpenPage) -> None:
    page = open_page(Role.OPERATIONS, "/studio/tracks")
    row = page.get_by_label("没读懂的轨迹").locator("tbody tr", has_text="小鹿")
    expect(row).to_contain_text("2")
    row.get_by_role("button", name="教").click()
    page.fill("input[name=words]", "移交小鹿")
    page.select_option("select[name=node]", "out_for_delivery")
    assert violations(page) == []
    page.press("input[name=words]", "Enter")
    expect(page.locator("[role=status]")).to_contain_text("教会了")
    expect(page.get_by_label("教过的说法").locator("tbody tr")).to_contain_text("派送中")
    expect(page.get_by_label("没读懂的轨迹").locator("tbody tr")).to_have_count(1)
    page.select_option("#patience select[name=carrier]", "zto")
    page.fill("#patience input[name=stalled]", "72")
    page.click("#patience form button")
    expect(page.locator("#patience tbody")).to_contain_text("中通快递")


@pytest.mark.parametrize("path", ["/monitor", "/monitor?part=jobs", "/monitor?part=dead", "/studio/tracks"])
def test_a_phone_shows_it_whole(open_page: OpenPage, path: str) -> None:
    phone = open_page(Role.OPERATIONS, path, viewport=PHONE, has_touch=True)
    expect(phone.locator("main tbody tr").first).to_be_visible()
    assert phone.evaluate(_TOO_WIDE) <= 0
    assert phone.evaluate(_LOW) == []
    assert violations(phone) == []
