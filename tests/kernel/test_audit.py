"""Is every change of the past named, whatever it was, on both databases?"""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel, col, select
from typer.testing import CliRunner

from orderhub import migration
from orderhub.cli import app
from orderhub.domain.order import OrderPaid
from orderhub.kernel.access_log import forget_looks
from orderhub.kernel.audit_chain import BLOCK_ROWS, AuditBlock, canonical, seal_all, seal_next
from orderhub.kernel.audit_proof import prove_audit
from orderhub.kernel.audit_run import AuditRun, prove_now
from orderhub.kernel.audit_service import AuditService
from orderhub.kernel.db import Database, close_database, open_database, reading, transaction
from orderhub.kernel.errors import AuditBroken
from orderhub.kernel.eventlog import Event, record, record_many
from orderhub.kernel.settings import settings
from tests.kernel.tampering import tamper

TABLES = ("event", "audit_block", "access_log", "audit_run")


def made(url: str) -> Database:
    """Only what the audit needs: quick to make."""
    opened = open_database(url)
    SQLModel.metadata.create_all(opened.engine, tables=[SQLModel.metadata.tables[name] for name in TABLES])
    return opened


@pytest.fixture
def database(db_url: str) -> Iterator[Database]:
    yield made(db_url)
    close_database()


def happened(now: datetime, count: int = 3) -> list[int]:
    with transaction() as session:
        rows = [
            record(session, OrderPaid(number, 100 * number, now.isoformat()), actor="ceshi-yunying", now=now)
            for number in range(1, count + 1)
        ]
        session.flush()
        return [row.id for row in rows]


def sealed(now: datetime, *, blocks: int = 3) -> list[int]:
    """Three events a block; their ids."""
    ids = []
    for _ in range(blocks):
        ids += happened(now)
        assert seal_all(now) == 3
    return ids


def findings(now: datetime) -> list[str]:
    return prove_audit(now).findings


@pytest.mark.parametrize("table", [Event, AuditBlock])
def test_the_database_refuses_to_change_or_delete_what_was_logged(database, now, table):
    sealed(now)
    column = {Event: "actor", AuditBlock: "source"}[table]
    for change in (update(table).values({column: "x"}), delete(table)):
        with pytest.raises(DatabaseError, match="append-only"), transaction() as session:
            session.exec(change)
    assert findings(now) == []


def test_the_database_refuses_to_replace_a_row_or_to_empty_the_log(database, now):
    (first, *_) = sealed(now)
    taken = insert(Event).values(id=first, at=now, kind="x", subject_type="x", subject_id=1, actor="x", body={})
    emptying = delete(Event) if database.embedded else text("TRUNCATE event")
    replacing = taken.prefix_with("OR REPLACE") if database.embedded else taken
    for change in (replacing, emptying):
        with pytest.raises(DatabaseError), transaction() as session:
            session.connection().execute(change)
    assert findings(now) == []


def test_a_migrated_database_has_the_guards_of_a_new_one(sqlite_url, tmp_path):
    def guards() -> list[tuple[str, str]]:
        with reading() as session:
            found = session.connection().execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
            )
            return [tuple(row) for row in found]

    open_database(sqlite_url)
    migration.migrate()
    migrated = guards()
    made(f"sqlite:///{tmp_path / 'new.db'}")
    assert migrated == guards()
    assert len(migrated) == 9


def test_what_stands_as_it_was_sealed_is_sound(database, now):
    sealed(now)
    proof = prove_audit(now)
    assert (proof.blocks, proof.rows, proof.waits, proof.is_sound) == (3, 9, 0, True)
    assert "every one as it was sealed" in str(proof)


