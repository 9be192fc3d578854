"""Which purchase orders are there, and how far are they? Newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, case, col, func, or_, select

from orderhub.domain.purchase_order import PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.domain.stock import Warehouse
from orderhub.domain.supplier import Supplier

PAGE_SIZE = 50
_AT_ONCE = 1000


@dataclass(frozen=True)
class PurchaseRow:
    """``promised_on`` is the earliest promise among lines that are not settled, or else the last of all."""

    order: PurchaseOrder
    supplier: str
    warehouse: str
    lines: int
    pieces: int
    accounted: int
    total_fen: int
    promised_on: date | None

    def is_late(self, today: date) -> bool:
        is_owed = self.order.status in (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED)
        return is_owed and self.promised_on is not None and today > self.promised_on


@dataclass(frozen=True)
class PurchaseLineRow:
    line: PurchaseLine
    order: PurchaseOrder
    supplier: str
    warehouse: str


def purchase_rows(
    session: Session,
    *,
    text: str = "",
    status: PurchaseStatus | None = None,
    supplier_id: int = 0,
    before: int = 0,
    size: int = PAGE_SIZE,
) -> tuple[list[PurchaseRow], int]:
    """A page of them, and the id that the next begins below; 0: nowhere."""
    wanted = _orders(text, status, supplier_id)
    if before:
        wanted = wanted.where(col(PurchaseOrder.id) < before)
    found = session.exec(wanted.order_by(col(PurchaseOrder.id).desc()).limit(size + 1)).all()
    sums = _sums(session, [order.id for order, _, _ in found[:size]])
    rows = [
        PurchaseRow(order, supplier, warehouse or "", *sums.get(order.id, (0, 0, 0, 0, None)))
        for order, supplier, warehouse in found[:size]
    ]
    return rows, rows[-1].order.id if len(found) > size else 0


def purchase_counts(session: Session) -> dict[PurchaseStatus, int]:
    wanted = select(PurchaseOrder.status, func.count()).group_by(col(PurchaseOrder.status))
    return {PurchaseStatus(status): count for status, count in session.exec(wanted)}


def suppliers_to_choose(session: Session) -> list[Supplier]:
    """Those that are asked for goods, by name."""
    return list(session.exec(select(Supplier).where(col(Supplier.is_active)).order_by(col(Supplier.name))))


def every_line(
    session: Session, *, text: str = "", status: PurchaseStatus | None = None, supplier_id: int = 0
) -> Iterator[PurchaseLineRow]:
    """Of the orders that are asked for, the newest first, without holding them."""
    orders = _orders(text, status, supplier_id).subquery()
    wanted = (
        select(PurchaseLine, PurchaseOrder, Supplier.name, Warehouse.name)
        .join(PurchaseOrder, col(PurchaseOrder.id) == PurchaseLine.purchase_id)
        .join(Supplier, col(Supplier.id) == PurchaseOrder.supplier_id)
        .outerjoin(Warehouse, col(Warehouse.id) == PurchaseOrder.warehouse_id)
        .where(col(PurchaseOrder.id).in_(select(orders.c.id)))
        .order_by(col(PurchaseOrder.id).desc(), col(PurchaseLine.place))
    )
    for line, order, supplier, warehouse in session.exec(wanted.execution_options(yield_per=_AT_ONCE)):
        yield PurchaseLineRow(line, order, supplier, warehouse or "")


def _orders(text: str, status: PurchaseStatus | None, supplier_id: int):
    wanted = (
        select(PurchaseOrder, Supplier.name, Warehouse.name.label("warehouse"))  # type: ignore[attr-defined]
        .join(Supplier, col(Supplier.id) == PurchaseOrder.supplier_id)
        .outerjoin(Warehouse, col(Warehouse.id) == PurchaseOrder.warehouse_id)
    )
    if text:
        said = (col(PurchaseOrder.order_no), col(Supplier.name), col(Supplier.code))
        wanted = wanted.where(or_(*(one.icontains(text, autoescape=True) for one in said)))
    if status:
        wanted = wanted.where(PurchaseOrder.status == status)
    if supplier_id:
        wanted = wanted.where(PurchaseOrder.supplier_id == supplier_id)
    return wanted


def _sums(session: Session, ids: list[int]) -> dict[int, tuple[int, int, int, int, date | None]]:
    accounted = PurchaseLine.good + PurchaseLine.wrong + PurchaseLine.missing + PurchaseLine.defective
    owed = case((col(PurchaseLine.settled_on).is_(None), col(PurchaseLine.promised_on)))
    wanted = (
        select(
            PurchaseLine.purchase_id,
            func.count(),
            func.sum(PurchaseLine.quantity),
            func.sum(accounted),
            func.sum(PurchaseLine.quantity * PurchaseLine.price_fen),
            func.min(owed),
            func.max(PurchaseLine.promised_on),
        )  # type: ignore[call-overload]
        .where(col(PurchaseLine.purchase_id).in_(ids))
        .group_by(col(PurchaseLine.purchase_id))
    )
    return {
        purchase_id: (lines, int(pieces), int(came), int(fen), first or last)
        for purchase_id, lines, pieces, came, fen, first, last in session.exec(wanted)
    }
