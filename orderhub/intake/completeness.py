"""Is anything missing? Every shop's hours are counted at its channel again; what we lack is fetched as if pushed.

A pull asks what has changed, and knows nothing of what a channel forgot to say. Here a channel is asked what was
placed instead, by another list of its own.
"""

import contextvars
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select, update

from orderhub.connectors.channels.contract import Hint, Window
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import PlacedOrder
from orderhub.domain.ledger import (
    HOUR,
    LAST_FETCH,
    MOST_FETCHES,
    Finding,
    Held,
    LedgerGap,
    LedgerHour,
    OrdersMissed,
    OrdersRefilled,
    compare,
    hour_of,
    next_check,
)
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop, ShopSync, is_asked, shop_named
from orderhub.intake import trouble
from orderhub.intake.inbox import WAITING, InboxMessage, MessageKind, Source, keep_hints
from orderhub.intake.keyring import connector_of
from orderhub.intake.lease import reason_of
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.eventlog import SYSTEM, batched, record
from orderhub.kernel.sight import find

# What a shop's first pull brings in whole reaches further back than this.
HOURS_BACK = timedelta(hours=48)
LONGEST_SLEEP = timedelta(days=30)
HOURS_AT_ONCE = 12
# A change this close to the watermark may still be on its way.
MARGIN = timedelta(minutes=2)
AFTER_TROUBLE = timedelta(minutes=5)
_WAIT_SECONDS = 45.0

log = structlog.get_logger()

_at_once = ThreadPoolExecutor(max_workers=4, thread_name_prefix="ledger")
_running: set[str] = set()
_running_guard = threading.Lock()


def check_completeness(now: datetime) -> str:
    """Count the hours that are due, several shops at once; a slow shop goes on by itself."""
    with reading() as session:
        shops = session.exec(select(Shop).where(is_asked()).order_by(col(Shop.code))).all()
    counts = []
    for shop in shops:
        context = contextvars.copy_context()
        counts.append(_at_once.submit(context.run, check_shop, shop.code, now))
    done, slow = wait(counts, timeout=_WAIT_SECONDS)
    counted = sum(count.result() for count in done)
    return f"{counted} hours counted" + (f", {len(slow)} shops go on" if slow else "")


def check_shop(code: str, now: datetime) -> int:
    """Count one shop's hours that are due, newest first; returns how many. A shop that is being counted is left."""
    with _running_guard:
        if code in _running:
            return 0
        _running.add(code)
    try:
        return _check_due(code, now)
    finally:
        with _running_guard:
            _running.discard(code)


def check_again(session: Session, hour_id: int, now: datetime) -> None:
    """Let an hour be counted at the next run, whatever its turn. Safe to repeat."""
    if hour := find(session, LedgerHour, hour_id, lock=True):
        hour.check_at = now
        session.add(hour)


def _check_due(code: str, now: datetime) -> int:
    with reading() as session:
        shop = shop_named(session, code)
        sync = session.get(ShopSync, (shop.id, MessageKind.ORDER))
    if sync is None or sync.succeeded_at is None or (sync.paused_until and sync.paused_until > now):
        return 0
    counted = 0
    for hour in _due(shop, sync.watermark, now):
        try:
            _check(shop, hour, sync.watermark, now)
        except Exception as error:  # noqa: BLE001  (one shop's trouble never stops the others)
            log.warning("hour_not_counted", shop=code, error=type(error).__name__)
            _failed(hour, error, now)
            if isinstance(error, OrderHubError):
                break
        else:
            counted += 1
    return counted


def _due(shop: Shop, watermark: datetime, now: datetime) -> list[LedgerHour]:
    """Hours to count now, newest first; those that began since the last time are opened."""
    with transaction() as session:
        newest = session.exec(select(func.max(LedgerHour.hour_at)).where(LedgerHour.shop_id == shop.id)).one()
        hour_at = max(newest + HOUR, hour_of(now - LONGEST_SLEEP)) if newest else hour_of(now - HOURS_BACK)
        while hour_at < watermark:
            session.add(LedgerHour(shop_id=shop.id, hour_at=hour_at, check_at=now))
            hour_at += HOUR
        session.flush()
        wanted = select(LedgerHour).where(LedgerHour.shop_id == shop.id, col(LedgerHour.check_at) <= now)
        return list(session.exec(wanted.order_by(col(LedgerHour.hour_at).desc()).limit(HOURS_AT_ONCE)))


def _check(shop: Shop, hour: LedgerHour, watermark: datetime, now: datetime) -> None:
    """Ask the channel first, then look at what is here: whatever came in meanwhile is no gap."""
    window = Window(hour.hour_at, min(hour.hour_at + HOUR, watermark))
    said = [
        placed
        for page in connector_of(shop).placed_orders(window)
        for placed in page
        if window.start <= placed.placed_at < window.end
    ]
    with transaction() as session:
        held, coming = _held(session, shop, window), _coming(session, shop)
        finding = compare(said, held, coming, pulled_until=watermark, known_until=watermark - MARGIN)
        counted = session.get_one(LedgerHour, hour.id, with_for_update=True)
        _write(session, shop, counted, finding, until=window.end, now=now)


def _held(session: Session, shop: Shop, window: Window) -> dict[str, Held]:
    wanted = select(Order.channel_order_no, Order.total_fen, Order.channel_updated_at).where(
        Order.shop_id == shop.id, col(Order.placed_at) >= window.start, col(Order.placed_at) < window.end
    )
    return {number: Held(fen, updated_at) for number, fen, updated_at in session.exec(wanted)}


