"""How fast is plain writing of the very rows that the hub wrote? A hundred orders in a transaction, as durably.

``sqlite3`` inserts them as the driver gave them; ``psycopg`` copies them, as text that is formatted already.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from sqlmodel import Session, SQLModel

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.reservation import Reservation
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.stock import StockEntry
from orderhub.kernel.db import Database, conninfo, reading
from orderhub.kernel.eventlog import Event, batched

BATCH = 100
WRITTEN = (Order, OrderLine, Event, RuleDecision, Reservation, StockEntry)
_Rows = dict[type[SQLModel], dict[int, list[Any]]]  # by table and order
Seconds = tuple[float, float]


def now() -> Seconds:
    """By the clock, and the processor's time of this process."""
    return time.perf_counter(), time.process_time()


def since(began: Seconds) -> Seconds:
    clock, processor = now()
    return clock - began[0], processor - began[1]


def inserted(database: Database, after: int, skus: int, *, with_indexes: bool) -> Seconds:
    """What ``sqlite3`` takes for the rows of the orders beyond ``after``, and the levels of ``skus`` they moved."""
    with reading() as session:
        rows: _Rows = {table: _rows(session, table, after) for table in WRITTEN}
        made = [str(sql) for sql in session.connection().exec_driver_sql(_SCHEMA).scalars()] if with_indexes else []
    with tempfile.TemporaryDirectory(dir=Path(str(database.url.database)).parent) as folder:
        peer = sqlite3.connect(Path(folder) / "peer.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000"):
            peer.execute(f"PRAGMA {pragma}")
        for statement in made or [_plain_table(table) for table in WRITTEN]:
            peer.execute(statement)
        peer.execute("CREATE TABLE level (sku_id INTEGER PRIMARY KEY, reserved INTEGER)")
        peer.executemany("INSERT INTO level VALUES (?, 0)", [(number,) for number in range(skus + 1)])
        took = _inserted(peer, rows)
        peer.close()
    return took


_SCHEMA = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') AND tbl_name IN"
    " ('orders', 'order_line', 'event', 'rule_decision', 'reservation', 'stock_entry') ORDER BY type DESC"
)


def _inserted(peer: sqlite3.Connection, rows: _Rows) -> Seconds:
    into = {table: _insertion(table) for table in rows}
    began = now()
    for ids in batched(sorted(rows[Order]), BATCH):
        peer.execute("BEGIN IMMEDIATE")
        for table, by_order in rows.items():
            peer.executemany(into[table], _of(by_order, ids))
        held = [(row[1],) for row in _of(rows[Reservation], ids)]
        peer.executemany("UPDATE level SET reserved = reserved + 1 WHERE sku_id = ?", held)
        peer.execute("COMMIT")
    return since(began)


def copied(database: Database, after: int, skus: int, *, with_indexes: bool) -> float:
    """Seconds that ``psycopg`` takes for the same over one connection; its tables are gone afterwards."""
    with psycopg.connect(conninfo(database.url), autocommit=True) as peer:
        rows: _Rows = {table: _lines(peer, table, after) for table in WRITTEN}
        peer.execute("CREATE SCHEMA plain_rows")
        try:
            made = "(LIKE {} INCLUDING ALL)" if with_indexes else "AS TABLE {} WITH NO DATA"
            for table in WRITTEN:
                peer.execute(f"CREATE TABLE plain_rows.{table.__tablename__} {made.format(table.__tablename__)}")
            peer.execute("CREATE TABLE plain_rows.level (sku_id bigint PRIMARY KEY, reserved bigint)")
            peer.execute("INSERT INTO plain_rows.level SELECT sku_id, 0 FROM generate_series(0, %s) AS sku_id", [skus])
            return _copied(peer, rows)
        finally:
            peer.execute("DROP SCHEMA plain_rows CASCADE")


def _copied(peer: psycopg.Connection, rows: _Rows) -> float:
    column = [one.strip('"') for one in _columns(Reservation)].index("sku_id")
    began = time.perf_counter()
    for ids in batched(sorted(rows[Order]), BATCH):
        with peer.transaction():
            for table, by_order in rows.items():
                with peer.cursor().copy(f"COPY plain_rows.{table.__tablename__} FROM STDIN") as copy:
                    copy.write("".join(_of(by_order, ids)))
            held = [int(line.split("\t")[column]) for line in _of(rows[Reservation], ids)]
            moved = "UPDATE plain_rows.level SET reserved = reserved + 1 WHERE sku_id = ANY(%s)"
            peer.execute(moved, [held])
    return time.perf_counter() - began


def _of(by_order: dict[int, list[Any]], ids: Iterable[int]) -> list[Any]:
    return [row for number in ids for row in by_order.get(number, ())]


def _rows(session: Session, table: type[SQLModel], after: int) -> dict[int, list[Any]]:
    """By order, as the driver gives them."""
    columns = _columns(table)
    place = columns.index(f'"{_key(table)}"')
    found: dict[int, list[Any]] = {}
    for row in session.connection().exec_driver_sql(_asked(table, columns, after)):
        found.setdefault(row[place], []).append(tuple(row))
    return found


def _lines(peer: psycopg.Connection, table: type[SQLModel], after: int) -> dict[int, list[Any]]:
    """By order, as ``COPY`` writes them."""
    found: dict[int, list[Any]] = {}
    asked = _asked(table, [f'"{_key(table)}"', *_columns(table)], after)
    with peer.cursor().copy(f"COPY ({asked}) TO STDOUT") as copy:
        text = b"".join(copy).decode()
    for line in text.splitlines(keepends=True):
        order_id, _, row = line.partition("\t")
        found.setdefault(int(order_id), []).append(row)
    return found


def _asked(table: type[SQLModel], columns: list[str], after: int) -> str:
    only = " AND subject_type = 'order'" if table is Event else ""
    return f"SELECT {', '.join(columns)} FROM {table.__tablename__} WHERE {_key(table)} > {after}{only}"  # noqa: S608


def _key(table: type[SQLModel]) -> str:
    """Where a row names its order."""
    return {"orders": "id", "event": "subject_id"}.get(str(table.__tablename__), "order_id")


def _insertion(table: type[SQLModel]) -> str:
    return f"INSERT INTO {table.__tablename__} VALUES ({', '.join('?' * len(_columns(table)))})"  # noqa: S608


def _plain_table(table: type[SQLModel]) -> str:
    keys = ", ".join(column.name for column in SQLModel.metadata.tables[str(table.__tablename__)].primary_key)
    return f"CREATE TABLE {table.__tablename__} ({', '.join(_columns(table))}, PRIMARY KEY ({keys}))"


def _columns(table: type[SQLModel]) -> list[str]:
    return [f'"{column.name}"' for column in SQLModel.metadata.tables[str(table.__tablename__)].columns]
