"""How many kept messages a second become orders with their goods reserved, against plain ``sqlite3`` in the same run?

An order has two lines; with it come its reservation, the ledger, its events and what the rules decided. The peer writes
the very rows the hub wrote, a hundred orders in a transaction, as durably. ``python -m tests.benchmarks.workoff
--stored 100000`` begins with so many orders that stand already.
"""

import argparse
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlmodel import Session, SQLModel, col, func, select

from orderhub.connectors.channels.contract import Native
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.reservation import Reservation
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.shop import Shop
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import StockEntry, count, put_warehouse
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.kernel.db import Database, close_database, open_database, reading, transaction
from orderhub.kernel.eventlog import Event, batched
from tests import builders
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_body

from .filling import double_until
from .measuring import Figure

ORDERS = 4_000
SKUS = 1_000
CONSUMERS = 2
PER_SECOND = 3_000
PER_SECOND_OF_TWO = 4_000
RATIO_PERCENT = 5
_BATCH = 100
_WRITTEN = (Order, OrderLine, Event, RuleDecision, Reservation, StockEntry)
_Rows = dict[type[SQLModel], dict[int, list[tuple[Any, ...]]]]  # by table and order
_LATER = builders.NOW + timedelta(seconds=1)


def run(database: Database, *, orders: int = ORDERS, stored: int = 0) -> Iterator[Figure]:
    shop = furnished(builders.NOW)
    if stored:
        keep(shop, 0, min(stored, 1000))
        _drain()
        with transaction() as session:
            double_until(session, stored)
    before = _last_order()
    keep(shop, 1_000_000, orders)
    named = f", {stored:,} stored" if stored else ""
    if not database.embedded:
        seconds = _drained_by(CONSUMERS, database)
        name = f"{CONSUMERS} consumers accept and reserve{named}"
        yield Figure(name, orders / seconds, "/s", PER_SECOND_OF_TWO, is_rate=True)
        _check(before, orders)
        return
    held = psutil.Process().memory_info().rss
    began, longest = _now(), _drain()
    ours = _since(began)
    _check(before, orders)
    yield Figure(f"a consumer accepts and reserves{named}", orders / ours[0], "/s", PER_SECOND, is_rate=True)
    yield Figure("  by the processor's time alone", orders / ours[1], "/s", is_rate=True)
    yield Figure("  the longest batch", longest * 1000, "ms")
    yield Figure("  memory grown meanwhile", (psutil.Process().memory_info().rss - held) / 1_000_000, "MB")
    for name, with_indexes in (("plain tables", False), ("the hub's own indexes", True)):
        peer = _written_plainly(database, before, with_indexes=with_indexes)
        limit = 0 if with_indexes else RATIO_PERCENT
        yield Figure(f"  sqlite3 writes the same rows, {name}", orders / peer[0], "/s", is_rate=True)
        yield Figure(f"  the hub's part of that, {name}", peer[0] / ours[0] * 100, "%", limit, is_rate=True)
        yield Figure("  the same by the processor's time alone", peer[1] / ours[1] * 100, "%", is_rate=True)


def _now() -> tuple[float, float]:
    """By the clock, and the processor's time of this process."""
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    clock, processor = _now()
    return clock - began[0], processor - began[1]


def furnished(now: datetime) -> Shop:
    shop = add_shop("workoff", now=now)
    with transaction() as session:
        place = put_warehouse(session, "east", name="华东仓", now=now)
        for number in range(SKUS):
            sku = put_sku(session, f"SKU-{number}", by="benchmark", now=now)
            count(session, sku.id, place, 10_000_000, reason="开仓", by="benchmark", now=now)
    return shop


def keep(shop: Shop, first: int, orders: int) -> None:
    for numbers in batched(range(first, first + orders), 500):
        keep_orders(shop, [_native(number) for number in numbers], now=builders.NOW)


def _native(number: int) -> Native:
    body = order_body(FIRST_NO + number, doudian_open_id=f"buyer-{number % 9973}", pay_amount=4 * 3990)
    line = body["sku_order_list"][0]
    codes = (f"SKU-{number * 7 % SKUS}", f"SKU-{(number * 13 + 1) % SKUS}")
    body["sku_order_list"] = [line | {"order_id": n, "code": code} for n, code in enumerate(codes, FIRST_NO)]
    return Native(str(FIRST_NO + number), builders.NOW, body)


def _drain() -> float:
    """Returns the longest that one batch took, in seconds."""
    longest = 0.0
    while True:
        began = time.perf_counter()
        if not consume(_LATER):
            return longest
        longest = max(longest, time.perf_counter() - began)


