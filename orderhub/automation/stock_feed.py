"""How does a channel come to know how many it may sell? What moved is looked at, and a level that differs is owed.

A change waits a little for others, so that a burst becomes one message; what is hot (marked, nearly gone, or selling
fast) does not. Everything is looked at when a code, a formula or a shop's rollout changed, and now and then besides.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from orderhub.automation import stock_log
from orderhub.automation.senders.stock import owe_stock
from orderhub.automation.stock_log import News, Seen, StockCursor, StockLog
from orderhub.connectors.channels import registry
from orderhub.connectors.channels.contract import StockNotice
from orderhub.domain.channel_item import FEW, ChannelItem, ChannelItemPart, Part, StockTold, parts_of, put_parts
from orderhub.domain.channel_stock import facts_of
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.sku import each_means, has_skus
from orderhub.domain.stock import Cause, StockEntry
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM, record

GATHER = timedelta(seconds=20)
# What is hot is told once a second at most.
HOT_GATHER = timedelta(seconds=1)
# So many pieces promised to orders within the time make a SKU hot.
FAST = 30
FAST_WITHIN = timedelta(minutes=2)
LOOK_AGAIN = timedelta(minutes=10)
BATCH = 500
# Selling fast is seen in the newest entries alone: an old ledger is long.
_NEWEST_ENTRIES = 5000


class Feeder:
    """Reads on and owes; of several processes one at a time."""

    def __init__(self) -> None:
        self._seen = Seen()

    def feed_next(self, now: datetime) -> int:
        """Read on, then look at what is due; returns 0 when there is nothing more to do now."""
        with reading() as session:
            if not _has_work(session, now):
                return 0
        with transaction() as session:
            cursors = stock_log.locked(session, now)
            if cursors is None:
                return 0
            news = stock_log.read_on(session, cursors, self._seen, now)
            _take_in(session, news, cursors[StockLog.EVENT], now)
            looked = _look_at_everything(session, cursors[StockLog.EVENT], now) + _look_at_due(session, now)
        self._seen = news.seen
        return looked + news.has_more


def _has_work(session: Session, now: datetime) -> bool:
    if not has_skus(session):
        return False
    everything = session.get(StockCursor, StockLog.EVENT)
    if everything and ((everything.due_at and everything.due_at <= now) or everything.at_item):
        return True
    due = select(ChannelItem.id).where(col(ChannelItem.due_at) <= now).limit(1)
    return session.exec(due).first() is not None or stock_log.has_news(session)


def _take_in(session: Session, news: News, everything: StockCursor, now: datetime) -> None:
    if news.touches_everything:
        everything.due_at = now
    find_parts(session, news.items)
    _make_due(session, [*_touched(session, news.skus), *news.items], now)


def find_parts(session: Session, items: Iterable[ChannelItem]) -> None:
    """Of which SKUs the items are made by now."""
    by_shop: dict[int, list[ChannelItem]] = {}
    for item in items:
        by_shop.setdefault(item.shop_id, []).append(item)
    for shop_id, own in by_shop.items():
        meant, before = each_means(session, shop_id, {item.code for item in own}), parts_of(session, _ids(own))
        for item in own:
            wanted = meant[item.code]
            made = [Part(sku_id, pieces) for sku_id, pieces in wanted.pieces.items()]
            made += [Part(sku_id, pieces, is_pool=True) for sku_id, pieces in wanted.presale.items()]
            made.sort(key=lambda part: (part.sku_id, part.is_pool))
            if made != before.get(item.id, []):
                put_parts(session, item.id, made)


def tell(session: Session, items: Sequence[ChannelItem], now: datetime, *, again: bool = False) -> int:
    """Owe each item's level where it is another than was told (``again``: in any case); returns how many are owed."""
    facts = facts_of(session, items)
    owed = 0
    for item in items:
        item.due_at = None
        session.add(item)
        shop = facts.shops[item.shop_id]
        quantity = facts.level(item) if is_told(shop) else None
        if quantity is None or (quantity == item.told_quantity and not again and _is_known(item, shop)):
            continue
        notice = StockNotice(item.channel_item_no, item.channel_sku_no, item.code, quantity)
        if owe_stock(session, shop, notice, change=item.change_no + 1, now=now):
            item.told_quantity, item.told_at, item.change_no = quantity, now, item.change_no + 1
            record(session, StockTold(item.id, shop.id, quantity, item.change_no), actor=SYSTEM, now=now)
            owed += 1
    return owed


