"""Does a new database end up with exactly the tables the code describes, and does an old one keep its rows?"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, inspect, text
from sqlmodel import SQLModel

from alembic import command
from orderhub import migration
from orderhub.domain.buyer_contact import has_phone, phone_of
from orderhub.kernel import db
from orderhub.kernel.db import Database
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.secrets import seal
from orderhub.kernel.settings import settings

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def empty(bare_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The process's database without a single table."""
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", bare_url)
    settings.cache_clear()
    yield db.open_database(bare_url)
    db.close_database()


def test_migrations_lead_from_nothing_to_the_models(empty: Database) -> None:
    assert migration.migrate()
    assert set(inspect(empty.engine).get_table_names()) == {*SQLModel.metadata.tables, "alembic_version"}
    command.check(migration.config())


def test_migrating_again_changes_nothing(empty: Database) -> None:
    assert migration.migrate()
    assert not migration.migrate()
    assert migration.current() == migration.newest()


def test_migrations_lead_back_to_nothing(empty: Database) -> None:
    migration.migrate()
    command.downgrade(migration.config(), "base")
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]


def test_foreign_keys_are_checked_again_after_a_migration(empty: Database) -> None:
    migration.migrate()
    if empty.embedded:
        with db.transaction() as session:
            assert session.connection().execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_database_in_use_is_not_migrated_behind_its_hub(sqlite_url: str) -> None:
    running = Database(sqlite_url)
    with running.transaction():
        pass
    db.open_database(sqlite_url)
    with pytest.raises(DatabaseBusy, match="in use by a running hub"):
        migration.migrate()
    running.close()
    assert migration.migrate()


def test_an_up_to_date_database_needs_no_writer_to_be_found_so(sqlite_url: str) -> None:
    running = db.open_database(sqlite_url)
    migration.migrate()
    db._current = Database(sqlite_url)
    assert not migration.migrate()
    running.close()


def test_what_waited_for_a_shop_waits_for_the_same_shop_afterwards(empty: Database) -> None:
    migration.migrate()
    ours = "13e21c28e376"
    before = str(ScriptDirectory.from_config(migration.config()).get_revision(ours).down_revision)
    command.downgrade(migration.config(), before)
    known = MetaData()
    known.reflect(empty.engine, only=["shop", "outbox_message", "outbox_pause"])
    with db.transaction() as session:
        for name, facts in (("shop", {"id": 7}), ("outbox_message", {"shop_id": 7}), ("outbox_pause", {"shop_id": 7})):
            table = known.tables[name]
            session.connection().execute(table.insert().values({one.name: _any(one) for one in table.c} | facts))
    command.upgrade(migration.config(), ours)
    wanted = text("SELECT addressee FROM outbox_message UNION ALL SELECT addressee FROM outbox_pause")
    with db.transaction() as session:
        assert list(session.connection().execute(wanted).scalars()) == ["shop:7"] * 2
    command.downgrade(migration.config(), before)
    wanted = text("SELECT shop_id FROM outbox_message UNION ALL SELECT shop_id FROM outbox_pause")
    with db.transaction() as session:
        assert list(session.connection().execute(wanted).scalars()) == [7, 7]


def test_a_telephone_kept_before_opens_as_a_contact_afterwards(empty: Database) -> None:
    migration.migrate()
    ours = "e5a1c07b94d3"
    before = str(ScriptDirectory.from_config(migration.config()).get_revision(ours).down_revision)
    command.downgrade(migration.config(), before)
    known = MetaData()
    known.reflect(empty.engine, only=["shop", "buyer_phone"])
    opens, broken = seal("13800001234", "buyer_phone:7:MP-1"), seal("13800001234", "elsewhere")
    rows = [("shop", {"id": 7})]
    for number, sealed in (("MP-1", opens), ("MP-2", broken)):
        rows.append(("buyer_phone", {"shop_id": 7, "channel_order_no": number, "sealed": sealed}))
    with db.transaction() as session:
        for name, facts in rows:
            table = known.tables[name]
            session.connection().execute(table.insert().values({one.name: _any(one) for one in table.c} | facts))
    command.upgrade(migration.config(), ours)
    with db.transaction() as session:
        assert [has_phone(session, 7, no) for no in ("MP-1", "MP-2")] == [True, False]
        assert phone_of(session, 7, "MP-1") == "13800001234"


def _any(column: Column) -> object:
    """Something the column takes."""
    kind = column.type.python_type
    return NOW if kind is datetime else {} if kind is dict else kind(1) if kind is int else "1"
