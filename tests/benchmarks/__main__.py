"""``python -m tests.benchmarks [NAME …]``: figures and their limits; ends with 1 when one is missed."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url, text
from sqlmodel import SQLModel

import orderhub.tables  # noqa: F401
from orderhub.kernel.db import Database, close_database, open_database
from orderhub.kernel.settings import settings

from . import (
    access,
    aftersales,
    anomalies,
    audits,
    automations,
    batches,
    boards,
    brokers,
    door,
    draining,
    flows,
    forecasts,
    freights,
    importing,
    intakes,
    ledgers,
    live,
    opening,
    phones,
    pushes,
    reports,
    restores,
    rules,
    settlements,
    sign_ins,
    stocks,
    tracking,
    wakeups,
    waybills,
    workoff,
)
from .measuring import Figure, machine

ON_EVERY_DATABASE: dict[str, Callable[[Database], Iterator[Figure]]] = {
    "access": access.run,
    "aftersale": aftersales.run,
    "anomaly": anomalies.run,
    "audit": audits.run,
    "automation": automations.run,
    "board": boards.run,
    "broker": brokers.run,
    "batch": batches.run,
    "flow": flows.run,
    "freight": freights.run,
    "intake": intakes.run,
    "import": importing.run,
    "ledger": ledgers.run,
    "push": pushes.run,
    "report": reports.run,
    "rules": rules.run,
    "settlement": settlements.run,
    "stock": stocks.run,
    "wakeup": wakeups.run,
    "waybill": waybills.run,
    "workoff": workoff.run,
}
SERVED: dict[str, Callable[[], Iterator[Figure]]] = {
    "door": door.run,
    "drain": draining.run,
    "forecast": forecasts.run,
    "live": live.run,
    "open": opening.run,
    "phone": phones.run,
    "signin": sign_ins.run,
    "tracking": tracking.run,
}
ON_ITS_OWN: dict[str, Callable[[], Iterator[tuple[str, Figure]]]] = {"restore": restores.run}
POSTGRES_URL = os.environ.get("ORDERHUB_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/test")
SCHEMA = "orderhub_benchmark"


def main(names: list[str]) -> int:
    known = (*ON_EVERY_DATABASE, *SERVED, *ON_ITS_OWN)
    unknown = set(names) - set(known)
    if unknown:
        return _said(f"no benchmark is called {', '.join(sorted(unknown))}: choose of {', '.join(known)}", 2)
    _said(machine(), 0)
    missed = 0
    for name in names or known:
        for where, figure in _figures(name):
            _said(f"{where:11} {figure}", 0)
            missed += figure.is_missed
    return _said(f"{missed} missed", min(missed, 1))


def _figures(name: str) -> Iterator[tuple[str, Figure]]:
    """Each with where it was taken: a database, or the hub as it is served."""
    if name in SERVED:
        yield from (("served", figure) for figure in SERVED[name]())
        return
    if name in ON_ITS_OWN:
        yield from ON_ITS_OWN[name]()
        return
    for backend, database in databases():
        yield from ((backend, figure) for figure in ON_EVERY_DATABASE[name](database))


def databases(only: str = "") -> Iterator[tuple[str, Database]]:
    """An empty SQLite file, then an empty PostgreSQL schema where a server answers; or ``only`` one of them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ORDERHUB_DATA_DIR": folder, "ORDERHUB_OUTGOING_PRIVATE": '["127.0.0.1"]'}
        settings.cache_clear()
        if only != "postgresql":
            yield "sqlite", _with_tables(f"sqlite:///{Path(folder) / 'benchmark.db'}")
            close_database()
        if only == "sqlite":
            return
        if _answers():
            yield "postgresql", _with_tables(_schema_url())
            close_database()
            _change_schema(f"DROP SCHEMA {SCHEMA} CASCADE")
        else:
            _said("postgresql  does not answer: skipped", 0)


def _with_tables(url: str) -> Database:
    opened = open_database(url)
    SQLModel.metadata.create_all(opened.engine)
    return opened


def _answers() -> bool:
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _schema_url() -> str:
    _change_schema(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    _change_schema(f"CREATE SCHEMA {SCHEMA}")
    plain = make_url(POSTGRES_URL).update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    return plain.render_as_string(hide_password=False)


def _change_schema(statement: str) -> None:
    plain = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _said(line: str, code: int) -> int:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
