"""What do hundreds of waiting orders want? As ``needs_of`` says of each, but a statement for all of a shop."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlmodel import Session, col, select

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.order_stock import RefundedLine, asked_by, joined, not_called, not_given_up
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.shortage_choice import Need, ShortageChoice
from orderhub.domain.sku import Asked, explode_each, in_all
from orderhub.kernel.eventlog import batched

T = TypeVar("T")
Row = TypeVar("Row", OrderLine, ShortageChoice, RefundedLine)

_AT_ONCE = 500  # so many parameters any database takes


def needs_of_each(session: Session, orders: Iterable[Order]) -> dict[int, list[Need]]:
    """By order id, what each line that stands wants."""
    of_shop: dict[int, list[Order]] = {}
    for order in orders:
        of_shop.setdefault(order.shop_id, []).append(order)
    found: dict[int, list[Need]] = {}
    for shop_id, mine in of_shop.items():
        for part in batched(mine, _AT_ONCE):
            found |= _needs(session, shop_id, part)
    return found


def _needs(session: Session, shop_id: int, orders: Sequence[Order]) -> dict[int, list[Need]]:
    ids = [order.id for order in orders]
    every, refunded = _of_orders(session, OrderLine, ids), _of_orders(session, RefundedLine, ids)
    chosen = {
        order_id: {one.line_id: one for one in choices}
        for order_id, choices in _of_orders(session, ShortageChoice, ids).items()
    }
    lines = {
        order_id: not_given_up(not_called(every[order_id], {one.line_no for one in refunded[order_id]}), choices)
        for order_id, choices in chosen.items()
    }
    gifts = dict(
        session.exec(select(RuleDecision.order_id, RuleDecision.gifts).where(col(RuleDecision.order_id).in_(ids))).all()
    )
    asked = {order_id: asked_by(lines[order_id], chosen[order_id]) for order_id in ids}
    given = {order_id: [Asked(code, 1) for code in gifts.get(order_id, ())] for order_id in ids}
    together = [one for order_id in ids for one in (*asked[order_id], *given[order_id])]
    wanted = iter(explode_each(session, shop_id, together))
    found = {}
    for order in orders:
        each = [next(wanted) for _ in asked[order.id]]
        along = in_all([next(wanted) for _ in given[order.id]])
        found[order.id] = joined(order.status, lines[order.id], chosen[order.id], each, along)
    return found


def _of_orders(session: Session, table: type[Row], ids: Sequence[int]) -> dict[int, list[Row]]:
    """Rows of each order, as they were made."""
    found: dict[int, list[Row]] = {order_id: [] for order_id in ids}
    wanted = select(table).where(col(table.order_id).in_(ids))
    if table is OrderLine:
        wanted = wanted.order_by(col(OrderLine.id))
    for row in session.exec(wanted):
        found[row.order_id].append(row)
    return found
