"""How many pieces are where, how many of them are promised, and why did that change?

``available`` = on hand − reserved. A level is changed by ``move`` alone: one conditional UPDATE, so that two buyers
cannot both read the last piece, under a CHECK of the database, with a row of the ledger beside it in the same
transaction. The ledger's sums are the counters, always.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, bindparam, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.sku import SkuEvent, SkuPart
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, Was, record
from orderhub.kernel.failpoint import point
from orderhub.kernel.ids import clean_no, clean_text
from orderhub.kernel.sight import find

_MOST_PIECES = 1_000_000_000


class Cause(StrEnum):
    """Why a level changed."""

    IMPORTED = "imported"  # 导入
    COUNTED = "counted"  # 盘点
    ADJUSTED = "adjusted"  # 调整
    RECEIVED = "received"  # 到货
    RESERVED = "reserved"  # 锁库存
    RELEASED = "released"  # 释放
    SHIPPED = "shipped"  # 出库
    RECALLED = "recalled"  # 撤回出库
    RETURNED = "returned"  # 退货入库


class Warehouse(SQLModel, table=True):
    """A regional warehouse; an order goes to one that serves its province (``provinces``, by spaces), else by rank.

    ``leaves_on_packing``: a parcel that is packed and has its waybill has left.
    """

    id: int = own_id()
    code: str = Field(max_length=32, unique=True)
    name: str = Field(max_length=64)
    provinces: str = Field(default="", max_length=500)
    rank: int = 0
    leaves_on_packing: bool = False
    created_at: datetime = Field(sa_type=Moment)


class StockLevel(SQLModel, table=True):
    """``counted_at``: when ``on_hand`` was last set to what somebody counted; what left before is not in it."""

    __tablename__ = "stock_level"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("on_hand - reserved >= 0", name="available_not_negative"),
    )

    sku_id: int = Field(foreign_key="sku.id", primary_key=True, sa_type=BigId)
    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    on_hand: int = Field(default=0, sa_type=BigId)
    reserved: int = Field(default=0, sa_type=BigId)
    threshold: int = Field(default=0, sa_type=BigId)
    counted_at: datetime = Field(sa_type=Moment)

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockEntry(SQLModel, table=True):
    """库存流水: one change of one level. ``order_id`` is 0 where no order caused it."""

    __tablename__ = "stock_entry"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_stock_entry_level", "sku_id", "warehouse_id", "id"),
        Index("ix_stock_entry_order_id", "order_id"),
    )

    id: int = own_id()
    sku_id: int = Field(foreign_key="sku.id", sa_type=BigId)
    warehouse_id: int = Field(foreign_key="warehouse.id", sa_type=BigId)
    cause: Cause = Field(sa_type=word(Cause))
    on_hand_change: int = Field(default=0, sa_type=BigId)
    reserved_change: int = Field(default=0, sa_type=BigId)
    order_id: int = Field(default=0, sa_type=BigId)
    reason: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class NotEnough(RuleBroken):
    code = "not_enough_stock"


class BundleHasNoStock(RuleBroken):
    code = "bundle_has_no_stock"


@dataclass(frozen=True)
class WarehouseChanged(Happening):
    subject_type: ClassVar[str] = "warehouse"
    leaves_on_packing: bool


@dataclass(frozen=True)
class StockAdjusted(SkuEvent):
    """``change`` of what is on hand, by a person or a file."""

    warehouse: str
    cause: str
    change: int
    on_hand: int = 0
    was: Was | None = None


@dataclass(frozen=True)
class Change:
    """What is to happen to one level; of one order the changes come in the order of their places."""

    sku_id: int
    warehouse_id: int
    on_hand: int = 0
    reserved: int = 0

    @property
    def place(self) -> tuple[int, int]:
        return self.sku_id, self.warehouse_id


_ON_HAND, _RESERVED = col(StockLevel.on_hand), col(StockLevel.reserved)
# Made once: reserving is the hub's hottest path, and making a statement costs more than sending it.
_MOVE = (
    update(StockLevel)
    .where(
        col(StockLevel.sku_id) == bindparam("of_sku"),
        col(StockLevel.warehouse_id) == bindparam("at_warehouse"),
        bindparam("needed") <= _ON_HAND - _RESERVED,
        bindparam("given") <= _RESERVED,
    )
    .values(on_hand=_ON_HAND + bindparam("more"), reserved=_RESERVED + bindparam("promised"))
)
_ENTER = insert(StockEntry)


def move(session: Session, changes: Sequence[Change]) -> bool:
    """Change each level if it can bear it, in the order given; False: one could not, and the caller takes all back.

    The caller writes the ledger.
    """
    wanted = [
        {
            "of_sku": change.sku_id,
            "at_warehouse": change.warehouse_id,
            "more": change.on_hand,
            "promised": change.reserved,
            "needed": change.reserved - change.on_hand,
            "given": -change.reserved,
        }
        for change in changes
    ]
    return session.connection().execute(_MOVE, wanted).rowcount == len(wanted)


def enter(
    session: Session,
    changes: Sequence[Change],
    cause: Cause,
    *,
    by: str,
    now: datetime,
    order_id: int = 0,
    reason: str = "",
) -> None:
    """Write the ledger's rows of ``changes`` that have been made."""
    point("levels_before_ledger")
    rows = [
        {
            "sku_id": change.sku_id,
            "warehouse_id": change.warehouse_id,
            "cause": cause,
            "on_hand_change": change.on_hand,
            "reserved_change": change.reserved,
            "order_id": order_id,
            "reason": reason,
            "by": by,
            "at": now,
        }
        for change in changes
    ]
    session.connection().execute(_ENTER, rows)


