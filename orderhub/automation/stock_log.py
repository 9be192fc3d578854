"""Which stock may have changed since it was last looked at? Three logs are read on: entries, events, order lines.

PostgreSQL shows an id only with its commit, so a lower one may show after a higher one. A cursor therefore stands where
nothing can come any more: ``edge_id`` was the newest when ``edge_xid`` was the next transaction, and once all that
began before it have ended, everything up to it has been seen. What lies beyond is read again until then, which changes
nothing. Who writes an entry or an order line has written before, so its transaction has its number before the row has
its id; of an event that is not certain, which the look at everything makes good (stock_feed.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, or_, text
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.channel_item import ChannelItem, ChannelItemAdded, ChannelItemLearned, ChannelItemMarked
from orderhub.domain.channel_stock import ShareDropped, ShareSet
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.presale import PresalePoolSet, PresaleSold
from orderhub.domain.rollout import RolloutChanged
from orderhub.domain.shop import ASKED
from orderhub.domain.sku import ListingBound, SkuAdded, SkuChanged
from orderhub.domain.stock import StockEntry
from orderhub.kernel.columns import BigId, Moment, word
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of, record

# So many order lines are looked at in one go: what is learned from them is written in one transaction.
RANGE = 2000
# A new cursor begins so far before the log's end, beyond the id of any transaction that may be open.
_START_BACK = 20_000
# So far the cursor may lie behind rows that are none of its business.
_SLACK = 500

_OF_SKUS = frozenset({kind_of(PresalePoolSet), kind_of(PresaleSold)})
_OF_EVERYTHING = frozenset(
    kind_of(happened)
    for happened in (
        SkuAdded,
        SkuChanged,
        ListingBound,
        ShareSet,
        ShareDropped,
        ChannelItemAdded,
        ChannelItemMarked,
        RolloutChanged,
    )
)


class StockLog(StrEnum):
    ENTRY = "entry"
    EVENT = "event"
    LINE = "line"


class StockCursor(SQLModel, table=True):
    """Every row of the log up to ``safe_id`` has been seen; that may become ``edge_id`` once no transaction from
    before ``edge_xid`` is open.

    ``due_at`` is when everything is looked at next, ``at_item`` how far a look that has begun has come.
    """

    __tablename__ = "stock_cursor"  # pyright: ignore[reportAssignmentType]

    log: StockLog = Field(primary_key=True, sa_type=word(StockLog))
    safe_id: int = Field(default=0, sa_type=BigId)
    edge_id: int = Field(default=0, sa_type=BigId)
    edge_xid: int = Field(default=0, sa_type=BigId)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    at_item: int = Field(default=0, sa_type=BigId)


@dataclass(frozen=True)
class Seen:
    """What a process has read beyond its cursors, so that it does nothing twice; to forget it does no harm."""

    entries: frozenset[int] = frozenset()
    events: frozenset[int] = frozenset()


@dataclass
class News:
    """``skus`` moved, ``items`` are new or called otherwise; ``has_more``: not all of it was read.

    ``seen`` holds once the transaction has committed.
    """

    skus: set[int] = field(default_factory=set)
    items: list[ChannelItem] = field(default_factory=list)
    touches_everything: bool = False
    has_more: bool = False
    seen: Seen = Seen()


def has_news(session: Session) -> bool:
    """Whether ``read_on`` has anything to do; a read, so that it may be asked often."""
    known = {cursor.log: cursor for cursor in session.exec(select(StockCursor))}
    if len(known) < len(StockLog) or any(cursor.safe_id < cursor.edge_id for cursor in known.values()):
        return True
    entry, event, line = (known[log].safe_id for log in (StockLog.ENTRY, StockLog.EVENT, StockLog.LINE))
    if _newest(session, col(StockEntry.id)) > entry:
        return True
    told = select(Event.id).where(col(Event.id) > event, col(Event.kind).in_(_OF_SKUS | _OF_EVERYTHING))
    if _newest(session, col(Event.id)) > event + _SLACK or session.exec(told.limit(1)).first() is not None:
        return True
    unknown = _unknown_lines(line, line + RANGE).limit(1)
    return (
        _newest(session, col(OrderLine.id)) > line + _SLACK or session.connection().execute(unknown).first() is not None
    )


def locked(session: Session, now: datetime) -> dict[StockLog, StockCursor] | None:
    """The cursors; None while another process holds them.

    New ones begin near the logs' ends, since everything is looked at then; but order lines are read from the first.
    """
    if session.get(StockCursor, StockLog.ENTRY) is None:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        starts = {
            StockLog.ENTRY: max(0, _newest(session, col(StockEntry.id)) - _START_BACK),
            StockLog.EVENT: max(0, _newest(session, col(Event.id)) - _START_BACK),
            StockLog.LINE: 0,
        }
        rows = [{"log": log, "safe_id": start, "edge_id": start, "edge_xid": 0} for log, start in starts.items()]
        begun = dialect.insert(StockCursor).values([row | {"due_at": now, "at_item": 0} for row in rows])
        session.exec(begun.on_conflict_do_nothing())  # pyright: ignore[reportCallIssue, reportArgumentType]
    wanted = select(StockCursor).order_by(col(StockCursor.log)).with_for_update(skip_locked=True)
    found = session.exec(wanted.execution_options(populate_existing=True)).all()
    return {cursor.log: cursor for cursor in found} if len(found) == len(StockLog) else None


def read_on(session: Session, cursors: Mapping[StockLog, StockCursor], seen: Seen, now: datetime) -> News:
    """What is new since ``seen``; the cursors move with it, in the caller's transaction."""
    entry, event, line = (cursors[log] for log in (StockLog.ENTRY, StockLog.EVENT, StockLog.LINE))
    news = News()
    after = _advance(session, entry, col(StockEntry.id))
    entries = dict(session.exec(select(StockEntry.id, StockEntry.sku_id).where(col(StockEntry.id) > after)).all())
    news.skus |= {sku_id for number, sku_id in entries.items() if number not in seen.entries}
    after = _advance(session, event, col(Event.id))
    told = select(Event.id, Event.kind, Event.subject_id).where(col(Event.id) > after)
    events = session.exec(told.where(col(Event.kind).in_(_OF_SKUS | _OF_EVERYTHING))).all()
    fresh = [one for one in events if one[0] not in seen.events]
    news.skus |= {subject_id for _, kind, subject_id in fresh if kind in _OF_SKUS}
    news.touches_everything = any(kind in _OF_EVERYTHING for _, kind, _ in fresh)
    news.seen = Seen(frozenset(entries), frozenset(number for number, _, _ in events))
    after = _advance(session, line, col(OrderLine.id), most=RANGE)
    news.items = _learn(session, after, after + RANGE, now)
    news.has_more = _newest(session, col(OrderLine.id)) > after + RANGE
    session.add_all(cursors.values())
    return news


