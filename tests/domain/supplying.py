"""Suppliers, purchase orders and receipts for tests."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from orderhub.domain.purchase_order import LineDraft, PurchaseOrder, approve, draft_purchase, lines_of, place
from orderhub.domain.receipt import Counted, Receipt, receive
from orderhub.domain.sku import Sku, put_sku
from orderhub.domain.stock import StockLevel, Warehouse, put_warehouse
from orderhub.domain.supplier import Supplier, SupplierDraft, put_supplier
from tests.builders import NOW

BY: dict[str, Any] = {"by": "tester", "now": NOW}
TODAY = date(2026, 11, 24)


def supplier(session: Session, code: str = "HZ-01", **said: Any) -> Supplier:
    return put_supplier(session, SupplierDraft(code, **said), **BY)


def warehouse(session: Session, code: str = "east") -> Warehouse:
    return put_warehouse(session, code, name=code, now=NOW)


def sku(session: Session, code: str = "BOX-40L") -> Sku:
    return put_sku(session, code, title=f"收纳箱 {code}", **BY)


def line(code: str = "BOX-40L", quantity: int = 100, price_fen: int = 1_000, *, days: int = 10) -> LineDraft:
    return LineDraft(code, quantity, price_fen, TODAY + timedelta(days=days))


def ordered(session: Session, *lines: LineDraft, **said: Any) -> PurchaseOrder:
    """Drafted, approved and placed at ``east`` with ``HZ-01``."""
    made = draft_purchase(session, supplier(session), warehouse(session), lines or [line()], **BY, **said)
    approve(session, made.id, **BY)
    return place(session, made.id, **BY)


def came(session: Session, order: PurchaseOrder, good: int, **counts: Any) -> Receipt:
    """Of the order's first line."""
    facts = {name: counts.pop(name) for name in ("wrong", "missing", "defective") if name in counts}
    counted = Counted(lines_of(session, order.id)[0].id, good, **facts)
    return receive(session, order.id, [counted], **BY, **counts)


def on_hand(session: Session, made: Sku, place_of: Warehouse) -> int:
    level = session.get(StockLevel, (made.id, place_of.id))
    return level.on_hand if level else 0
