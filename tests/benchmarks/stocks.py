"""How long does one order's reservation take, and how many a second do eight connections make?

The peer writes the same rows with plain psycopg and nothing else: two conditional UPDATEs, two reservations and two
rows of the ledger in one transaction, on the same server in the same run.
"""

import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlmodel import Session

from orderhub.domain.reservation import reserve
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Cause, Change, StockLevel, Warehouse, enter, move
from orderhub.kernel.db import Database, transaction
from tests.builders import NOW

from .measuring import Figure, p95_ms

ROUNDS = 400
CONNECTIONS = 8
ORDERS_EACH = 500
RESERVED_MS = 10
RESERVED_A_SECOND = 1_000
LEAST_SHARE = 40  # %, what is left to compare on a machine that does other work too
_SKUS = 2 * CONNECTIONS
_PIECES = 1_000_000


def run(database: Database) -> Iterator[Figure]:
    with transaction() as session:
        _goods(session)
    numbers = iter(range(1, 1 + ROUNDS))
    taken = p95_ms(lambda: _one(next(numbers), (1, 2)), ROUNDS)
    yield Figure("one order of two lines reserved, p95", taken, "ms", RESERVED_MS if database.embedded else 0)
    if not database.embedded:
        name = f"two-line orders reserved by {CONNECTIONS} connections"
        limit = RESERVED_A_SECOND
        ours, plain = _rate(database, _reserve_many, 1_000_000), _rate(database, _write_many, 2_000_000)
        yield Figure(name, ours, "/s", limit, is_rate=True)
        yield Figure("  the same rows by plain psycopg", plain, "/s")
        yield Figure("  ours, of plain psycopg in the same run", 100 * ours / plain, "%", LEAST_SHARE, is_rate=True)


def _goods(session: Session) -> None:
    session.add(Warehouse(id=1, code="east", name="华东仓", created_at=NOW))
    session.add_all([Sku(id=number, code=f"SKU-{number}", created_at=NOW) for number in range(1, 1 + _SKUS)])
    session.flush()
    levels = [StockLevel(sku_id=number, warehouse_id=1, counted_at=NOW) for number in range(1, 1 + _SKUS)]
    session.add_all(levels)
    session.flush()
    changes = [Change(number, 1, on_hand=_PIECES) for number in range(1, 1 + _SKUS)]
    assert move(session, changes)
    enter(session, changes, Cause.IMPORTED, by="benchmark", now=NOW)


def _one(order_id: int, skus: tuple[int, int]) -> None:
    with transaction() as session:
        assert reserve(session, order_id, dict.fromkeys(skus, 1), by="system", now=NOW).changed == 2


def _rate(database: Database, work: Callable[..., None], first_id: int) -> float:
    """Orders a second from the first start to the last end, in as many processes as connections."""
    context = get_context("spawn")
    ready, times = context.Barrier(CONNECTIONS), context.SimpleQueue()
    url = database.url.render_as_string(hide_password=False)
    workers = [
        context.Process(target=work, args=(url, part, first_id + part * ORDERS_EACH, ready, times))
        for part in range(CONNECTIONS)
    ]
    for worker in workers:
        worker.start()
    spans = [times.get() for _ in workers]
    for worker in workers:
        worker.join()
    return CONNECTIONS * ORDERS_EACH / (max(end for _, end in spans) - min(start for start, _ in spans))


def _reserve_many(url: str, part: int, first_id: int, ready: Any, times: Any) -> None:
    from orderhub.kernel.db import close_database, open_database

    open_database(url)
    skus = (1 + 2 * part, 2 + 2 * part)
    _one(-first_id, skus)  # the connection is open and the statements are known
    ready.wait()
    start = time.monotonic()
    for order_id in range(first_id, first_id + ORDERS_EACH):
        _one(order_id, skus)
    times.put((start, time.monotonic()))
    close_database()


_UPDATE = """
UPDATE stock_level SET reserved = reserved + 1
WHERE sku_id = %s AND warehouse_id = 1 AND on_hand - reserved >= 1 AND reserved >= -1
"""
_HOLD = """
INSERT INTO reservation (order_id, sku_id, warehouse_id, quantity, shipped, reserved_at)
VALUES (%s, %s, 1, 1, 0, %s), (%s, %s, 1, 1, 0, %s)
"""
_ENTER = """
INSERT INTO stock_entry (sku_id, warehouse_id, cause, on_hand_change, reserved_change, order_id, reason, by, at)
VALUES (%s, 1, 'reserved', 0, 1, %s, '', 'system', %s), (%s, 1, 'reserved', 0, 1, %s, '', 'system', %s)
"""


def _write_many(url: str, part: int, first_id: int, ready: Any, times: Any) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    one, two = 1 + 2 * part, 2 + 2 * part
    with psycopg.connect(plain) as connection:
        ready.wait()
        start = time.monotonic()
        for order_id in range(first_id, first_id + ORDERS_EACH):
            for sku_id in (one, two):
                assert connection.execute(_UPDATE, (sku_id,)).rowcount == 1
            connection.execute(_HOLD, (order_id, one, NOW, order_id, two, NOW))
            connection.execute(_ENTER, (one, order_id, NOW, two, order_id, NOW))
            connection.commit()
        times.put((start, time.monotonic()))