def _advance(session: Session, cursor: StockCursor, number: Mapped[int], *, most: int = 0) -> int:
    """Move the cursor as far as it may go; returns after which id there is something to read."""
    after, newest = cursor.safe_id, func.coalesce(func.max(number), 0)
    if session.get_bind().dialect.name == "sqlite":  # one writer: what is there is all there is
        cursor.safe_id = cursor.edge_id = session.exec(select(newest)).one()
    else:
        oldest_open, next_xid, last_id = session.connection().execute(columns(_OLDEST_OPEN, _NEXT, newest)).one()
        if cursor.edge_xid <= oldest_open:
            cursor.edge_id, cursor.edge_xid, cursor.safe_id = last_id, next_xid, cursor.edge_id
        if cursor.edge_xid <= oldest_open:  # nobody else is writing
            cursor.safe_id = cursor.edge_id
    if most:
        cursor.safe_id = min(cursor.safe_id, after + most)
    return after


_NEXT = text("pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
# Of the transactions that have written and not ended, but for this one; the next to come where there is none.
_OLDEST_OPEN = text(
    "coalesce((SELECT min(xid::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS xid"
    " WHERE xid <> pg_current_xact_id()), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"
)


def _newest(session: Session, number: Mapped[int]) -> int:
    return session.exec(select(func.max(number))).one() or 0


_CODE = func.coalesce(
    func.nullif(OrderLine.sku_code, ""), func.nullif(OrderLine.channel_sku_no, ""), OrderLine.channel_item_no
)


def _unknown_lines(after: int, until: int) -> Select[int, str, str, Any, datetime]:
    """Lines of shops we ask whose numbers no item has, or has under another, older code."""
    is_known = exists().where(
        col(ChannelItem.shop_id) == col(Order.shop_id),
        col(ChannelItem.channel_item_no) == col(OrderLine.channel_item_no),
        col(ChannelItem.channel_sku_no) == col(OrderLine.channel_sku_no),
        or_(col(ChannelItem.code) == _CODE, col(ChannelItem.ordered_at) > col(Order.placed_at)),
    )
    return (
        columns(
            col(Order.shop_id),
            col(OrderLine.channel_item_no),
            col(OrderLine.channel_sku_no),
            _CODE.label("code"),
            col(Order.placed_at),
        )
        .join_from(OrderLine, Order, col(Order.id) == col(OrderLine.order_id))
        .where(
            col(OrderLine.id) > after,
            col(OrderLine.id) <= until,
            col(Order.channel).in_(ASKED),
            or_(col(OrderLine.channel_item_no) != "", col(OrderLine.channel_sku_no) != ""),
            ~is_known,
        )
    )


def _learn(session: Session, after: int, until: int, now: datetime) -> list[ChannelItem]:
    """Under which numbers the channels sell what, from the orders that came; the newest order has the last word."""
    rows = session.connection().execute(_unknown_lines(after, until).order_by(col(Order.placed_at), col(OrderLine.id)))
    newest = {(row.shop_id, row.channel_item_no, row.channel_sku_no): row for row in rows}
    learned = []
    for (shop_id, item_no, sku_no), row in newest.items():
        wanted = select(ChannelItem).where(
            ChannelItem.shop_id == shop_id,
            ChannelItem.channel_item_no == item_no,
            ChannelItem.channel_sku_no == sku_no,
        )
        item = session.exec(wanted.with_for_update()).one_or_none() or ChannelItem(
            shop_id=shop_id, channel_item_no=item_no, channel_sku_no=sku_no, code="", ordered_at=row.placed_at
        )
        item.code, item.ordered_at = row.code, row.placed_at
        session.add(item)
        session.flush()
        record(session, ChannelItemLearned(shop_id, item.id, item.code), actor=SYSTEM, now=now)
        learned.append(item)
    return learned
