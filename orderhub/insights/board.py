"""What does the live board show? A page of orders in a stable sort, and how many there are behind each tab."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func
from sqlmodel import Session, col, select

from orderhub.domain.hold import Hold, HoldReason
from orderhub.domain.order import UNSHIPPED, Order, OrderStatus, OrderTag, Shipment
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.insights.board_filter import HOLDABLE, BoardQuery, Tab, narrowing, statuses_of, tab_conditions
from orderhub.insights.keyset import BoardSort, Place, read_cursor, stretches, walk, write_cursor
from orderhub.insights.search import order_no_text

__all__ = ["BoardPage", "BoardQuery", "BoardRow", "BoardSort", "Tab", "board_counts", "board_page", "board_rows"]


@dataclass(frozen=True)
class BoardRow:
    """``at_risk_fen`` is what is paid for goods that have not left, ``tracking_no`` is of the first parcel."""

    order_id: int
    order_no: str
    channel: Channel
    shop_code: str
    shop_name: str
    channel_order_no: str
    status: OrderStatus
    ship_by: datetime | None
    is_late: bool
    at_risk_fen: int
    paid_fen: int
    total_fen: int
    tags: tuple[str, ...]
    holds: tuple[HoldReason, ...]
    goods_text: str
    kind_count: int
    piece_count: int
    buyer_masked: str
    receiver_name_masked: str
    receiver_phone_tail: str
    carrier_name: str
    tracking_no: str
    parcel_count: int
    is_urgent: bool
    is_presale: bool
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True)
class BoardPage:
    """A cursor is empty where nothing lies in its direction."""

    rows: tuple[BoardRow, ...]
    next_cursor: str
    previous_cursor: str


def board_page(session: Session, query: BoardQuery, now: datetime, size: int = 50) -> BoardPage:
    """Raises: BadInput: the cursor is not one of this tab and sort."""
    way = stretches(query.sort, statuses_of(query), is_descending=query.descending)
    mark = f"{query.tab}:{query.sort}:{query.descending}"
    start, is_backwards = read_cursor(query.cursor, way, mark=mark) if query.cursor else (None, False)
    narrow = narrowing(session, query, now)
    conditions = [*tab_conditions(query, now), *narrow.on_page]
    found = walk(
        session,
        way,
        conditions,
        start,
        is_backwards=is_backwards,
        is_narrow=narrow.is_narrow,
        limit=size + 1,
    )
    if is_backwards and len(found) <= size:
        return board_page(session, replace(query, cursor=""), now, size)  # back at the beginning: a full first page
    places = found[:size][::-1] if is_backwards else found[:size]
    rows = board_rows(session, [order_id for _, _, order_id in places], now)
    has_next, has_previous = is_backwards or len(found) > size, bool(start)
    return BoardPage(
        tuple(rows),
        _cursor(places, -1, mark, is_backwards=False) if has_next else "",
        _cursor(places, 0, mark, is_backwards=True) if has_previous else "",
    )


def board_counts(session: Session, query: BoardQuery, now: datetime) -> dict[str, int]:
    """How many orders each tab would show under the filters of ``query``, whatever its own tab."""
    late = and_(col(Order.status).in_(UNSHIPPED), col(Order.ship_by) < now)
    held = and_(col(Order.status).in_(HOLDABLE), col(Order.is_held).is_(True))
    wanted = (
        select(Order.status, func.count(), func.count(case((late, 1))), func.count(case((held, 1))))
        .where(*narrowing(session, query, now).in_all)
        .group_by(col(Order.status))
    )
    if query.due_within_hours is not None:
        wanted = wanted.where(col(Order.status).in_(UNSHIPPED))
    rows = {row[0]: row[1:] for row in session.exec(wanted)}
    counts = {str(status): rows.get(status, (0,))[0] for status in OrderStatus}
    counts[Tab.OPEN] = sum(counts[status] for status in UNSHIPPED)
    counts[Tab.ALL] = sum(counts[status] for status in OrderStatus)
    counts[Tab.LATE] = sum(row[1] for row in rows.values())
    counts[Tab.HELD] = sum(row[2] for row in rows.values())
    return {str(tab): counts[tab] for tab in Tab}


def board_rows(session: Session, ids: Sequence[int], now: datetime) -> list[BoardRow]:
    """Rows of ``ids`` in their order; an order that is gone is left out."""
    if not ids:
        return []
    wanted = select(*_COLUMNS).where(col(Order.id).in_(ids))
    orders = {row["order_id"]: row for row in session.execute(wanted).mappings()}
    tags, holds, parcels = _tags(session, ids), _holds(session, ids), _parcels(session, ids)
    shops = {shop_id: (code, name) for shop_id, code, name in session.exec(select(Shop.id, Shop.code, Shop.name))}
    return [
        _row(
            orders[order_id],
            shops,
            _Around(tags.get(order_id, []), holds.get(order_id, []), parcels.get(order_id, [])),
            now,
        )
        for order_id in ids
        if order_id in orders
    ]


_TAKEN = (
    "channel", "channel_order_no", "status", "ship_by", "paid_fen", "total_fen", "goods_text", "kind_count",
    "piece_count", "buyer_masked", "receiver_name_masked", "receiver_phone_tail", "is_urgent", "is_presale",
    "placed_at", "paid_at", "shipped_at", "changed_at",
)  # fmt: skip
_COLUMNS: tuple[Any, ...] = (
    col(Order.id).label("order_id"),
    col(Order.shop_id),
    *(getattr(Order, name) for name in _TAKEN),
)


@dataclass(frozen=True)
class _Around:
    tags: list[str]
    holds: list[HoldReason]
    parcels: list[tuple[str, str]]


def _row(order: Any, shops: dict[int, Any], around: _Around, now: datetime) -> BoardRow:
    is_leaving = order["status"] in UNSHIPPED
    carrier_name, tracking_no = around.parcels[0] if around.parcels else ("", "")
    shop_code, shop_name = shops[order["shop_id"]]
    return BoardRow(
        order_id=order["order_id"],
        order_no=order_no_text(order["order_id"]),
        shop_code=shop_code,
        shop_name=shop_name,
        is_late=is_leaving and bool(order["ship_by"]) and order["ship_by"] < now,
        at_risk_fen=order["paid_fen"] if is_leaving else 0,
        tags=tuple(around.tags),
        holds=tuple(around.holds),
        carrier_name=carrier_name,
        tracking_no=tracking_no,
        parcel_count=len(around.parcels),
        **{name: order[name] for name in _TAKEN},
    )


def _tags(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    wanted = select(OrderTag.order_id, OrderTag.tag).where(col(OrderTag.order_id).in_(ids)).order_by(OrderTag.tag)
    return _grouped(session.exec(wanted))


def _holds(session: Session, ids: Sequence[int]) -> dict[int, list[HoldReason]]:
    wanted = select(Hold.order_id, Hold.reason).where(col(Hold.order_id).in_(ids), col(Hold.released_at).is_(None))
    return _grouped(session.exec(wanted.order_by(col(Hold.id))))


def _parcels(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    columns = (Shipment.order_id, Shipment.carrier_name, Shipment.tracking_no)
    wanted = select(*columns).where(col(Shipment.order_id).in_(ids)).order_by(col(Shipment.id))
    return _grouped((order_id, (carrier, number)) for order_id, carrier, number in session.exec(wanted))


def _grouped(pairs: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for order_id, value in pairs:
        found.setdefault(order_id, []).append(value)
    return found


def _cursor(places: Sequence[Place], end: int, mark: str, *, is_backwards: bool) -> str:
    return write_cursor(places[end], mark=mark, is_backwards=is_backwards) if places else ""
