"""Which goods are short, whom do they keep waiting, when do they come, and what was decided?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.many_needs import needs_of_each
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.order_stock import StockWait, Why, needs_of
from orderhub.domain.restock import Expected, expected, served_by
from orderhub.domain.shortage import short_lines
from orderhub.domain.shortage_choice import Choice, Need, ShortageChoice, choices_of
from orderhub.domain.sku import Sku
from orderhub.domain.stock_upkeep import Turn

PAGE_SIZE = 50


@dataclass(frozen=True)
class ShortSku:
    """``pieces`` and ``orders`` wait; of them ``served`` orders are helped by what is ``expected`` first."""

    sku: Sku
    orders: int
    pieces: int
    at_risk_fen: int
    ship_by: datetime | None
    expected: Expected | None
    served: int


@dataclass(frozen=True)
class ShortLine:
    """``skus``: codes of the line that are short; ``instead`` is what goes in its place, as ``CODE × pieces``."""

    line: OrderLine
    skus: tuple[str, ...]
    choice: Choice
    instead: str
    note: str
    by: str


@dataclass(frozen=True)
class ShortOrder:
    order: Order
    pieces: int
    lines: tuple[ShortLine, ...]


def short_skus(session: Session, *, limit: int = PAGE_SIZE) -> list[ShortSku]:
    """What orders wait for, that of the order that must leave first comes first."""
    wanted = select(StockWait.subject_id, Order).join(Order, col(Order.id) == StockWait.order_id)
    waiting: dict[int, list[Order]] = {}
    for sku_id, order in session.exec(wanted.where(StockWait.why == Why.SHORT)):
        waiting.setdefault(sku_id, []).append(order)
    turns = {sku_id: sorted(orders, key=_rank) for sku_id, orders in waiting.items()}
    shown = sorted(turns, key=lambda sku_id: _rank(turns[sku_id][0]))[:limit]
    skus = {sku.id: sku for sku in session.exec(select(Sku).where(col(Sku.id).in_(shown)))}
    coming = expected(session, shown)
    needs = needs_of_each(session, {order.id: order for sku_id in shown for order in turns[sku_id]}.values())
    return [_short_sku(skus[sku_id], turns[sku_id], needs, coming.get(sku_id)) for sku_id in shown]


def short_orders(session: Session, sku_id: int, *, limit: int = PAGE_SIZE) -> list[ShortOrder]:
    """Orders that wait for the SKU, in their turn."""
    waits = select(Order).join(StockWait, col(StockWait.order_id) == Order.id)
    waits = waits.where(StockWait.why == Why.SHORT, StockWait.subject_id == sku_id)
    in_turn = (
        col(Order.ship_by).nulls_last(),
        col(Order.paid_fen).desc(),
        col(Order.paid_at).nulls_last(),
        col(Order.id),
    )
    found = session.exec(waits.order_by(*in_turn).limit(limit)).all()
    needs = needs_of_each(session, found)
    return [ShortOrder(order, _pieces(needs[order.id], sku_id), tuple(shortages_of(session, order))) for order in found]


def shortages_of(session: Session, order: Order) -> list[ShortLine]:
    """The order's lines that wait for goods, with what was decided about them."""
    lines = short_lines(session, order)
    if not lines:
        return []
    chosen = choices_of(session, order.id)
    waits = set(session.exec(select(StockWait.subject_id).where(StockWait.order_id == order.id)))
    mine = {need.line.id: set(need.wanted.every) & waits for need in needs_of(session, order)}
    ids = {sku_id for found in mine.values() for sku_id in found} | {one.sku_id for one in chosen.values()}
    codes = dict(session.exec(select(Sku.id, Sku.code).where(col(Sku.id).in_(ids))).all())
    return [_short_line(line, sorted(mine.get(line.id, ())), codes, chosen.get(line.id)) for line in lines]


def _short_sku(
    sku: Sku, orders: Sequence[Order], needs: Mapping[int, Sequence[Need]], coming: Expected | None
) -> ShortSku:
    pieces = [_pieces(needs[order.id], sku.id) for order in orders]
    return ShortSku(
        sku=sku,
        orders=len(orders),
        pieces=sum(pieces),
        at_risk_fen=sum(order.paid_fen for order in orders),
        ship_by=orders[0].ship_by,
        expected=coming,
        served=served_by(coming.pieces, pieces) if coming else 0,
    )


def _short_line(
    line: OrderLine, sku_ids: Sequence[int], codes: dict[int, str], chosen: ShortageChoice | None
) -> ShortLine:
    if not chosen:
        return ShortLine(line, tuple(codes[sku_id] for sku_id in sku_ids), Choice.WAIT, "", "", "")
    instead = f"{codes[chosen.sku_id]} × {chosen.quantity}" if chosen.sku_id else ""
    short = tuple(codes[sku_id] for sku_id in sku_ids)
    return ShortLine(line, short, chosen.choice, instead, chosen.note, chosen.by)


def _pieces(needs: Sequence[Need], sku_id: int) -> int:
    """Of the SKU, for all lines of an order."""
    return sum(need.wanted.pieces.get(sku_id, 0) for need in needs)


def _rank(order: Order) -> tuple[datetime, int, datetime, int]:
    return Turn(order.id, order.ship_by, order.paid_fen, order.paid_at).rank()
