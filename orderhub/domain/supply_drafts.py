"""What does a file or a program say of suppliers, of what was ordered from them and of what they brought?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from orderhub.domain.purchase_order import LineDraft
from orderhub.domain.supplier import SupplierDraft, SupplyDraft


class Noted(StrEnum):
    """What was done with something a file says badly."""

    NO_PROMISE = "no_promise"  # kept, but counts neither as on time nor as late
    NO_ORDER_DAY = "no_order_day"  # kept; its lead time is not known
    NOT_NEEDED = "not_needed"  # nothing is made of this column
    LEFT_OUT = "left_out"  # the row is not taken
    NOT_COUNTED = "not_counted"  # nobody says whether anything was wrong: no figure for it
    PRICE_ROUNDED = "price_rounded"  # to hundredths
    NO_PRICE = "no_price"  # kept; its price is not compared
    NO_ORDERS = "no_orders"  # a supplier without an order: a card without figures


@dataclass(frozen=True)
class Note:
    """``rows`` rows say ``word`` in the column ``field``; ``done`` is what becomes of them."""

    field: str
    word: str
    rows: int
    done: Noted


@dataclass(frozen=True)
class Arrival:
    """What one receipt says of a line."""

    receipt_no: str
    received_on: date
    good: int = 0
    wrong: int = 0
    missing: int = 0
    defective: int = 0

    @property
    def pieces(self) -> int:
        return self.good + self.wrong + self.missing + self.defective


@dataclass(frozen=True)
class OrderedLine:
    """``row`` is where the file says it; ``is_counted``: the file says what was wrong, or that nothing was."""

    line: LineDraft
    arrivals: tuple[Arrival, ...] = ()
    is_counted: bool = True
    row: int = 0

    @property
    def settled_on(self) -> date | None:
        """The day the last piece came; None while some are still to come."""
        if sum(one.pieces for one in self.arrivals) < self.line.quantity:
            return None
        return max(one.received_on for one in self.arrivals)


@dataclass(frozen=True)
class Ordered:
    """An order that is with its supplier. ``warehouse`` is a code or a name, empty: none of ours."""

    supplier_code: str
    order_no: str
    lines: tuple[OrderedLine, ...]
    ordered_on: date | None = None
    warehouse: str = ""


@dataclass(frozen=True)
class SupplyFile:
    name: str
    suppliers: Sequence[SupplierDraft] = ()
    supplies: Sequence[SupplyDraft] = ()
    orders: Sequence[Ordered] = ()
    notes: Sequence[Note] = ()
    rows: int = 0
    is_past: bool = False  # a history by its very layout: it never moves stock
