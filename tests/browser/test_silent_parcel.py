"""A parcel falls silent while people watch: an anomaly and a task come by themselves, a scan ends and counts them."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import Session

from orderhub.access.permissions import Role
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Shipment
from orderhub.domain.shop import Rollout
from orderhub.domain.track import follow_parcel, take_scans
from orderhub.domain.words import Carrier
from orderhub.kernel import standstill
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.standstill import Runs
from tests import builders

from .conftest import OpenPage
from .served import Hub, put_database, served_demo
from .test_anomalies import violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

JOB, PARCEL, LAST = "find_silent_parcels", "SF7700000000901", "快件在【杭州转运中心】完成分拣"
KIND = "物流异常"
PLAYBOOK = ("最后一条轨迹停在哪里", "联系快递查件，记下答复时限", "告诉买家进展")
_COUNT_RESOLVE_RATE = (3, 6, 9)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A demo in which a parcel has stood still for its 48 hours, and the job that notices waits for a person."""
    folder = tmp_path_factory.mktemp("silent")
    with put_database(folder) as database, database.transaction() as session:
        _fill(session)
    with served_demo(folder, history_days=0) as served:
        served.tell_lab("stop")
        yield served


def _fill(session: Session) -> None:
    now = utc_now()
    left_at, seen_at = now - timedelta(hours=60), now - timedelta(hours=48, minutes=2)
    shop = builders.shop(session, name="测试家居旗舰店", rollout=Rollout.OFF)
    order = builders.order(session, no="6900000000000000901", of=shop, now=now)
    session.add(Shipment(order_id=order.id, tracking_no=PARCEL, carrier_code="sf", shipped_at=left_at))
    session.flush()
    follow_parcel(session, PARCEL, Carrier.SF, shipped_at=left_at)
    take_scans(session, PARCEL, [ScanDraft(seen_at, LAST)], by="sf", now=seen_at)
    standstill.pause(session, Runs.JOB, JOB, reason="等人来看", by="demo-admin", now=now)


def of_the_parcel(page: Page) -> Locator:
    return page.locator("tr.order", has_text=PARCEL)


def is_counted(page: Page, hub: Hub, *figures: str) -> None:
    """How many stood still, days until one was set right, and the share of those set right in time."""
    page.goto(f"{hub.origin}/anomalies/loop")
    cells = page.locator(".lp-table tbody tr", has_text=KIND).locator("td")
    for turn, figure in zip(_COUNT_RESOLVE_RATE, figures, strict=True):
        expect(cells.nth(turn)).to_have_text(figure)


def sf_tells(hub: Hub, remark: str) -> None:
    """As SF pushes: to the address that the hub gave the lab's SF."""
    row = {"mailno": PARCEL, "acceptTime": shanghai_text(utc_now()), "acceptAddress": "北京市", "remark": remark}
    body = {"Body": {"WaybillRoute": [row | {"opCode": "31", "id": "1"}]}}
    answer = httpx.post(hub.ask_lab("sf")["target"], json=body, timeout=30)
    assert (answer.status_code, json.loads(answer.text)["return_code"]) == (200, "0000")


def test_a_parcel_falls_silent_is_seen_to_and_counted_once_it_moves(hub: Hub, open_page: OpenPage) -> None:
    desk, tasks, other = (open_page(Role.OPERATIONS, path) for path in ("/anomalies", "/tasks?scope=all", "/monitor"))
    expect(desk.locator(".deskfilters [name=words]")).to_be_visible()
    expect(of_the_parcel(desk)).to_have_count(0)
    expect(tasks.locator("h1")).to_have_text("待办")
    expect(of_the_parcel(tasks)).to_have_count(0)

    other.get_by_role("link", name="定时任务").click()
    other.locator("tr", has=other.locator(f"[title={JOB}]")).get_by_role("button", name="立即运行").click()
    expect(of_the_parcel(desk)).to_contain_text(KIND)
    expect(of_the_parcel(tasks)).to_contain_text("疑似丢件")
    is_counted(other, hub, "1", "—", "—")

    of_the_parcel(desk).locator("a.no").click()
    drawer = desk.locator(".drawer")
    expect(drawer.locator(".playbook li")).to_have_text([re.compile(step) for step in PLAYBOOK])
    assert violations(desk) == []
    drawer.get_by_role("button", name="我来处理").click()
    expect(drawer.locator(".notice")).to_contain_text("已认领")
    other.goto(f"{hub.origin}{drawer.locator('a.deskline', has_text=PARCEL).first.get_attribute('href')}")
    other.locator("tr.order a.no").click()
    other.locator(".tracks summary").click()
    expect(other.locator(".tracks .tl")).to_contain_text(LAST)
    drawer.get_by_role("button", name="转派").click()
    drawer.get_by_role("button", name="客服").click()
    drawer.locator(".person", has_text="客服").first.click()
    drawer.locator("[name=reason]").fill("已请顺丰查件，17:00 前答复，请告诉买家")
    drawer.locator("form").get_by_role("button", name="转派", exact=True).click()
    expect(drawer.locator(".tl")).to_contain_text("17:00 前答复")

    sf_tells(hub, "快件到达【北京转运中心】")
    expect(drawer.locator(".deskclock")).to_contain_text("已解决")
    expect(of_the_parcel(tasks)).to_have_count(0)
    tasks.goto(f"{hub.origin}/tasks?scope=done")
    expect(of_the_parcel(tasks)).to_be_visible()
    is_counted(other, hub, "1", "0.0", "100.0%")
