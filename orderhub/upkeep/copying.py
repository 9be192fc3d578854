"""How is a whole database copied while people write to it, and put back? By what each database has for it.

SQLite: its backup interface, in one step, so that the copy is one moment and nobody waits. PostgreSQL: ``pg_dump`` on
an exported snapshot, so that the rows counted beside it are the rows dumped.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from orderhub.kernel.db import APPLICATION, conninfo, writer_lock
from orderhub.kernel.errors import DatabaseBusy, SetupError

Counts = dict[str, int]

_LONGEST_SECONDS = 4 * 3600
REVISIONS = "alembic_version"  # the one table that says nothing of the merchant


def copy(url: URL, to: Path) -> Counts:
    """The database at ``url`` as one file; how many rows each table had at that moment.

    Raises:
        SetupError: it cannot be read, or the tools that copy it are missing.
    """
    return _copy_sqlite(url, to) if _is_embedded(url) else _dump(url, to)


def count_restored(url: URL, copied: Path) -> Counts:
    """Put ``copied`` into a scratch database of the kind of ``url``, count its rows, and take it away again.

    Raises:
        SetupError: the copy is damaged, or nobody lets us make a scratch database.
    """
    if _is_embedded(url):
        return _count_sqlite(copied)
    with _scratch(url) as scratch:
        _load(scratch, copied)
        return count(scratch)


def count(url: URL) -> Counts:
    """Rows by table, at one moment."""
    if _is_embedded(url):
        path = Path(url.database or "")
        if not path.exists():
            return {}
        with closing(_open(path)) as connection:
            return _counted(connection)
    with psycopg.connect(conninfo(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return _counted_rows(connection)


@contextmanager
def owning(url: URL) -> Iterator[None]:
    """No hub works on the database meanwhile. Raises: DatabaseBusy."""
    if _is_embedded(url):
        with writer_lock(url):
            yield
        return
    with psycopg.connect(conninfo(url)) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        hubs = connection.execute(asked, (APPLICATION,)).fetchone()
        if hubs and hubs[0]:
            raise DatabaseBusy(f"{url.database} is in use by a running hub: stop it first")
    yield


def put_back(url: URL, copied: Path, mark: str) -> str:
    """``copied`` becomes the database at ``url``; what was there stays beside it, under the name that is returned.

    Empty when there was nothing. Nobody may be using the database: the caller sees to that.
    """
    return _swap_file(Path(url.database or ""), copied, mark) if _is_embedded(url) else _swap_schema(url, copied, mark)


def _is_embedded(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _copy_sqlite(url: URL, to: Path) -> Counts:
    path = Path(url.database or "")
    if not path.exists():
        raise SetupError(f"{path.name}: there is no database to copy")
    with closing(_open(path)) as source, closing(sqlite3.connect(to)) as target:
        # Pages by the thousand would begin anew with every change of the hub; one step is one moment.
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
    return _count_sqlite(to)


def _count_sqlite(path: Path) -> Counts:
    try:
        with closing(_open(path)) as connection:
            wrong = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
            if wrong != "ok" or dangling:
                raise SetupError(f"the copy is damaged: {wrong if wrong != 'ok' else f'{dangling[0]} points nowhere'}")
            return _counted(connection)
    except sqlite3.DatabaseError as error:
        raise SetupError(f"the copy is damaged: {error}") from error


def _open(path: Path) -> sqlite3.Connection:
    """For reading; it never writes a checkpoint, which is the hub's alone (docs/decisions/one-writer.md)."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _counted(connection: sqlite3.Connection) -> Counts:
    connection.execute("BEGIN")
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [name for (name,) in connection.execute(named)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def _swap_file(path: Path, copied: Path, mark: str) -> str:
    kept = path.with_name(f"{path.name}.{mark}") if path.exists() else None
    if kept:
        with closing(sqlite3.connect(path)) as connection:
            # Nothing of what was there may stay in a log that the new file would be opened with.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.rename(kept)
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    arriving = path.with_name(f"{path.name}.arriving")
    shutil.copyfile(copied, arriving)
    arriving.chmod(0o600)
    with arriving.open("rb") as file:
        os.fsync(file.fileno())
    arriving.rename(path)
    return kept.name if kept else ""


def _dump(url: URL, to: Path) -> Counts:
    with psycopg.connect(conninfo(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        counts = _counted_rows(connection)
        (snapshot,) = _row(connection, "SELECT pg_export_snapshot()")
        schema = _schema(connection)
        _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}",
             f"--snapshot={snapshot}", f"--file={to}")  # fmt: skip
    return counts


def _load(url: URL, copied: Path) -> None:
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(_schema(connection))))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_wanted_schema(url))))
    _run(url, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
         f"--schema={_wanted_schema(url)}", f"--dbname={url.database}", str(copied))  # fmt: skip


def _swap_schema(url: URL, copied: Path, mark: str) -> str:
    kept = f"{_wanted_schema(url)}_{mark}".replace("-", "_").replace(".", "_").lower()
    with psycopg.connect(conninfo(url)) as connection:
        had_any = bool(_counted_rows(connection))
        if had_any:
            before, after = sql.Identifier(_wanted_schema(url)), sql.Identifier(kept)
            connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(before, after))
    try:
        _load(url, copied)
    except SetupError:
        if had_any:
            _rename_back(url, kept)
        raise
    return kept if had_any else ""


def _rename_back(url: URL, kept: str) -> None:
    with psycopg.connect(conninfo(url)) as connection:
        schema = sql.Identifier(_wanted_schema(url))
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(kept), schema))


@contextmanager
def _scratch(url: URL) -> Iterator[URL]:
    name = f"orderhub_verify_{uuid4().hex[:12]}"
    try:
        with psycopg.connect(conninfo(url), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupError(
            "the copy is made but not verified: let the database's role make databases (ALTER ROLE … CREATEDB), or say "
            "--no-verify"
        ) from error
    try:
        yield url.set(database=name)
    finally:
        with psycopg.connect(conninfo(url), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _counted_rows(connection: psycopg.Connection) -> Counts:
    named = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    tables = [name for (name,) in connection.execute(named)]
    asked = {name: sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)) for name in tables}
    return {name: _row(connection, statement)[0] for name, statement in asked.items()}


def _schema(connection: psycopg.Connection) -> str:
    return _row(connection, "SELECT coalesce(current_schema(), 'public')")[0]


def _wanted_schema(url: URL) -> str:
    """The one of the address's ``search_path``, whether it is there or not."""
    options = str(url.query.get("options", ""))
    return options.partition("search_path=")[2].split()[0] if "search_path=" in options else "public"


def _row(connection: psycopg.Connection, asked: str | sql.Composed) -> tuple:
    found = connection.execute(asked).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    if found is None:
        raise SetupError("the database did not answer")
    return found


def _run(url: URL, command: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs; its password goes by the environment, not by what ``ps`` shows."""
    given = {
        "PGHOST": url.host,
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    found = shutil.which(command)
    if not found:
        raise SetupError(f"{command} is missing: install PostgreSQL's client programs")
    environment = os.environ | {name: str(value) for name, value in given.items() if value}
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True,
                          timeout=_LONGEST_SECONDS, check=False)  # fmt: skip
    if done.returncode:
        raise SetupError(f"{command}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