def warehouse_coded(session: Session, code: str) -> Warehouse:
    """By its code or its name. Raises: NotFound."""
    named = (Warehouse.code == code.strip()) | (Warehouse.name == code.strip())  # pyright: ignore[reportOperatorIssue]
    found = session.exec(select(Warehouse).where(named)).first()
    if not found:
        raise NotFound(f"no warehouse is called {code[:64]!r}")
    return found


def warehouses(session: Session) -> list[Warehouse]:
    """Every one, by rank."""
    return list(session.exec(select(Warehouse).order_by(col(Warehouse.rank), col(Warehouse.id))))


def put_warehouse(
    session: Session, code: str, *, name: str, now: datetime, provinces: str = "", rank: int | None = None
) -> Warehouse:
    """The warehouse called ``code``, made or changed; a new one comes last unless ``rank`` says more."""
    tidy = clean_no(code, field="warehouse")[:32]
    standing = session.exec(select(Warehouse).where(Warehouse.code == tidy)).one_or_none()
    made = standing or Warehouse(code=tidy, name="", created_at=now)
    made.name = clean_text(name, most=64, field="name") or tidy
    made.provinces = clean_text(provinces, most=500, field="provinces")
    if rank is None:
        rank = made.rank if standing else session.exec(select(func.count()).select_from(Warehouse)).one()
    made.rank = rank
    session.add(made)
    session.flush()
    return made


def set_leaving(session: Session, warehouse_id: int, *, leaves_on_packing: bool, by: str, now: datetime) -> None:
    """装箱完成即发货: whether what is packed at the warehouse has left. Safe to repeat.

    Raises:
        NotFound: there is no such warehouse.
    """
    place = find(session, Warehouse, warehouse_id, lock=True)
    if place is None:
        raise NotFound("there is no such warehouse")
    if place.leaves_on_packing != leaves_on_packing:
        place.leaves_on_packing = leaves_on_packing
        session.add(place)
        record(session, WarehouseChanged(place.id, leaves_on_packing), actor=by, now=now)


