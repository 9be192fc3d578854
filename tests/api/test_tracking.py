"""A buyer's page of a parcel, through real HTTP requests into the real application."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from orderhub.access.throttle import PER_ADDRESS
from orderhub.access.visits import Visits
from orderhub.api import tracking
from orderhub.api.app import create_api
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.expected_arrival import Basis
from orderhub.domain.order import Order, Shipment
from orderhub.domain.service_contact import set_service_contact
from orderhub.domain.track import Track, follow_parcel, take_scans
from orderhub.domain.tracking_link import LIVES, link_token
from orderhub.domain.words import Carrier, ScanNode
from orderhub.insights.arrival import ArrivalSpan
from orderhub.kernel.db import reading, transaction
from tests import builders

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)  # Thursday, 14:00 in Shanghai
HOUR = timedelta(hours=1)
WAY = (
    ScanDraft(NOW - 40 * HOUR, "【杭州城南区】的周小林已收件 电话:13800009045", node=ScanNode.COLLECTED),
    ScanDraft(NOW - 30 * HOUR, "快件离开【杭州转运中心】，已发往【北京转运中心】"),
    ScanDraft(NOW - 5 * HOUR, "【北京朝阳公司】的派件员【张大山(13800000488)】正在为您派件，联系电话【13800000488】"),
)
PRIVATE = ("测**", "138****0000", "0000", "测试路", "13800", "张大山", "周小林", "139.40", "buyer-0001", "请放门口")


@pytest.fixture
def client(database, monkeypatch):
    monkeypatch.setattr(tracking, "utc_now", lambda: NOW)
    monkeypatch.setattr(tracking, "_visits", Visits(tracking.VISITS_PER_MINUTE))
    monkeypatch.setattr(tracking, "_misses", Visits(PER_ADDRESS))
    with TestClient(create_api(), raise_server_exceptions=False) as opened:
        yield opened


def ship(session: Session, order: Order, no: str, *scans: ScanDraft) -> Track:
    session.add(Shipment(order_id=order.id, tracking_no=no, carrier_code="zto", shipped_at=NOW - 42 * HOUR))
    session.flush()
    track = follow_parcel(session, no, Carrier.ZTO, shipped_at=NOW - 42 * HOUR)
    take_scans(session, no, scans, by="zto", now=NOW)
    return track


def parcel(*scans: ScanDraft, no: str = "ZT1041") -> str:
    """The address of the page of a parcel of a new order."""
    with transaction() as session:
        order = builders.order(session, no=f"69{no[2:]}", buyer_remark="请放门口", now=NOW)
        return address(ship(session, order, no, *scans).id)


def address(track_id: int, ends_at: datetime = NOW + LIVES) -> str:
    return f"/t/{link_token(track_id, ends_at=ends_at)}"


def test_a_parcel_on_its_way_is_told_and_nothing_personal_is(client):
    answer = client.get(parcel(*WAY))
    assert answer.status_code == 200
    for told in (
        "正在派送",
        "预计今天送达",
        "ZT1041",
        "中通快递",
        "北京朝阳公司",
        "杭州转运中心 → 北京转运中心",
        "收纳箱 40L",
    ):
        assert told in answer.text, told
    assert [private for private in PRIVATE if private in answer.text] == []
    assert len(answer.content) < 100_000


@pytest.mark.parametrize(
    ("scans", "told"),
    [
        ((), "已发货，等待快递揽收"),
        ((), "暂无预计送达时间"),
        (WAY[:2], "暂无预计送达时间"),
        (WAY, "预计今天送达"),
        ((*WAY, ScanDraft(NOW - 2 * HOUR, "签收失败，联系不上收件人张三")), "快递没有联系上收件人"),
        (
            (*WAY, ScanDraft(NOW - HOUR, "快件已暂存至成都橙花风景店菜鸟驿站，凭取件码 8-2-3001")),
            "成都橙花风景店菜鸟驿站",
        ),
        ((*WAY, ScanDraft(NOW - HOUR, "已签收，签收人：李小红")), "今天 13:00 签收"),
        ((*WAY, ScanDraft(NOW - HOUR, "收件人拒收，包裹将原路退回")), "已拒收"),
    ],
)
def test_each_state_says_what_matters(client, scans, told):
    text = client.get(parcel(*scans)).text
    assert told in text
    assert [private for private in ("张三", "李小红", "8-2-3001") if private in text] == []


def test_days_are_said_from_parcels_like_it_and_being_late_is_said_too(client):
    link = parcel(*WAY[:2])
    for late_minutes, told in ((4 * 24 * 60, "预计 今天–11月28日 送达"), (24 * 60, "比预计的晚，仍在路上")):
        with transaction() as session:
            session.merge(
                ArrivalSpan(
                    carrier="zto", warehouse_id=0, province="", basis=Basis.CARRIER, parcels=200, early_minutes=20 * 60,
                    likely_minutes=23 * 60, late_minutes=late_minutes, reckoned_at=NOW,
                )
            )  # fmt: skip
        assert told in client.get(link).text


def test_what_is_no_link_gets_one_and_the_same_page(client):
    link = parcel(*WAY)
    with reading() as session:
        track_id = session.exec(select(Track.id)).one()
    wrong = [
        "/t/",
        "/t/a",
        f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}",
        f"{link}/x",
        f"/t/{link_token(track_id, ends_at=NOW - HOUR)}",
        "/t/" + "A" * 3000,
        "/t/%00%ff",
        "/t/..%2f..%2fetc%2fpasswd",
        address(track_id + 999),
    ]
    answers = [client.get(path) for path in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "查不到这个包裹" in answers[0].text
    assert {answer.headers["content-security-policy"] for answer in answers} == {
        client.get(link).headers["content-security-policy"]
    }


def test_a_forged_link_asks_the_database_nothing(client, monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(tracking, "reading", never)
    assert client.get("/t/" + "A" * 30).status_code == 404
    assert client.get(address(1, ends_at=NOW - HOUR)).status_code == 404


def test_whoever_guesses_is_stopped_and_whoever_holds_a_link_is_not(client):
    link = parcel(*WAY)
    guesses = [client.get(f"/t/{'A' * 30}").status_code for _ in range(PER_ADDRESS + 3)]
    assert guesses == [404] * PER_ADDRESS + [429] * 3
    assert client.get(link).status_code == 200
    codes = [client.get(link).status_code for _ in range(tracking.VISITS_PER_MINUTE)]
    assert codes.count(429) == PER_ADDRESS + 4
    stopped = client.get(link)
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "60")


def test_headers_keep_the_page_out_of_caches_searches_and_other_sites(client):
    answer = client.get(parcel(*WAY))
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in answer.text
    assert 'style="' not in answer.text
    assert "set-cookie" not in headers


def test_the_page_is_read_only_and_answers_whether_it_is_there(client):
    link = parcel(*WAY)
    assert client.head(link).status_code == 200
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)(link).status_code == 405


@pytest.mark.parametrize(
    ("asked", "accepts", "lang"),
    [
        ("", "", "zh-CN"),
        ("", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("", "fr,zh-TW;q=0.9,en;q=0.8", "zh-CN"),
        ("?lang=en", "zh-CN", "en"),
        ("?lang=<script>", "en", "en"),
    ],
)
def test_the_language_is_the_readers(client, asked, accepts, lang):
    answer = client.get(parcel(*WAY) + asked, headers={"accept-language": accepts})
    assert f'<html lang="{lang}">' in answer.text
    assert ("Out for delivery" in answer.text) is (lang == "en")


def test_the_orders_other_parcels_stand_below_and_no_other_orders(client):
    link = parcel(*WAY)
    with transaction() as session:
        order = session.exec(select(Order)).one()
        ship(session, order, "ZT2041")
        other = builders.order(session, no="6900000000000009999", now=NOW)
        ship(session, other, "ZT9999")
    text = client.get(link).text
    assert "包裹 1 / 2" in text
    assert "ZT2041" in text
    assert "ZT9999" not in text


def test_a_waybill_of_two_orders_tells_of_neither(client):
    link = parcel(*WAY)
    with transaction() as session:
        other = builders.order(session, no="6900000000000009999", now=NOW)
        session.add(Shipment(order_id=other.id, tracking_no="ZT1041", carrier_code="zto", shipped_at=NOW))
        ship(session, other, "ZT9999")
    text = client.get(link).text
    assert "ZT1041" in text
    assert [word for word in ("ZT9999", "收纳箱", "订单尾号") if word in text] == []


def test_a_parcel_taken_back_is_nobodys(client):
    link = parcel(*WAY)
    with transaction() as session:
        session.delete(session.exec(select(Shipment)).one())
    assert client.get(link).status_code == 404


def test_whom_to_ask_is_the_merchants_to_say_and_is_shown_as_text(client):
    link = parcel(*WAY)
    assert "请在下单的平台上联系商家客服" in client.get(link).text
    with transaction() as session:
        set_service_contact(session, "<b>小店</b>", "400-000 0000", "9:00–21:00 & <script>", by="demo-admin", now=NOW)
    text = client.get(link).text
    assert '<a class="call" href="tel:4000000000">' in text
    assert "&lt;b&gt;小店&lt;/b&gt;" in text
    assert "<script" not in text


def test_a_shop_and_goods_full_of_html_are_text(client):
    with transaction() as session:
        seller = builders.shop(session, name='"><img src=x onerror=alert(1)>')
        lines = (builders.line_draft(title="<script>alert(1)</script>"),)
        order = builders.order(session, of=seller, lines=lines, now=NOW)
        link = address(ship(session, order, '<u>"', ScanDraft(NOW - HOUR, "到达【<i>仓</i>营业部】")).id)
    text = client.get(link).text
    assert [word for word in ("<script", "<img", "<u>", "<i>仓") if word in text] == []


def test_pages_are_made_by_few_threads_however_many_ask(client, monkeypatch):
    makers: set[str] = set()
    made = tracking.tracking_page

    def noting(session, track_id, now):
        makers.add(threading.current_thread().name)
        return made(session, track_id, now)

    monkeypatch.setattr(tracking, "tracking_page", noting)
    path = parcel(*WAY)
    with ThreadPoolExecutor(8) as buyers:
        assert {one.status_code for one in buyers.map(client.get, [path] * 24)} == {200}
    assert len(makers) <= 2
    assert all(name.startswith("tracking") for name in makers)