def _coming(session: Session, shop: Shop) -> set[str]:
    """Numbers whose order, or a hint at it, waits in the inbox."""
    kinds = (MessageKind.ORDER, MessageKind.PUSH)
    wanted = select(InboxMessage.number).where(
        WAITING, InboxMessage.shop_id == shop.id, col(InboxMessage.kind).in_(kinds)
    )
    return set(session.exec(wanted))


def _write(session: Session, shop: Shop, hour: LedgerHour, finding: Finding, *, until: datetime, now: datetime) -> None:
    gaps = _gaps(session, hour, finding, now)
    _fetch(session, shop, [gap for gap in gaps if gap.channel_order_no not in finding.coming], now)
    hour.counted_until = until
    hour.said_count, hour.said_fen = finding.said_count, finding.said_fen
    hour.held_count, hour.held_fen = finding.held_count, finding.held_fen
    hour.gap_count = len(gaps)
    hour.checked_at, hour.error = now, ""
    hour.check_at = next_check(hour, finding, max((gap.fetches for gap in gaps), default=0), now)
    session.add(hour)
    session.flush()
    _tell(session, shop, now)


def _gaps(session: Session, hour: LedgerHour, finding: Finding, now: datetime) -> list[LedgerGap]:
    """What is still open of ``hour`` after ``finding``; what is new is opened, what is filled is closed."""
    wanted = select(LedgerGap).where(LedgerGap.ledger_hour_id == hour.id)
    known = {gap.channel_order_no: gap for gap in session.exec(wanted)}
    lacking = {placed.channel_order_no: placed for placed in (*finding.missing, *finding.stale)}
    found = [placed for number, placed in lacking.items() if number not in known or known[number].closed_at]
    for placed in found:
        known[placed.channel_order_no] = _opened(known.get(placed.channel_order_no), hour, placed, now)
    still = lacking.keys() | finding.coming
    filled = [gap for number, gap in known.items() if not gap.closed_at and number not in still]
    for gap in filled:
        gap.closed_at = now
    stale = {placed.channel_order_no for placed in finding.stale}
    for gap in known.values():
        gap.is_stale = gap.is_stale if gap.closed_at else gap.channel_order_no in stale
        session.add(gap)
    hour.refilled_count += len(filled)
    for happening, gaps in ((OrdersMissed, found), (OrdersRefilled, filled)):
        if gaps:
            record(session, happening(hour.shop_id, hour.hour_at.isoformat(), len(gaps)), actor=SYSTEM, now=now)
    session.flush()
    return [gap for gap in known.values() if not gap.closed_at]


def _opened(gap: LedgerGap | None, hour: LedgerHour, placed: PlacedOrder, now: datetime) -> LedgerGap:
    gap = gap or LedgerGap(
        ledger_hour_id=hour.id, shop_id=hour.shop_id, channel_order_no=placed.channel_order_no, found_at=now
    )
    gap.said_fen, gap.found_at, gap.closed_at, gap.fetches = placed.total_fen or 0, now, None, 0
    return gap


def _fetch(session: Session, shop: Shop, gaps: Sequence[LedgerGap], now: datetime) -> None:
    """Ask for each as if it had been pushed; each time is a new hint, as the last one has been answered."""
    asked = [gap for gap in gaps if gap.fetches < LAST_FETCH]
    for gap in asked:
        gap.fetches += 1
        session.add(gap)
    turn = int(now.timestamp())
    hints = [Hint(f"ledger-{gap.id}-{turn}", "order", gap.channel_order_no, "ledger") for gap in asked]
    for part in batched(hints, 500):
        keep_hints(session, shop.id, part, now, source=Source.PULL)


def _tell(session: Session, shop: Shop, now: datetime) -> None:
    """A gap that fetching has not closed is for a person; once none is left, that is over by itself."""
    wanted = (
        select(LedgerHour.hour_at, func.count(), func.sum(LedgerGap.said_fen), func.min(LedgerGap.found_at))
        .join(LedgerHour, col(LedgerHour.id) == LedgerGap.ledger_hour_id)
        .where(LedgerGap.shop_id == shop.id, col(LedgerGap.closed_at).is_(None), LedgerGap.fetches > MOST_FETCHES)
        .group_by(col(LedgerHour.hour_at))
        .order_by(col(LedgerHour.hour_at))
    )
    stubborn = session.exec(wanted).all()
    if not stubborn:
        trouble.settle(session, shop, AnomalyKind.ORDERS_MISSING, result="the missing orders are here", now=now)
        return
    hours = "; ".join(f"{shanghai_text(hour_at, '%m-%d %H:00')}: {count}" for hour_at, count, _, _ in stubborn)
    missing = sum(count for _, count, _, _ in stubborn)
    trouble.report(
        session,
        shop,
        AnomalyKind.ORDERS_MISSING,
        note=f"{shop.code}: the channel has orders that could not be fetched ({hours})",
        title=f"{shop.name}: {missing} 单在渠道有、这里没有,补拉失败",
        occurred_at=min(found_at for _, _, _, found_at in stubborn),
        now=now,
        at_risk_fen=sum(int(fen) for _, _, fen, _ in stubborn),
    )


def _failed(hour: LedgerHour, error: Exception, now: datetime) -> None:
    failed = update(LedgerHour).where(col(LedgerHour.id) == hour.id)
    with transaction() as session:
        session.exec(failed.values(error=reason_of(error)[:500], check_at=now + AFTER_TROUBLE))
