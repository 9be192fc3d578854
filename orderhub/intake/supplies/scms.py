"""What does a delivery history of the Supply Chain Management System say? A vendor's scheduled against delivered days.

Source: USAID, "SCMS Delivery History Dataset" (US government open data), columns as of 2015. It does not say whether
anything was wrong or defective, and its words for a day that is not known are kept as notes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from orderhub.domain.purchase_order import LineDraft
from orderhub.domain.supplier import SupplierDraft
from orderhub.domain.supply_drafts import Arrival, Note, Noted, Ordered, OrderedLine, SupplyFile
from orderhub.intake.files.cells import plain
from orderhub.intake.files.table import Table
from orderhub.kernel.ids import digest, shown_text
from orderhub.kernel.money import MOST_FEN

_SCHEDULED, _DELIVERED, _VENDOR = "Scheduled Delivery Date", "Delivered to Client Date", "Vendor"
_ORDER, _QUANTITY, _PRICE, _ITEM = "PO / SO #", "Line Item Quantity", "Pack Price", "Item Description"
_SENT, _ASKED, _RECEIPT = "PO Sent to Vendor Date", "PQ First Sent to Client Date", "ASN/DN #"
_NEEDED = (_SCHEDULED, _DELIVERED, _VENDOR, _ORDER, _QUANTITY)
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DOLLAR = "USD"

_Key = tuple[str, str]


@dataclass
class _Found:
    ordered: dict[_Key, date | None] = field(default_factory=dict)
    lines: dict[_Key, list[OrderedLine]] = field(default_factory=dict)
    vendors: dict[str, SupplierDraft] = field(default_factory=dict)
    noted: Counter[tuple[str, str, Noted]] = field(default_factory=Counter)
    rows: int = 0


def is_scms(header: Sequence[str]) -> bool:
    return set(_NEEDED) <= set(header)


def read(table: Table, name: str) -> SupplyFile:
    """Nothing is refused: what cannot be used is noted, and the rest is."""
    places = {column: place for place, column in enumerate(table.header)}
    found = _Found()
    for number, cells in table.rows:
        found.rows += 1
        row = {column: plain(cells[place]) for column, place in places.items()}
        _take(found, row, number)
    if found.rows:
        found.noted["", "", Noted.NOT_COUNTED] = sum(map(len, found.lines.values()))
    orders = [
        Ordered(vendor, order_no, tuple(lines), found.ordered[vendor, order_no])
        for (vendor, order_no), lines in found.lines.items()
    ]
    silent = found.vendors.keys() - {order.supplier_code for order in orders}
    notes = [Note(column, word, count, done) for (column, word, done), count in found.noted.items()]
    notes += [Note(_VENDOR, ", ".join(sorted(silent))[:200], len(silent), Noted.NO_ORDERS)] if silent else []
    return SupplyFile(name, list(found.vendors.values()), (), orders, notes, found.rows, is_past=True)


def read_day(text: str) -> date | None:
    """``2-Jun-06`` and ``11/13/06``, month first; None for a word such as ``Date Not Captured``."""
    parts = text.replace("/", "-").split("-")
    if len(parts) != 3:
        return None
    first, second, third = parts
    try:
        year = int(third) + (2000 if len(third) == 2 else 0)
        if second[:3].lower() in _MONTHS:
            return date(year, _MONTHS[second[:3].lower()], int(first))
        return date(int(first), int(second), int(third)) if len(first) == 4 else date(year, int(first), int(second))
    except ValueError:
        return None


def _take(found: _Found, row: dict[str, str], number: int) -> None:
    vendor = shown_text(row[_VENDOR], 64)
    if not vendor:
        found.noted[_VENDOR, "", Noted.LEFT_OUT] += 1
        return
    name = row[_VENDOR][:200] if row[_VENDOR].isprintable() else shown_text(row[_VENDOR], 200)
    found.vendors.setdefault(vendor, SupplierDraft(vendor, name, currency=_DOLLAR))
    order_no, quantity = row[_ORDER][:64], row[_QUANTITY].replace(",", "")
    if not order_no or not quantity.isascii() or not quantity.isdigit() or not int(quantity):
        column = _QUANTITY if order_no else _ORDER
        found.noted[column, row[column], Noted.LEFT_OUT] += 1
        return
    delivered = read_day(row[_DELIVERED])
    if delivered is None and row[_DELIVERED]:
        # It came, but nobody knows when: neither late nor on time.
        found.noted[_DELIVERED, row[_DELIVERED], Noted.LEFT_OUT] += 1
        return
    key = (vendor, order_no)
    sent = _noted_day(found, row, _SENT, Noted.NO_ORDER_DAY)
    found.ordered[key] = found.ordered.get(key) or sent
    _noted_day(found, row, _ASKED, Noted.NOT_NEEDED)
    scheduled = _noted_day(found, row, _SCHEDULED, Noted.NO_PROMISE)
    item = row.get(_ITEM, "")
    line = LineDraft(_code(item), int(quantity), _price(found, row), scheduled, shown_text(item, 200))
    arrivals = ()
    if delivered:
        arrivals = (Arrival(f"{row.get(_RECEIPT, '')} {delivered}".strip()[:64], delivered, good=int(quantity)),)
    found.lines.setdefault(key, []).append(OrderedLine(line, arrivals, is_counted=False, row=number))


def _noted_day(found: _Found, row: dict[str, str], column: str, done: Noted) -> date | None:
    said = row.get(column, "")
    day = read_day(said)
    if day is None and column in row:
        found.noted[column, said, done] += 1
    return day


def _price(found: _Found, row: dict[str, str]) -> int:
    """Hundredths of a pack's price; 0 where none is said."""
    said = row.get(_PRICE, "").replace(",", "")
    try:
        exact = Decimal(said) * 100
        cents = int(exact.to_integral_value()) if exact.is_finite() else 0
    except (InvalidOperation, ValueError, OverflowError):
        exact, cents = Decimal(0), 0
    if not 0 < cents <= MOST_FEN:
        found.noted[_PRICE, said, Noted.NO_PRICE] += 1
        return 0
    if exact != cents:
        found.noted[_PRICE, "", Noted.PRICE_ROUNDED] += 1
    return cents


def _code(item: str) -> str:
    """The item's words, made short where they are long without making two of them one."""
    said = shown_text(item, 200)
    return said if 0 < len(said) <= 64 else f"{said[:55].strip()}~{digest(item)[:8]}"
