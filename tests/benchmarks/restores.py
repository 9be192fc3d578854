"""How long does a hub of many orders take to be saved and brought back, and how much is lost in between?

``python -m tests.benchmarks.restores --orders 1000000`` fills so many; each database is made for it, and dropped.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from sqlmodel import SQLModel

from alembic import command
from orderhub import migration
from orderhub.fill import fill_year
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, database
from orderhub.kernel.secrets import forget_keys
from orderhub.kernel.settings import settings
from orderhub.upkeep.backup import restore, save

from .measuring import Figure

ORDERS, DAYS = 100_000, 365
RESTORE_SECONDS = 900
LOST_MINUTES = 5
_NIGHTLY_MINUTES = 24 * 60  # jobs/schedule.py, save_hub


def run() -> Iterator[tuple[str, Figure]]:
    yield from figures(ORDERS)


def figures(orders: int, only: str = "") -> Iterator[tuple[str, Figure]]:
    for backend, hub in (("sqlite", _file), ("postgresql", _server)):
        if only in ("", backend):
            with tempfile.TemporaryDirectory() as folder, hub(Path(folder)) as url:
                yield from ((backend, figure) for figure in _saved_and_restored(url, Path(folder), orders))


def _saved_and_restored(url: str, folder: Path, orders: int) -> Iterator[Figure]:
    os.environ |= {"ORDERHUB_DATABASE_URL": url, "ORDERHUB_DATA_DIR": str(folder)}
    _forget()
    began = time.perf_counter()
    SQLModel.metadata.create_all(database().engine)
    command.stamp(migration.config(), "head")
    fill_year(database(), orders, days=DAYS, now=utc_now())
    yield Figure(f"filling with {orders:,} orders", time.perf_counter() - began, "s")
    began = time.perf_counter()
    bare = save(now=utc_now(), verify=False)
    yield Figure("saving, not verified", time.perf_counter() - began, "s")
    bare.path.unlink()
    began = time.perf_counter()
    made = save(now=utc_now())
    saving = time.perf_counter() - began
    yield Figure(f"saving {sum(made.manifest.rows.values()):,} rows, verified", saving, "s")
    yield Figure("the archive", made.path.stat().st_size / 1e6, "MB")
    _forget()
    began = time.perf_counter()
    restore(made.path, replace=True, now=utc_now())
    yield Figure("restoring (RTO)", time.perf_counter() - began, "s", RESTORE_SECONDS)
    yield Figure("lost at most (RPO), saved every night", _NIGHTLY_MINUTES + saving / 60, "min", LOST_MINUTES)
    # What is written just after a save began is in the next one, which is worth something at its end.
    yield Figure("lost at most (RPO), saved again and again", 2 * saving / 60, "min", LOST_MINUTES)
    _forget()


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'orderhub.db'}"


@contextmanager
def _server(_folder: Path) -> Iterator[str]:
    """A database of its own: restoring refuses one that a hub is connected to, and others work in the shared one."""
    from .__main__ import POSTGRES_URL

    plain = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    name = f"restore_{uuid4().hex[:12]}"
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield plain.set(database=name).render_as_string(hide_password=False)
    finally:
        close_database()
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _forget() -> None:
    close_database()
    settings.cache_clear()
    forget_keys()


def main(given: Sequence[str]) -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.restores")
    asked.add_argument("--orders", type=int, default=ORDERS)
    asked.add_argument("--only", choices=("sqlite", "postgresql"), default="")
    chosen = asked.parse_args(given)
    for where, figure in figures(chosen.orders, chosen.only):
        sys.stdout.write(f"{where:11} {figure}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
