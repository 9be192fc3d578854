"""How well are the shops kept in step?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Rollout, Shop, ShopSync
from orderhub.domain.words import Channel

# A shop is pulled every five minutes; two missed pulls are worth a look.
BEHIND_AFTER = timedelta(minutes=11)


@dataclass(frozen=True)
class ShopState:
    """``succeeded_at`` and ``watermark`` are of the kind (order, refund) furthest behind; None: one was never pulled.

    ``needs_authorising``: its token has ended, or could not be renewed.
    """

    shop_id: int
    code: str
    name: str
    channel: Channel
    rollout: Rollout
    succeeded_at: datetime | None
    failed_at: datetime | None
    error: str
    paused_until: datetime | None
    token_expires_at: datetime | None
    is_asked: bool
    is_behind: bool
    watermark: datetime | None
    needs_authorising: bool


@dataclass(frozen=True)
class ChannelHealth:
    """``succeeded_at`` is of the channel's shop that is furthest behind."""

    channel: Channel
    shop_count: int
    behind_count: int
    succeeded_at: datetime | None
    error: str


def shop_states(session: Session, now: datetime) -> list[ShopState]:
    """Every shop, by channel and code."""
    syncs: dict[int, list[ShopSync]] = {}
    for sync in session.exec(select(ShopSync)):
        syncs.setdefault(sync.shop_id, []).append(sync)
    shops = session.exec(select(Shop).order_by(col(Shop.channel), col(Shop.code)))
    unauthorised = _unauthorised(session)
    return [_state(shop, syncs.get(shop.id, []), now, unauthorised) for shop in shops]


def channel_health(session: Session, now: datetime) -> list[ChannelHealth]:
    """Every channel that we ask for orders and that has a shop which is not off."""
    states = [state for state in shop_states(session, now) if state.rollout is not Rollout.OFF and state.is_asked]
    grouped = {channel: [state for state in states if state.channel is channel] for channel in Channel}
    return [_health(channel, found) for channel, found in grouped.items() if found]


def _unauthorised(session: Session) -> set[int]:
    kinds = (AnomalyKind.SHOP_UNAUTHORISED, AnomalyKind.TOKEN_NEAR_EXPIRY)
    wanted = select(Anomaly.subject_id).where(
        Anomaly.subject_type == "shop", col(Anomaly.kind).in_(kinds), col(Anomaly.resolved_at).is_(None)
    )
    return set(session.exec(wanted))


def _state(shop: Shop, syncs: list[ShopSync], now: datetime, unauthorised: set[int]) -> ShopState:
    succeeded_at = _oldest([sync.succeeded_at for sync in syncs])
    failed = max((sync for sync in syncs if sync.failed_at), key=lambda sync: sync.failed_at or now, default=None)
    is_failing = failed is not None and (not failed.succeeded_at or (failed.failed_at or now) > failed.succeeded_at)
    paused = [sync.paused_until for sync in syncs if sync.paused_until and sync.paused_until > now]
    return ShopState(
        shop_id=shop.id,
        code=shop.code,
        name=shop.name,
        channel=shop.channel,
        rollout=shop.rollout,
        succeeded_at=succeeded_at,
        failed_at=failed.failed_at if failed else None,
        error=failed.error if failed and is_failing else "",
        paused_until=max(paused, default=None),
        token_expires_at=shop.token_expires_at,
        is_asked=shop.is_asked,
        is_behind=shop.is_asked and (succeeded_at is None or now - succeeded_at > BEHIND_AFTER),
        watermark=_oldest([sync.watermark for sync in syncs]),
        needs_authorising=shop.id in unauthorised or bool(shop.token_expires_at and shop.token_expires_at <= now),
    )


def _health(channel: Channel, shops: list[ShopState]) -> ChannelHealth:
    return ChannelHealth(
        channel=channel,
        shop_count=len(shops),
        behind_count=sum(shop.is_behind for shop in shops),
        succeeded_at=_oldest([shop.succeeded_at for shop in shops]),
        error=next((shop.error for shop in shops if shop.error), ""),
    )


def _oldest(moments: list[datetime | None]) -> datetime | None:
    known = [moment for moment in moments if moment]
    return min(known) if known and len(known) == len(moments) else None