def adjust(
    session: Session,
    sku_id: int,
    warehouse: Warehouse,
    change: int,
    *,
    reason: str,
    by: str,
    now: datetime,
    cause: Cause = Cause.ADJUSTED,
    order_id: int = 0,
) -> StockLevel:
    """So many pieces more or less, and why; ``order_id`` where an order caused it.

    Raises:
        BadInput: no reason, or no number that can be.
        BundleHasNoStock: its parts have.
        NotEnough: fewer pieces are free than are to go.
    """
    if not change or abs(change) > _MOST_PIECES:
        raise BadInput(f"change: {change} pieces cannot be", field="change", problem="absurd_quantity")
    level = _level(session, sku_id, warehouse, now)
    because = _reason(reason)
    _change(session, level, change, cause, warehouse=warehouse, reason=because, by=by, now=now, order_id=order_id)
    return level


def count(
    session: Session,
    sku_id: int,
    warehouse: Warehouse,
    pieces: int,
    *,
    reason: str,
    by: str,
    now: datetime,
    cause: Cause = Cause.COUNTED,
) -> StockLevel:
    """盘点: so many pieces are on the shelf, those that are reserved included. Safe to repeat.

    Raises:
        BadInput: no reason, or no number that can be.
        BundleHasNoStock: its parts have.
        NotEnough: more are reserved than were counted.
    """
    if not 0 <= pieces <= _MOST_PIECES:
        raise BadInput(f"pieces: {pieces} cannot be", field="pieces", problem="absurd_quantity")
    level = _level(session, sku_id, warehouse, now)
    because = _reason(reason)
    if pieces != level.on_hand:
        _change(session, level, pieces - level.on_hand, cause, warehouse=warehouse, reason=because, by=by, now=now)
    level.counted_at = now
    session.add(level)
    session.flush()
    return level


def set_threshold(session: Session, sku_id: int, warehouse: Warehouse, pieces: int, *, now: datetime) -> StockLevel:
    """缺货预警: warn when fewer than ``pieces`` are available; 0 never warns."""
    if not 0 <= pieces <= _MOST_PIECES:
        raise BadInput(f"threshold: {pieces} cannot be", field="threshold", problem="absurd_quantity")
    level = _level(session, sku_id, warehouse, now)
    level.threshold = pieces
    session.add(level)
    session.flush()
    return level


def open_levels(session: Session, sku_id: int, *, now: datetime) -> None:
    """A SKU that is new can be counted at every warehouse. Safe to repeat.

    Raises:
        BundleHasNoStock: its parts have.
    """
    for warehouse in session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.id))).all():
        _level(session, sku_id, warehouse, now)


def _level(session: Session, sku_id: int, warehouse: Warehouse, now: datetime) -> StockLevel:
    """The level itself, locked until the transaction ends, made empty where there is none."""
    standing = session.get(StockLevel, (sku_id, warehouse.id), with_for_update=True, populate_existing=True)
    if standing:
        return standing
    is_bundle = select(SkuPart.part_id).where(SkuPart.sku_id == sku_id, ~col(SkuPart.is_gift)).limit(1)
    if session.exec(is_bundle).first():
        raise BundleHasNoStock("a bundle has no stock of its own: count its parts")
    made = StockLevel(sku_id=sku_id, warehouse_id=warehouse.id, counted_at=now)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # somebody else was first
        return session.get_one(StockLevel, (sku_id, warehouse.id), with_for_update=True, populate_existing=True)
    return made


def _change(
    session: Session,
    level: StockLevel,
    pieces: int,
    cause: Cause,
    *,
    warehouse: Warehouse,
    reason: str,
    by: str,
    now: datetime,
    order_id: int = 0,
) -> None:
    changes = [Change(level.sku_id, level.warehouse_id, on_hand=pieces)]
    if not move(session, changes):
        raise NotEnough(f"{level.available} available at {warehouse.code}: {level.reserved} are reserved by orders")
    enter(session, changes, cause, by=by, now=now, reason=reason, order_id=order_id)
    session.refresh(level)
    was = {"on_hand": level.on_hand - pieces}
    happened = StockAdjusted(level.sku_id, warehouse.code, cause, pieces, level.on_hand, was)
    record(session, happened, actor=by, now=now)


def _reason(text: str) -> str:
    because = clean_text(text, most=200, field="reason")
    if not because:
        raise BadInput("reason: say why", field="reason", problem="missing")
    return because
