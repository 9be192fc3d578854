"""Which of many processes keeps the clock? The one that holds the lock, for as long as it can prove that it does."""

import fcntl
from pathlib import Path
from typing import IO, Protocol

import psycopg

from orderhub.kernel.db import Database, conninfo

# The server lets go of a leader that has not probed for this long: it is frozen or cut off.
SILENT_SECONDS = 10


class Leadership(Protocol):
    def try_take(self) -> bool: ...

    def is_held(self) -> bool: ...

    def release(self) -> None: ...


def leadership(database: Database) -> Leadership:
    if database.embedded:
        return FileLeadership(Path(f"{database.url.database}.clock"))
    return PostgresLeadership(database)


class FileLeadership:
    """An operating-system lock beside the SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def try_take(self) -> bool:
        file = self.path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def is_held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


class PostgresLeadership:
    """A session's advisory lock on a connection of its own: a pool or PgBouncer would hand it on."""

    def __init__(self, database: Database, *, silent_seconds: int = SILENT_SECONDS) -> None:
        self._address = conninfo(database.url)
        self._silent_seconds = silent_seconds
        self._connection: psycopg.Connection | None = None

    def try_take(self) -> bool:
        try:
            connection = psycopg.connect(self._address, autocommit=True)
            connection.execute("SELECT set_config('idle_session_timeout', %s, false)", [f"{self._silent_seconds}s"])
            wanted = "SELECT pg_try_advisory_lock(hashtext('orderhub clock'), hashtext(current_schema()))"
            row = connection.execute(wanted).fetchone()
        except psycopg.Error:
            return False
        if not row or not row[0]:
            connection.close()
            return False
        self._connection = connection
        return True

    def is_held(self) -> bool:
        """Asks the server: a lock whose connection is gone is gone with it."""
        try:
            if self._connection:
                self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.release()
        return self._connection is not None

    def release(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None
