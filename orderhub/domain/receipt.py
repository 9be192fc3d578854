"""What has a supplier brought, and in which state? 到货: each piece is good, wrong, missing or defective, said once.

Good pieces go to the shelf in the same transaction; the others are what the supplier's scorecard is made of.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.purchase_order import (
    PurchaseEvent,
    PurchaseLine,
    PurchaseOrder,
    PurchaseStatus,
    lines_of,
    move_on,
    purchase_of,
)
from orderhub.domain.stock import Cause, Warehouse, adjust
from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_no, clean_text, digest

_RECEIVABLE = (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED)


class Receipt(SQLModel, table=True):
    """Unique by the purchase order and its number: the same one again changes nothing."""

    __table_args__ = (UniqueConstraint("purchase_id", "receipt_no"), Index("ix_receipt_received_on", "received_on"))

    id: int = own_id()
    purchase_id: int = Field(foreign_key="purchase_order.id", sa_type=BigId)
    warehouse_id: int = Field(default=0, sa_type=BigId)
    receipt_no: str = Field(max_length=64)
    received_on: date = Field(sa_type=Date)  # type: ignore[call-overload]
    content_digest: str = Field(max_length=64)
    note: str = Field(default="", max_length=200)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class ReceiptLine(SQLModel, table=True):
    __tablename__ = "receipt_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("receipt_id", "line_id"),
        CheckConstraint("good >= 0 AND wrong >= 0 AND missing >= 0 AND defective >= 0", name="none_negative"),
        CheckConstraint("good + wrong + missing + defective > 0", name="some"),
    )

    id: int = own_id()
    receipt_id: int = Field(foreign_key="receipt.id", sa_type=BigId)
    line_id: int = Field(foreign_key="purchase_line.id", sa_type=BigId, index=True)
    good: int = Field(default=0, sa_type=BigId)
    wrong: int = Field(default=0, sa_type=BigId)
    missing: int = Field(default=0, sa_type=BigId)
    defective: int = Field(default=0, sa_type=BigId)


class NotOrdered(RuleBroken):
    code = "purchase_not_ordered"


class MoreThanOrdered(RuleBroken):
    code = "more_than_ordered"


class ReceiptDiffers(RuleBroken):
    code = "receipt_differs"


@dataclass(frozen=True)
class GoodsReceived(PurchaseEvent):
    subject_type: ClassVar[str] = "purchase_order"
    receipt_id: int
    good: int
    wrong: int
    missing: int
    defective: int


@dataclass(frozen=True, order=True)
class Counted:
    """Of an order's line, so many pieces are in each state."""

    line_id: int
    good: int = 0
    wrong: int = 0
    missing: int = 0
    defective: int = 0

    @property
    def pieces(self) -> int:
        return self.good + self.wrong + self.missing + self.defective


