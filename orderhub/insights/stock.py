"""How much of what is where, what moved it, which codes nobody knows, and do the books agree?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from orderhub.domain.order import Order
from orderhub.domain.order_stock import StockWait, Why
from orderhub.domain.reservation import Reservation
from orderhub.domain.shop import Shop
from orderhub.domain.sku import Sku, parts_text
from orderhub.domain.stock import StockEntry, StockLevel, Warehouse
from orderhub.domain.unmatched_code import UnmatchedCode

PAGE_SIZE = 50


@dataclass(frozen=True)
class Drift:
    """A level whose counters, ledger and reservations do not agree."""

    sku: str
    warehouse: str
    on_hand: int
    reserved: int
    entered_on_hand: int
    entered_reserved: int
    held: int

    def __str__(self) -> str:
        level = f"{self.sku} at {self.warehouse}: on hand {self.on_hand}, reserved {self.reserved}"
        return f"{level}; the ledger says {self.entered_on_hand} and {self.entered_reserved}, orders hold {self.held}"


@dataclass(frozen=True)
class Checked:
    levels: int
    entries: int
    drifts: tuple[Drift, ...]


def checked(session: Session, *, sku_ids: Sequence[int] = ()) -> Checked:
    """Every level (or those of ``sku_ids``) against the sums of its ledger and of what orders hold."""
    entries = _sums(session, StockEntry, func.sum(StockEntry.on_hand_change), func.sum(StockEntry.reserved_change))
    held = _sums(session, Reservation, func.sum(Reservation.quantity), func.count())
    wanted = select(StockLevel, Sku.code, Warehouse.code).join(Sku, col(Sku.id) == StockLevel.sku_id)
    rows = session.exec(wanted.join(Warehouse, col(Warehouse.id) == StockLevel.warehouse_id)).all()
    found = [
        Drift(
            sku,
            warehouse,
            level.on_hand,
            level.reserved,
            *entries.get((level.sku_id, level.warehouse_id), (0, 0)),
            held.get((level.sku_id, level.warehouse_id), (0, 0))[0],
        )
        for level, sku, warehouse in rows
        if not sku_ids or level.sku_id in sku_ids
    ]
    wrong = tuple(one for one in found if not _agrees(one))
    return Checked(len(found), session.exec(select(func.count()).select_from(StockEntry)).one(), wrong)


def _agrees(one: Drift) -> bool:
    return (one.on_hand, one.reserved, one.reserved) == (one.entered_on_hand, one.entered_reserved, one.held)


def _sums(session: Session, table, first, second) -> dict[tuple[int, int], tuple[int, int]]:
    wanted = select(table.sku_id, table.warehouse_id, first, second).group_by(table.sku_id, table.warehouse_id)
    return {(sku, place): (int(one), int(two)) for sku, place, one, two in session.exec(wanted)}


@dataclass(frozen=True)
class LevelRow:
    """``warehouse_id`` is 0 for a bundle and whatever else has no level; ``parts`` is what a bundle stands for."""

    sku_id: int
    warehouse_id: int
    code: str
    title: str
    warehouse: str = ""
    on_hand: int = 0
    reserved: int = 0
    threshold: int = 0
    is_presale: bool = False
    floor_fen: int = 0
    parts: str = ""
    gifts: str = ""

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def is_low(self) -> bool:
        return self.available < self.threshold


@dataclass(frozen=True)
class LevelPage:
    """``next_after`` reads on; empty at the end."""

    rows: tuple[LevelRow, ...]
    next_after: str


def level_page(
    session: Session, *, text: str = "", only_low: bool = False, after: str = "", size: int = PAGE_SIZE
) -> LevelPage:
    """SKUs by code, ``size`` of them after ``after``, each with a row per warehouse that knows it."""
    wanted = select(Sku.id, Sku.code).where(col(Sku.id) > 0, col(Sku.code) > after)
    if text:
        wanted = wanted.where(or_(col(Sku.code).contains(text, autoescape=True), col(Sku.title).contains(text)))
    if only_low:
        low = select(StockLevel.sku_id).where(
            col(StockLevel.on_hand) - col(StockLevel.reserved) < col(StockLevel.threshold)
        )
        wanted = wanted.where(col(Sku.id).in_(low))
    found = session.exec(wanted.order_by(col(Sku.code)).limit(size + 1)).all()
    shown = [sku_id for sku_id, _ in found[:size]]
    return LevelPage(tuple(_level_rows(session, shown)), found[size - 1][1] if len(found) > size else "")


def _level_rows(session: Session, sku_ids: Sequence[int]) -> list[LevelRow]:
    parts, gifts = (parts_text(session, sku_ids, is_gift=is_gift) for is_gift in (False, True))
    skus = session.exec(select(Sku).where(col(Sku.id).in_(sku_ids)).order_by(col(Sku.code))).all()
    wanted = select(StockLevel, Warehouse).join(Warehouse, col(Warehouse.id) == StockLevel.warehouse_id)
    levels: dict[int, list[tuple[StockLevel, Warehouse]]] = {}
    ranked = wanted.where(col(StockLevel.sku_id).in_(sku_ids)).order_by(col(Warehouse.rank), col(Warehouse.id))
    for level, warehouse in session.exec(ranked):
        levels.setdefault(level.sku_id, []).append((level, warehouse))
    rows = []
    for sku in skus:
        plain = LevelRow(
            sku.id,
            0,
            sku.code,
            sku.title,
            is_presale=sku.is_presale,
            floor_fen=sku.floor_fen,
            parts=parts.get(sku.id, ""),
            gifts=gifts.get(sku.id, ""),
        )
        rows += [_at(plain, level, warehouse) for level, warehouse in levels.get(sku.id, ())] or [plain]
    return rows


def _at(row: LevelRow, level: StockLevel, warehouse: Warehouse) -> LevelRow:
    return replace(
        row,
        warehouse_id=warehouse.id,
        warehouse=warehouse.name,
        on_hand=level.on_hand,
        reserved=level.reserved,
        threshold=level.threshold,
    )


@dataclass(frozen=True)
class EntryRow:
    """``order_no`` is the channel's number of the order that caused it, maybe empty."""

    entry: StockEntry
    warehouse: str
    order_no: str