def _drained_by(consumers: int, database: Database) -> float:
    """Seconds from when all of so many processes are ready until the last has found nothing more."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(consumers + 1)
    url = database.url.render_as_string(hide_password=False)
    workers = [spawn.Process(target=_consumer, args=(url, ready)) for _ in range(consumers)]
    for worker in workers:
        worker.start()
    ready.wait(120)
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def _consumer(url: str, ready: Any) -> None:
    open_database(url)
    with reading() as session:
        session.exec(select(Shop.id)).all()
    ready.wait(120)
    _drain()
    close_database()


def _last_order() -> int:
    with reading() as session:
        return session.exec(select(func.max(Order.id))).one() or 0


def _check(before: int, orders: int) -> None:
    """All of them stand, with two reservations each."""
    with reading() as session:
        made = session.exec(select(func.count()).where(col(Order.id) > before)).one()
        held = session.exec(
            select(func.count()).select_from(Reservation).where(col(Reservation.order_id) > before)
        ).one()
        waiting = session.exec(select(func.count()).where(InboxMessage.state != "done")).one()
    if (made, held, waiting) != (orders, 2 * orders, 0):
        raise AssertionError(f"{made} orders, {held} reservations, {waiting} messages wait")


def _written_plainly(database: Database, after: int, *, with_indexes: bool) -> tuple[float, float]:
    """Seconds for the rows of the orders beyond ``after``, and the levels they moved."""
    with reading() as session:
        rows: _Rows = {table: _rows(session, table, after) for table in _WRITTEN}
        made = [str(sql) for sql in session.connection().exec_driver_sql(_SCHEMA).scalars()] if with_indexes else []
    with tempfile.TemporaryDirectory(dir=Path(str(database.url.database)).parent) as folder:
        peer = sqlite3.connect(Path(folder) / "peer.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000"):
            peer.execute(f"PRAGMA {pragma}")
        for statement in made or [_plain_table(table) for table in _WRITTEN]:
            peer.execute(statement)
        peer.execute("CREATE TABLE level (sku_id INTEGER PRIMARY KEY, reserved INTEGER)")
        peer.executemany("INSERT INTO level VALUES (?, 0)", [(number,) for number in range(SKUS + 1)])
        return _timed(peer, rows)


_SCHEMA = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') AND tbl_name IN"
    " ('orders', 'order_line', 'event', 'rule_decision', 'reservation', 'stock_entry') ORDER BY type DESC"
)


def _timed(peer: sqlite3.Connection, rows: _Rows) -> tuple[float, float]:
    into = {table: _insertion(table) for table in rows}
    began = _now()
    for ids in batched(sorted(rows[Order]), _BATCH):
        peer.execute("BEGIN IMMEDIATE")
        for table, by_order in rows.items():
            peer.executemany(into[table], [row for number in ids for row in by_order[number]])
        held = [row for number in ids for row in rows[Reservation][number]]
        peer.executemany("UPDATE level SET reserved = reserved + 1 WHERE sku_id = ?", [(row[1],) for row in held])
        peer.execute("COMMIT")
    took = _since(began)
    peer.close()
    return took


def _rows(session: Session, table: type[SQLModel], after: int) -> dict[int, list[tuple[Any, ...]]]:
    """By order, as the driver gives them."""
    columns = _columns(table)
    key = {"orders": "id", "event": "subject_id"}.get(str(table.__tablename__), "order_id")
    only = " AND subject_type = 'order'" if table is Event else ""
    asked = f"SELECT {', '.join(columns)} FROM {table.__tablename__} WHERE {key} > {after}{only}"  # noqa: S608
    place = columns.index(f'"{key}"')
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in session.connection().exec_driver_sql(asked):
        found.setdefault(row[place], []).append(tuple(row))
    return found


def _insertion(table: type[SQLModel]) -> str:
    return f"INSERT INTO {table.__tablename__} VALUES ({', '.join('?' * len(_columns(table)))})"  # noqa: S608


def _plain_table(table: type[SQLModel]) -> str:
    keys = ", ".join(column.name for column in SQLModel.metadata.tables[str(table.__tablename__)].primary_key)
    return f"CREATE TABLE {table.__tablename__} ({', '.join(_columns(table))}, PRIMARY KEY ({keys}))"


def _columns(table: type[SQLModel]) -> list[str]:
    return [f'"{column.name}"' for column in SQLModel.metadata.tables[str(table.__tablename__)].columns]


def main(given: Sequence[str]) -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.workoff")
    asked.add_argument("--stored", type=int, default=0, help="orders that stand before the run")
    asked.add_argument("--orders", type=int, default=ORDERS)
    asked.add_argument("--only", choices=("sqlite", "postgresql"))
    chosen = asked.parse_args(given)
    from .__main__ import databases

    for backend, database in databases(chosen.only or ""):
        for figure in run(database, orders=chosen.orders, stored=chosen.stored):
            sys.stdout.write(f"{backend:11} {figure}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
