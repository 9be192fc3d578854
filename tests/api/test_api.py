"""The face for programs, through real HTTP requests into the real application."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from orderhub.access.api_keys import make_key, revoke_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.api.app import create_api
from orderhub.connectors.channels.contract import Credentials
from orderhub.connectors.channels.douyin.signing import push_signs
from orderhub.domain.acceptance import accept
from orderhub.domain.custom_field import Cell, FieldType, define
from orderhub.domain.mapped import carry
from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.intake.gauge import Gauge
from orderhub.intake.hub_level import keep_sample
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.keyring import connect_shop
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from orderhub.kernel.level import Level
from orderhub.kernel.settings import settings

from ..domain.drafts import NOW, a_shop, paid

APP_KEY, SECRET = "7000000000000000003", "lab-secret"


@pytest.fixture
def client(database):
    with TestClient(create_api(), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def key(database) -> str:
    with transaction() as session:
        user = create_user(session, "demo-admin", "correct horse battery", Role.ADMIN, now=utc_now())
        owner = Signed(user.id, user.name, user.display_name, Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN], "mark")
        wanted = [Permission.API_ORDER_READ]
        return make_key(session, owner, "WMS", wanted, good_for=timedelta(days=30), now=utc_now())


@pytest.fixture
def orders(database) -> None:
    with transaction() as session:
        shop = a_shop(session)
        for turn in range(5):
            draft = paid(channel_order_no=f"900000000000074867{turn}")
            accept(session, shop, draft, now=NOW + timedelta(seconds=turn))


def get(client, key, path, **params):
    return client.get(path, params=params, headers={"Authorization": f"Bearer {key}"})


def test_a_program_reads_every_order_page_by_page(client, key, orders):
    seen, cursor = [], ""
    while True:
        page = get(client, key, "/api/v1/orders", limit=2, cursor=cursor).json()
        seen += [order["channel_order_no"][-1] for order in page["orders"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == ["0", "1", "2", "3", "4"]


def test_one_order_is_shown_whole_and_masked(client, key, orders):
    order = get(client, key, "/api/v1/orders/tb-flagship/9000000000000748670").json()
    assert (order["status"], order["total_fen"], order["shop"]) == ("to_review", 1000, "tb-flagship")
    assert order["lines"][0]["sku_code"] == "BOX-40L"
    assert order["paid_at"] == "2026-11-24T02:01:00Z"


def test_filters_narrow_the_list(client, key, orders):
    assert get(client, key, "/api/v1/orders", status="shipped").json()["orders"] == []
    assert len(get(client, key, "/api/v1/orders", channel="taobao", shop="tb-flagship").json()["orders"]) == 5
    since = (NOW + timedelta(seconds=3)).isoformat()
    assert len(get(client, key, "/api/v1/orders", changed_since=since).json()["orders"]) == 2


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": 201}, "limit"),
        ({"status": "flying"}, "status"),
        ({"cursor": "x' OR 1=1 --"}, "cursor"),
        ({"changed_since": "2026-01-01T00:00:00"}, "changed_since"),
    ],
)
def test_a_wrong_parameter_is_named(client, key, params, field):
    answer = get(client, key, "/api/v1/orders", **params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_without_a_valid_key_nothing_is_shown(client, key, orders):
    assert client.get("/api/v1/orders").status_code == 401
    assert get(client, "ohk_wrong", "/api/v1/orders").json()["code"] == "not_signed_in"
    with transaction() as session:
        revoke_key(session, 1, by="demo-admin", now=utc_now())
    assert get(client, key, "/api/v1/orders").status_code == 401


def test_an_order_nobody_has_is_not_found(client, key, orders):
    answer = get(client, key, "/api/v1/orders/tb-flagship/404")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_health_needs_no_key_and_readiness_needs_a_database(client):
    assert client.get("/api/healthz").json() == {"status": "ok"}
    assert client.get("/api/readyz").json() == {"status": "ok"}


def test_a_hub_without_its_tables_is_not_ready(sqlite_url):
    open_database(sqlite_url)
    with TestClient(create_api()) as opened:
        answer = opened.get("/api/readyz")
    close_database()
    assert (answer.status_code, answer.json()["code"]) == (503, "database")


def test_metrics_are_for_whoever_holds_the_token(client, orders, monkeypatch):
    monkeypatch.setenv("ORDERHUB_METRICS_TOKEN", "scraper-token")
    settings.cache_clear()
    assert client.get("/api/metrics").status_code == 403
    answer = client.get("/api/metrics", headers={"Authorization": "Bearer scraper-token"})
    assert 'orderhub_outbox{state="refused"} 0.0' in answer.text
    assert 'orderhub_orders{status="to_review"} 5.0' in answer.text


def test_metrics_tell_the_pressure_and_what_was_accepted(client, douyin_shop, monkeypatch):
    monkeypatch.setenv("ORDERHUB_METRICS_TOKEN", "scraper-token")
    settings.cache_clear()

    def told() -> dict[str, float]:
        text = client.get("/api/metrics", headers={"Authorization": "Bearer scraper-token"}).text
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    sample = Gauge().sample(utc_now())
    with transaction() as session:
        keep_sample(session, sample, Level.NORMAL, utc_now())
    before = float(told().get('orderhub_accepted_total{source="push"}', 0))
    body = b'[{"tag":"101","msg_id":"1","data":{"p_id":"69000000001","shop_id":"900003"}}]'
    sign, _ = push_signs(APP_KEY, SECRET, body)
    for _ in range(2):  # the second is absorbed
        headers = {"app-id": APP_KEY, "event-sign": sign}
        assert client.post("/api/push/douyin/dy-flagship", content=body, headers=headers).status_code == 200
    after = told()
    assert float(after['orderhub_accepted_total{source="push"}']) - before == 1
    assert float(after["orderhub_level"]) == 1
    assert float(after["orderhub_database_seconds"]) > 0
    assert any(name.startswith('orderhub_info{cores="') and 'demo="false"' in name for name in after)


@pytest.fixture
def douyin_shop(database) -> None:
    credentials = Credentials(APP_KEY, SECRET, "900003", "access", "refresh")
    with transaction() as session:
        connect_shop(
            session,
            code="dy-flagship",
            channel=Channel.DOUYIN,
            name="测试抖音店",
            credentials=credentials,
            by="system",
            now=utc_now(),
        )


def push(client, raw: bytes, *, shop: str = "dy-flagship", sign: str = ""):
    sign = sign or push_signs(APP_KEY, SECRET, raw)[0]
    return client.post(f"/api/push/douyin/{shop}", content=raw, headers={"app-id": APP_KEY, "event-sign": sign})


PUSH = json.dumps([{"tag": "101", "msg_id": "m1", "data": '{"p_id": 6500000000000000001, "shop_id": 900003}'}]).encode()


def kept() -> list[str]:
    with reading() as session:
        return list(session.exec(select(InboxMessage.number)))


def test_a_signed_push_is_kept_before_it_is_answered_and_once(client, douyin_shop):
    for _ in range(3):
        assert push(client, PUSH).json() == {"code": 0, "msg": "success"}
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("raw", "changes", "status"),
    [
        (PUSH, {"sign": "0" * 32}, 403),
        (PUSH, {"shop": "nobody"}, 404),
        (b"{", {}, 422),
        (b" " * 1_000_001, {}, 413),
    ],
    ids=["forged", "unknown shop", "broken JSON", "oversize"],
)
def test_a_bad_push_is_refused_with_a_code_and_keeps_nothing(client, douyin_shop, raw, changes, status):
    answer = push(client, raw, **changes)
    assert answer.status_code == status
    assert answer.json()["code"]
    assert kept() == []
    assert push(client, PUSH).status_code == 200


def test_the_documents_are_served_from_here(client):
    assert "https://" not in client.get("/api/docs").text
    assert client.get("/api/docs/static/swagger-ui-bundle.js").status_code == 200
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/orders", "/api/push/douyin/{shop}", "/api/healthz"} <= set(paths)


def test_no_order_is_lost_to_a_wrong_method(client, orders):
    assert client.delete("/api/v1/orders").status_code == 405
    with reading() as session:
        assert len(session.exec(select(Order)).all()) == 5


def test_a_program_reads_the_merchants_own_fields(client, key, orders):
    with transaction() as session:
        order = session.exec(select(Order).where(Order.channel_order_no == "9000000000000748670")).one()
        fields = [
            define(session, "补贴", FieldType.MONEY, by="tester", now=NOW),
            define(session, "说明", FieldType.TEXT, by="tester", now=NOW),
        ]
        cells = {fields[0].id: Cell("12.50", 1250), fields[1].id: Cell("放门口")}
        carry(session, order, tags=(), remark="直播间", cells=cells, among=cells, now=NOW + timedelta(minutes=1))
    read = get(client, key, "/api/v1/orders/tb-flagship/9000000000000748670").json()
    assert (read["custom"], read["mapped_remark"]) == ({"补贴": 1250, "说明": "放门口"}, "直播间")
    assert get(client, key, "/api/v1/orders").json()["orders"][-1]["channel_order_no"] == "9000000000000748670"
