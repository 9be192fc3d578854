"""Fixtures every room's tests share: a real database, a fixed moment, no network but our own machine's."""

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, make_url, text

# Neither the shell nor a `.env` of whoever runs the tests may decide what they find.
for _name in [name for name in os.environ if name.startswith("ORDERHUB_") and not name.startswith("ORDERHUB_TEST_")]:
    del os.environ[_name]
os.environ["ORDERHUB_DATA_DIR"] = "/nonexistent/orderhub-tests"
# A test's files lie in memory where there is room: thousands of tests commit, and none is about the disk below.
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 8_000_000_000  # noqa: S108
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
# A test's lab stands on a port of its own; what the hub calls otherwise, tests/connectors/test_outside.py shows.
os.environ["ORDERHUB_OUTGOING_PRIVATE"] = '["127.0.0.1", "localhost"]'

from jobs.stopping import STOPPING
from orderhub.access import passwords
from orderhub.kernel import level
from orderhub.kernel import secrets as secrets_module
from orderhub.kernel.db import Database, close_database
from orderhub.kernel.settings import Settings, settings

from .databases import Lent, schema_of_its_own, with_tables
from .sharing import share

share()
Settings.model_config["env_file"] = None

POSTGRES_URL = os.environ.get("ORDERHUB_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/test")
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.fixture(autouse=True)
def _own_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has its own data directory and secret key."""
    monkeypatch.setenv("ORDERHUB_DATA_DIR", str(tmp_path / "var"))
    settings.cache_clear()
    secrets_module.forget_keys()
    yield
    close_database()
    settings.cache_clear()
    secrets_module.forget_keys()


@pytest.fixture(autouse=True)
def _as_begun() -> Iterator[None]:
    """A process that a test made feel a level, or stop, is as new for the next one."""
    yield
    level.feel(level.Felt())
    STOPPING.clear()


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """People are made for most tests: their passwords need not be dear to guess. A test about that overrides it."""
    cheap = passwords._ARGON.copy(argon2__memory_cost=64, argon2__time_cost=1)
    monkeypatch.setattr(passwords, "_ARGON", cheap)


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails at once."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _checked(getattr(socket.socket, name)))


def _checked(connect: Callable[..., Any]) -> Callable[..., Any]:
    def checked(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test wanted to reach {address[0]}")
        return connect(self, address)

    return checked


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own: an SQLite file that is not there yet, or a PostgreSQL schema whose tables are empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'orderhub.db'}"
        return
    yield request.getfixturevalue("lent").url()
    close_database()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own without a single table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'orderhub.db'}"
        return
    with schema_of_its_own(own_postgres()) as url:
        yield url
        close_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'orderhub.db'}"


@pytest.fixture(scope="session")
def lent() -> Iterator[Lent]:
    lending = Lent(own_postgres())
    yield lending
    lending.close()


@cache
def own_postgres() -> URL:
    """Locks and notifications reach a whole database: of two test processes each has its own."""
    given = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    if not _WORKER:
        return given
    own = given.set(database=f"{given.database}_{_WORKER}")
    engine = create_engine(given, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        wanted = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.execute(wanted, {"name": own.database}).first() is None:
            connection.execute(text(f"CREATE DATABASE {own.database}"))
    engine.dispose()
    return own


@pytest.fixture
def database(db_url: str) -> Iterator[Database]:
    """The process's database, with every table, empty."""
    yield with_tables(db_url)
    close_database()


@pytest.fixture
def now() -> datetime:
    """Tuesday 2026-11-24 10:00 in Shanghai."""
    return datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the collector of garbage need not look at all of it every few tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walks in a browser come last: Playwright's loop, once begun, is in the way of every asynchronous test."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
