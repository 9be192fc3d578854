"""When a shop's line to its channel is in trouble, who is told, and who is told that it is over?"""

from datetime import datetime

from sqlmodel import Session

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop
from orderhub.kernel.eventlog import SYSTEM


def report(
    session: Session,
    shop: Shop,
    kind: AnomalyKind,
    *,
    note: str,
    title: str,
    occurred_at: datetime,
    now: datetime,
    at_risk_fen: int = 0,
) -> None:
    """An anomaly about the shop and, when it is a new one, a task. Safe to repeat."""
    open_anomaly(
        session,
        kind,
        about=("shop", shop.id),
        occurred_at=occurred_at,
        now=now,
        note=note,
        title=title,
        at_risk_fen=at_risk_fen,
        channel=shop.channel,
    )


def settle(session: Session, shop: Shop, kind: AnomalyKind, *, result: str, now: datetime) -> None:
    """It is over: the anomaly, and the task with it. Safe to repeat."""
    resolve_anomaly(session, kind, about=("shop", shop.id), by=SYSTEM, now=now, reason=result)
