"""Which few figures tell whether the hub is well?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop, ShopSync


@dataclass(frozen=True)
class Figures:
    """``sync_age_seconds`` is keyed by shop code and kind; a shop never synced is left out."""

    orders: dict[str, int]
    anomalies: dict[str, int]
    sync_age_seconds: dict[tuple[str, str], float]


def figures(session: Session, now: datetime) -> Figures:
    orders = session.exec(select(Order.status, func.count()).group_by(col(Order.status))).all()
    open_ones = select(Anomaly.kind, func.count()).where(col(Anomaly.resolved_at).is_(None))
    anomalies = session.exec(open_ones.group_by(col(Anomaly.kind))).all()
    syncs = session.exec(select(Shop.code, ShopSync).join(ShopSync, col(ShopSync.shop_id) == Shop.id)).all()
    ages = {(code, sync.kind): (now - sync.succeeded_at).total_seconds() for code, sync in syncs if sync.succeeded_at}
    return Figures(dict(orders), dict(anomalies), ages)
