"""Was something sold below the lowest price its SKU allows? Asked with the pieces of an order that has been paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.hold import HoldReason, hold_while
from orderhub.domain.order import Order
from orderhub.domain.sku import floors, has_floors
from orderhub.kernel.money import share_fen, yuan_text


@dataclass(frozen=True)
class Sold:
    """``total_fen`` = unit price × quantity, before discounts."""

    code: str
    quantity: int
    total_fen: int


def follow(session: Session, order: Order, sold: Sequence[Sold], *, now: datetime) -> None:
    """Hold ``order`` while one of ``sold``, all of its lines, is below its floor. Safe to repeat."""
    below = _below(session, order, sold) if sold and has_floors(session) else []
    hold_while(session, order, HoldReason.PRICE_BELOW_FLOOR, is_so=bool(below), now=now, note=", ".join(below))


def paid_shares(sold: Sequence[Sold], discount_fen: int) -> list[int]:
    """What is paid for each line, once the order's discount is taken off the lines in proportion."""
    totals = [line.total_fen for line in sold]
    if not sum(totals):
        return totals
    return [total - off for total, off in zip(totals, share_fen(discount_fen, totals), strict=True)]


def _below(session: Session, order: Order, sold: Sequence[Sold]) -> list[str]:
    """``A-18: 8.00 < 10.00`` for each line that is, a piece of it; yuan."""
    lowest = floors(session, order.shop_id, {line.code for line in sold})
    found = []
    for line, paid_fen in zip(sold, paid_shares(sold, order.discount_fen), strict=True):
        floor_fen = lowest.get(line.code, 0)
        if paid_fen < floor_fen * line.quantity:
            found.append(f"{line.code}: {yuan_text(paid_fen // line.quantity)} < {yuan_text(floor_fen)}")
    return found
