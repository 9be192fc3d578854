"""Is a look at an order kept, once, without a write for each?"""

import sys
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel, col, select

from orderhub import cli, migration
from orderhub.kernel import access_log
from orderhub.kernel.access_log import AccessKind, AccessRecord, note_looked, write_looks
from orderhub.kernel.audit_chain import seal_all
from orderhub.kernel.audit_proof import prove_audit
from orderhub.kernel.db import Database, close_database, open_database, reading, transaction
from orderhub.kernel.settings import settings
from tests.kernel.tampering import tamper

TABLES = ("event", "audit_block", "access_log")


@pytest.fixture
def database(db_url: str) -> Iterator[Database]:
    access_log.forget_looks()
    opened = open_database(db_url)
    SQLModel.metadata.create_all(opened.engine, tables=[SQLModel.metadata.tables[name] for name in TABLES])
    yield opened
    close_database()
    access_log.forget_looks()


def look(*order_ids: int, now: datetime, actor: str = "ceshi-kefu") -> None:
    note_looked(AccessKind.LOOKED, order_ids, actor=actor, address="203.0.113.7", now=now)


def kept() -> list[AccessRecord]:
    with reading() as session:
        return list(session.exec(select(AccessRecord).order_by(col(AccessRecord.id))))


def test_looks_wait_for_one_write_and_the_same_look_is_kept_once(database, now):
    for _ in range(3):
        look(7, now=now)
    look(7, now=now, actor="ceshi-cangku")
    assert kept() == []
    assert write_looks() == 2
    assert [(row.actor, row.order_ids, row.address) for row in kept()] == [
        ("ceshi-kefu", [7], "203.0.113.7"),
        ("ceshi-cangku", [7], "203.0.113.7"),
    ]
    assert write_looks() == 0


def test_a_row_names_a_hundred_orders_at_most(database, now):
    look(*range(1, 251), now=now)
    write_looks()
    assert [len(row.order_ids) for row in kept()] == [100, 100, 50]


def test_what_cannot_be_written_waits_for_the_next_turn(database, now, monkeypatch):
    look(7, now=now)

    def fail() -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(access_log, "transaction", fail)
        with pytest.raises(OSError, match="full"):
            write_looks()
    assert write_looks() == 1


def test_looks_are_sealed_like_events(database, now):
    look(7, 8, now=now)
    write_looks()
    with pytest.raises(DatabaseError, match="append-only"), transaction() as session:
        session.exec(delete(AccessRecord))
    assert seal_all(now) == 1
    assert prove_audit(now).is_sound
    (row,) = kept()
    tamper(database, "DELETE FROM access_log WHERE id = :id", table="access_log", id=row.id)
    assert prove_audit(now).findings == [f"access_log {row.id} was removed (block 1)"]


def test_work_on_the_database_is_kept_with_who_did_it(sqlite_url, monkeypatch):
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", sqlite_url)
    settings.cache_clear()
    open_database(sqlite_url)
    for command in (["migrate", "--quiet"], ["version"]):
        monkeypatch.setattr(sys, "argv", ["orderhub", *command])
        with pytest.raises(SystemExit):
            cli.main()
    (moved, given) = kept()[:2]
    assert [row.kind for row in (moved, given)] == [AccessKind.DATABASE] * 2
    assert (moved.about, given.about) == (f"schema new to {migration.newest()}", "migrate")
    assert moved.actor.startswith("os:")
