"""How is the database opened, read and changed?

SQLite is written by one connection of one process, held by a lock beside the file (SQLite before 3.51.3 can corrupt
a WAL that two connections write; docs/architecture.md, "Embedded means one writing process"). PostgreSQL needs
neither. Nobody calls ``commit()``: a change lives in one ``with transaction()``.
"""

import fcntl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, MetaData, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import Session, SQLModel

from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.patience import answer_seconds, turn_seconds
from orderhub.kernel.settings import settings

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

SessionHook = Callable[[Session], None]

APPLICATION = "orderhub"  # how PostgreSQL lists a hub's connections
# Gone, full, locked, lost in the middle of a transaction, or without a connection to spare: nobody's fault in here.
AWAY = (OperationalError, InterfaceError, PendingRollbackError, NoConnection, DatabaseBusy)
# Whoever asks the hub is answered within ten seconds: waiting for a connection and then for a sign of life takes less.
_CONNECTION_SECONDS = 4
_SLOWEST_PING_SECONDS = 2
# A network that swallows everything says nothing: what is sent has to be acknowledged, and probes are sent meanwhile.
_SILENCE = {
    "connect_timeout": _CONNECTION_SECONDS,
    "tcp_user_timeout": 1000 * _CONNECTION_SECONDS,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": _CONNECTION_SECONDS - 2,
}
# Acknowledged means synced, whatever the server does for others; what is stricter than "on" stays. And the server too
# lets go of whoever is silent, and of the rows they hold: by itself it waits for two hours.
_FOR_THIS_SESSION = """
SELECT set_config('synchronous_commit', CASE WHEN now IN ('off', 'local') THEN 'on' ELSE now END, false),
    set_config('tcp_user_timeout', '10s', false),
    set_config('tcp_keepalives_idle', '5s', false),
    set_config('tcp_keepalives_interval', '1s', false)
FROM current_setting('synchronous_commit') AS now
"""


class Database:
    """One database with its two doors, ``transaction()`` and ``reading()``."""

    def __init__(self, url: str | URL, *, readers: int = 8, writers: int = 8) -> None:
        self.url = make_url(url)
        self.embedded = self.url.get_backend_name() == "sqlite"
        self.before_commit: list[SessionHook] = []
        self.after_commit: list[SessionHook] = []
        self.has_written = False
        self._lock = _WriterLock(self.url) if self.embedded else None
        self._turns = _Turns() if self.embedded else None
        if self.embedded:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._writer = _sqlite(self.url, writing=True, size=1)
            self._reader = _sqlite(self.url, writing=False, size=readers)
        else:
            self._writer = _postgres(self.url, size=writers)
            self._reader = _postgres(self.url, size=readers)

    @property
    def engine(self) -> Engine:
        """The writing engine, for Alembic and tests."""
        return self._writer

    @contextmanager
    def transaction(self, *, first: bool = False) -> Iterator[Session]:
        """A session whose changes are all kept, durably, when the block ends, or none when it raises.

        ``first``: before all others that wait to write to an embedded database, for somebody outside waits.
        """
        if self._lock:
            self._lock.take()
        with Session(self._writer, expire_on_commit=False) as session:
            with self._turns.turn(first=first) if self._turns else nullcontext(), session.begin():
                yield session
                for hook in self.before_commit:
                    hook(session)
            self.has_written = True
            for hook in self.after_commit:
                hook(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one consistent state and can change nothing."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            session.info["reads"] = True  # what is read is narrowed to whoever looks: kernel/sight.py
            yield session

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()
        if self._lock:
            self._lock.release()


def _sqlite(url: URL, *, writing: bool, size: int) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 10},
        pool_size=size,
        max_overflow=0,
        pool_timeout=_CONNECTION_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA secure_delete=ON")  # what is forgotten leaves no trace in the file
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute("PRAGMA cache_size=-32000")
        if not writing:
            # A reader must never checkpoint: that is the writer's alone.
            cursor.execute("PRAGMA wal_autocheckpoint=0")
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres(url: URL, *, size: int) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=_unless_given(url, {"application_name": APPLICATION, **_SILENCE}),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_CONNECTION_SECONDS,
        pool_pre_ping=True,
    )
    ping = engine.dialect.do_ping

    def ping_in_time(dbapi_connection: Any) -> bool:
        """A server that twice takes seconds to say that it is there would take a minute for a page: it is away."""
        for _ in range(2):  # once may be this process's own hurry
            latest = time.monotonic() + _SLOWEST_PING_SECONDS
            try:
                is_there = ping(dbapi_connection)
            except psycopg.Error:
                if time.monotonic() > latest:
                    break  # as silent as it would be to a new connection
                raise
            if time.monotonic() <= latest:
                return is_there
        raise NoConnection(f"the database took more than {_SLOWEST_PING_SECONDS} s to say that it is there")

    engine.dialect.do_ping = ping_in_time

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, given: Any, named: Any) -> "_Connection":
        return _Connection.connect(*given, **named)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.execute(_FOR_THIS_SESSION)
        connection.commit()

    return engine


