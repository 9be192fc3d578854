"""Orders that programs post: kept before they are answered, taken once, refused by name."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select, update
from starlette.testclient import TestClient

from orderhub.access.api_keys import ApiKey, list_keys, make_key, revoke_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.api.app import create_api
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.words import Channel
from orderhub.intake.buffer import Arrival, Kept, use_buffer
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.posted import IdempotencyKey, forget_keys
from orderhub.intake.room import look_at_room, room
from orderhub.intake.rush import rush
from orderhub.intake.sync import sync_all
from orderhub.intake.table_buffer import TableBuffer
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, close_database, open_database, reading, transaction
from orderhub.kernel.level import Felt, Level, Sign, feel
from orderhub.kernel.settings import settings
from tests import builders
from tests.intake.builders import states

LINE = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 2, "unit_price": "69.70"}
CREATED, PAID, LATER = "2026-11-24T10:00:00+08:00", "2026-11-24T10:01:00+08:00", "2026-11-24T11:00:00+08:00"


ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _nothing_waits():
    """How much waits, and where, belongs to a process; here each test is one."""
    room.forget()
    yield
    room.forget()
    use_buffer(None)


@pytest.fixture
def client(database: Database):
    with transaction() as session:
        builders.shop(session, "mp-own", Channel.MINIPROGRAM)
    with TestClient(create_api(), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def key_for(database: Database):
    """A key with the named rights."""
    with transaction() as session:
        user = create_user(session, "ceshi-admin", "kuaidi-zai-lushang-7", Role.ADMIN, now=utc_now())
        owner = Signed(user.id, user.name, user.display_name, Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN], "mark")

    def key_for(*rights: Permission, shops: list[int] | None = None) -> str:
        with transaction() as session:
            more = {"good_for": timedelta(days=30), "now": utc_now(), "shops": shops}
            return make_key(session, owner, "自有商城", rights, **more)

    return key_for


@pytest.fixture
def post(client: TestClient, key_for):
    bearer = f"Bearer {key_for(Permission.API_ORDER_WRITE)}"

    def post(body: Any, **headers: str):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post("/api/v1/orders", content=raw, headers={"authorization": bearer, **headers})

    return post


def order(**changes: Any) -> dict[str, Any]:
    plain = {"shop": "mp-own", "channel_order_no": "MP1", "created_at": CREATED, "paid_at": PAID}
    return plain | {"total": "139.40", "lines": [LINE]} | changes


def test_what_works_behind_the_door_gives_way_while_a_post_waits(client: TestClient, post, monkeypatch):
    monkeypatch.setattr("orderhub.intake.rush.FROM", 1)
    seen = []

    class Watched(TableBuffer):
        async def accept(self, arrival: Arrival) -> Kept:
            seen.append(rush.is_on)
            return await super().accept(arrival)

    use_buffer(Watched())
    assert post(order()).status_code == 202
    assert seen == [True]


def taken() -> list[Order]:
    while consume(utc_now() + timedelta(seconds=1)):
        pass
    with reading() as session:
        return list(session.exec(select(Order)))


def test_a_posted_order_is_answered_at_once_and_is_an_order_a_moment_later(post) -> None:
    answer = post(order(buyer_remark="急发"))
    assert answer.status_code == 202
    assert answer.json() == {
        "message": "订单已接收,正在处理中",
        "shop": "mp-own",
        "channel_order_no": "MP1",
        "updated_at": "2026-11-24T02:01:00Z",
        "state_path": "/api/v1/orders/mp-own/MP1/state",
        "expected_seconds": 0,
    }
    (kept,) = taken()
    assert (kept.channel, kept.status, kept.total_fen) == (Channel.MINIPROGRAM, OrderStatus.TO_REVIEW, 13_940)
    assert (kept.is_urgent, kept.buyer_remark) == (True, "急发")


def test_the_same_order_again_answers_the_same_and_changes_nothing(post) -> None:
    answers = [post(order()).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(taken()) == 1
    assert post(order()).status_code == 202
    assert states() == {"done": 1}


def test_a_newer_version_replaces_and_an_older_one_does_not(post) -> None:
    post(order(updated_at=LATER, status="shipped", shipped_at=LATER))
    post(order())
    (kept,) = taken()
    assert kept.status == OrderStatus.SHIPPED


def test_other_content_of_the_same_version_is_a_conflict(post) -> None:
    post(order())
    answer = post(order(buyer_remark="改地址"))
    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
    assert states() == {"ready": 1}
    assert post(order(buyer_remark="改地址", updated_at=LATER)).status_code == 202


def test_a_key_is_good_for_one_content_and_for_72_hours(post) -> None:
    assert post(order(), **{"Idempotency-Key": "k1"}).status_code == 202
    assert post(order(), **{"Idempotency-Key": "k1"}).status_code == 202
    answer = post(order(channel_order_no="MP2"), **{"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert states() == {"ready": 1}
    assert forget_keys(utc_now() + timedelta(hours=71)) == 0
    assert forget_keys(utc_now() + timedelta(hours=73)) == 1
    assert post(order(channel_order_no="MP2"), **{"Idempotency-Key": "k1"}).status_code == 202


def test_two_programs_of_one_name_have_keys_of_their_own(client: TestClient, key_for) -> None:
    for number in ("MP1", "MP2"):
        bearer = f"Bearer {key_for(Permission.API_ORDER_WRITE)}"
        headers = {"authorization": bearer, "Idempotency-Key": "k1"}
        assert client.post("/api/v1/orders", json=order(channel_order_no=number), headers=headers).status_code == 202
    assert states() == {"ready": 2}


def test_a_refused_order_uses_up_no_key(post) -> None:
    assert post(order(total="1"), **{"Idempotency-Key": "k1"}).status_code == 422
    assert post(order(), **{"Idempotency-Key": "k1"}).status_code == 202
    with reading() as session:
        assert len(session.exec(select(IdempotencyKey)).all()) == 1


def test_many_at_once_are_each_kept_once(post) -> None:
    wanted = [order(channel_order_no=f"MP{turn % 20}") for turn in range(80)]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(post, wanted)} == {202}
    assert len(taken()) == 20


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 422, "not_json", ""),
        (b"[]", 422, "not_object", ""),
        (b'{"shop": "mp-own", "shop": "x"}', 422, "duplicate_key", "shop"),
        (b"\xff", 422, "not_utf8", ""),
        (b" " * 1_000_001, 413, "too_large", ""),
        (order(shop=""), 422, "missing", "shop"),
        (order(shop="nobody"), 404, "not_found", ""),
        (order(lines=[LINE | {"quantity": 0}]), 422, "not_valid", "lines.0.quantity"),
        (order(total="139.41"), 422, "amounts_differ", "total"),
        (order(colour="red"), 422, "unknown_field", "colour"),
        (order(created_at="2060-01-01T00:00:00Z", paid_at=None), 422, "absurd_time", "placed_at"),
    ],
)
def test_what_is_no_order_is_refused_by_name_and_nothing_is_kept(
    post, body: Any, status: int, code: str, field: str
) -> None:
    answer = post(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["field"] == field
    assert answer.headers["content-type"] == "application/problem+json"
    assert states() == {}


def test_a_zero_yuan_order_is_legal(post) -> None:
    assert post(order(total="0", discount="139.40")).status_code == 202
    assert taken()[0].total_fen == 0


def test_a_key_that_reads_may_not_post(client: TestClient, key_for) -> None:
    bearer = {"authorization": f"Bearer {key_for(Permission.API_ORDER_READ)}"}
    answer = client.post("/api/v1/orders", json=order(), headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert client.post("/api/v1/orders", json=order()).status_code == 401
    assert states() == {}


def test_nothing_personal_is_kept_in_the_clear(post) -> None:
    post(order(receiver={"name": "王小明", "phone": "13800001234", "address": "文一西路 1 号", "region": "浙江省"}))
    with reading() as session:
        kept = session.exec(select(InboxMessage)).one()
    assert kept.number not in kept.body
    body = kept.text
    assert not any(secret in body for secret in ("小明", "13800001234", "文一西路"))
    assert taken()[0].receiver_phone_tail == "1234"


def test_a_shop_that_posts_is_never_asked(client: TestClient) -> None:
    assert sync_all(utc_now()) == []


def test_a_read_only_hub_keeps_no_order_and_says_when_to_come_again(client: TestClient, post, key_for) -> None:
    feel(Felt(Level.READ_ONLY, Sign.PINNED, by="ceshi-a", reason="演练"))
    answer = post(order())
    assert (answer.status_code, answer.json()["code"]) == (503, "read_only")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 60
    assert states() == {}
    reader = f"Bearer {key_for(Permission.API_ORDER_READ)}"
    assert client.get("/api/v1/orders", headers={"authorization": reader}).status_code == 200
    feel(Felt())
    assert post(order()).status_code == 202


def together(post, bodies: list[dict[str, Any]], **headers: str) -> list[Any]:
    with ThreadPoolExecutor(25) as pool:
        return list(pool.map(lambda body: post(body, **headers), bodies))


def test_one_key_fifty_times_at_once_is_one_order(post) -> None:
    answers = together(post, [order()] * 50, **{"Idempotency-Key": "k1"})
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert states() == {"ready": 1}


def test_of_two_contents_of_one_order_fifty_times_at_once_one_is_kept(post) -> None:
    answers = together(post, [order(), order(buyer_remark="急发")] * 25)
    codes = [answer.status_code for answer in answers]
    kept = codes[0]
    assert codes == [kept, 409 if kept == 202 else 202] * 25
    assert states() == {"ready": 1}


def test_a_full_buffer_says_when_to_come_again_and_stores_nothing(post, monkeypatch) -> None:
    monkeypatch.setenv("ORDERHUB_BUFFER_MOST", "10")
    monkeypatch.setenv("ORDERHUB_BUFFER_SHOP_PERCENT", "100")
    settings.cache_clear()
    look_at_room(utc_now())
    answers = [post(order(channel_order_no=f"MP{number}")) for number in range(12)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429] * 2
    assert (answers[11].json()["code"], int(answers[11].headers["retry-after"]) > 0) == ("buffer_full", True)
    assert states() == {"ready": 10}
    assert len(taken()) == 10
    look_at_room(utc_now())
    assert post(order(channel_order_no="MP11")).status_code == 202


def test_a_busy_buffer_says_how_long_it_takes(post, monkeypatch) -> None:
    assert post(order()).json()["expected_seconds"] == 0
    monkeypatch.setenv("ORDERHUB_BUFFER_BUSY", "0")
    settings.cache_clear()
    look_at_room(utc_now())
    assert post(order(channel_order_no="MP2")).json()["expected_seconds"] > 0


def test_what_became_of_an_order_is_told_to_the_keys_that_post(client, post, key_for) -> None:
    bearer = {"authorization": f"Bearer {key_for(Permission.API_ORDER_WRITE)}"}
    path = post(order()).json()["state_path"]
    told = client.get(path, headers=bearer).json()
    assert (told["state"], told["order_id"], told["channel_order_no"]) == ("received", None, "MP1")
    (kept,) = taken()
    told = client.get(path, headers=bearer).json()
    assert (told["state"], told["order_id"], told["reason"]) == ("accepted", kept.id, "")
    with transaction() as session:
        session.exec(update(InboxMessage).values(state="dead", reason="lines: 501"))
    told = client.get(path, headers=bearer).json()
    assert (told["state"], told["order_id"], told["reason"]) == ("refused", None, "lines: 501")
    assert client.get(path.replace("MP1", "MP9"), headers=bearer).status_code == 404
    assert client.get(path).status_code == 401
    reader = {"authorization": f"Bearer {key_for(Permission.API_ORDER_READ)}"}
    assert client.get(path, headers=reader).status_code == 403


def test_a_key_of_other_shops_hears_nothing_of_an_order(client, post, key_for) -> None:
    path = post(order()).json()["state_path"]
    with transaction() as session:
        other = builders.shop(session, "mp-other", Channel.MINIPROGRAM)
    elsewhere = {"authorization": f"Bearer {key_for(Permission.API_ORDER_WRITE, shops=[other.id])}"}
    assert client.get(path, headers=elsewhere).status_code == 404
    assert client.post("/api/v1/orders", json=order(channel_order_no="MP2"), headers=elsewhere).status_code == 404
    assert states() == {"ready": 1}


def test_a_revoked_key_is_refused_at_once(client, key_for) -> None:
    bearer = {"authorization": f"Bearer {key_for(Permission.API_ORDER_WRITE)}"}
    assert client.post("/api/v1/orders", json=order(), headers=bearer).status_code == 202
    with transaction() as session:
        revoke_key(session, list_keys(session)[0].id, by="tester", now=utc_now())
    assert client.post("/api/v1/orders", json=order(), headers=bearer).status_code == 401


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_hub_killed_at_its_commit_loses_and_doubles_nothing(database, key_for, db_url, where: str) -> None:
    """Killed before the commit nothing is kept and nothing was said; after it the repeat is absorbed."""
    with transaction() as session:
        builders.shop(session, "mp-own", Channel.MINIPROGRAM)
    bearer = {"authorization": f"Bearer {key_for(Permission.API_ORDER_WRITE)}", "Idempotency-Key": "k1"}
    with reading() as session:
        key_id = list_keys(session)[0].id
    with transaction() as session:
        session.exec(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=utc_now()))
    close_database()
    with dying(db_url, where) as url, pytest.raises(httpx.HTTPError):
        httpx.post(f"{url}/api/v1/orders", json=order(), headers=bearer, timeout=30)
    open_database(db_url)
    assert states() == ({} if where == "before" else {"ready": 1})
    close_database()
    with dying(db_url, "") as url:
        assert httpx.post(f"{url}/api/v1/orders", json=order(), headers=bearer, timeout=30).status_code == 202
    open_database(db_url)
    assert states() == {"ready": 1}


@contextmanager
def dying(url: str, where: str) -> Iterator[str]:
    """The address of a hub that dies there, or of one that lives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.api.dying_door", url, str(port), where]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
