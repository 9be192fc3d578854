"""What changed at the channels since we last asked? Pulled per shop and kind, from a watermark with an overlap.

The watermark moves only over what is kept, so a pull may break off anywhere, be repeated, or run twice at once.
"""

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import col, select, update

from orderhub.connectors.channels.contract import ChannelConnector, Limits, Native, Window
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop, ShopSync, is_asked, shop_named
from orderhub.intake import trouble
from orderhub.intake.inbox import MessageKind, Source, keep
from orderhub.intake.keyring import connector_of
from orderhub.intake.lease import reason_of
from orderhub.intake.meters import ACCEPTED
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerBanned, PartnerUnauthorised
from orderhub.kernel.settings import settings

OVERLAP = timedelta(minutes=2)
# What the hourly look back pulls again: changes that a channel showed later than their own time says.
LOOK_BACK = timedelta(hours=3)
FIRST_HISTORY = timedelta(days=3)
KINDS = (MessageKind.ORDER, MessageKind.REFUND)

log = structlog.get_logger()

_at_once = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sync")
_running: set[str] = set()
_running_guard = threading.Lock()


@dataclass(frozen=True)
class SyncResult:
    """``kept`` counts new messages by kind; ``error`` is empty when all went well."""

    shop_code: str
    kept: dict[str, int]
    error: str = ""

    def __str__(self) -> str:
        new = ", ".join(f"{count} new {kind} messages" for kind, count in self.kept.items()) or "nothing pulled"
        return f"{self.shop_code}: {new}" + (f"; {self.error}" if self.error else "")


def sync_shop(code: str, now: datetime, *, overlap: timedelta = OVERLAP) -> SyncResult:
    """Pull one shop's orders and refunds up to ``now``; a shop that is being pulled is left to that pull."""
    with reading() as session:
        shop = shop_named(session, code)
    with _running_guard:
        if code in _running:
            return SyncResult(code, {}, "is being pulled already")
        _running.add(code)
    try:
        return _pull(shop, now, overlap)
    finally:
        with _running_guard:
            _running.discard(code)


def sync_all(now: datetime, *, overlap: timedelta = OVERLAP) -> list[SyncResult]:
    """Pull every shop, several at once. A slow shop is not waited for beyond the interval; it goes on by itself."""
    pulls: list[Future[SyncResult]] = []
    for code in _shop_codes():
        # The thread works in the caller's context: a job's fence holds for it too.
        context = contextvars.copy_context()
        pulls.append(_at_once.submit(context.run, sync_shop, code, now, overlap=overlap))
    done, slow = wait(pulls, timeout=settings().sync_seconds * 0.9)
    if slow:
        log.warning("sync_goes_on", shops=len(slow))
    return [pull.result() for pull in pulls if pull in done]


def look_back(now: datetime) -> list[SyncResult]:
    """Pull the last hours again: finds what a channel showed late and what a push never told."""
    return sync_all(now, overlap=LOOK_BACK)


def sync_by_hand(shop_code: str | None) -> list[SyncResult]:
    """For the command line; returns when all is pulled.

    Raises:
        DatabaseBusy: a running hub owns the SQLite database; it pulls by itself.
        NotFound: no such shop.
    """
    with transaction():
        pass
    codes = [shop_code] if shop_code else _shop_codes()
    return [sync_shop(code, utc_now()) for code in codes]


def slices(start: datetime, end: datetime, longest: timedelta) -> Iterator[Window]:
    """``start`` to ``end`` in windows the channel allows, oldest first; none where the clock stepped back."""
    while start < end:
        stop = min(start + longest, end)
        yield Window(start, stop)
        start = stop


def _shop_codes() -> list[str]:
    with reading() as session:
        return list(session.exec(select(Shop.code).where(is_asked()).order_by(Shop.code)))


