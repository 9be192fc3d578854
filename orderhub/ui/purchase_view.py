"""What do the pages of purchase orders show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder, PurchaseStatus, lines_of
from orderhub.domain.receipt import Receipt, ReceiptLine, next_no, receipts_of
from orderhub.domain.stock import Warehouse, warehouses
from orderhub.domain.supplier import Supplier
from orderhub.insights.purchase import PurchaseRow, purchase_counts, purchase_rows, suppliers_to_choose
from orderhub.kernel.clock import business_day, shanghai_text
from orderhub.kernel.money import money_text, yuan_text
from orderhub.kernel.sight import find
from orderhub.kernel.veil import Cost
from orderhub.ui.numbers import number_of

PATH = "/purchases"
CARD_PATH = "/purchases/card"
SUPPLIER_PATH = "/suppliers/card"


@dataclass
class PurchaseView:
    id: str
    order_no: str
    href: str
    supplier: str
    supplier_href: str
    warehouse: str
    status: str
    lines: str
    pieces: str
    promised: str
    is_late: bool
    total: Cost
    made: str
    by: str
    is_history: bool


@dataclass
class StatusView:
    status: str
    count: str
    href: str
    is_on: bool


@dataclass
class NamedView:
    word: str
    name: str


@dataclass
class PurchasesView:
    purchases: list[PurchaseView] = field(default_factory=list)
    statuses: list[StatusView] = field(default_factory=list)
    suppliers: list[NamedView] = field(default_factory=list)
    warehouses: list[NamedView] = field(default_factory=list)
    text: str = ""
    status: str = ""
    first: str = ""
    next: str = ""


@dataclass
class PurchaseLineView:
    """``amount`` is the price as a form takes it; ``promised`` empty: nothing was promised."""

    id: str
    code: str
    title: str
    has_sku: bool
    quantity: str
    pieces: str
    price: Cost
    amount: Cost
    total: Cost
    promised: str
    settled: str
    open: str
    counted: str
    is_late: bool


@dataclass
class ReceiptView:
    id: str
    number: str
    day: str
    counts: str
    good: str
    wrong: str
    missing: str
    defective: str
    note: str
    by: str


@dataclass
class PurchaseCardView:
    """``receipt_no`` is the next receipt's: the same form sent twice is one receipt."""

    id: str = ""
    order_no: str = ""
    status: str = ""
    supplier: str = ""
    supplier_href: str = ""
    warehouse: str = ""
    is_history: bool = False
    is_receivable: bool = False
    note: str = ""
    made: str = ""
    made_by: str = ""
    approved: str = ""
    approved_by: str = ""
    ordered_on: str = ""
    total: Cost = ""
    today: str = ""
    receipt_no: str = ""
    lines: list[PurchaseLineView] = field(default_factory=list)
    receipts: list[ReceiptView] = field(default_factory=list)


@dataclass(frozen=True)
class PurchaseQuery:
    """``before``: the id that the page's rows stand below."""

    text: str = ""
    status: PurchaseStatus | None = None
    supplier_id: int = 0
    before: int = 0


def query_of(given: Mapping[str, str]) -> PurchaseQuery:
    """What a link asks for; what it cannot mean is left out."""
    status = given.get("status", "")
    return PurchaseQuery(
        given.get("q", "").strip()[:64],
        PurchaseStatus(status) if status in list(PurchaseStatus) else None,
        number_of(given.get("supplier", "")),
        number_of(given.get("before", "")),
    )


def purchases_view(session: Session, query: PurchaseQuery, now: datetime) -> PurchasesView:
    rows, before = purchase_rows(
        session, text=query.text, status=query.status, supplier_id=query.supplier_id, before=query.before
    )
    counts = purchase_counts(session)
    return PurchasesView(
        purchases=[_purchase(row, business_day(now)) for row in rows],
        statuses=[
            StatusView(
                str(status), f"{counts.get(status, 0):,}", _address(query, status=status), query.status is status
            )
            for status in PurchaseStatus
        ],
        suppliers=[NamedView(one.code, one.name) for one in suppliers_to_choose(session)],
        warehouses=[NamedView(one.code, one.name) for one in warehouses(session) if one.id > 0],
        text=query.text,
        status=query.status or "",
        first=_address(query, status=query.status) if query.before else "",
        next=_address(query, status=query.status, before=before) if before else "",
    )


