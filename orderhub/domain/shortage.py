"""An order cannot leave whole: wait, send the rest, send something else, or give the money back? A person says."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain import delivery_plan, order_stock
from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.order_stock import StockWait, Why
from orderhub.domain.shipping import lines_gone
from orderhub.domain.shortage_choice import Choice, ShortageChoice, ShortageDecided, choices_of
from orderhub.domain.shortage_tasks import ask_for_refund
from orderhub.domain.sku import sku_coded
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sight import in_sight

_MOST_PIECES = 100_000


class NotShort(RuleBroken):
    code = "not_short"


class LineHasLeft(RuleBroken):
    code = "line_has_left"


@dataclass(frozen=True)
class Decision:
    """``instead`` is the code of the SKU that is sent where a line is swapped, ``pieces`` of it (0: as many as the
    line wants)."""

    choice: Choice
    note: str = ""
    instead: str = ""
    pieces: int = 0


def choose_for_sku(
    session: Session, sku_id: int, order_ids: Collection[int], decision: Decision, *, by: str, now: datetime
) -> int:
    """``choose`` for every line of these orders that waits for the SKU, all or none. Returns how many orders did.

    Raises:
        BadInput: no order.
    """
    if not order_ids:
        raise BadInput("orders: choose at least one", field="orders", problem="no_lines")
    wanted = select(Order).where(col(Order.id).in_(order_ids)).order_by(col(Order.id)).with_for_update()
    orders = session.exec(in_sight(wanted.execution_options(populate_existing=True))).all()
    for order in orders:
        short = {line.id for line in short_lines(session, order)}
        mine = [need.line.id for need in order_stock.needs_of(session, order) if sku_id in need.wanted.every]
        choose(session, order, short & set(mine), decision, by=by, now=now)
    return len(orders)


def choose(
    session: Session, order: Order, line_ids: Collection[int], decision: Decision, *, by: str, now: datetime
) -> None:
    """Decide about lines of the locked ``order`` whose goods are short. Safe to repeat; the last choice counts.

    Raises:
        BadInput: no line, or a swap for nothing.
        LineHasLeft: something of a line has left, so it is neither swapped nor refunded.
        NotFound: there is no SKU ``instead``.
        NotShort: a line does not wait for goods.
    """
    lines = _lines(session, order, line_ids)
    choice = decision.choice
    if choice in (Choice.SWAPPED, Choice.REFUND) and lines_gone(session, order.id) & {line.id for line in lines}:
        raise LineHasLeft(f"{order.channel_order_no}: a part of it has left")
    sku_id = _substitute(session, decision) if choice is Choice.SWAPPED else 0
    because = clean_text(decision.note, most=200, field="note")
    for line in lines:
        quantity = (decision.pieces or line.quantity) if sku_id else 0
        facts = {"choice": choice, "sku_id": sku_id, "quantity": quantity, "note": because, "by": by, "at": now}
        session.merge(ShortageChoice(order_id=order.id, line_id=line.id, **facts))
    numbers = tuple(line.channel_line_no for line in lines)
    record(session, ShortageDecided(order.id, choice, numbers), actor=by, now=now)
    order.changed_at = now
    session.add(order)
    session.flush()
    ask_for_refund(session, order, by=by, now=now)
    delivery_plan.follow(session, order, now=now)


def short_lines(session: Session, order: Order) -> list[OrderLine]:
    """Lines that wait for goods, and those about which somebody has decided."""
    wanted = select(StockWait).where(StockWait.order_id == order.id, col(StockWait.why) != Why.UNMATCHED)
    waits = {(one.why, one.subject_id) for one in session.exec(wanted)}
    chosen = choices_of(session, order.id)
    waiting = set(chosen)
    for need in order_stock.needs_of(session, order) if waits else ():
        mine = {(Why.SHORT, sku_id) for sku_id in need.wanted.pieces}
        if waits & (mine | {(Why.PRESALE, sku_id) for sku_id in need.wanted.presale}):
            waiting.add(need.line.id)
    every = select(OrderLine).where(OrderLine.order_id == order.id, col(OrderLine.id).in_(waiting))
    return list(session.exec(every.order_by(col(OrderLine.id))))


def _lines(session: Session, order: Order, line_ids: Collection[int]) -> list[OrderLine]:
    if not line_ids:
        raise BadInput("lines: choose at least one", field="lines", problem="no_lines")
    if order.status not in (*order_stock.WAITING, OrderStatus.PARTLY_SHIPPED):
        raise NotShort(f"{order.channel_order_no} is {order.status}: it does not wait for goods")
    found = {line.id: line for line in short_lines(session, order)}
    if set(line_ids) - found.keys():
        raise NotShort(f"{order.channel_order_no}: a line does not wait for goods")
    return [found[line_id] for line_id in sorted(set(line_ids))]


def _substitute(session: Session, decision: Decision) -> int:
    if not decision.instead.strip():
        raise BadInput("instead: which SKU goes instead", field="instead", problem="no_substitute")
    if not 0 <= decision.pieces <= _MOST_PIECES:
        raise BadInput(f"pieces: {decision.pieces} cannot be", field="pieces", problem="absurd_quantity")
    return sku_coded(session, decision.instead).id