class _Connection(psycopg.Connection[Any]):
    """Gives up an answer that does not come where somebody waits: a server may be stuck, and yet acknowledge."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, timeout or answer_seconds())
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.close()  # its next answer would be to this question
            raise


def conninfo(url: URL) -> str:
    """What libpq understands: SQLAlchemy writes a URL's space as a plus sign, which libpq takes as it stands.

    With the same patience as the hub's own connections.
    """
    _, given = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**given, **_unless_given(url, _SILENCE))


def _unless_given(url: URL, ours: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ours.items() if name not in str(url.query)}


class _WriterLock:
    """The operating system's lock on ``<database>.lock``: held until the process closes the database or dies."""

    def __init__(self, url: URL) -> None:
        self.path = Path(f"{url.database}.lock")
        self._guard = threading.Lock()
        self._file: IO[str] | None = None

    def take(self) -> None:
        if self._file:
            return
        with self._guard:
            if self._file:
                return
            file = self.path.open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.close()
                raise DatabaseBusy(
                    f"{self.path.with_suffix('')} is in use by a running hub: ask that hub, or stop it first"
                ) from error
            self._file = file

    def release(self) -> None:
        if self._file:
            with suppress(OSError):
                self._file.close()
            self._file = None


@contextmanager
def writer_lock(url: URL) -> Iterator[None]:
    """Nobody opens the embedded database to write meanwhile. Raises: DatabaseBusy."""
    lock = _WriterLock(url)
    lock.take()
    try:
        yield
    finally:
        lock.release()


class _Turns:
    """Who writes next, first come first served: a pool of one connection starves all but the busiest thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    @contextmanager
    def turn(self, *, first: bool) -> Iterator[None]:
        """``first``: before those who wait, and after whoever writes. Raises: DatabaseBusy."""
        self._take(first=first)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, *, first: bool) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = threading.Event()
            if first:
                self._waiting.appendleft(mine)
            else:
                self._waiting.append(mine)
        longest = turn_seconds(is_awaited=first)
        if not mine.wait(longest):
            with self._guard:
                if not mine.is_set():
                    self._waiting.remove(mine)
                    raise DatabaseBusy(f"no turn to write within {longest} s")

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


_current: Database | None = None
_opening = threading.Lock()


def database() -> Database:
    """The database of this process, opened at first use from the settings."""
    global _current
    if _current is None:
        with _opening:
            if _current is None:
                _current = Database(settings().url)
    return _current


def is_writing() -> bool:
    """This process has changed something, or had the means to."""
    return _current is not None and _current.has_written


def open_database(url: str | URL) -> Database:
    """Make ``url`` the database of this process; whatever was open before is closed."""
    global _current
    close_database()
    _current = Database(url)
    return _current


def close_database() -> None:
    global _current
    if _current is not None:
        _current.close()
        _current = None


@contextmanager
def transaction(*, first: bool = False) -> Iterator[Session]:
    """The only way to change anything: all of the block is kept, or nothing of it. ``first``: as ``Database`` says."""
    with database().transaction(first=first) as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    with database().reading() as session:
        yield session
