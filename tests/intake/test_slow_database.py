"""A platform waits five seconds for its answer: is a push answered in time while the database takes three?"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import psycopg

from orderhub.api.app import create_api
from orderhub.kernel.db import Database, conninfo
from tests.flows.hub import served

from .builders import FIRST_NO, states

SLOW_SECONDS, PATIENCE_SECONDS = 3.0, 5.0


def test_pushes_are_kept_and_answered_before_their_platform_gives_up(shop, database: Database):
    bodies = [
        json.dumps([{"tag": "101", "msg_id": f"m-{n}", "data": json.dumps({"p_id": FIRST_NO + n})}]) for n in range(5)
    ]
    with served(create_api()) as url, httpx.Client(timeout=30) as client:
        address = f"{url}/api/push/douyin/{shop.code}"
        assert _push(client, address, bodies[0]) == 200
        with _slow(database):
            began = time.monotonic()
            answers = [_push(client, address, bodies[1])]
            took = time.monotonic() - began
        answers += [_push(client, address, body) for body in bodies[2:]]
    assert answers == [200] * 4
    assert SLOW_SECONDS * 0.9 < took < PATIENCE_SECONDS, "it waited for the database, and not longer"
    assert sum(states().values()) == 5


def _push(client: httpx.Client, address: str, body: str) -> int:
    raw = body.encode()
    sign = hashlib.md5(b"70001" + raw + b"s3cret").hexdigest()  # noqa: S324  (the platform's own choice)
    return client.post(address, content=raw, headers={"app-id": "70001", "event-sign": sign}).status_code


@contextmanager
def _slow(database: Database) -> Iterator[None]:
    """Whatever wants to write waits for somebody else's transaction of three seconds."""
    held = threading.Event()
    other = threading.Thread(target=_hold_sqlite if database.embedded else _hold_postgres, args=(database, held))
    other.start()
    held.wait(30)
    yield
    other.join()


def _hold_sqlite(database: Database, held: threading.Event) -> None:
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(SLOW_SECONDS)
        connection.execute("ROLLBACK")


def _hold_postgres(database: Database, held: threading.Event) -> None:
    with psycopg.connect(conninfo(database.url)) as connection:
        connection.execute("LOCK TABLE inbox_message IN EXCLUSIVE MODE")
        held.set()
        time.sleep(SLOW_SECONDS)
        connection.rollback()