SET = "UPDATE event SET "
CHANGES = {
    "body": SET + """body = '{"paid_fen": 1}' WHERE id = :id""",
    "actor": SET + "actor = 'somebody' WHERE id = :id",
    "at": SET + "at = '2026-01-01 00:00:00.000000+00' WHERE id = :id",
    "address": SET + "address = '10.0.0.9' WHERE id = :id",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_named(database, now, what):
    ids = sealed(now)
    change = CHANGES[what].replace("+00'", "'") if database.embedded else CHANGES[what]
    tamper(database, change, id=ids[4])
    assert findings(now) == [f"event {ids[4]} was changed (block 2)"]


def test_a_removed_row_is_named(database, now):
    ids = sealed(now)
    tamper(database, "DELETE FROM event WHERE id = :id", id=ids[4])
    assert findings(now) == [f"event {ids[4]} was removed (block 2)"]


def test_two_rows_that_changed_places_are_named(database, now):
    ids = sealed(now)
    swap = SET + "id = -id WHERE id IN (:one, :two)"
    back = SET + "id = :one + :two + id WHERE id IN (-:one, -:two)"
    tamper(database, swap, back.replace("-:one", "0 - :one").replace("-:two", "0 - :two"), one=ids[0], two=ids[8])
    assert findings(now) == [f"event {ids[0]} was changed (block 1)", f"event {ids[8]} was changed (block 3)"]


def test_a_row_inserted_where_the_chain_has_passed_is_named(database, now):
    ids = sealed(now)
    with transaction() as session:
        values = {"at": now, "kind": "x", "subject_type": "x", "subject_id": 1, "actor": "x", "body": {}}
        session.connection().execute(insert(Event).values(id=ids[0] - 7, **values))
    assert findings(now + timedelta(hours=1)) == [f"event {ids[0] - 7} was inserted behind the chain"]


def test_a_block_that_was_taken_out_is_named(database, now):
    sealed(now)
    tamper(database, "DELETE FROM audit_block WHERE number = 2", table="audit_block", key="number")
    assert findings(now)[0] == "block 2 is missing: 3 follows"


def test_the_last_block_cannot_be_taken_away_unseen(database, now):
    sealed(now)
    tamper(database, "DELETE FROM audit_block WHERE number = 3", table="audit_block", key="number")
    assert findings(now) == ["blocks 3 to 3 are gone: audit.head knows them (an older copy?)"]
    seal_all(now + timedelta(hours=1))  # the running hub seals those rows again: another block 3
    assert findings(now) == ["block 3 is another one than audit.head knows"]


def test_a_changed_block_is_named(database, now):
    sealed(now)
    tamper(database, "UPDATE audit_block SET previous = hash WHERE number = 3", table="audit_block", key="number")
    itself = "block 3 was changed itself, or sealed with another key"
    assert findings(now) == ["block 3 does not follow the block before it", itself]


def test_an_older_copy_of_the_database_is_noticed(sqlite_url, tmp_path, now):
    made(sqlite_url)
    sealed(now, blocks=2)
    open_database(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    shutil.copy(tmp_path / "orderhub.db", tmp_path / "kept.db")
    open_database(sqlite_url)
    sealed(now, blocks=2)
    open_database(f"sqlite:///{tmp_path / 'kept.db'}")
    assert findings(now) == ["blocks 3 to 4 are gone: audit.head knows them (an older copy?)"]


def test_without_the_file_outside_nobody_would_notice_so_that_is_a_finding(database, now):
    sealed(now)
    (settings().data_dir / "audit.head").unlink()
    assert findings(now) == ["audit.head is missing: nothing outside the database knows the chain"]


def test_rows_that_nobody_seals_are_a_finding_after_a_quarter_of_an_hour(database, now):
    sealed(now)
    happened(now)
    assert (prove_audit(now).waits, findings(now)) == (3, [])
    later = now + timedelta(minutes=16)
    assert findings(later) == ["3 rows wait to be sealed for more than 15 minutes: is the hub running?"]


@pytest.mark.services
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_what_commits_late_under_a_lower_id_is_sealed_late(database, now):
    with database.transaction() as slow:
        late = record(slow, OrderPaid(1, 1, ""), actor="slow", now=now)
        slow.flush()
        with database.transaction() as given_up:
            record(given_up, OrderPaid(2, 1, ""), actor="quick", now=now)
            given_up.flush()
            given_up.rollback()
        after = happened(now)
        assert seal_all(now) == 3
        assert findings(now) == []
    assert findings(now) == []  # it may still come, and now it has
    assert seal_all(now + timedelta(minutes=1)) == 1
    with reading() as session:
        block = session.exec(select(AuditBlock).where(col(AuditBlock.number) == 2)).one()
    assert (block.spans, block.reach) == ([[late.id, late.id]], after[-1])
    assert findings(now) == []
    happened(now)
    seal_all(now + timedelta(minutes=2))
    assert findings(now) == []


def test_many_rows_are_sealed_in_many_blocks(database, now):
    with transaction() as session:
        record_many(session, [(OrderPaid(n, n, ""), "x") for n in range(BLOCK_ROWS + 7)], now=now)
    assert seal_next("event", now) == BLOCK_ROWS
    assert seal_all(now) == 7
    proof = prove_audit(now)
    assert (proof.blocks, proof.rows, proof.findings) == (2, BLOCK_ROWS + 7, [])


def test_a_row_has_the_same_bytes_everywhere(now):
    names = ("id", "at", "actor", "address", "body")
    one = canonical(names, (7, now, "店小二", "", {"b": 1, "a": [True, None]}))
    assert one.decode() == (
        '{"actor":"店小二","at":"2026-11-24T02:00:00.000000+00:00","body":{"a":[true,null],"b":1},"id":7}'
    )


def test_the_service_seals_what_is_left_when_it_stops(database, now):
    forget_looks()  # it would write those of other tests too
    happened(now)
    service = AuditService(seconds=3600)
    service.start()
    service.stop()
    assert prove_audit(now).rows == 3


def test_the_command_says_what_is_broken_and_ends_with_1(database, now, monkeypatch):
    monkeypatch.setattr(migration, "migrate", lambda: False)
    ids = sealed(now)
    found = CliRunner().invoke(app, ["prove", "audit"])
    assert (found.exit_code, "9 rows in 3 blocks" in found.output) == (0, True)
    tamper(database, "DELETE FROM event WHERE id = :id", id=ids[4])
    found = CliRunner().invoke(app, ["prove", "audit"])
    assert (found.exit_code, f"event {ids[4]} was removed (block 2)" in found.output) == (1, True)


def test_the_job_keeps_what_came_of_it(database, now):
    ids = sealed(now)
    assert prove_now(now) == "9 rows in 3 blocks"
    tamper(database, "DELETE FROM event WHERE id = :id", id=ids[4])
    with pytest.raises(AuditBroken, match="was removed"):
        prove_now(now)
    with reading() as session:
        runs = session.exec(select(AuditRun).order_by(col(AuditRun.id))).all()
        said = session.exec(select(Event.body).where(Event.kind == "audit_proved").order_by(col(Event.id))).all()
    assert [run.findings for run in runs] == [[], [f"event {ids[4]} was removed (block 2)"]]
    assert [body["findings"] for body in said] == [0, 1]
    assert all(run.ended_at for run in runs)