def card_view(session: Session, purchase_id: int, now: datetime) -> PurchaseCardView:
    """Empty for an order that is not, or is not for these eyes."""
    order = find(session, PurchaseOrder, purchase_id)
    if order is None:
        return PurchaseCardView()
    today = business_day(now)
    supplier = session.get_one(Supplier, order.supplier_id)
    warehouse = session.get(Warehouse, order.warehouse_id) if order.warehouse_id else None
    lines = lines_of(session, order.id)
    return PurchaseCardView(
        id=str(order.id),
        order_no=order.order_no,
        status=str(order.status),
        supplier=supplier.name,
        supplier_href=f"{SUPPLIER_PATH}?supplier={supplier.id}",
        warehouse=warehouse.name if warehouse else "",
        is_history=order.is_history,
        is_receivable=order.status in (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED),
        note=order.note,
        made=shanghai_text(order.made_at, "%Y-%m-%d %H:%M"),
        made_by=order.made_by,
        approved=shanghai_text(order.approved_at, "%Y-%m-%d %H:%M") if order.approved_at else "",
        approved_by=order.approved_by,
        ordered_on=_day(order.ordered_on),
        total=money_text(sum(line.price_fen * line.quantity for line in lines)),
        today=str(today),
        receipt_no=next_no(session, order),
        lines=[_line(line, order, today) for line in lines],
        receipts=[_receipt(receipt, inside) for receipt, inside in receipts_of(session, order.id)],
    )


def _purchase(row: PurchaseRow, today: date) -> PurchaseView:
    order = row.order
    return PurchaseView(
        id=str(order.id),
        order_no=order.order_no,
        href=f"{CARD_PATH}?purchase={order.id}",
        supplier=row.supplier,
        supplier_href=f"{SUPPLIER_PATH}?supplier={order.supplier_id}",
        warehouse=row.warehouse,
        status=str(order.status),
        lines=f"{row.lines:,}",
        pieces=f"{row.accounted:,} / {row.pieces:,}",
        promised=_day(row.promised_on),
        is_late=row.is_late(today),
        total=money_text(row.total_fen),
        made=shanghai_text(order.made_at, "%m-%d %H:%M"),
        by=order.made_by,
        is_history=order.is_history,
    )


def _line(line: PurchaseLine, order: PurchaseOrder, today: date) -> PurchaseLineView:
    ended = line.settled_on or today
    states = (line.good, line.wrong, line.missing, line.defective)
    is_owed = order.status in (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED)
    return PurchaseLineView(
        id=str(line.id),
        code=line.code,
        title=line.title,
        has_sku=line.sku_id != 0,
        quantity=f"{line.quantity:,}",
        pieces=str(line.quantity),
        price=money_text(line.price_fen) if line.price_fen else "",
        amount=yuan_text(line.price_fen),
        total=money_text(line.price_fen * line.quantity) if line.price_fen else "",
        promised=_day(line.promised_on),
        settled=_day(line.settled_on),
        open=str(line.open),
        counted=" / ".join(map(str, states)) if line.accounted else "",
        is_late=is_owed and line.promised_on is not None and ended > line.promised_on,
    )


def _receipt(receipt: Receipt, lines: list[ReceiptLine]) -> ReceiptView:
    sums = {name: sum(getattr(one, name) for one in lines) for name in ("good", "wrong", "missing", "defective")}
    return ReceiptView(
        id=str(receipt.id),
        number=receipt.receipt_no,
        day=str(receipt.received_on),
        counts=f"{len(lines):,}",
        note=receipt.note,
        by=receipt.by,
        **{name: _count(pieces) for name, pieces in sums.items()},
    )


def _day(day: date | None) -> str:
    return str(day) if day else ""


def _count(pieces: int) -> str:
    return f"{pieces:,}" if pieces else ""


def _address(query: PurchaseQuery, *, status: PurchaseStatus | None, before: int = 0) -> str:
    asked = {
        "q": query.text,
        "status": "" if status is None else str(status),
        "supplier": str(query.supplier_id or ""),
        "before": str(before or ""),
    }
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"{PATH}?{said}" if said else PATH