def ledger(session: Session, sku_id: int, *, before: int = 0, size: int = PAGE_SIZE) -> tuple[list[EntryRow], int]:
    """The SKU's changes, newest first, those under ``before``; and where to read on, 0 at the end."""
    wanted = select(StockEntry, Warehouse.name, Order.channel_order_no).where(StockEntry.sku_id == sku_id)
    wanted = wanted.join(Warehouse, col(Warehouse.id) == StockEntry.warehouse_id)
    wanted = wanted.outerjoin(Order, col(Order.id) == StockEntry.order_id)
    if before:
        wanted = wanted.where(col(StockEntry.id) < before)
    found = session.exec(wanted.order_by(col(StockEntry.id).desc()).limit(size + 1)).all()
    rows = [EntryRow(entry, name, number or "") for entry, name, number in found[:size]]
    return rows, rows[-1].entry.id if len(found) > size else 0


@dataclass(frozen=True)
class QueuedCode:
    code: UnmatchedCode
    shop: str
    orders: int


def queue(session: Session, *, limit: int = PAGE_SIZE) -> list[QueuedCode]:
    """Unmatched codes, those that most orders wait for first."""
    orders = func.count(col(StockWait.order_id))
    waits = (col(StockWait.why) == Why.UNMATCHED) & (col(StockWait.subject_id) == col(UnmatchedCode.id))
    wanted = (
        select(UnmatchedCode, Shop.name, orders)
        .join(Shop, col(Shop.id) == UnmatchedCode.shop_id)
        .join(StockWait, waits)
        .group_by(*UnmatchedCode.__table__.columns, col(Shop.name))  # pyright: ignore[reportAttributeAccessIssue]
        .order_by(orders.desc(), col(UnmatchedCode.id))
    )
    return [QueuedCode(code, shop, count) for code, shop, count in session.exec(wanted.limit(limit))]


@dataclass(frozen=True)
class SkuCounts:
    """``low``: SKUs under a threshold; ``waiting``: orders that wait for a code or for goods."""

    skus: int
    low: int
    unmatched: int
    waiting: int


def sku_counts(session: Session) -> SkuCounts:
    low = col(StockLevel.on_hand) - col(StockLevel.reserved) < col(StockLevel.threshold)
    unmatched = select(func.count(col(StockWait.subject_id).distinct())).where(StockWait.why == Why.UNMATCHED)
    return SkuCounts(
        skus=session.exec(select(func.count()).select_from(Sku).where(col(Sku.id) > 0)).one(),
        low=session.exec(select(func.count(col(StockLevel.sku_id).distinct())).where(low)).one(),
        unmatched=session.exec(unmatched).one(),
        waiting=session.exec(select(func.count(col(StockWait.order_id).distinct()))).one(),
    )