def _pull(shop: Shop, now: datetime, overlap: timedelta) -> SyncResult:
    kept: dict[str, int] = {}
    for kind in KINDS:
        sync = _standing(shop, kind, connector_of(shop).limits, now)
        if sync.paused_until and sync.paused_until > now:
            return SyncResult(shop.code, kept, f"paused until {sync.paused_until:%H:%M:%S} UTC: {sync.error}")
        try:
            kept[kind] = _pull_kind(shop, sync, overlap, now)
        except Exception as error:  # noqa: BLE001  (one shop's trouble never stops the others)
            log.warning("sync_failed", shop=shop.code, kind=kind, error=type(error).__name__)
            _failed(shop, kind, error, now)
            return SyncResult(shop.code, kept, reason_of(error))
    return SyncResult(shop.code, kept)


def _standing(shop: Shop, kind: MessageKind, limits: Limits, now: datetime) -> ShopSync:
    with transaction() as session:
        sync = session.get(ShopSync, (shop.id, kind))
        if sync is None:
            sync = ShopSync(shop_id=shop.id, kind=kind, watermark=now - min(limits.history, FIRST_HISTORY))
        sync.tried_at = now
        session.add(sync)
    return sync


def _pull_kind(shop: Shop, sync: ShopSync, overlap: timedelta, now: datetime) -> int:
    connector = connector_of(shop)
    limits = connector.limits
    kept = 0
    for window in slices(sync.watermark - overlap - limits.lag, now - limits.lag, limits.window):
        for page in _changed(connector, MessageKind(sync.kind))(window):
            kept += _keep_page(shop, MessageKind(sync.kind), page)
        _move(sync, window.end)
    _succeeded(shop, sync, now)
    return kept


def _changed(connector: ChannelConnector, kind: MessageKind) -> Callable[[Window], Iterator[Sequence[Native]]]:
    return connector.changed_orders if kind is MessageKind.ORDER else connector.changed_refunds


def _keep_page(shop: Shop, kind: MessageKind, page: Sequence[Native]) -> int:
    if not page:
        return 0
    with transaction() as session:
        kept = keep(session, shop.id, kind, page, utc_now())
    ACCEPTED.labels(Source.PULL).inc(kept)
    return kept


def _move(sync: ShopSync, watermark: datetime) -> None:
    """Forward only: a look back, or a second pull that is behind, takes nothing back."""
    with transaction() as session:
        session.exec(
            update(ShopSync)
            .where(
                col(ShopSync.shop_id) == sync.shop_id,
                col(ShopSync.kind) == sync.kind,
                col(ShopSync.watermark) < watermark,
            )
            .values(watermark=watermark)
        )


def _succeeded(shop: Shop, sync: ShopSync, now: datetime) -> None:
    with transaction() as session:
        session.exec(
            update(ShopSync)
            .where(col(ShopSync.shop_id) == sync.shop_id, col(ShopSync.kind) == sync.kind)
            .values(succeeded_at=now, error="", paused_until=None)
        )
        trouble.settle(session, shop, AnomalyKind.SHOP_UNAUTHORISED, result="a pull succeeded", now=now)
        if sync.kind == KINDS[-1]:
            trouble.settle(session, shop, AnomalyKind.SYNC_BEHIND, result="a pull succeeded", now=now)


def _failed(shop: Shop, kind: MessageKind, error: Exception, now: datetime) -> None:
    paused_until = now + error.retry_after if isinstance(error, PartnerBanned) else None
    with transaction() as session:
        session.exec(
            update(ShopSync)
            .where(col(ShopSync.shop_id) == shop.id, col(ShopSync.kind) == kind)
            .values(failed_at=now, error=reason_of(error)[:500], paused_until=paused_until)
        )
        if isinstance(error, PartnerUnauthorised):
            trouble.report(
                session,
                shop,
                AnomalyKind.SHOP_UNAUTHORISED,
                note=reason_of(error),
                title=f"{shop.name}: 授权失效,请重新授权店铺",
                occurred_at=now,
                now=now,
            )
