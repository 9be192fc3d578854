"""How soon does one process hear what another has committed: by PostgreSQL's NOTIFY, or by Redis beside it?"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

import redis

from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Happening, Wire, record
from tests import builders

from .measuring import Figure, p95

ROUNDS = 200
COMMITS = 300
THREADS = 4
REDIS_URL = os.environ.get("ORDERHUB_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
_CHANNEL = "orderhub-benchmark"
HEARD_MS = 250  # of the second in which a change stands on every screen


@dataclass(frozen=True)
class Knocked(Happening):
    subject_type: ClassVar[str] = "benchmark"


def run(database: Database) -> Iterator[Figure]:
    if database.embedded:
        return
    with closing(Database(database.url)) as other:
        heard = threading.Event()
        here, there = Wire(database, lambda _: None), Wire(other, lambda _: heard.set())
        assert here.listening.wait(10)
        assert there.listening.wait(10)
        waits = _waits(lambda: _commit(database), heard)
        yield Figure("NOTIFY: commit begun → heard by another, median", median(waits), "ms")
        yield Figure("NOTIFY: commit begun → heard by another, p95", p95(waits), "ms", HEARD_MS)
        told = _commits_a_second(lambda: _commit(database))
        here.close()
        there.close()
    yield Figure("commits with NOTIFY, 4 threads", told, "/s")
    yield Figure("commits without it, 4 threads", _commits_a_second(lambda: _commit(database)), "/s")
    with _redis_listener() as (client, heard):
        waits = _waits(lambda: _commit_and_publish(database, client), heard)
        yield Figure("Redis: commit begun → heard by another, median", median(waits), "ms")
        yield Figure("Redis: commit begun → heard by another, p95", p95(waits), "ms")


def _commit(database: Database) -> None:
    with database.transaction() as session:
        record(session, Knocked(0), actor="benchmark", now=builders.NOW)


def _commit_and_publish(database: Database, client: redis.Redis) -> None:
    _commit(database)
    client.publish(_CHANNEL, "grew")


def _waits(knock: Callable[[], None], heard: threading.Event) -> list[float]:
    waits = []
    for _ in range(ROUNDS):
        heard.clear()
        began = time.perf_counter()
        knock()
        assert heard.wait(5)
        waits.append((time.perf_counter() - began) * 1000)
    return waits


def _commits_a_second(commit: Callable[[], None]) -> float:
    def some() -> None:
        for _ in range(COMMITS):
            commit()

    threads = [threading.Thread(target=some) for _ in range(THREADS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return COMMITS * THREADS / (time.perf_counter() - began)


@contextmanager
def _redis_listener() -> Iterator[tuple[redis.Redis, threading.Event]]:
    client, heard = redis.Redis.from_url(REDIS_URL), threading.Event()
    with client.pubsub(ignore_subscribe_messages=True) as subscribed:
        subscribed.subscribe(**{_CHANNEL: lambda _: heard.set()})
        thread = subscribed.run_in_thread(sleep_time=1.0, daemon=True)
        yield client, heard
        thread.stop()
        thread.join()
    client.close()
