"""Which orders does the board show? A tab and what narrows it, as conditions on indexed columns."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, bindparam, exists, func, or_, union_all
from sqlmodel import Session, col, select

from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.order import UNSHIPPED, Order, OrderStatus, OrderTag
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.insights.custom import asked_of
from orderhub.insights.keyset import BoardSort
from orderhub.insights.reports.asked import warehouse_id_of
from orderhub.insights.reports.behind import Behind, conditions
from orderhub.insights.search import matching


class Tab(StrEnum):
    OPEN = "open"  # 待处理: paid, and not all of it has left
    TO_REVIEW = "to_review"
    TO_ALLOCATE = "to_allocate"
    TO_SHIP = "to_ship"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    PENDING_PAYMENT = "pending_payment"
    ALL = "all"
    HELD = "held"  # 挂起: a hold is open and the goods have not left
    LATE = "late"  # 超时: the ship-by moment has passed and the goods have not left


LISTED, FEW = 2_000, 20_000
HOLDABLE = (OrderStatus.PENDING_PAYMENT, *UNSHIPPED)


@dataclass(frozen=True)
class BoardQuery:
    """What a person asked of the board; an empty filter narrows nothing.

    ``shops`` are codes, ``least_fen`` and ``most_fen`` bound the order's total, ``text`` is a search, ``custom`` are
    custom fields with what is asked of them (``insights/custom.py``); ``behind`` is a figure of a report.
    """

    tab: Tab = Tab.OPEN
    channels: tuple[Channel, ...] = ()
    shops: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    holds: tuple[HoldReason, ...] = ()
    due_within_hours: int | None = None
    least_fen: int | None = None
    most_fen: int | None = None
    text: str = ""
    custom: tuple[tuple[str, str], ...] = ()
    behind: Behind | None = None
    sort: BoardSort = BoardSort.DUE
    descending: bool = False
    cursor: str = ""


def statuses_of(query: BoardQuery) -> tuple[OrderStatus, ...]:
    wanted = _tab_statuses(query.tab)
    if query.due_within_hours is not None:
        return tuple(status for status in wanted if status in UNSHIPPED)
    return wanted


def tab_conditions(query: BoardQuery, now: datetime) -> list[ColumnElement[bool]]:
    if query.tab is Tab.HELD:
        return [col(Order.is_held).is_(True)]
    return [col(Order.ship_by) < now] if query.tab is Tab.LATE else []


@dataclass(frozen=True)
class Narrowing:
    """What narrows a board, but the tab.

    ``is_narrow``: so few orders are named that it is cheapest to look at each of them. Otherwise ``on_page`` suits a
    walk that stops after a page, ``in_all`` a pass over all orders.
    """

    on_page: list[ColumnElement[bool]]
    in_all: list[ColumnElement[bool]]
    is_narrow: bool = False


def narrowing(session: Session, query: BoardQuery, now: datetime) -> Narrowing:
    plain = _plain_conditions(session, query, now)
    found = Narrowing(list(plain), list(plain))
    for kinds in _named_sets(session, query):
        among = _among(session, kinds)
        if among is not None:
            found = Narrowing([*found.on_page, among], [*found.in_all, among], is_narrow=True)
        else:
            near = or_(*[exists().where(owner == Order.id, claim) for owner, claim in kinds])
            far = col(Order.id).in_(_union(kinds))
            found = Narrowing([*found.on_page, near], [*found.in_all, far], found.is_narrow)
    return found


def _plain_conditions(session: Session, query: BoardQuery, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.channels:
        found.append(col(Order.channel).in_(query.channels))
    if query.shops:
        ids = session.exec(select(Shop.id).where(col(Shop.code).in_(query.shops))).all()
        found.append(col(Order.shop_id).in_(ids))
    if query.holds:
        found.append(col(Order.is_held).is_(True))
    if query.behind:
        found += conditions(query.behind, warehouse_id_of(session, query.behind.warehouse), now)
    return found + _bounds(query, now)


def _named_sets(session: Session, query: BoardQuery) -> list[list[tuple[Any, Any]]]:
    """Sets of orders named by other tables, each as alternatives (order id column, condition)."""
    found: list[list[tuple[Any, Any]]] = []
    if query.tags:
        found.append([(col(OrderTag.order_id), col(OrderTag.tag).in_(query.tags))])
    if query.holds:
        held = and_(col(Hold.reason).in_(query.holds), col(Hold.released_at).is_(None))
        found.append([(col(Hold.order_id), held)])
    if query.text.strip():
        found.append(matching(session, query.text))
    return found + [[asked_of(session, name, wanted)] for name, wanted in query.custom]


def _among(session: Session, kinds: list[tuple[Any, Any]]) -> ColumnElement[bool] | None:
    """The orders of a set that is not large: listed when they are few, else left to the database; None: too many."""
    ids = session.execute(_union(kinds).limit(LISTED + 1)).scalars().all()
    if len(ids) > LISTED:
        count = session.exec(select(func.count()).select_from(_union(kinds).limit(FEW + 1).subquery())).one()
        return col(Order.id).in_(_union(kinds)) if count <= FEW else None
    if session.get_bind().dialect.name == "sqlite":
        listed = func.json_each(json.dumps(sorted(set(ids)))).table_valued("value")
        return col(Order.id).in_(select(listed.c.value))
    return col(Order.id) == any_(bindparam(None, sorted(set(ids)), type_=ARRAY(BigInteger)))


def _union(kinds: list[tuple[Any, Any]]) -> Any:
    return union_all(*[select(order_id).where(condition) for order_id, condition in kinds])


def _bounds(query: BoardQuery, now: datetime) -> list[ColumnElement[bool]]:
    found = []
    if query.due_within_hours is not None:
        found.append(col(Order.ship_by) <= now + timedelta(hours=query.due_within_hours))
    if query.least_fen is not None:
        found.append(col(Order.total_fen) >= query.least_fen)
    if query.most_fen is not None:
        found.append(col(Order.total_fen) <= query.most_fen)
    return found


def _tab_statuses(tab: Tab) -> tuple[OrderStatus, ...]:
    if tab in (Tab.OPEN, Tab.LATE):
        return UNSHIPPED
    if tab is Tab.HELD:
        return HOLDABLE
    return tuple(OrderStatus) if tab is Tab.ALL else (OrderStatus(tab),)