def receive(
    session: Session,
    purchase_id: int,
    counted: Sequence[Counted],
    *,
    by: str,
    now: datetime,
    receipt_no: str = "",
    received_on: date | None = None,
    note: str = "",
) -> Receipt:
    """Write down what has come; good pieces are on the shelf then. Whoever calls lets waiting orders go on.

    Safe to repeat by ``receipt_no``; without one the receipt gets the order's next number.

    Raises:
        BadInput: nothing counted, a line of another order, a day to come.
        BundleHasNoStock: a line is a bundle, whose parts have stock.
        MoreThanOrdered: the line's open pieces are named.
        NotFound: there is no such order.
        NotOrdered: it has not been placed, or everything of it has come.
        ReceiptDiffers: this number stands for something else.
    """
    order = purchase_of(session, purchase_id, lock=True)
    said = sorted(one for one in counted if one.pieces)
    if not said or any(min(astuple(one)) < 0 for one in said):
        raise BadInput("counted: say how many pieces have come", field="counted", problem="receipt_nothing")
    day = received_on or business_day(now)
    if day > business_day(now):
        raise BadInput(f"received on: {day} is to come", field="received_on", problem="receipt_to_come")
    content = content_of(day, said)
    number = clean_no(receipt_no, field="receipt_no") if receipt_no else next_no(session, order)
    if standing := receipt_numbered(session, purchase_id, number):
        if standing.content_digest != content:
            raise ReceiptDiffers(f"{number} was received with other counts")
        return standing
    if order.status not in _RECEIVABLE:
        raise NotOrdered(f"{order.order_no} is {order.status}")
    lines = lines_of(session, purchase_id)
    _check_open(lines, said)
    made = Receipt(
        purchase_id=purchase_id,
        warehouse_id=order.warehouse_id,
        receipt_no=number,
        received_on=day,
        content_digest=content,
        note=clean_text(note, most=200, field="note"),
        by=by,
        at=now,
    )
    session.add(made)
    session.flush()
    known = {line.id: line for line in lines}
    for one in said:
        settle(known[one.line_id], one, day)
        session.add(known[one.line_id])
        session.add(ReceiptLine(receipt_id=made.id, **vars(one)))
    _shelve(session, order, known, said, reason=f"{order.order_no} {number}", by=by, now=now)
    is_whole = not any(line.open for line in lines)
    move_on(
        session,
        order,
        PurchaseStatus.RECEIVED if is_whole else PurchaseStatus.PARTLY_RECEIVED,
        by=by,
        now=now,
    )
    sums = [sum(getattr(one, state) for one in said) for state in ("good", "wrong", "missing", "defective")]
    record(session, GoodsReceived(order.id, made.id, *sums), actor=by, now=now)
    session.flush()
    return made


def content_of(day: date, said: Sequence[Counted]) -> str:
    """Equal for receipts that say the same."""
    return digest(f"{day}|{sorted(astuple(one) for one in said)}")


def settle(line: PurchaseLine, one: Counted, day: date) -> None:
    """Add what was counted to what the line knows."""
    line.good += one.good
    line.wrong += one.wrong
    line.missing += one.missing
    line.defective += one.defective
    if not line.open:
        line.settled_on = day


def receipt_numbered(session: Session, purchase_id: int, receipt_no: str) -> Receipt | None:
    wanted = select(Receipt).where(Receipt.purchase_id == purchase_id, Receipt.receipt_no == receipt_no)
    return session.exec(wanted).one_or_none()


def receipts_of(session: Session, purchase_id: int) -> list[tuple[Receipt, list[ReceiptLine]]]:
    """Oldest first."""
    wanted = (
        select(Receipt).where(Receipt.purchase_id == purchase_id).order_by(col(Receipt.received_on), col(Receipt.id))
    )
    found = {receipt.id: (receipt, []) for receipt in session.exec(wanted)}
    inside = select(ReceiptLine).where(col(ReceiptLine.receipt_id).in_(found)).order_by(col(ReceiptLine.id))
    for line in session.exec(inside):
        found[line.receipt_id][1].append(line)
    return list(found.values())


def next_no(session: Session, order: PurchaseOrder) -> str:
    count = session.exec(select(func.count()).select_from(Receipt).where(Receipt.purchase_id == order.id)).one()
    return f"R{order.id}-{count + 1}"


def _check_open(lines: Sequence[PurchaseLine], said: Sequence[Counted]) -> None:
    known = {line.id: line for line in lines}
    if len({one.line_id for one in said}) < len(said) or any(one.line_id not in known for one in said):
        raise BadInput("counted: a line twice, or of another order", field="counted", problem="receipt_lines")
    for one in said:
        line = known[one.line_id]
        if one.pieces > line.open:
            raise MoreThanOrdered(
                f"{line.code}: {line.open} to come, {one.pieces} said", code=line.code, open=str(line.open)
            )


def _shelve(
    session: Session,
    order: PurchaseOrder,
    lines: dict[int, PurchaseLine],
    said: Sequence[Counted],
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """In SKU order, as every change of levels."""
    warehouse = session.get(Warehouse, order.warehouse_id) if order.warehouse_id > 0 else None
    if warehouse is None or order.is_history:
        return
    for one in sorted(said, key=lambda one: lines[one.line_id].sku_id):
        sku_id = lines[one.line_id].sku_id
        if one.good and sku_id:
            adjust(session, sku_id, warehouse, one.good, reason=reason, by=by, now=now, cause=Cause.RECEIVED)
