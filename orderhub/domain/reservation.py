"""Which pieces are promised to which order? All that an order wants or none, once, by whoever asks and however often.

Levels are changed in the order of SKU and warehouse, so that two orders never wait for each other; a plan that another
buyer overtook is taken back whole and made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, union, update
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.allotting import Place, allot
from orderhub.domain.promising import promise_at_once
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Cause, Change, StockLevel, Warehouse, enter, move
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.errors import RuleBroken

_TRIES = 25


class Reservation(SQLModel, table=True):
    """锁库存: of a SKU at a warehouse ``quantity`` pieces are held for the order, and ``shipped`` have left with it.

    What is released is gone, the ledger remembers it. ``aftersale_id`` is the case that sends them (rebooking.py,
    replacement.py), 0: they are the order's own, and only those are meant here where no case is named. ``order_id`` is
    no foreign key: the buyers of ``orderhub prove oversell`` have ids below zero.
    """

    order_id: int = Field(primary_key=True, sa_type=BigId)
    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId, index=True)
    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    aftersale_id: int = Field(default=0, primary_key=True, sa_type=BigId)
    quantity: int = Field(sa_type=BigId)
    shipped: int = Field(default=0, sa_type=BigId)
    reserved_at: datetime = Field(sa_type=Moment)


class NotReserved(RuleBroken):
    code = "not_reserved"


@dataclass(frozen=True)
class _Standing:
    sku_id: int
    warehouse_id: int
    quantity: int
    shipped: int

    @property
    def place(self) -> tuple[int, int]:
        return self.sku_id, self.warehouse_id


@dataclass(frozen=True)
class Result:
    """``short``: SKUs that were not to be had; ``changed``: pieces moved now, 0 where all was done before."""

    short: tuple[int, ...] = ()
    changed: int = 0


# Made once: reserving is the hub's hottest path.
_PUT = insert(Reservation)
_SKU, _WAREHOUSE = col(StockLevel.sku_id), col(StockLevel.warehouse_id)
LEVELS = columns(
    _SKU,
    _WAREHOUSE,
    (col(StockLevel.on_hand) - col(StockLevel.reserved)).label("available"),
    col(StockLevel.counted_at),
    col(Warehouse.rank),
    col(Warehouse.provinces),
).join_from(StockLevel, Warehouse, col(Warehouse.id) == _WAREHOUSE)
_PLACES = LEVELS.where(_SKU.in_(bindparam("skus", expanding=True)))
# One question instead of two: what of the SKUs is where, and what of any SKU the order has there.
_MINE = (col(Reservation.order_id) == bindparam("of_order")) & (col(Reservation.aftersale_id) == 0)
_THERE = (col(Reservation.sku_id) == _SKU) & (col(Reservation.warehouse_id) == _WAREHOUSE)
_LOOKED_UP = (
    LEVELS.add_columns(col(Reservation.quantity), col(Reservation.shipped))
    .outerjoin(Reservation, _MINE & _THERE)
    .where(
        _SKU.in_(
            union(
                columns(col(Sku.id)).where(col(Sku.id).in_(bindparam("skus", expanding=True))),
                columns(col(Reservation.sku_id)).where(_MINE),
            )
        )
    )
)
_OF_ORDER = columns(
    col(Reservation.sku_id), col(Reservation.warehouse_id), col(Reservation.quantity), col(Reservation.shipped)
).where(col(Reservation.order_id) == bindparam("of_order"), col(Reservation.aftersale_id) == bindparam("for_case"))
_CHANGE = (
    update(Reservation)
    .where(
        col(Reservation.order_id) == bindparam("of_order"),
        col(Reservation.sku_id) == bindparam("of_sku"),
        col(Reservation.warehouse_id) == bindparam("at_warehouse"),
        col(Reservation.aftersale_id) == bindparam("for_case"),
    )
    .values(
        quantity=col(Reservation.quantity) + bindparam("more"), shipped=col(Reservation.shipped) + bindparam("gone")
    )
)


def reserve(
    session: Session,
    order_id: int,
    wanted: Mapping[int, int],
    *,
    by: str,
    now: datetime,
    region: str = "",
    keeps: bool = False,
) -> Result:
    """Promise ``wanted`` (pieces by SKU id, those that have left included) to the order. Safe to repeat.

    An order that wants something else than it holds lets go of that first; then it has all that it wants or nothing.
    One that ``keeps`` what it holds, and only wants more, leaves that where it is and has more of it, or is as before.
    What has been shipped is left alone. Callers lock the order; where two do not, the second to come ends in an
    ``IntegrityError`` on the order's own key, and nothing of it is kept.
    """
    standing, found = _looked_up(session, order_id, wanted, region)
    owed, held = _owed(wanted, standing), _held(standing)
    if held == owed:
        return Result()
    if keeps and all(owed.get(sku_id, 0) >= pieces for sku_id, pieces in held.items()):
        owed = {sku_id: pieces - held.get(sku_id, 0) for sku_id, pieces in owed.items() if pieces > held.get(sku_id, 0)}
    elif held:
        release(session, order_id, by=by, now=now)
        standing, found = _looked_up(session, order_id, wanted, region)
    for _ in range(_TRIES if owed else 0):
        taken, short = allot(owed, found)
        if short:
            return Result(short)
        changes = _changes((place, 0, pieces) for place, pieces in taken.items())
        if _promise(session, order_id, changes, standing, by=by, now=now):
            return Result(changed=sum(owed.values()))
        found = places(session, owed, region)
    return Result(tuple(sorted(owed)))


def _promise(
    session: Session, order_id: int, changes: Sequence[Change], standing: Sequence[_Standing], *, by: str, now: datetime
) -> bool:
    """Levels, reservations and ledger: all of ``changes`` or nothing."""
    if not standing and session.connection().dialect.name == "postgresql":
        return promise_at_once(session, order_id, changes, by=by, now=now)
    if not _move_all(session, changes):
        return False
    _keep(session, order_id, changes, standing, now)
    enter(session, changes, Cause.RESERVED, by=by, now=now, order_id=order_id)
    return True


def release(session: Session, order_id: int, *, by: str, now: datetime) -> Result:
    """Give back what the order holds and has not shipped. Safe to repeat."""
    held = [one for one in _standing(session, order_id) if one.quantity]
    if not held:
        return Result()
    changes = _changes((one.place, 0, -one.quantity) for one in held)
    _must_move(session, order_id, changes)
    mine = (col(Reservation.order_id) == order_id) & (col(Reservation.aftersale_id) == 0)
    session.connection().execute(delete(Reservation).where(mine, col(Reservation.shipped) == 0))
    if any(one.shipped for one in held):
        session.connection().execute(update(Reservation).where(mine).values(quantity=0))
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
    """The order has left with ``wanted`` in all (empty: with what it held): off the shelf it goes. Safe to repeat.

    A shelf that was counted after ``shipped_at`` has been counted without it, so nothing is taken off it.
    """
    standing = _standing(session, order_id)
    held = _held(standing)
    owed = _owed(wanted, standing) if wanted else held
    if held != owed:  # its last change before it left was not told in time
        release(session, order_id, by=by, now=now)
        return _ship_unreserved(session, order_id, owed, shipped_at=shipped_at, by=by, now=now, region=region)
    if not owed:
        return Result()
    taken = {one.place: one.quantity for one in standing if one.quantity}
    return take(session, order_id, taken, shipped_at=shipped_at, by=by, now=now)


def take(
    session: Session,
    order_id: int,
    pieces: Mapping[tuple[int, int], int],
    *,
    shipped_at: datetime,
    by: str,
    now: datetime,
    case_id: int = 0,
) -> Result:
    """So many ``pieces`` by SKU and warehouse of those the order (or its case) holds have left; the rest stays held.

    Raises:
        NotReserved: the order does not hold that many there.
    """
    held = {one.place: one.quantity for one in _standing(session, order_id, case_id)}
    if any(count > held.get(place, 0) for place, count in pieces.items()):
        raise NotReserved(f"order {order_id} does not hold these pieces: allocate it anew")
    counted = {place.place: place.counted_at for place in places(session, {sku_id for sku_id, _ in pieces})}
    changes = _changes(
        (place, -count if shipped_at > counted[place] else 0, -count) for place, count in pieces.items() if count
    )
    _must_move(session, order_id, changes)
    _count(session, order_id, changes, case_id, left=True)
    enter(session, changes, Cause.SHIPPED, by=by, now=now, order_id=order_id)
    return Result(changed=sum(pieces.values()))


def put_back(
    session: Session, order_id: int, pieces: Mapping[tuple[int, int], int], *, by: str, now: datetime, case_id: int = 0
) -> Result:
    """``pieces`` by SKU and warehouse that were said to have left are on the shelf again, and held as before.

    Raises:
        NotReserved: not that many have left from there.
    """
    gone = {one.place: one.shipped for one in _standing(session, order_id, case_id)}
    if any(count > gone.get(place, 0) for place, count in pieces.items()):
        raise NotReserved(f"order {order_id}: these pieces have not left")
    changes = _changes((place, count, count) for place, count in pieces.items() if count)
    if not changes:
        return Result()
    _must_move(session, order_id, changes)
    _count(session, order_id, changes, case_id, left=False)
    enter(session, changes, Cause.RECALLED, by=by, now=now, order_id=order_id)
    return Result(changed=sum(pieces.values()))


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
            _keep(session, order_id, changes, _standing(session, order_id), now)
            enter(session, changes, Cause.SHIPPED, by=by, now=now, order_id=order_id)
            return Result(changed=sum(owed.values()))
    return Result(tuple(sorted(wanted)))


def reservations(session: Session, order_ids: Iterable[int], case_id: int = 0) -> list[Reservation]:
    """By order, then by place; as the database has them now."""
    wanted = select(Reservation).where(
        col(Reservation.order_id).in_(list(order_ids)), Reservation.aftersale_id == case_id
    )
    in_order = wanted.order_by(col(Reservation.order_id), col(Reservation.sku_id), col(Reservation.warehouse_id))
    return list(session.exec(in_order.execution_options(populate_existing=True)))


def within_reach(session: Session, order_id: int, sku_ids: Iterable[int]) -> dict[int, int]:
    """Pieces by SKU that the order can have: what is available, what it holds, and what has left with it."""
    reach: dict[int, int] = {}
    for place in places(session, sku_ids):
        reach[place.sku_id] = reach.get(place.sku_id, 0) + place.available
    for one in _standing(session, order_id):
        reach[one.sku_id] = reach.get(one.sku_id, 0) + one.quantity + one.shipped
    return reach


def places(session: Session, sku_ids: Iterable[int], region: str = "") -> list[Place]:
    """Every warehouse's level of the SKUs; ``region`` begins with the order's province."""
    known = session.connection().execute(_PLACES, {"skus": list(sku_ids)})
    return [
        Place(row.sku_id, row.warehouse_id, row.available, row.counted_at, row.rank, serves(row.provinces, region))
        for row in known
    ]


def serves(provinces: str, region: str) -> bool:
    """``浙江`` serves ``浙江省 杭州市 …``: platforms write a province with and without its kind."""
    return bool(region) and any(region.startswith(province) for province in provinces.split())


def _looked_up(
    session: Session, order_id: int, sku_ids: Iterable[int], region: str
) -> tuple[list[_Standing], list[Place]]:
    asked = {"of_order": order_id, "skus": list(sku_ids)}
    standing, found = [], []
    for row in session.connection().execute(_LOOKED_UP, asked):
        if row.quantity is not None:
            standing.append(_Standing(row.sku_id, row.warehouse_id, row.quantity, row.shipped))
        is_near = serves(row.provinces, region)
        found.append(Place(row.sku_id, row.warehouse_id, row.available, row.counted_at, row.rank, is_near))
    return standing, found


def _standing(session: Session, order_id: int, case_id: int = 0) -> list[_Standing]:
    asked = {"of_order": order_id, "for_case": case_id}
    return [_Standing(*row) for row in session.connection().execute(_OF_ORDER, asked)]


def _held(standing: Sequence[_Standing]) -> dict[int, int]:
    held: dict[int, int] = {}
    for one in standing:
        if one.quantity:
            held[one.sku_id] = held.get(one.sku_id, 0) + one.quantity
    return held


def _owed(wanted: Mapping[int, int], standing: Sequence[_Standing]) -> dict[int, int]:
    """What of ``wanted`` has not left yet."""
    gone: dict[int, int] = {}
    for one in standing:
        gone[one.sku_id] = gone.get(one.sku_id, 0) + one.shipped
    return {sku_id: pieces - gone.get(sku_id, 0) for sku_id, pieces in wanted.items() if pieces > gone.get(sku_id, 0)}


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


def _keep(
    session: Session, order_id: int, changes: Sequence[Change], standing: Sequence[_Standing], now: datetime
) -> None:
    """Write down what has been moved: held where it is reserved now, gone where it went off the shelf unreserved."""
    with_rows = {one.place for one in standing}
    rows = [
        {
            "order_id": order_id,
            "sku_id": change.sku_id,
            "warehouse_id": change.warehouse_id,
            "aftersale_id": 0,
            "quantity": change.reserved,
            "shipped": -change.on_hand,
            "reserved_at": now,
        }
        for change in changes
        if change.place not in with_rows
    ]
    if rows:
        session.connection().execute(_PUT, rows)
    again = [change for change in changes if change.place in with_rows]
    if again:
        _add(session, order_id, [(change.place, change.reserved, -change.on_hand) for change in again], 0)


def _count(session: Session, order_id: int, changes: Sequence[Change], case_id: int, *, left: bool) -> None:
    """Of what the order held so many have left, or came back."""
    gone = {change.place: abs(change.reserved) * (1 if left else -1) for change in changes}
    _add(session, order_id, [(place, -count, count) for place, count in gone.items()], case_id)


def _add(session: Session, order_id: int, rows: Iterable[tuple[tuple[int, int], int, int]], case_id: int) -> None:
    whose = {"of_order": order_id, "for_case": case_id}
    wanted = [
        whose | {"of_sku": place[0], "at_warehouse": place[1], "more": more, "gone": gone} for place, more, gone in rows
    ]
    session.connection().execute(_CHANGE, wanted)
