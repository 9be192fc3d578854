"""What do an order's goods weigh, and are they there? Facts that are looked up only for rules that ask for them."""

from collections.abc import Iterable, MutableMapping

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.order import Order
from orderhub.domain.order_stock import line_code, standing_lines
from orderhub.domain.reservation import reservations
from orderhub.domain.rules.words import Stock
from orderhub.domain.sku import Sku, explode, has_skus
from orderhub.domain.stock import StockLevel

Known = MutableMapping[tuple[int, str], int | None]  # grams of one, by shop and code


def grams_of(session: Session, shop_id: int, lines: Iterable[tuple[str, int]], known: Known) -> int | None:
    """What ``lines`` (code, quantity) weigh, gifts included; None where something of it is not known.

    ``known`` keeps what one of a code weighs, for a caller who asks about many orders.
    """
    total = 0
    for code, quantity in lines:
        if (shop_id, code) not in known:
            known[shop_id, code] = _grams_of_one(session, shop_id, code)
        each = known[shop_id, code]
        if each is None:
            return None
        total += each * quantity
    return total


def weight_of(session: Session, order: Order) -> int | None:
    lines = [(line_code(line), line.quantity) for line in standing_lines(session, order)]
    return grams_of(session, order.shop_id, lines, {})


def stock_of(session: Session, order: Order) -> Stock | None:
    """Whether all of it is there, in whatever warehouses, or the order's already; None where nobody can know."""
    lines = [(line_code(line), line.quantity) for line in standing_lines(session, order)]
    wanted = explode(session, order.shop_id, lines)
    if wanted.unmatched or not has_skus(session):
        return None
    pieces = {sku_id: wanted.pieces.get(sku_id, 0) + wanted.later.get(sku_id, 0)
              for sku_id in wanted.pieces.keys() | wanted.later.keys()}  # fmt: skip
    there = (
        select(StockLevel.sku_id, func.sum(col(StockLevel.on_hand) - col(StockLevel.reserved)))
        .where(col(StockLevel.sku_id).in_(pieces))
        .group_by(col(StockLevel.sku_id))
    )
    had = {sku_id: int(count) for sku_id, count in session.exec(there)}
    for one in reservations(session, [order.id]):
        had[one.sku_id] = had.get(one.sku_id, 0) + one.quantity + one.shipped
    is_there = all(had.get(sku_id, 0) >= count for sku_id, count in pieces.items())
    return Stock.ENOUGH if is_there else Stock.SHORT


def _grams_of_one(session: Session, shop_id: int, code: str) -> int | None:
    wanted = explode(session, shop_id, [(code, 1)])
    pieces = [*wanted.pieces.items(), *wanted.later.items()]
    weighed = select(Sku.id, Sku.weight_grams).where(col(Sku.id).in_([sku_id for sku_id, _ in pieces]))
    grams = dict(session.exec(weighed).all())
    if wanted.unmatched or not all(grams.get(sku_id) for sku_id, _ in pieces):
        return None
    return sum(grams[sku_id] * count for sku_id, count in pieces)
