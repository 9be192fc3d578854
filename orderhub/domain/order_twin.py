"""Which orders did a buyer perhaps place twice by mistake?

The same buyer for the same receiver, both known by their channel's tokens (masks decide nothing), the same goods, paid
within half an hour of each other, and neither has left. The later one is asked about.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import UNSHIPPED, Order, OrderLine
from orderhub.domain.order_stock import line_code
from orderhub.domain.standing_fact import AT_ONCE
from orderhub.kernel.eventlog import SYSTEM

WITHIN = timedelta(minutes=30)
LOOK_BACK = timedelta(hours=48)  # what was paid earlier has left, or is late anyhow

_KIND = AnomalyKind.DUPLICATE_ORDER
_Goods = frozenset[tuple[str, int]]
T = TypeVar("T")


@dataclass(frozen=True)
class Bought:
    """What decides whether an order repeats another; ``person`` is (channel, buyer's token, receiver's token)."""

    order_id: int
    person: tuple[str, str, str]
    paid_at: datetime
    goods: _Goods


def twins(bought: Iterable[Bought]) -> dict[int, int]:
    """Later order → the one it repeats."""
    found: dict[int, int] = {}
    alike: dict[tuple[tuple[str, str, str], _Goods], Bought] = {}
    for one in sorted(bought, key=lambda one: (one.paid_at, one.order_id)):
        if not all(one.person):
            continue
        before = alike.get((one.person, one.goods))
        if before and one.paid_at - before.paid_at <= WITHIN:
            found[one.order_id] = before.order_id
        alike[one.person, one.goods] = one
    return found


def watch_twins(session: Session, now: datetime) -> int:
    """Ask about every order that repeats another, and about none any longer that does not; returns how many are new."""
    wanted = select(Anomaly.subject_id).where(Anomaly.kind == _KIND, Anomaly.subject_type == "order")
    standing = set(session.exec(wanted.where(col(Anomaly.resolved_at).is_(None))))
    orders = _orders(session, _buyers(session, standing, now))
    repeats = twins(_bought(session, orders))
    for order_id in sorted(standing - repeats.keys()):
        said = "one of the two has left or was cancelled"
        resolve_anomaly(session, _KIND, about=("order", order_id), by=SYSTEM, now=now, reason=said)
    fresh = sorted(repeats.keys() - standing)
    for order_id in fresh:
        order, first = orders[order_id], orders[repeats[order_id]]
        open_anomaly(
            session,
            _KIND,
            about=("order", order_id),
            occurred_at=order.paid_at or now,
            now=now,
            note=f"{order.channel_order_no} repeats {first.channel_order_no}: same buyer, receiver and goods",
            at_risk_fen=order.paid_fen,
        )
    return len(fresh)


def _buyers(session: Session, standing: Collection[int], now: datetime) -> list[str]:
    """Tokens of those with two orders for one receiver, and of those who are asked about already."""
    person = (col(Order.channel), col(Order.buyer_token), col(Order.receiver_token))
    several = (
        select(Order.buyer_token)
        .where(col(Order.status).in_(UNSHIPPED), col(Order.paid_at) > now - LOOK_BACK)
        .where(Order.buyer_token != "", Order.receiver_token != "")
        .group_by(*person)
        .having(func.count() > 1)
    )
    found = set(session.exec(several))
    for part in _parts(sorted(standing)):
        found |= set(session.exec(select(Order.buyer_token).where(col(Order.id).in_(part))))
    return sorted(found)


def _orders(session: Session, tokens: list[str]) -> dict[int, Order]:
    """Every order of theirs that is paid and has not left."""
    found: dict[int, Order] = {}
    for part in _parts(tokens):
        wanted = select(Order).where(
            col(Order.buyer_token).in_(part), col(Order.status).in_(UNSHIPPED), col(Order.paid_at).is_not(None)
        )
        found |= {order.id: order for order in session.exec(wanted)}
    return found


def _bought(session: Session, orders: dict[int, Order]) -> list[Bought]:
    goods: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for part in _parts(sorted(orders)):
        for line in session.exec(select(OrderLine).where(col(OrderLine.order_id).in_(part))):
            goods[line.order_id][line_code(line)] += line.quantity
    return [
        Bought(
            order.id,
            (order.channel, order.buyer_token, order.receiver_token),
            order.paid_at,
            frozenset(goods[order.id].items()),
        )
        for order in orders.values()
        if order.paid_at
    ]


def _parts(every: list[T]) -> Iterable[list[T]]:
    return (every[place : place + AT_ONCE] for place in range(0, len(every), AT_ONCE))
