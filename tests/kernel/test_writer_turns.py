import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from sqlalchemy import text

from orderhub.kernel.db import open_database
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.patience import somebody_waits


def test_a_busy_writer_lets_everybody_else_have_their_turn(sqlite_url):
    database = open_database(sqlite_url)
    closing = threading.Event()

    def write_all_the_time():
        while not closing.is_set():
            with database.transaction() as session:
                session.connection().execute(text("SELECT 1"))
                time.sleep(0.02)

    greedy = [threading.Thread(target=write_all_the_time) for _ in range(4)]
    for thread in greedy:
        thread.start()
    waits = []
    for _ in range(5):
        started = time.monotonic()
        with database.transaction():
            waits.append(time.monotonic() - started)
    closing.set()
    for thread in greedy:
        thread.join()
    assert max(waits) < 10  # who is starved waits for 30 s


def test_a_failed_turn_is_given_back(sqlite_url):
    database = open_database(sqlite_url)
    try:
        with database.transaction():
            raise KeyError
    except KeyError:
        pass
    with database.transaction() as session:
        assert session.connection().execute(text("SELECT 1")).scalar() == 1


@pytest.mark.parametrize(("is_first", "waits"), [(True, True), (True, False), (False, True)])
def test_whoever_somebody_waits_for_gives_up_before_ten_seconds(sqlite_url, *, is_first, waits):
    def wait_for_a_turn():
        if waits:
            somebody_waits()
        started = time.monotonic()
        with pytest.raises(DatabaseBusy), database.transaction(first=is_first):
            pass
        return time.monotonic() - started

    database = open_database(sqlite_url)
    with ThreadPoolExecutor(1) as other, database.transaction():
        assert 7 < other.submit(copy_context().run, wait_for_a_turn).result() < 9


def test_who_is_not_waited_for_has_longer(sqlite_url):
    database = open_database(sqlite_url)

    def write():
        with database.transaction() as session:
            return session.connection().execute(text("SELECT 1")).scalar()

    with ThreadPoolExecutor(1) as other:
        with database.transaction():
            written = other.submit(write)
            time.sleep(10)
        assert written.result() == 1
