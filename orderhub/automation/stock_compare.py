"""Does a channel hold what it was told? Once an hour a few of each shop's items are asked for, in turn."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState
from orderhub.automation.senders.stock import stock_key
from orderhub.automation.stock_feed import is_told, tell
from orderhub.connectors.channels import registry
from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.channel_item import CHANNEL_ITEM, ChannelItem, item_of
from orderhub.domain.shop import Rollout, Shop
from orderhub.intake.keyring import connector_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerRefused, PartnerUnauthorised, PartnerUnavailable
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.settings import settings

SAMPLE = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Asked:
    id: int
    item_no: str
    sku_no: str
    change_no: int


def compare_stock(now: datetime) -> str:
    """Ask every shop whose channel says what it holds; what drifted is an anomaly, and is told again."""
    with reading() as session:
        live = session.exec(select(Shop).where(col(Shop.rollout) == Rollout.LIVE).order_by(col(Shop.id))).all()
    asked = drifted = 0
    for shop in live:
        if is_told(shop) and "stock_read" in registry.module(shop.channel).ABILITIES:
            seen, wrong = _compare(shop, now)
            asked, drifted = asked + seen, drifted + wrong
    return f"{asked} asked, {drifted} drifted"


def _compare(shop: Shop, now: datetime) -> tuple[int, int]:
    with reading() as session:
        sample = _sample(session, shop)
    seen = wrong = 0
    for one in sample:
        try:
            held = connector_of(shop).stock_of(one.item_no, one.sku_no)
        except (PartnerUnavailable, PartnerUnauthorised) as error:
            log.warning("stock_not_compared", shop=shop.code, error=type(error).__name__)
            break
        except PartnerRefused:
            held = None  # it sells no such thing any more: its turn is over
        with transaction() as session:
            wrong += _settle(session, one, held, now)
        seen += 1
    return seen, wrong


def _sample(session: Session, shop: Shop) -> list[Asked]:
    """What drifted when it was asked last, then who has waited longest."""
    has_drifted = select(Anomaly.subject_id).where(
        Anomaly.kind == AnomalyKind.STOCK_DRIFT,
        Anomaly.subject_type == CHANNEL_ITEM,
        col(Anomaly.resolved_at).is_(None),
    )
    wanted = select(ChannelItem).where(
        ChannelItem.shop_id == shop.id, col(ChannelItem.told_quantity).is_not(None), col(ChannelItem.due_at).is_(None)
    )
    turn = (col(ChannelItem.id).not_in(has_drifted), col(ChannelItem.seen_at).nulls_first(), col(ChannelItem.id))
    found = session.exec(wanted.order_by(*turn).limit(SAMPLE))
    return [Asked(one.id, one.channel_item_no, one.channel_sku_no, one.change_no) for one in found]


def _settle(session: Session, asked: Asked, held: int | None, now: datetime) -> int:
    """Write down what the channel holds; returns 1 when that is not what it was told."""
    item, about = item_of(session, asked.id), (CHANNEL_ITEM, asked.id)
    item.seen_quantity, item.seen_at = held, now
    session.add(item)
    is_moving = item.change_no != asked.change_no or item.due_at is not None or _is_owed(session, item)
    if held is None or item.told_quantity is None or is_moving:
        return 0
    if abs(held - item.told_quantity) <= settings().stock_drift:
        resolve_anomaly(session, AnomalyKind.STOCK_DRIFT, about=about, by=SYSTEM, now=now)
        return 0
    open_anomaly(
        session,
        AnomalyKind.STOCK_DRIFT,
        about=about,
        occurred_at=now,
        now=now,
        note=f"{item.code}: 渠道 {held}, 已告知 {item.told_quantity}",
    )
    tell(session, [item], now, again=True)
    return 1


def _is_owed(session: Session, item: ChannelItem) -> bool:
    wanted = select(OutboxMessage.id).where(
        OutboxMessage.kind == OutboxKind.STOCK,
        OutboxMessage.addressee == shop_addressee(item.shop_id),
        OutboxMessage.key == stock_key(item.channel_item_no, item.channel_sku_no, item.code),
        col(OutboxMessage.state).in_((OutboxState.WAITING, OutboxState.SENDING)),
    )
    return session.exec(wanted).first() is not None
