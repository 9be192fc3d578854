"""Orders that programs post: kept before they are answered, taken once, refused by name."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.api.app import create_api
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.words import Channel
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.intake.posted import IdempotencyKey, forget_keys
from orderhub.intake.sync import sync_all
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.level import Felt, Level, Sign, feel
from tests import builders
from tests.intake.builders import states

LINE = {"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 2, "unit_price": "69.70"}
CREATED, PAID, LATER = "2026-11-24T10:00:00+08:00", "2026-11-24T10:01:00+08:00", "2026-11-24T11:00:00+08:00"


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

    def key_for(*rights: Permission) -> str:
        with transaction() as session:
            return make_key(session, owner, "自有商城", rights, good_for=timedelta(days=30), now=utc_now())

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
