"""What has gone wrong quietly? Scans for facts that become true without any message."""

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.flow import is_on
from orderhub.domain.flow_stage import Automation
from orderhub.domain.order import UNSHIPPED, Order
from orderhub.domain.shop import Shop, ShopSync, is_asked
from orderhub.intake import trouble
from orderhub.intake.inbox import prune
from orderhub.intake.keyring import connector_of
from orderhub.intake.lease import reason_of
from orderhub.intake.sync import KINDS
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerError
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.settings import settings

MISSED_PULLS = 3
RENEW_BEFORE = timedelta(hours=1)
KEEP_BODIES = timedelta(days=7)

_AT_ONCE = 200

log = structlog.get_logger()


def find_syncs_behind(now: datetime) -> int:
    """Shops whose last success is more than three intervals ago; returns how many."""
    behind = 0
    allowed = MISSED_PULLS * timedelta(seconds=settings().sync_seconds)
    with transaction() as session:
        trouble.settle_unasked(session, (AnomalyKind.SYNC_BEHIND, AnomalyKind.TOKEN_NEAR_EXPIRY), now=now)
        for shop in session.exec(_active_shops()).all():
            last = min(_last_success(session, shop, kind) for kind in KINDS)
            if now - last > allowed:
                behind += 1
                _report_behind(session, shop, last, now)
    return behind


def renew_tokens(now: datetime) -> int:
    """Renew every token that ends within the hour; returns how many were renewed."""
    renewed = 0
    with reading() as session:
        ending = session.exec(_active_shops().where(col(Shop.token_expires_at) <= now + RENEW_BEFORE)).all()
    for shop in ending:
        try:
            connector_of(shop).refresh_token()
            renewed += 1
        except PartnerError as error:
            log.warning("token_not_renewed", shop=shop.code, error=type(error).__name__)
            _report_token(shop, error, now)
    return renewed


def find_late_orders(now: datetime) -> int:
    """Orders whose ship-by moment has passed get an anomaly, those that have left lose it; returns how many are new."""
    with transaction() as session:
        _settle_left(session, now)
        if not is_on(session, Automation.REPORT_LATE):
            return 0
    found = 0
    while True:
        with transaction() as session:
            late = _newly_late(session, now)
            for order in late:
                _report_late(session, order, now)
        found += len(late)
        if len(late) < _AT_ONCE:
            return found


def prune_inbox(now: datetime) -> int:
    """Empty bodies that nobody will read again; returns how many."""
    pruned = 0
    while True:
        with transaction() as session:
            part = prune(session, before=now - KEEP_BODIES)
        pruned += part
        if not part:
            return pruned


def _active_shops():
    return select(Shop).where(is_asked()).order_by(col(Shop.id))


def _last_success(session: Session, shop: Shop, kind: str) -> datetime:
    """A shop that never succeeded counts from when it was connected."""
    sync = session.get(ShopSync, (shop.id, kind))
    return (sync and sync.succeeded_at) or shop.created_at


def _report_behind(session: Session, shop: Shop, last: datetime, now: datetime) -> None:
    trouble.report(
        session,
        shop,
        AnomalyKind.SYNC_BEHIND,
        note=f"{shop.code}: no successful pull since {shanghai_text(last)}",
        title=f"{shop.name}: 订单同步落后,最后成功 {shanghai_text(last, '%m-%d %H:%M')}",
        occurred_at=last + timedelta(seconds=settings().sync_seconds),
        now=now,
    )


def _report_token(shop: Shop, error: PartnerError, now: datetime) -> None:
    ends_at = shop.token_expires_at or now
    with transaction() as session:
        trouble.report(
            session,
            shop,
            AnomalyKind.TOKEN_NEAR_EXPIRY,
            note=reason_of(error),
            title=f"{shop.name}: 授权将于 {shanghai_text(ends_at, '%m-%d %H:%M')} 到期,自动续期失败",
            occurred_at=ends_at - RENEW_BEFORE,
            now=now,
        )


def _newly_late(session: Session, now: datetime) -> list[Order]:
    known = select(Anomaly.id).where(
        Anomaly.kind == AnomalyKind.SHIP_BY_PAST,
        Anomaly.subject_type == "order",
        Anomaly.subject_id == Order.id,
        col(Anomaly.resolved_at).is_(None),
    )
    late = select(Order).where(col(Order.status).in_(UNSHIPPED), col(Order.ship_by) < now, ~known.exists())
    return list(session.exec(late.order_by(col(Order.id)).limit(_AT_ONCE)))


def _report_late(session: Session, order: Order, now: datetime) -> None:
    open_anomaly(
        session,
        AnomalyKind.SHIP_BY_PAST,
        about=("order", order.id),
        occurred_at=order.ship_by or now,
        now=now,
        note=f"{order.channel_order_no} was to leave by {shanghai_text(order.ship_by or now)}",
        at_risk_fen=order.paid_fen,
    )
    about = ("order", order.id)
    resolve_anomaly(session, AnomalyKind.SHIP_BY_NEAR, about=about, by=SYSTEM, now=now, reason="now past")


def _settle_left(session: Session, now: datetime) -> None:
    """An order that has left, was cancelled, or got a later promise is late no more."""
    wanted = (
        select(Order.id)
        .join(Anomaly, (col(Anomaly.subject_id) == Order.id) & (col(Anomaly.subject_type) == "order"))
        .where(Anomaly.kind == AnomalyKind.SHIP_BY_PAST, col(Anomaly.resolved_at).is_(None))
        .where(col(Order.status).not_in(UNSHIPPED) | (col(Order.ship_by) >= now))
    )
    for order_id in session.exec(wanted).all():
        resolve_anomaly(session, AnomalyKind.SHIP_BY_PAST, about=("order", order_id), by=SYSTEM, now=now)
