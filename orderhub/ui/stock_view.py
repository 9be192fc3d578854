"""What does the page of the stock show, as the browser gets it?"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.insights.stock import EntryRow, LevelRow, QueuedCode, ledger, level_page, queue, sku_counts
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.board_rows import exact

PATH = "/stock"


@dataclass(frozen=True)
class StockQuery:
    text: str = ""
    only_low: bool = False
    after: str = ""
    sku_id: int = 0
    before: int = 0


@dataclass
class LevelView:
    """``place`` is what the form sends: SKU and warehouse id; empty where there is no level to change."""

    place: str
    code: str
    title: str
    warehouse: str
    on_hand: str
    reserved: str
    available: str
    threshold: str
    parts: str
    gifts: str
    floor: Money
    href: str
    is_low: bool
    is_presale: bool


@dataclass
class EntryView:
    id: str
    at: str
    warehouse: str
    cause: str
    on_hand: str
    reserved: str
    order_no: str
    order_href: str
    reason: str
    by: str


@dataclass
class QueuedView:
    id: str
    shop: str
    code: str
    title: str
    orders: str


@dataclass
class StockView:
    """``ledger_of`` is the SKU whose ledger is shown, empty where none is; ``ledger_next`` reads on."""

    skus: str = "0"
    low: str = "0"
    unmatched: str = "0"
    waiting: str = "0"
    levels: list[LevelView] = field(default_factory=list)
    next: str = ""
    first: str = ""
    text: str = ""
    only_low: bool = False
    queue: list[QueuedView] = field(default_factory=list)
    ledger_of: str = ""
    changes: list[EntryView] = field(default_factory=list)
    ledger_next: str = ""
    warehouses: list[str] = field(default_factory=list)


def stock_view(session: Session, query: StockQuery) -> StockView:
    counts = sku_counts(session)
    page = level_page(session, text=query.text, only_low=query.only_low, after=query.after)
    sku = session.get(Sku, query.sku_id) if query.sku_id else None
    entries, next_before = ledger(session, sku.id, before=query.before) if sku else ([], 0)
    names = select(Warehouse.name).where(col(Warehouse.id) > 0).order_by(col(Warehouse.rank), col(Warehouse.id))
    kept = {"q": query.text, "low": "1" if query.only_low else ""}
    return StockView(
        skus=f"{counts.skus:,}",
        low=f"{counts.low:,}",
        unmatched=f"{counts.unmatched:,}",
        waiting=f"{counts.waiting:,}",
        levels=[_level(row) for row in page.rows],
        next=_address(**kept, after=page.next_after) if page.next_after else "",
        first=_address(**kept) if query.after else "",
        text=query.text,
        only_low=query.only_low,
        queue=[_queued(one) for one in queue(session)],
        ledger_of=sku.code if sku else "",
        changes=[_entry(one) for one in entries],
        ledger_next=_address(sku=str(query.sku_id), before=str(next_before)) if next_before else "",
        warehouses=list(session.exec(names)),
    )


def _address(**parts: str) -> str:
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _level(row: LevelRow) -> LevelView:
    has_level = bool(row.warehouse_id)
    figures = [f"{n:,}" if has_level else "" for n in (row.on_hand, row.reserved, row.available)]
    return LevelView(
        place=f"{row.sku_id}-{row.warehouse_id}" if has_level else "",
        code=row.code,
        title=row.title,
        warehouse=row.warehouse,
        on_hand=figures[0],
        reserved=figures[1],
        available=figures[2],
        threshold=f"{row.threshold:,}" if row.threshold else "",
        parts=row.parts,
        gifts=row.gifts,
        floor=money_text(row.floor_fen) if row.floor_fen else "",
        href=_address(sku=str(row.sku_id)),
        is_low=has_level and row.is_low,
        is_presale=row.is_presale,
    )


def _entry(row: EntryRow) -> EntryView:
    entry = row.entry
    return EntryView(
        id=str(entry.id),
        at=exact(entry.at),
        warehouse=row.warehouse,
        cause=entry.cause,
        on_hand=f"{entry.on_hand_change:+,}" if entry.on_hand_change else "",
        reserved=f"{entry.reserved_change:+,}" if entry.reserved_change else "",
        order_no=row.order_no,
        order_href=f"/orders?tab=all&order={entry.order_id}" if row.order_no else "",
        reason=entry.reason,
        by=entry.by,
    )


def _queued(one: QueuedCode) -> QueuedView:
    return QueuedView(str(one.code.id), one.shop, one.code.code, one.code.title, f"{one.orders:,}")
