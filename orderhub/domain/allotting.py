"""Which warehouses do an order's pieces come from? 分仓: one that has everything, else as few as will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """One SKU at one warehouse, as it can be promised; ``serves``: the order's province is the warehouse's."""

    sku_id: int
    warehouse_id: int
    available: int
    counted_at: datetime
    rank: int = 0
    serves: bool = False

    @property
    def place(self) -> tuple[int, int]:
        return self.sku_id, self.warehouse_id


def allot(wanted: Mapping[int, int], places: Sequence[Place]) -> tuple[dict[tuple[int, int], int], tuple[int, ...]]:
    """分仓: what is taken where, and which SKUs are short (then nothing is taken).

    From one warehouse if one has everything, that of the buyer's province first, then by rank; else each SKU from the
    first warehouse that has all of it, else from as many as it needs.
    """
    by_warehouse: dict[int, dict[int, Place]] = {}
    for place in sorted(places, key=_preference):
        by_warehouse.setdefault(place.warehouse_id, {})[place.sku_id] = place
    for warehouse_id, stock in by_warehouse.items():
        if all(sku_id in stock and stock[sku_id].available >= pieces for sku_id, pieces in wanted.items()):
            return {(sku_id, warehouse_id): pieces for sku_id, pieces in wanted.items()}, ()
    taken: dict[tuple[int, int], int] = {}
    short = []
    for sku_id, pieces in wanted.items():
        of_sku = [stock[sku_id] for stock in by_warehouse.values() if sku_id in stock]
        parts = _gather(pieces, of_sku)
        if parts:
            taken |= parts
        else:
            short.append(sku_id)
    return ({}, tuple(sorted(short))) if short else (taken, ())


def _preference(place: Place) -> tuple[bool, int, int]:
    return not place.serves, place.rank, place.warehouse_id


def _gather(pieces: int, of_sku: Sequence[Place]) -> dict[tuple[int, int], int]:
    for place in of_sku:
        if place.available >= pieces:
            return {(place.sku_id, place.warehouse_id): pieces}
    parts: dict[tuple[int, int], int] = {}
    for place in of_sku:
        take = min(pieces - sum(parts.values()), place.available)
        if take > 0:
            parts[place.sku_id, place.warehouse_id] = take
    return parts if sum(parts.values()) == pieces else {}
