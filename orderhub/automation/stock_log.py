"""Which stock may have changed since it was last looked at? Three logs are read on: entries, events, order lines.

PostgreSQL shows an id only with its commit, so a lower one may show after a higher one. A cursor therefore stands where
nothing can come any more: ``edge_id`` was the newest when ``edge_xid`` was the next transaction, and once all that
began before it have ended, everything up to it has been seen. What lies beyond is read again until then, which changes
nothing. Who writes an entry or an order line has written before, so its transaction has its number before the row has
its id; of an event that is not certain, which the look at everything makes good (stock_feed.py).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, or_, text
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.channel_stock import ChannelItem, ChannelItemAdded, ChannelItemMarked, ShareDropped, ShareSet
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.presale import PresalePoolSet, PresaleSold
from orderhub.domain.rollout import RolloutChanged
from orderhub.domain.shop import ASKED
from orderhub.domain.sku import ListingBound, SkuAdded, SkuChanged
from orderhub.domain.stock import StockEntry
from orderhub.kernel.columns import BigId, Moment, word
from orderhub.kernel.eventlog import Event, kind_of

# So many order lines are looked at in one go.
RANGE = 20_000
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


@dataclass
class News:
    """``skus`` moved, ``items`` are new or called otherwise; ``has_more``: not all of it was read."""

    skus: set[int] = field(default_factory=set)
    items: list[ChannelItem] = field(default_factory=list)
    touches_everything: bool = False
    has_more: bool = False


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
    """The cursors, begun at the logs' start when they are new; None while another process holds them."""
    if session.get(StockCursor, StockLog.ENTRY) is None:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        start = {"safe_id": 0, "edge_id": 0, "edge_xid": 0, "due_at": now, "at_item": 0}
        begun = dialect.insert(StockCursor).values([{"log": log, **start} for log in StockLog])
        session.exec(begun.on_conflict_do_nothing())  # pyright: ignore[reportCallIssue, reportArgumentType]
    wanted = select(StockCursor).order_by(col(StockCursor.log)).with_for_update(skip_locked=True)
    found = session.exec(wanted.execution_options(populate_existing=True)).all()
    return {cursor.log: cursor for cursor in found} if len(found) == len(StockLog) else None


def read_on(session: Session, cursors: dict[StockLog, StockCursor]) -> News:
    """What is new; the cursors move with it, in the caller's transaction."""
    entry, event, line = (cursors[log] for log in (StockLog.ENTRY, StockLog.EVENT, StockLog.LINE))
    news = News()
    after = _advance(session, entry, col(StockEntry.id))
    news.skus |= set(session.exec(select(StockEntry.sku_id).where(col(StockEntry.id) > after).distinct()))
    after = _advance(session, event, col(Event.id))
    later = col(Event.id) > after
    news.skus |= set(session.exec(select(Event.subject_id).where(later, col(Event.kind).in_(_OF_SKUS)).distinct()))
    everything = select(Event.id).where(later, col(Event.kind).in_(_OF_EVERYTHING)).limit(1)
    news.touches_everything = session.exec(everything).first() is not None
    after = _advance(session, line, col(OrderLine.id), most=RANGE)
    news.items = _learn(session, after, after + RANGE)
    news.has_more = _newest(session, col(OrderLine.id)) > after + RANGE
    session.add_all(cursors.values())
    return news


def _advance(session: Session, cursor: StockCursor, number: Mapped[int], *, most: int = 0) -> int:
    """Move the cursor as far as it may go; returns after which id there is something to read."""
    after, newest = cursor.safe_id, func.coalesce(func.max(number), 0)
    if session.get_bind().dialect.name == "sqlite":  # one writer: what is there is all there is
        cursor.safe_id = cursor.edge_id = session.exec(select(newest)).one()
    else:
        oldest, following = (
            text(f"pg_snapshot_{end}(pg_current_snapshot())::text::bigint") for end in ("xmin", "xmax")
        )
        oldest_open, next_xid, last_id = session.connection().execute(columns(oldest, following, newest)).one()
        if oldest_open >= cursor.edge_xid:
            cursor.safe_id, cursor.edge_id, cursor.edge_xid = cursor.edge_id, last_id, next_xid
    if most:
        cursor.safe_id = min(cursor.safe_id, after + most)
    return after


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


def _learn(session: Session, after: int, until: int) -> list[ChannelItem]:
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
        learned.append(item)
    session.flush()
    return learned
