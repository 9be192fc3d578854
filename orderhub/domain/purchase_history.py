"""How do orders come in that were placed elsewhere? As they stood there; a past one moves no stock.

Safe to repeat: an order by its supplier and number, a receipt by its number. What says otherwise is refused.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.purchase_order import (
    LineDraft,
    PurchaseLine,
    PurchaseOrder,
    PurchaseStatus,
    approve,
    draft_purchase,
    line_rows,
    lines_of,
    place,
)
from orderhub.domain.receipt import Counted, Receipt, ReceiptLine, content_of, receive, settle
from orderhub.domain.stock import warehouse_coded
from orderhub.domain.supplier import Supplier
from orderhub.domain.supply_drafts import Arrival, Ordered
from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import Moment, own_id
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.ids import clean_no


class SupplyUpload(SQLModel, table=True):
    """A file of suppliers and purchases that was taken."""

    __tablename__ = "supply_upload"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    name: str = Field(max_length=200)
    rows: int
    suppliers: int
    orders: int
    receipts: int
    is_history: bool
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class PurchaseDiffers(BadInput):
    """Another order stands under this number."""


@dataclass(frozen=True)
class SuppliesExported(Happening):
    """Somebody took ``rows`` of ``what`` away as a file: scorecards, purchase lines or one card."""

    subject_type: ClassVar[str] = "supplier"
    what: str
    form: str
    rows: int


@dataclass(frozen=True)
class SuppliesTaken(Happening):
    subject_type: ClassVar[str] = "supply_upload"
    suppliers: int
    orders: int
    receipts: int
    is_history: bool


def keep_past(session: Session, orders: Sequence[tuple[Supplier, Ordered]], *, by: str, now: datetime) -> int:
    """Orders nobody here knows yet, many at once; returns how many receipts came with them."""
    rows = [
        PurchaseOrder(
            order_no=clean_no(order.order_no, field="order_no"),
            supplier_id=supplier.id,
            warehouse_id=warehouse_coded(session, order.warehouse).id if order.warehouse else 0,
            status=PurchaseStatus.ORDERED,
            is_history=True,
            ordered_on=order.ordered_on,
            made_by=by,
            made_at=now,
        )
        for supplier, order in orders
    ]
    session.add_all(rows)
    session.flush()
    lines = [_lines(session, row.id, order) for row, (_, order) in zip(rows, orders, strict=True)]
    session.add_all(line for part in lines for line in part)
    session.flush()
    count = 0
    for row, (_, order), part in zip(rows, orders, lines, strict=True):
        count += _past_receipts(session, row, order, part, by=by, now=now)
        settled = all(line.settled_on for line in part)
        if any(line.accounted for line in part):
            row.status = PurchaseStatus.RECEIVED if settled else PurchaseStatus.PARTLY_RECEIVED
    session.flush()
    return count


def take_order(
    session: Session,
    supplier: Supplier,
    order: Ordered,
    standing: PurchaseOrder | None,
    *,
    is_history: bool,
    by: str,
    now: datetime,
) -> int:
    """The order and its receipts, as far as they are new; returns how many receipts were.

    Raises:
        PurchaseDiffers: the number stands for other lines.
        RuleBroken: what ``receive`` refuses.
    """
    if standing is None:
        standing = _placed(session, supplier, order, is_history=is_history, by=by, now=now)
    lines = _matched(session, standing, order)
    count = 0
    for (number, day), said in sorted(_by_receipt(order, lines).items(), key=lambda one: (one[0][1], one[0][0])):
        before = _has_receipt(session, standing.id, number)
        receive(session, standing.id, said, by=by, now=now, receipt_no=number, received_on=day)
        count += not before
    return count


def _placed(
    session: Session, supplier: Supplier, order: Ordered, *, is_history: bool, by: str, now: datetime
) -> PurchaseOrder:
    warehouse = warehouse_coded(session, order.warehouse) if order.warehouse else None
    drafts = [one.line for one in order.lines]
    made = draft_purchase(session, supplier, warehouse, drafts, by=by, now=now, order_no=order.order_no)
    made.is_history = is_history
    approve(session, made.id, by=by, now=now)
    place(session, made.id, by=by, now=now)
    made.ordered_on = order.ordered_on or (None if is_history else business_day(now))
    for row, one in zip(lines_of(session, made.id), order.lines, strict=True):
        row.is_counted = one.is_counted
        session.add(row)
    return made


def _matched(session: Session, standing: PurchaseOrder, order: Ordered) -> list[PurchaseLine]:
    lines = lines_of(session, standing.id)
    if [_said(line) for line in lines] != [_said_of(one.line) for one in order.lines]:
        problem = "purchase_differs"
        raise PurchaseDiffers(f"{order.order_no}: its lines are others", field="order_no", problem=problem)
    return lines


def _said(line: PurchaseLine) -> tuple[str, int, int, date | None]:
    return line.code, line.quantity, line.price_fen, line.promised_on


def _said_of(line: LineDraft) -> tuple[str, int, int, date | None]:
    return clean_no(line.code, field="sku_code"), line.quantity, line.price_fen, line.promised_on


def _by_receipt(order: Ordered, lines: Sequence[PurchaseLine]) -> dict[tuple[str, date], list[Counted]]:
    found: dict[tuple[str, date], list[Counted]] = defaultdict(list)
    for line, one in zip(lines, order.lines, strict=True):
        for arrival in one.arrivals:
            found[arrival.receipt_no, arrival.received_on].append(_counted(line.id, arrival))
    return found


def _has_receipt(session: Session, purchase_id: int, number: str) -> bool:
    wanted = select(Receipt.id).where(Receipt.purchase_id == purchase_id, col(Receipt.receipt_no) == number)
    return session.exec(wanted).first() is not None


def _lines(session: Session, purchase_id: int, order: Ordered) -> list[PurchaseLine]:
    rows = line_rows(session, purchase_id, [one.line for one in order.lines])
    for row, one in zip(rows, order.lines, strict=True):
        row.is_counted = one.is_counted
    return rows


def _past_receipts(
    session: Session, order: PurchaseOrder, told: Ordered, lines: Sequence[PurchaseLine], *, by: str, now: datetime
) -> int:
    """As ``receive`` would write them."""
    by_receipt = _by_receipt(told, lines)
    known = {line.id: line for line in lines}
    receipts = []
    for (number, day), said in by_receipt.items():
        receipts.append(
            Receipt(
                purchase_id=order.id,
                warehouse_id=order.warehouse_id,
                receipt_no=number,
                received_on=day,
                content_digest=content_of(day, said),
                by=by,
                at=now,
            )
        )
    session.add_all(receipts)
    session.flush()
    for receipt, said in zip(receipts, by_receipt.values(), strict=True):
        for one in said:
            settle(known[one.line_id], one, receipt.received_on)
            session.add(ReceiptLine(receipt_id=receipt.id, **vars(one)))
    return len(receipts)


def _counted(line_id: int, arrival: Arrival) -> Counted:
    return Counted(line_id, arrival.good, arrival.wrong, arrival.missing, arrival.defective)
