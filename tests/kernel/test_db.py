import subprocess
import sys
from datetime import UTC, datetime

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError, StatementError
from sqlmodel import select

from orderhub.domain.shop import Shop, ShopConnected
from orderhub.domain.words import Channel
from orderhub.kernel.db import Database, conninfo, reading, transaction
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.eventlog import Event, Wire, record
from tests.conftest import own_postgres

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def shop(code: str = "tb", created_at: datetime = NOW) -> Shop:
    return Shop(code=code, channel=Channel.TAOBAO, name="测试店", shop_no=code, created_at=created_at)


def test_a_transaction_that_raises_keeps_nothing(database):
    def fail() -> None:
        with transaction() as session:
            session.add(shop())
            session.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail()
    with reading() as session:
        assert session.exec(select(Shop)).all() == []


def test_moments_come_back_aware_and_in_utc(database):
    with transaction() as session:
        session.add(shop())
    with reading() as session:
        assert session.exec(select(Shop.created_at)).one() == NOW


def test_a_naive_moment_is_refused(database):
    with pytest.raises(StatementError, match="naive moment"), transaction() as session:
        session.add(shop(created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_sqlite_acknowledges_only_what_is_synced(sqlite_url):
    opened = Database(sqlite_url)
    with opened.transaction() as session:
        pragmas = [session.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
        assert [*pragmas, session.execute(text("PRAGMA foreign_keys")).scalar_one()] == ["wal", 2, 1]
    opened.close()


@pytest.mark.services
def test_postgresql_acknowledges_only_what_is_synced_whatever_its_server_does_for_others():
    for given, kept in (("off", "on"), ("remote_apply", "remote_apply")):
        url = own_postgres().update_query_dict({"options": f"-csynchronous_commit={given}"})
        opened = Database(url.render_as_string(hide_password=False))
        with opened.transaction() as session:
            asked = ("synchronous_commit", "fsync", "full_page_writes")
            settings = [session.execute(text(f"SHOW {name}")).scalar_one() for name in asked]
        opened.close()
        assert settings == [kept, "on", "on"]


def test_a_reader_of_sqlite_can_change_nothing(sqlite_url):
    opened = Database(sqlite_url)
    with opened.transaction() as session:
        session.execute(text("CREATE TABLE x (n INTEGER)"))
    with opened.reading() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(text("INSERT INTO x VALUES (1)"))
    opened.close()


def test_a_second_process_may_not_write_the_same_sqlite_file(sqlite_url):
    opened = Database(sqlite_url)
    with opened.transaction() as session:
        session.execute(text("CREATE TABLE x (n INTEGER)"))
    script = f"from orderhub.kernel.db import Database\nwith Database({sqlite_url!r}).transaction(): pass"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert DatabaseBusy.__name__ in second.stderr
    opened.close()
    third = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert third.returncode == 0, third.stderr


def test_listeners_hear_of_an_event_only_once_it_is_committed(database):
    heard = []
    wire = Wire(database, heard.extend)
    with transaction() as session:
        row = shop()
        session.add(row)
        session.flush()
        record(session, ShopConnected(row.id, row.channel), actor="test", now=NOW)
        assert heard == []
    wire.close()
    assert [(event.kind, event.subject_type, event.subject_id) for event in heard] == [
        ("shop_connected", "shop", row.id)
    ]
    with reading() as session:
        assert session.exec(select(Event.actor)).all() == ["test"]


def test_libpq_is_given_what_sqlalchemy_understood():
    url = make_url("postgresql://user:p%40ss@127.0.0.1:5433/hub?options=-csearch_path%3Da%20-cwork_mem%3D9MB")
    given = conninfo_to_dict(conninfo(url.update_query_dict({"connect_timeout": "7"})))
    assert given["connect_timeout"] == "7"
    assert {name: value for name, value in given.items() if "alive" not in name and "timeout" not in name} == {
        "host": "127.0.0.1",
        "port": "5433",
        "user": "user",
        "password": "p@ss",
        "dbname": "hub",
        "options": "-csearch_path=a -cwork_mem=9MB",
    }
