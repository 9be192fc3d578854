"""Which orders wait for the review, which for a second person, and why? The most money first, then who is due first."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, distinct, func, or_
from sqlmodel import Session, col, select

from orderhub.domain.hold import TWO_PERSON, Hold, HoldReason
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.shop import Shop
from orderhub.kernel.sight import FieldGroup, sees

PAGE_SIZE = 100

# Approved already, but its money has come to look wrong since: two people have to see it all the same.
_LATER = (OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP)
_NO_PROMISE = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """Where an order stands in the queue."""

    paid_fen: int
    ship_by: datetime | None
    order_id: int


@dataclass(frozen=True)
class ReviewQuery:
    """``is_second``: only what one person has vouched for; ``is_clean``: only what no hold keeps; ``after``: only
    what stands behind that place.
    """

    is_second: bool = False
    is_clean: bool = False
    reason: HoldReason | None = None
    after: Place | None = None


@dataclass(frozen=True)
class ReviewRow:
    """``holds`` are the open ones, oldest first."""

    order: Order
    shop_name: str
    holds: tuple[Hold, ...]


@dataclass(frozen=True)
class ReviewCounts:
    """Of everything that waits; ``reasons`` counts orders by each reason they are held for."""

    waiting: int = 0
    clean: int = 0
    second: int = 0
    at_risk_fen: int = 0
    reasons: dict[HoldReason, int] = field(default_factory=dict)

    def of(self, query: ReviewQuery) -> int:
        """How many the list has on all its pages."""
        if query.is_second:
            return self.second
        if query.reason:
            return self.reasons.get(query.reason, 0)
        return self.clean if query.is_clean else self.waiting


@dataclass(frozen=True)
class Review:
    """A page; ``last`` is the place of its last row where others follow, ``is_first``: none stand before it."""

    rows: tuple[ReviewRow, ...]
    last: Place | None
    is_first: bool
    counts: ReviewCounts


def review(session: Session, query: ReviewQuery, size: int) -> Review:
    """Where nothing stands behind the place any more, the first page."""
    orders = _orders(session, query, size + 1)
    if query.after and not orders:
        return review(session, replace(query, after=None), size)
    shown = orders[:size]
    holds = _open_holds(session, [order.id for order in shown])
    shops: dict[int, str] = dict(session.exec(select(Shop.id, Shop.name)).all())
    rows = tuple(ReviewRow(order, shops[order.shop_id], tuple(holds.get(order.id, ()))) for order in shown)
    last = _place(shown[-1]) if len(orders) > size else None
    return Review(rows, last, query.after is None, review_counts(session))


def review_counts(session: Session) -> ReviewCounts:
    orders = select(func.count(), func.count().filter(col(Order.is_held).is_(False)), _sum(Order.paid_fen))
    waiting, clean, waiting_fen = session.exec(orders.where(Order.status == OrderStatus.TO_REVIEW)).one()
    later, later_fen = session.exec(select(func.count(), _sum(Order.paid_fen)).where(*_money_wrong_later())).one()
    held = select(Hold.reason, func.count()).join(Order, col(Order.id) == Hold.order_id).where(*_counted())
    second = select(func.count(distinct(col(Hold.order_id)))).join(Order, col(Order.id) == Hold.order_id)
    counted = session.exec(held.group_by(col(Hold.reason))).all()
    return ReviewCounts(
        waiting=waiting + later,
        clean=clean,
        second=session.exec(second.where(*_counted(), Hold.vouched_by != "")).one(),
        at_risk_fen=int(waiting_fen) + int(later_fen),
        reasons={HoldReason(reason): count for reason, count in counted},
    )


def _orders(session: Session, query: ReviewQuery, most: int) -> list[Order]:
    narrowed = _narrowed(query)
    parts = [[col(Order.status) == OrderStatus.TO_REVIEW, *narrowed]]
    if not query.is_clean and (query.reason is None or query.reason in TWO_PERSON):
        parts.append([*_money_wrong_later(), *narrowed])
    found: list[Order] = []
    for conditions in parts:
        by_money = [col(Order.paid_fen).desc()] if sees(FieldGroup.MONEY) else []
        ranked = select(Order).where(*conditions).order_by(*by_money, col(Order.ship_by).nulls_last())
        found += session.exec(ranked.order_by(col(Order.id)).limit(most))
    return sorted(found, key=_rank)[:most]


def _place(order: Order) -> Place:
    return Place(_paid(order), order.ship_by, order.id)


def _rank(order: Order) -> tuple[int, datetime, int]:
    return -_paid(order), order.ship_by or _NO_PROMISE, order.id


def _paid(order: Order) -> int:
    """Who may not see money gets no list in its order."""
    return order.paid_fen if sees(FieldGroup.MONEY) else 0


def _narrowed(query: ReviewQuery) -> list[Any]:
    found: list[Any] = [col(Order.is_held).is_(False)] if query.is_clean else []
    if query.reason:
        found.append(_held_where(Hold.reason == query.reason))
    if query.is_second:
        found.append(_held_where(Hold.vouched_by != ""))
    return found + (_behind(query.after) if query.after else [])


def _behind(place: Place) -> list[Any]:
    """As ``_rank`` has it; the first condition is one the index of money knows."""
    ship_by, is_next = col(Order.ship_by), col(Order.id) > place.order_id
    if place.ship_by is None:
        later: Any = and_(ship_by.is_(None), is_next)
    else:
        later = or_(ship_by > place.ship_by, ship_by.is_(None), and_(ship_by == place.ship_by, is_next))
    if not sees(FieldGroup.MONEY):
        return [later]
    return [col(Order.paid_fen) <= place.paid_fen, or_(col(Order.paid_fen) < place.paid_fen, later)]


def _money_wrong_later() -> list[Any]:
    wrong = _held_where(col(Hold.reason).in_(TWO_PERSON))
    return [col(Order.status).in_(_LATER), col(Order.is_held).is_(True), wrong]


def _held_where(condition: Any) -> Any:
    return col(Order.id).in_(select(Hold.order_id).where(col(Hold.released_at).is_(None), condition))


def _counted() -> list[Any]:
    """Open holds of what is listed."""
    later = and_(col(Order.status).in_(_LATER), col(Hold.reason).in_(TWO_PERSON))
    return [col(Hold.released_at).is_(None), or_(col(Order.status) == OrderStatus.TO_REVIEW, later)]


def _open_holds(session: Session, ids: Sequence[int]) -> dict[int, list[Hold]]:
    wanted = select(Hold).where(col(Hold.order_id).in_(ids), col(Hold.released_at).is_(None)).order_by(col(Hold.id))
    found: dict[int, list[Hold]] = {}
    for one in session.exec(wanted):
        found.setdefault(one.order_id, []).append(one)
    return found


def _sum(column: Any) -> Any:
    return func.coalesce(func.sum(col(column)), 0)