def is_told(shop: Shop) -> bool:
    """Whether the hub tells the shop's channel any levels."""
    return shop.is_asked and shop.rollout is Rollout.LIVE and "stock" in registry.module(shop.channel).ABILITIES


def _is_known(item: ChannelItem, shop: Shop) -> bool:
    """What the channel holds: until the shop's rollout changed, somebody else may have told it."""
    return item.told_at is not None and (shop.rollout_changed_at is None or item.told_at > shop.rollout_changed_at)


def _make_due(session: Session, items: Sequence[ChannelItem], now: datetime) -> None:
    """The hot ones now, the others a little later; what is due already stays so."""
    facts = facts_of(session, items)
    fast = _selling_fast(session, {part.sku_id for made in facts.parts.values() for part in made}, now)
    for item in items:
        available, made = facts.available(item), facts.parts.get(item.id, ())
        is_few = available is not None and available < FEW
        if item.is_hot or is_few or item.told_at is None or any(part.sku_id in fast for part in made):
            due_at = max(now, item.told_at + HOT_GATHER) if item.told_at else now
        else:
            due_at = now + GATHER
        item.due_at = min(item.due_at or due_at, due_at)
        session.add(item)
    session.flush()


def _selling_fast(session: Session, sku_ids: Collection[int], now: datetime) -> set[int]:
    if not sku_ids:
        return set()
    newest = session.exec(select(func.max(StockEntry.id))).one() or 0
    promised = func.sum(col(StockEntry.reserved_change))
    wanted = (
        select(StockEntry.sku_id)
        .where(col(StockEntry.id) > newest - _NEWEST_ENTRIES, col(StockEntry.sku_id).in_(sku_ids))
        .where(StockEntry.cause == Cause.RESERVED, col(StockEntry.at) > now - FAST_WITHIN)
    )
    return set(session.exec(wanted.group_by(col(StockEntry.sku_id)).having(promised >= FAST)))


def _look_at_everything(session: Session, cursor: StockCursor, now: datetime) -> int:
    """The next part of all items, when it is time; returns 1 while more follow."""
    if not cursor.at_item:
        if cursor.due_at is None or cursor.due_at > now:
            return 0
        cursor.due_at = now + LOOK_AGAIN
    wanted = select(ChannelItem).where(col(ChannelItem.id) > cursor.at_item).order_by(col(ChannelItem.id))
    items = _locked(session, wanted)
    find_parts(session, items)
    tell(session, items, now)
    cursor.at_item = items[-1].id if len(items) == BATCH else 0
    session.add(cursor)
    return int(bool(cursor.at_item))


def _look_at_due(session: Session, now: datetime) -> int:
    """Returns how many were due."""
    items = _locked(session, select(ChannelItem).where(col(ChannelItem.due_at) <= now).order_by(col(ChannelItem.id)))
    tell(session, items, now)
    return len(items)


def _locked(session: Session, wanted: SelectOfScalar[ChannelItem]) -> Sequence[ChannelItem]:
    """At most a batch of them; a person may be changing one right now."""
    return session.exec(wanted.limit(BATCH).with_for_update().execution_options(populate_existing=True)).all()


def _ids(items: Iterable[ChannelItem]) -> list[int]:
    return [item.id for item in items]


def _touched(session: Session, sku_ids: Collection[int]) -> list[ChannelItem]:
    if not sku_ids:
        return []
    wanted = select(ChannelItem).join(ChannelItemPart, col(ChannelItemPart.item_id) == col(ChannelItem.id))
    return list(session.exec(wanted.where(col(ChannelItemPart.sku_id).in_(sku_ids)).distinct()))
