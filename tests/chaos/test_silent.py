"""Does a database whose network swallows everything keep anybody waiting, or anything held?"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from sqlalchemy import text

from orderhub.kernel.db import AWAY, Database
from orderhub.kernel.patience import somebody_waits

from .far import Far, far, why_not
from .hubs import wait_until
from .postgres import Cluster, cluster

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(120),
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can"),
]
MOST_SECONDS = 10.0
_HELD = text("SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Far, Cluster]]:
    with far() as there, cluster(there) as made:
        yield there, made


@pytest.fixture
def asking(server: tuple[Far, Cluster]) -> Iterator[Database]:
    asking = Database(server[1].url, readers=1)
    with asking.reading() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    yield asking
    asking.close()


def test_whoever_comes_while_it_is_silent_hears_in_time_and_is_served_afterwards(server, asking):
    with server[0].swallows():
        assert _seconds_to_hear(asking, "SELECT 1") < MOST_SECONDS
        assert _seconds_to_hear(asking, "SELECT 1") < MOST_SECONDS  # no connection is left
    with asking.reading() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_whoever_waits_for_an_answer_when_it_falls_silent_hears_in_time(server, asking):
    with ThreadPoolExecutor(1) as waiting:
        heard = waiting.submit(_seconds_to_hear, asking, "SELECT pg_sleep(60)")
        time.sleep(1)
        with server[0].swallows():
            assert heard.result() < 1 + MOST_SECONDS


def test_a_long_answer_of_a_server_that_is_there_is_waited_for(asking):
    with asking.reading() as session:
        session.execute(text("SELECT pg_sleep(12)"))


def test_the_server_lets_go_of_what_a_silent_hub_holds(server, asking):
    with asking.transaction() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS held (n integer)"))
    with pytest.raises(AWAY):
        _lock_and_lose(asking, server[0])
    with asking.reading() as session:
        wait_until(lambda: not session.execute(_HELD).scalar_one(), seconds=20, every=0.5)


def _lock_and_lose(asking: Database, there: Far) -> None:
    with asking.transaction() as session:
        session.execute(text("LOCK TABLE held"))
        with there.swallows():
            session.execute(text("SELECT 1"))


def _seconds_to_hear(asking: Database, statement: str) -> float:
    began = time.monotonic()
    with pytest.raises(AWAY), asking.reading() as session:
        session.execute(text(statement))
    return time.monotonic() - began


def test_whoever_somebody_waits_for_gives_up_on_a_server_that_is_stuck(server, asking):
    def ask() -> float:
        somebody_waits()
        return _seconds_to_hear(asking, "SELECT 1")

    with server[1].frozen():
        assert copy_context().run(ask) < MOST_SECONDS
        assert copy_context().run(ask) < MOST_SECONDS
    with asking.reading() as session:
        assert session.execute(text("SELECT 2")).scalar_one() == 2


def test_whoever_nobody_waits_for_has_the_answer_once_the_server_goes_on(server, asking):
    with ThreadPoolExecutor(1) as working, asking.reading() as session:
        session.execute(text("SELECT 1"))
        with server[1].frozen():
            answer = working.submit(lambda: session.execute(text("SELECT 2")).scalar_one())
            time.sleep(12)
        assert answer.result() == 2
