"""How are the pieces of many new orders promised to them at once? As ``reserve`` does for each, one after the other."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col

from orderhub.domain.allotting import Place, allot
from orderhub.domain.reservation import LEVELS, Reservation, serves
from orderhub.domain.stock import Cause, Change, StockEntry, StockLevel, move
from orderhub.kernel.many_rows import among, insert_rows

Taken = Mapping[tuple[int, int], int]  # pieces by SKU and warehouse

_SKU, _WAREHOUSE = col(StockLevel.sku_id), col(StockLevel.warehouse_id)
_IN_ORDER = LEVELS.order_by(_SKU, _WAREHOUSE)
# The levels are locked already.
_MOVE_ALL = text(
    "UPDATE stock_level AS level SET reserved = level.reserved + wanted.pieces FROM unnest("
    "cast(:skus AS bigint[]), cast(:warehouses AS bigint[]), cast(:pieces AS bigint[])"
    ") AS wanted (sku_id, warehouse_id, pieces) WHERE level.sku_id = wanted.sku_id"
    " AND level.warehouse_id = wanted.warehouse_id AND level.on_hand - level.reserved >= wanted.pieces"
)


class Overtaken(Exception):
    """Another buyer took a piece between the look and the lock."""


@dataclass
class Shelves:
    """What is free of some SKUs; whoever takes leaves less to the next."""

    by_sku: dict[int, list[Any]] = field(default_factory=dict)
    free: dict[tuple[int, int], int] = field(default_factory=dict)

    def take(self, wanted: Mapping[int, int], region: str) -> tuple[Taken, tuple[int, ...]]:
        """What is taken where, and which SKUs are short: then nothing is taken."""
        places = [
            Place(
                row.sku_id,
                row.warehouse_id,
                self.free[row.sku_id, row.warehouse_id],
                row.counted_at,
                row.rank,
                serves(row.provinces, region),
            )
            for sku_id in wanted
            for row in self.by_sku.get(sku_id, ())
        ]
        taken, short = allot(wanted, places)
        for place, pieces in taken.items():
            self.free[place] -= pieces
        return taken, short

    def put_back(self, taken: Taken) -> None:
        for place, pieces in taken.items():
            self.free[place] += pieces

    def were_counted_since(self, sku_ids: Iterable[int], moment: datetime) -> bool:
        """Each of them on some shelf after ``moment``."""
        return all(any(row.counted_at >= moment for row in self.by_sku.get(sku_id, ())) for sku_id in sku_ids)


def read_shelves(session: Session, sku_ids: Iterable[int], *, lock: bool = False) -> Shelves:
    """``lock``: nobody else changes them until the transaction ends."""
    wanted = _IN_ORDER.where(among(session, _SKU, sorted(set(sku_ids))))
    found = Shelves()
    for row in session.connection().execute(wanted.with_for_update(of=StockLevel) if lock else wanted):
        found.by_sku.setdefault(row.sku_id, []).append(row)
        found.free[row.sku_id, row.warehouse_id] = row.available
    return found


def promise_all(session: Session, promised: Sequence[tuple[int, Taken, Taken]], *, by: str, now: datetime) -> None:
    """Levels, reservations and ledger for orders that hold nothing yet: (order, what it takes where, and what it took
    and let go before that).

    Raises:
        Overtaken: not all of it is there any more.
    """
    rows = [(order_id, place, pieces) for order_id, taken, _ in promised for place, pieces in sorted(taken.items())]
    if not rows:
        return
    totals: Counter[tuple[int, int]] = Counter()
    for _, place, pieces in rows:
        totals[place] += pieces
    if not _move_all(session, sorted(totals.items())):
        raise Overtaken("a piece that was free is not any more")
    held = [
        {
            "order_id": order_id,
            "sku_id": place[0],
            "warehouse_id": place[1],
            "aftersale_id": 0,
            "quantity": pieces,
            "reserved_at": now,
        }
        for order_id, place, pieces in rows
    ]
    moves = [
        (order_id, cause, place, sign * pieces)
        for order_id, taken, before in promised
        for cause, sign, part in ((Cause.RESERVED, 1, before), (Cause.RELEASED, -1, before), (Cause.RESERVED, 1, taken))
        for place, pieces in sorted(part.items())
    ]
    entered = [
        {
            "sku_id": place[0],
            "warehouse_id": place[1],
            "cause": cause,
            "reserved_change": pieces,
            "order_id": order_id,
            "by": by,
            "at": now,
        }
        for order_id, cause, place, pieces in moves
    ]
    insert_rows(session, Reservation, held)
    insert_rows(session, StockEntry, entered)


def _move_all(session: Session, totals: Sequence[tuple[tuple[int, int], int]]) -> bool:
    if session.connection().dialect.name == "sqlite":
        return move(session, [Change(*place, reserved=pieces) for place, pieces in totals])
    asked = {
        "skus": [place[0] for place, _ in totals],
        "warehouses": [place[1] for place, _ in totals],
        "pieces": [pieces for _, pieces in totals],
    }
    return session.connection().execute(_MOVE_ALL, asked).rowcount == len(totals)
