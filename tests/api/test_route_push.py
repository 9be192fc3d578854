"""SF's route push at the hub's door: answered in SF's own words, believed only at its address, and nothing twice."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from orderhub.api import route_push as door
from orderhub.api.app import create_api
from orderhub.automation.carrier_keyring import CarrierDraft, connect_carrier, switch_carrier
from orderhub.automation.route_push import push_address, push_path
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import Contact
from orderhub.domain.track import MOST_SCANS, Scan, Track, follow_parcel
from orderhub.domain.words import Carrier, ScanNode
from orderhub.intake import push
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import database as current_database
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings

PATH_OF = "sf-main"
OURS, OTHER = "SF1000000000001", "SF1000000000002"
GOOD = {"return_code": "0000", "return_msg": "成功"}
FAIL = {"return_code": "1000", "return_msg": "失败"}
SENDER = Contact("测试仓", "13800000001", "测试省", "测试市", "测试区", "示例路1号")


@pytest.fixture
def client(database):
    now = utc_now()
    with transaction() as session:
        draft = CarrierDraft(PATH_OF, Carrier.SF, "顺丰", "LABHUB", check_word="w", month_card="m", sender=SENDER)
        connect_carrier(session, draft, by="ceshi-a", now=now)
        for number in (OURS, OTHER):
            follow_parcel(session, number, Carrier.SF, shipped_at=now - timedelta(days=2))
    with TestClient(create_api(), raise_server_exceptions=False) as opened:
        yield opened
    push._noted.clear()


def row(
    number: str = OURS, remark: str = "顺丰速运 已收取快件", code: str = "54", *, at: datetime | None = None
) -> dict:
    said = shanghai_text(at or utc_now() - timedelta(hours=1))
    return {
        "mailno": number,
        "acceptTime": said,
        "acceptAddress": "深圳市",
        "remark": remark,
        "opCode": code,
        "id": "1",
    }


def body(*rows: dict) -> bytes:
    return json.dumps({"Body": {"WaybillRoute": list(rows)}}).encode()


def pushed(client: TestClient, raw: bytes, path: str | None = None) -> tuple[int, dict]:
    headers = {"content-type": "application/json;charset=UTF-8"}
    answer = client.post(path or push_path(PATH_OF), content=raw, headers=headers)
    return answer.status_code, answer.json()


def scans() -> list[str]:
    with reading() as session:
        return sorted(session.exec(select(Scan.text)).all())


def track(number: str = OURS) -> Track:
    with reading() as session:
        return session.exec(select(Track).where(Track.tracking_no == number)).one()


def open_anomalies() -> list[tuple[AnomalyKind, str]]:
    with reading() as session:
        return [(one.kind, one.subject_type) for one in session.exec(select(Anomaly))]


def test_a_push_is_taken_before_it_is_answered_and_once(client):
    raw = body(row(), row(OTHER, "快件到达 【示例中转场】", "31"))
    for _ in range(2):
        assert pushed(client, raw) == (200, GOOD)
    assert scans() == ["快件到达 【示例中转场】", "顺丰速运 已收取快件"]
    assert (track().node, track(OTHER).node) == (ScanNode.COLLECTED, ScanNode.ARRIVED_HUB)
    assert track().told_at is not None
    assert open_anomalies() == []
    with reading() as session:
        assert [event.actor for event in session.exec(select(Event).where(Event.kind == "parcel_moved"))] == [
            "sf",
            "sf",
        ]


def test_the_older_form_is_answered_in_xml(client):
    said = " ".join(f'{name}="{value}"' for name, value in row().items())
    xml = f'<Request service="RoutePushService"><Body><WaybillRoute {said}/></Body></Request>'
    answer = client.post(push_path(PATH_OF), data={"content": xml})
    assert (answer.status_code, answer.text) == (200, '<Response service="RoutePushService"><Head>OK</Head></Response>')
    assert scans() == ["顺丰速运 已收取快件"]
    answer = client.post(push_path(PATH_OF), data={"content": "<"})
    assert answer.text == '<Response service="RoutePushService"><Head>ERR</Head></Response>'


@pytest.mark.parametrize(
    "path",
    [
        f"/api/push/sf/{PATH_OF}/{'0' * 32}",
        f"/api/push/sf/{PATH_OF}/x",
        f"/api/push/sf/{PATH_OF}/%C3%A9",
        f"/api/push/sf/nobody/{'0' * 32}",
    ],
)
def test_an_address_that_is_not_ours_changes_nothing_and_is_seen(client, path):
    assert pushed(client, body(row()), path) == (403, FAIL)
    assert scans() == []
    assert open_anomalies() == [(AnomalyKind.FORGED_PUSH, "carrier_account")]


def test_the_address_of_another_account_opens_nothing(client):
    assert push_path("nobody").rsplit("/", 1)[1] != push_path(PATH_OF).rsplit("/", 1)[1]
    assert pushed(client, body(row()), push_path("nobody")) == (403, FAIL)
    assert push_address(PATH_OF) == settings().origin + push_path(PATH_OF)


def test_a_parcel_that_is_not_ours_changes_nothing_and_is_seen(client):
    assert pushed(client, body(row("SF9"), row())) == (200, GOOD)  # again and again it would come otherwise
    assert scans() == ["顺丰速运 已收取快件"]
    assert open_anomalies() == [(AnomalyKind.FOREIGN_PARCEL, "carrier_account")]


def test_a_scan_from_the_future_changes_nothing_and_is_seen(client):
    assert pushed(client, body(row(at=utc_now() + timedelta(hours=2)))) == (200, GOOD)
    assert (scans(), track().node) == ([], None)
    assert open_anomalies() == [(AnomalyKind.SCANS_REFUSED, "track")]


def test_scans_out_of_order_leave_it_where_the_last_one_saw_it(client):
    earlier, later = utc_now() - timedelta(hours=5), utc_now() - timedelta(hours=1)
    assert pushed(client, body(row(remark="已签收", code="80", at=later))) == (200, GOOD)
    assert pushed(client, body(row(remark="快件到达", code="31", at=earlier))) == (200, GOOD)
    assert track().node is ScanNode.DELIVERED
    assert len(scans()) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        body(*(row(f"SF{n}") for n in range(MOST_SCANS + 1))),
        body(row(), {"mailno": OURS, "acceptTime": "soon"}),
    ],
)
def test_what_is_not_readable_or_too_much_changes_nothing_and_is_seen(client, raw):
    assert pushed(client, raw) == (422, FAIL)
    assert scans() == []
    assert open_anomalies() == [(AnomalyKind.SCANS_REFUSED, "carrier_account")]


def test_more_than_a_megabyte_is_refused(client):
    assert pushed(client, b" " * 1_000_001) == (413, FAIL)


def test_a_database_that_cannot_write_asks_for_the_push_again(client):
    with current_database().engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE scan")
    assert pushed(client, body(row())) == (503, FAIL)


def test_an_account_that_is_stopped_is_still_heard(client):
    with transaction() as session:
        switch_carrier(session, PATH_OF, is_active=False, by="ceshi-a", now=utc_now())
    assert pushed(client, body(row())) == (200, GOOD)
    assert scans() == ["顺丰速运 已收取快件"]


def test_the_door_says_what_protects_it(client):
    assert "address" in door.sf_route_push.public  # pyright: ignore[reportFunctionMemberAccess]
    described = client.get("/api/openapi.json").json()["paths"]["/api/push/sf/{account}/{mark}"]["post"]
    assert described["security"] == []
    assert {"403", "413", "422", "503"} <= set(described["responses"])
