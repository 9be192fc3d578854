"""Does a new database end up with exactly the tables the code describes, and does an old one keep its rows?"""

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from alembic import command
from orderhub import migration
from orderhub.kernel import db
from orderhub.kernel.db import Database
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.settings import settings


@pytest.fixture
def empty(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The process's database without a single table."""
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", db_url)
    settings.cache_clear()
    yield db.open_database(db_url)
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
