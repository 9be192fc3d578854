import threading
import time

from sqlalchemy import text

from orderhub.kernel.db import open_database


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
