"""Which goods are on their way, and what happens when they come? 到货: pieces of a SKU for a warehouse, by a date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.sku import Sku
from orderhub.domain.stock import Cause, Warehouse, adjust
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.lifecycle import Lifecycle
from orderhub.kernel.sight import find

_MOST_PIECES = 1_000_000_000


class RestockStatus(StrEnum):
    PLANNED = "planned"  # 在途
    ARRIVED = "arrived"  # 已到货
    CANCELLED = "cancelled"  # 已取消


LIFECYCLE = Lifecycle(
    RestockStatus.PLANNED,
    {
        RestockStatus.PLANNED: {RestockStatus.ARRIVED, RestockStatus.CANCELLED},
        RestockStatus.ARRIVED: set(),
        RestockStatus.CANCELLED: set(),
    },
)


class Restock(SQLModel, table=True):
    """``pieces`` are those expected; what came of them stands in the stock ledger."""

    __table_args__ = (Index("ix_restock_expected", "status", "sku_id", "expected_at"),)

    id: int = own_id()
    sku_id: int = Field(foreign_key="sku.id", sa_type=BigId)
    warehouse_id: int = Field(foreign_key="warehouse.id", sa_type=BigId)
    status: RestockStatus = Field(default=RestockStatus.PLANNED, sa_type=word(RestockStatus))
    pieces: int = Field(sa_type=BigId)
    expected_at: datetime = Field(sa_type=Moment)
    note: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    planned_at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    settled_by: str = Field(default="", max_length=64)


@dataclass(frozen=True)
class RestockPlanned(Happening):
    subject_type: ClassVar[str] = "restock"
    sku_id: int
    pieces: int
    expected_at: str


@dataclass(frozen=True)
class RestockMoved(Happening):
    """``pieces``: how many have come."""

    subject_type: ClassVar[str] = "restock"
    sku_id: int
    target: str
    pieces: int


@dataclass(frozen=True)
class Expected:
    """The earliest goods of a SKU that are on their way; ``restock_id`` names them."""

    restock_id: int
    pieces: int
    expected_at: datetime
    warehouse: str


def plan_restock(
    session: Session,
    sku: Sku,
    warehouse: Warehouse,
    pieces: int,
    expected_at: datetime,
    *,
    by: str,
    now: datetime,
    note: str = "",
) -> Restock:
    """Raises: BadInput: no number of pieces that can be."""
    _check(pieces)
    made = Restock(
        sku_id=sku.id,
        warehouse_id=warehouse.id,
        pieces=pieces,
        expected_at=expected_at,
        note=clean_text(note, most=200, field="note"),
        by=by,
        planned_at=now,
    )
    session.add(made)
    session.flush()
    record(session, RestockPlanned(made.id, sku.id, pieces, expected_at.isoformat()), actor=by, now=now)
    return made


def arrive(session: Session, restock_id: int, pieces: int, *, by: str, now: datetime) -> Restock:
    """So many have come, whatever was expected: they are on the shelf. Whoever calls lets waiting orders go on.

    Raises:
        BadInput: no number of pieces that can be.
        BundleHasNoStock: its parts have.
        IllegalMove: they have come before, or were called off.
        NotFound: nothing of that id is on its way.
    """
    _check(pieces)
    restock = _settled(session, restock_id, RestockStatus.ARRIVED, pieces, by=by, now=now)
    warehouse = session.get_one(Warehouse, restock.warehouse_id)
    reason = restock.note or f"restock {restock.id}"
    adjust(session, restock.sku_id, warehouse, pieces, reason=reason, by=by, now=now, cause=Cause.RECEIVED)
    return restock


def call_off(session: Session, restock_id: int, *, by: str, now: datetime) -> Restock:
    """They will not come. Raises: IllegalMove, NotFound, like ``arrive``."""
    return _settled(session, restock_id, RestockStatus.CANCELLED, 0, by=by, now=now)


def expected(session: Session, sku_ids: Iterable[int]) -> dict[int, Expected]:
    """The earliest of each SKU that is on its way."""
    wanted = (
        select(Restock, Warehouse.name)
        .join(Warehouse, col(Warehouse.id) == Restock.warehouse_id)
        .where(Restock.status == RestockStatus.PLANNED, col(Restock.sku_id).in_(list(sku_ids)))
        .order_by(col(Restock.expected_at).desc(), col(Restock.id).desc())
    )
    rows = session.exec(wanted)
    return {one.sku_id: Expected(one.id, one.pieces, one.expected_at, warehouse) for one, warehouse in rows}


def on_their_way(session: Session, sku_id: int) -> list[tuple[Restock, str]]:
    """Of the SKU, each with its warehouse's name; the earliest first."""
    wanted = (
        select(Restock, Warehouse.name)
        .join(Warehouse, col(Warehouse.id) == Restock.warehouse_id)
        .where(Restock.status == RestockStatus.PLANNED, Restock.sku_id == sku_id)
        .order_by(col(Restock.expected_at), col(Restock.id))
    )
    return list(session.exec(wanted).all())


def served_by(pieces: int, wanted: Sequence[int]) -> int:
    """How many of the orders that want so many pieces each, first in line first, ``pieces`` suffice for.

    One that wants more than is left keeps nobody behind it waiting.
    """
    served = 0
    for count in wanted:
        if count <= pieces:
            pieces -= count
            served += 1
    return served


def _settled(
    session: Session, restock_id: int, target: RestockStatus, pieces: int, *, by: str, now: datetime
) -> Restock:
    found = find(session, Restock, restock_id, lock=True)
    if not found:
        raise NotFound(f"restock {restock_id} does not exist")
    LIFECYCLE.check(found.status, target)
    found.status, found.settled_at, found.settled_by = target, now, by
    session.add(found)
    record(session, RestockMoved(found.id, found.sku_id, target, pieces), actor=by, now=now)
    return found


def _check(pieces: int) -> None:
    if not 1 <= pieces <= _MOST_PIECES:
        raise BadInput(f"pieces: {pieces} cannot be", field="pieces", problem="absurd_quantity")
