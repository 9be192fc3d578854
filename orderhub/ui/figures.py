"""Which few figures does every page carry?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.order import UNSHIPPED, Order, OrderStatus
from orderhub.insights.system import ChannelHealth, channel_health
from orderhub.ui.board_rows import unix


@dataclass
class ChannelSync:
    """``oldest``: the last success of the shop furthest behind, in unix seconds; empty when one never succeeded."""

    channel: str
    oldest: str
    shops: str
    is_troubled: bool


@dataclass
class Counters:
    """What waits, for the menu; empty where nothing does."""

    orders: str = ""
    review: str = ""
    anomalies: str = ""


def counters(session: Session) -> Counters:
    orders = session.exec(select(func.count()).select_from(Order).where(col(Order.status).in_(UNSHIPPED))).one()
    review = session.exec(select(func.count()).select_from(Order).where(Order.status == OrderStatus.TO_REVIEW)).one()
    anomalies = session.exec(select(func.count()).select_from(Anomaly).where(col(Anomaly.resolved_at).is_(None))).one()
    return Counters(*(f"{count:,}" if count else "" for count in (orders, review, anomalies)))


def sync_health(session: Session, now: datetime) -> list[ChannelSync]:
    return [channel_sync(health) for health in channel_health(session, now)]


def channel_sync(health: ChannelHealth) -> ChannelSync:
    is_troubled = bool(health.behind_count or health.error)
    return ChannelSync(health.channel, unix(health.succeeded_at), str(health.shop_count), is_troubled)
