"""Which pieces are promised to which order? All that an order wants or none, once, by whoever asks and however often.

Levels are changed in the order of SKU and warehouse, so that two orders never wait for each other; a plan that another
buyer overtook is taken back whole and made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.stock import Cause, Change, StockLevel, Warehouse, enter, move
from orderhub.kernel.columns import BigId, Moment, word

_TRIES = 25


class ReservationStatus(StrEnum):
    HELD = "held"
    SHIPPED = "shipped"


class Reservation(SQLModel, table=True):
    """锁库存: pieces of a warehouse that are an order's; what is released is gone, the ledger remembers it.

    ``order_id`` is no foreign key: the buyers of ``orderhub prove oversell`` have ids below zero.
    """

    order_id: int = Field(primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId, index=True)
    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    quantity: int = Field(sa_type=BigId)
    status: ReservationStatus = Field(default=ReservationStatus.HELD, sa_type=word(ReservationStatus))
    reserved_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class Place:
    """One SKU at one warehouse, as it can be promised; ``serves``: the order's province is the warehouse's."""

    sku_id: int
    warehouse_id: int
    available: int
    counted_at: datetime
    rank: int = 0
    serves: bool = False


@dataclass(frozen=True)
class Result:
    """``short``: SKUs that were not to be had; ``changed``: pieces moved now, 0 where all was done before."""

    short: tuple[int, ...] = ()
    changed: int = 0


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


# Made once: reserving is the hub's hottest path.
_PUT = insert(Reservation)
_PLACES = (
    columns(
        col(StockLevel.sku_id),
        col(StockLevel.warehouse_id),
        (col(StockLevel.on_hand) - col(StockLevel.reserved)).label("available"),
        col(StockLevel.counted_at),
        col(Warehouse.rank),
        col(Warehouse.provinces),
    )
    .join_from(StockLevel, Warehouse, col(Warehouse.id) == col(StockLevel.warehouse_id))
    .where(col(StockLevel.sku_id).in_(bindparam("skus", expanding=True)))
)
_OF_ORDER = columns(
    col(Reservation.sku_id), col(Reservation.warehouse_id), col(Reservation.quantity), col(Reservation.status)
).where(col(Reservation.order_id) == bindparam("of_order"))


def reserve(
    session: Session, order_id: int, wanted: Mapping[int, int], *, by: str, now: datetime, region: str = ""
) -> Result:
    """Promise ``wanted`` (pieces by SKU id) to the order. Safe to repeat.

    An order that wants something else than it holds lets go of that first; then it has all that it wants or nothing.
    What has been shipped is left alone. Callers lock the order; where two do not, the second to come ends in an
    ``IntegrityError`` on the order's own key, and nothing of it is kept.
    """
    standing = _standing(session, order_id)
    if any(one.status is ReservationStatus.SHIPPED for one in standing) or _held(standing) == dict(wanted):
        return Result()
    if standing:
        release(session, order_id, by=by, now=now)
    for _ in range(_TRIES if wanted else 0):
        taken, short = allot(wanted, places(session, wanted, region))
        if short:
            return Result(short)
        changes = _changes((place, 0, pieces) for place, pieces in taken.items())
        if _move_all(session, changes):
            _put(session, order_id, changes, ReservationStatus.HELD, now)
            enter(session, changes, Cause.RESERVED, by=by, now=now, order_id=order_id)
            return Result(changed=sum(wanted.values()))
    return Result(tuple(sorted(wanted)))


def release(session: Session, order_id: int, *, by: str, now: datetime) -> Result:
    """Give back what the order holds and has not shipped. Safe to repeat."""
    held = [one for one in _standing(session, order_id) if one.status is ReservationStatus.HELD]
    if not held:
        return Result()
    changes = _changes(((one.sku_id, one.warehouse_id), 0, -one.quantity) for one in held)
    _must_move(session, order_id, changes)
    gone = delete(Reservation).where(col(Reservation.order_id) == order_id, col(Reservation.status) == "held")
    session.connection().execute(gone)
    enter(session, changes, Cause.RELEASED, by=by, now=now, order_id=order_id)
    return Result(changed=sum(one.quantity for one in held))


def ship(
    session: Session,
    order_id: int,
    wanted: Mapping[int, int],
    *,
    shipped_at: datetime,
    by: str,
    now: datetime,
    region: str = "",
) -> Result:
    """The order has left with ``wanted`` (empty: with what it held): off the shelf it goes. Safe to repeat.

    A shelf that was counted after ``shipped_at`` has been counted without it, so nothing is taken off it.
    """
    standing = _standing(session, order_id)
    if any(one.status is ReservationStatus.SHIPPED for one in standing):
        return Result()
    if wanted and _held(standing) != dict(wanted):  # its last change before it left was not told in time
        release(session, order_id, by=by, now=now)
        standing = []
    if not standing:
        return _ship_unreserved(session, order_id, wanted, shipped_at=shipped_at, by=by, now=now, region=region)
    counted = {(place.sku_id, place.warehouse_id): place.counted_at for place in places(session, _held(standing))}
    changes = _changes(
        (place, -one.quantity if shipped_at > counted[place] else 0, -one.quantity)
        for one in standing
        for place in [(one.sku_id, one.warehouse_id)]
    )
    _must_move(session, order_id, changes)
    left = update(Reservation).where(col(Reservation.order_id) == order_id).values(status=ReservationStatus.SHIPPED)
    session.connection().execute(left)
    enter(session, changes, Cause.SHIPPED, by=by, now=now, order_id=order_id)
    return Result(changed=sum(one.quantity for one in standing))


def _ship_unreserved(
    session: Session,
    order_id: int,
    wanted: Mapping[int, int],
    *,
    shipped_at: datetime,
    by: str,
    now: datetime,
    region: str,
) -> Result:
    for _ in range(_TRIES):
        found = places(session, wanted, region)
        counted_since = {place.sku_id for place in found if place.counted_at >= shipped_at}
        owed = {sku_id: pieces for sku_id, pieces in wanted.items() if sku_id not in counted_since}
        taken, short = allot(owed, found)
        if short or not owed:
            return Result(short)
        changes = _changes((place, -pieces, 0) for place, pieces in taken.items())
        if _move_all(session, changes):
            _put(session, order_id, changes, ReservationStatus.SHIPPED, now)
            enter(session, changes, Cause.SHIPPED, by=by, now=now, order_id=order_id)
            return Result(changed=sum(owed.values()))
    return Result(tuple(sorted(wanted)))


def reservations(session: Session, order_ids: Iterable[int]) -> list[Reservation]:
    """By order, then by place; as the database has them now."""
    wanted = select(Reservation).where(col(Reservation.order_id).in_(list(order_ids)))
    in_order = wanted.order_by(col(Reservation.order_id), col(Reservation.sku_id), col(Reservation.warehouse_id))
    return list(session.exec(in_order.execution_options(populate_existing=True)))


def places(session: Session, sku_ids: Iterable[int], region: str = "") -> list[Place]:
    """Every warehouse's level of the SKUs; ``region`` begins with the order's province."""
    known = session.connection().execute(_PLACES, {"skus": list(sku_ids)})
    return [
        Place(row.sku_id, row.warehouse_id, row.available, row.counted_at, row.rank, _serves(row.provinces, region))
        for row in known
    ]


def _serves(provinces: str, region: str) -> bool:
    """``浙江`` serves ``浙江省 杭州市 …``: platforms write a province with and without its kind."""
    return bool(region) and any(region.startswith(province) for province in provinces.split())


@dataclass(frozen=True)
class _Standing:
    sku_id: int
    warehouse_id: int
    quantity: int
    status: ReservationStatus


def _standing(session: Session, order_id: int) -> list[_Standing]:
    return [_Standing(*row) for row in session.connection().execute(_OF_ORDER, {"of_order": order_id})]


def _held(standing: Sequence[_Standing]) -> dict[int, int]:
    held: dict[int, int] = {}
    for one in standing:
        held[one.sku_id] = held.get(one.sku_id, 0) + one.quantity
    return held


def _changes(moves: Iterable[tuple[tuple[int, int], int, int]]) -> list[Change]:
    return sorted((Change(*place, on_hand, reserved) for place, on_hand, reserved in moves), key=lambda one: one.place)


def _move_all(session: Session, changes: Sequence[Change]) -> bool:
    """Every change or none."""
    if len(changes) == 1:
        return move(session, changes)
    savepoint = session.connection().begin_nested()
    is_done = move(session, changes)
    if is_done:
        savepoint.commit()
    else:
        savepoint.rollback()
    return is_done


def _must_move(session: Session, order_id: int, changes: Sequence[Change]) -> None:
    if not move(session, changes):
        raise AssertionError(f"order {order_id}: a level holds less than is reserved of it")


def _put(session: Session, order_id: int, changes: Sequence[Change], status: ReservationStatus, now: datetime) -> None:
    rows = [
        {
            "order_id": order_id,
            "sku_id": change.sku_id,
            "warehouse_id": change.warehouse_id,
            "quantity": change.reserved or -change.on_hand,
            "status": status,
            "reserved_at": now,
        }
        for change in changes
    ]
    session.connection().execute(_PUT, rows)
