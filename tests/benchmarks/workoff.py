"""How many kept messages a second become orders with their goods reserved, against plain writing in the same run?

An order has two lines; with it come its reservation, the ledger, its events and what the rules decided. The peer writes
the very rows the hub wrote, a hundred orders in a transaction, as durably. ``python -m tests.benchmarks.workoff
--stored 100000`` begins with so many orders that stand already.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import psutil
from sqlmodel import col, func, select

from orderhub.connectors.channels.contract import Native
from orderhub.domain.order import Order
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import Shop
from orderhub.domain.sku import put_sku
from orderhub.domain.stock import count, put_warehouse
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import InboxMessage
from orderhub.kernel.db import Database, close_database, open_database, reading, transaction
from orderhub.kernel.eventlog import batched
from tests import builders
from tests.intake.builders import FIRST_NO, add_shop, keep_orders, order_body

from .filling import double_until
from .measuring import Figure
from .plain_rows import copied, inserted, now, since

ORDERS = 4_000
SKUS = 1_000
CONSUMERS = 2
PER_SECOND = 3_000
PER_SECOND_OF_TWO = 4_000
RATIO_PERCENT = 5
_PEERS = (("plain tables", False), ("the hub's own indexes", True))
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
        _check(before, orders, held=2)
        for indexes, with_indexes in _PEERS:
            peer = copied(database, before, SKUS, with_indexes=with_indexes)
            yield Figure(f"  psycopg copies the same rows, {indexes}", orders / peer, "/s", is_rate=True)
            limit = 0 if with_indexes else RATIO_PERCENT
            yield Figure(f"  the hub's part of that, {indexes}", peer / seconds * 100, "%", limit, is_rate=True)
        return
    held = psutil.Process().memory_info().rss
    began, longest = now(), _drain()
    ours = since(began)
    _check(before, orders, held=2)
    yield Figure(f"a consumer accepts and reserves{named}", orders / ours[0], "/s", PER_SECOND, is_rate=True)
    yield Figure("  by the processor's time alone", orders / ours[1], "/s", is_rate=True)
    yield Figure("  the longest batch", longest * 1000, "ms")
    yield Figure("  memory grown meanwhile", (psutil.Process().memory_info().rss - held) / 1_000_000, "MB")
    for name, with_indexes in _PEERS:
        peer = inserted(database, before, SKUS, with_indexes=with_indexes)
        limit = 0 if with_indexes else RATIO_PERCENT
        yield Figure(f"  sqlite3 writes the same rows, {name}", orders / peer[0], "/s", is_rate=True)
        yield Figure(f"  the hub's part of that, {name}", peer[0] / ours[0] * 100, "%", limit, is_rate=True)
        yield Figure("  the same by the processor's time alone", peer[1] / ours[1] * 100, "%", is_rate=True)
    before = _last_order()
    keep(shop, 2_000_000, orders, code="GONE")
    began, _ = now(), _drain()
    _check(before, orders, held=0)
    yield Figure("a consumer holds orders whose goods are sold out", orders / since(began)[0], "/s", is_rate=True)


def furnished(now: datetime) -> Shop:
    shop = add_shop("workoff", now=now)
    with transaction() as session:
        place = put_warehouse(session, "east", name="华东仓", now=now)
        for number in range(SKUS):
            sku = put_sku(session, f"SKU-{number}", by="benchmark", now=now)
            count(session, sku.id, place, 10_000_000, reason="开仓", by="benchmark", now=now)
            put_sku(session, f"GONE-{number}", by="benchmark", now=now)
    return shop


def keep(shop: Shop, first: int, orders: int, *, code: str = "SKU") -> None:
    for numbers in batched(range(first, first + orders), 500):
        keep_orders(shop, [_native(number, code) for number in numbers], now=builders.NOW)


def _native(number: int, code: str) -> Native:
    body = order_body(FIRST_NO + number, doudian_open_id=f"buyer-{number % 9973}", pay_amount=4 * 3990)
    line = body["sku_order_list"][0]
    codes = (f"{code}-{number * 7 % SKUS}", f"{code}-{(number * 13 + 1) % SKUS}")
    body["sku_order_list"] = [line | {"order_id": n, "code": own} for n, own in enumerate(codes, FIRST_NO)]
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


def _check(before: int, orders: int, *, held: int) -> None:
    """All of them stand, with so many reservations each; those that have none are held."""
    with reading() as session:
        made = session.exec(select(func.count()).where(col(Order.id) > before, col(Order.is_held).is_(not held))).one()
        reserved = session.exec(
            select(func.count()).select_from(Reservation).where(col(Reservation.order_id) > before)
        ).one()
        waiting = session.exec(select(func.count()).where(InboxMessage.state != "done")).one()
    if (made, reserved, waiting) != (orders, held * orders, 0):
        raise AssertionError(f"{made} orders, {reserved} reservations, {waiting} messages wait")


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
