"""What becomes of a file of suppliers and purchases? All of it or nothing, and nothing twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.purchase_history import SuppliesTaken, SupplyUpload, keep_past, take_order
from orderhub.domain.purchase_order import PurchaseOrder
from orderhub.domain.sku import Sku, sku_coded, tidy_code
from orderhub.domain.supplier import Supplier, SupplyDraft, put_supplier, set_supply
from orderhub.domain.supply_drafts import Ordered, SupplyFile
from orderhub.intake.supplies.reading import BadSupplies, RowProblem
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import batched, record
from orderhub.kernel.many_rows import among

_AT_ONCE = 500


@dataclass(frozen=True)
class Taken:
    """``orders`` and ``receipts`` are those that were new."""

    suppliers: int = 0
    orders: int = 0
    receipts: int = 0


@dataclass(frozen=True)
class Weighed:
    """What taking a file would find; ``shelved`` pieces would go to the shelf where it is no history."""

    suppliers: int
    supplies: int
    orders: int
    fresh: int
    lines: int
    arrivals: int
    shelved: int
    unmatched: tuple[str, ...] = field(default=())


def weigh(session: Session, file: SupplyFile) -> Weighed:
    """Nothing is changed."""
    standing = _standing(session, file)
    codes = {tidy_code(one.line.code) for order in file.orders for one in order.lines}
    codes |= {tidy_code(one.sku_code) for one in file.supplies}
    known = set(session.exec(select(Sku.code).where(among(session, col(Sku.code), codes))))
    fresh = [one for one in file.orders if (one.supplier_code, one.order_no) not in standing]
    arrivals = [one for order in file.orders for line in order.lines for one in line.arrivals]
    return Weighed(
        suppliers=len(file.suppliers),
        supplies=len(file.supplies),
        orders=len(file.orders),
        fresh=len(fresh),
        lines=sum(len(order.lines) for order in file.orders),
        arrivals=len(arrivals),
        shelved=0 if file.is_past else _shelved(fresh, known),
        unmatched=tuple(sorted(codes - known)),
    )


def take(session: Session, file: SupplyFile, *, is_history: bool, by: str, now: datetime) -> Taken:
    """Suppliers, what they sell, orders and receipts. Safe to repeat. ``is_history``: no stock is moved.

    Raises:
        BadInput: a supplier cannot be as the file says.
        BadSupplies: the row that cannot be; the caller's transaction keeps nothing of the others.
    """
    is_past = is_history or file.is_past
    suppliers = {draft.code: put_supplier(session, draft, by=by, now=now) for draft in file.suppliers}
    for supply in file.supplies:
        _supply(session, suppliers[supply.supplier_code], supply, by=by, now=now)
    standing = _standing(session, file)
    fresh = [one for one in file.orders if (one.supplier_code, one.order_no) not in standing]
    receipts = 0
    if is_past:
        for part in batched(fresh, _AT_ONCE):
            receipts += keep_past(session, [(suppliers[one.supplier_code], one) for one in part], by=by, now=now)
    known = [one for one in file.orders if (one.supplier_code, one.order_no) in standing]
    for order in known if is_past else file.orders:
        receipts += _take(session, suppliers, order, standing, is_history=is_past, by=by, now=now)
    upload = SupplyUpload(
        name=file.name[:200],
        rows=file.rows,
        suppliers=len(file.suppliers),
        orders=len(fresh),
        receipts=receipts,
        is_history=is_past,
        by=by,
        at=now,
    )
    session.add(upload)
    session.flush()
    taken = SuppliesTaken(upload.id, len(file.suppliers), len(fresh), receipts, is_past)
    record(session, taken, actor=by, now=now)
    return Taken(len(file.suppliers), len(fresh), receipts)


def _supply(session: Session, supplier: Supplier, one: SupplyDraft, *, by: str, now: datetime) -> None:
    try:
        set_supply(
            session,
            supplier,
            sku_coded(session, one.sku_code),
            pack_size=one.pack_size,
            price_fen=one.price_fen,
            is_preferred=one.is_preferred,
            by=by,
            now=now,
        )
    except RuleBroken as error:
        raise BadSupplies((_problem(one.row, one.sku_code, error),)) from error


def _take(
    session: Session,
    suppliers: dict[str, Supplier],
    order: Ordered,
    standing: dict[tuple[str, str], PurchaseOrder],
    *,
    is_history: bool,
    by: str,
    now: datetime,
) -> int:
    supplier, known = suppliers[order.supplier_code], standing.get((order.supplier_code, order.order_no))
    try:
        return take_order(session, supplier, order, known, is_history=is_history, by=by, now=now)
    except RuleBroken as error:
        raise BadSupplies((_problem(order.lines[0].row, order.order_no, error),)) from error


def _problem(row: int, name: str, error: RuleBroken) -> RowProblem:
    return RowProblem(row, name, error.problem if isinstance(error, BadInput) else error.code)


def _standing(session: Session, file: SupplyFile) -> dict[tuple[str, str], PurchaseOrder]:
    """By supplier and number, orders of the file that are here."""
    numbers = {order.order_no for order in file.orders}
    wanted = (
        select(Supplier.code, PurchaseOrder)
        .join(PurchaseOrder, col(PurchaseOrder.supplier_id) == Supplier.id)
        .where(among(session, col(PurchaseOrder.order_no), numbers))
    )
    return {(code, order.order_no): order for code, order in session.exec(wanted)}


def _shelved(fresh: Sequence[Ordered], known: set[str]) -> int:
    return sum(
        arrival.good
        for order in fresh
        if order.warehouse
        for line in order.lines
        if tidy_code(line.line.code) in known
        for arrival in line.arrivals
    )
