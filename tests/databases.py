"""Where does a test's database come from? Its tables are made once for a test process, not once for a test.

An SQLite file is a copy of the first one; a PostgreSQL schema is emptied before it is lent again.
"""

import atexit
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import SQLModel

import orderhub.tables  # noqa: F401  (registers the tables)
from orderhub.kernel.db import Database, open_database

_NAMES = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
_FILLED = text(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in _NAMES))  # noqa: S608
_GUARDED = text(
    "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
)
_COUNT_ANEW = text(
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
    " WHERE schemaname = current_schema() AND last_value IS NOT NULL"
)
# A schema's connections bear its name.
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
)
_END_OTHERS = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name")
_PATIENCE_SECONDS = 3


def with_tables(url: str) -> Database:
    """Make ``url`` the process's database, with every table."""
    _lay(url)
    return open_database(url)


def another_with_tables(url: str) -> Database:
    """As ``with_tables``, beside the process's own; whoever asks closes it."""
    _lay(url)
    return Database(url)


def _lay(url: str) -> None:
    """What is there stays as it is, and on PostgreSQL everything is (``Lent``)."""
    path = Path(make_url(url).database or "")
    if not url.startswith("sqlite") or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_first_file(), path)


@cache
def _first_file() -> Path:
    folder = tempfile.mkdtemp(prefix="orderhub-tables-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    first = Database(f"sqlite:///{folder}/first.db")
    SQLModel.metadata.create_all(first.engine)
    first.close()
    return Path(folder) / "first.db"


@contextmanager
def schema_of_its_own(plain: URL) -> Iterator[str]:
    """The address of a PostgreSQL schema without a table; it is dropped with the block."""
    schema = f"t_{uuid.uuid4().hex[:12]}"
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        options = f"-csearch_path={schema} -capplication_name={schema}"
        yield plain.update_query_dict({"options": options}).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(_END_OTHERS, {"name": schema})
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


class StillInUse(Exception):
    pass


class Lent:
    """A PostgreSQL schema for one test after another.

    Where somebody still holds on to it, or a test took a table from it, the next gets a new one.
    """

    def __init__(self, plain: URL) -> None:
        self._plain = plain
        self._database: Database | None = None
        self._blocks = ExitStack()

    def url(self) -> str:
        """Of a schema in which every table is empty and counts from its beginning."""
        try:
            self._database = self._database or self._made()
            _empty(self._database)
        except (OperationalError, ProgrammingError, StillInUse):
            self._database = self._made()
        return self._database.url.render_as_string(hide_password=False)

    def close(self) -> None:
        self._blocks.close()

    def _made(self) -> Database:
        url = self._blocks.enter_context(schema_of_its_own(self._plain))
        made = self._blocks.enter_context(closing(Database(url)))
        SQLModel.metadata.create_all(made.engine)
        return made


def _empty(database: Database) -> None:
    """Raises: StillInUse, OperationalError: a process that should be gone still works on it;
    ProgrammingError: a table is missing.
    """
    with database.engine.begin() as connection:
        _wait_for_others(connection)
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        guarded = set(connection.scalars(_GUARDED))
        filled = set(connection.scalars(_FILLED))
        for name in filter(filled.__contains__, _NAMES):
            _delete(connection, name, is_guarded=name in guarded)
        connection.execute(_COUNT_ANEW)


def _wait_for_others(connection: Connection) -> None:
    """A connection that was closed is seen for some milliseconds more."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while connection.scalar(_OTHERS):
        if time.monotonic() > end:
            raise StillInUse
        time.sleep(0.01)
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))  # else the first look is repeated


def _delete(connection: Connection, name: str, *, is_guarded: bool) -> None:
    """``is_guarded``: a trigger of ours may keep its rows from being deleted."""
    if is_guarded:
        connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
    connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608  (a name of the models)
    if is_guarded:
        connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
