"""Is the database's schema the one this code was written for?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from alembic import command
from orderhub.kernel.access_log import note_database_work
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import database, reading, transaction
from orderhub.kernel.errors import SetupError

ROOT = Path(__file__).resolve().parent.parent


def config() -> Config:
    """Alembic's settings, which live in ``pyproject.toml``."""
    found = Config(toml_file=ROOT / "pyproject.toml")
    found.set_main_option("script_location", str(ROOT / "alembic"))
    return found


def migrate() -> bool:
    """Bring the database to the newest schema; says whether anything had to change. Safe to repeat.

    Raises:
        DatabaseBusy: the schema has to change, and a running hub owns the database.
    """
    before = current()
    if before == newest():
        return False
    with transaction():
        pass  # from here on the embedded database is ours, or DatabaseBusy says whose it is
    with _rebuilding() as connection:
        moving = config()
        moving.attributes["connection"] = connection
        command.upgrade(moving, "head")
    note_database_work(f"schema {before or 'new'} to {newest()}", now=utc_now())
    return True


def current() -> str:
    """The revision the database stands at; empty for a new one."""
    with reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision() or ""


def newest() -> str:
    """The revision this code was written for."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def is_known(revision: str) -> bool:
    """This code can bring a database of ``revision`` to the newest one."""
    return revision in {one.revision for one in ScriptDirectory.from_config(config()).walk_revisions()}


@contextmanager
def _rebuilding() -> Iterator[Connection]:
    """A transaction that may rebuild tables: SQLite checks foreign keys at its end instead of at every step."""
    ours = database()
    with ours.engine.connect() as connection:
        if not ours.embedded:
            with connection.begin():
                yield connection
            return
        sqlite: Any = connection.connection.driver_connection
        sqlite.execute("PRAGMA foreign_keys=OFF")  # means nothing once a transaction has begun
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise SetupError(f"the migration leaves a row of {broken[0]} pointing nowhere: nothing was changed")
        finally:
            sqlite.execute("PRAGMA foreign_keys=ON")
