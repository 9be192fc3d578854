"""When a shop's line to its channel is in trouble, who is told, and who is told that it is over?"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import Shop, is_asked
from orderhub.domain.words import Channel
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


def settle_unasked(session: Session, kinds: Collection[AnomalyKind], *, now: datetime) -> None:
    """A shop that is off, or brings its own files by now, has no line that could be in trouble."""
    wanted = (
        select(Anomaly.kind, Shop)
        .join(Shop, (col(Shop.id) == Anomaly.subject_id) & (col(Anomaly.subject_type) == "shop"))
        .where(col(Anomaly.kind).in_(kinds), col(Anomaly.resolved_at).is_(None), ~is_asked())
    )
    for kind, shop in session.exec(wanted).all():
        settle(session, shop, AnomalyKind(kind), result="the shop is not asked any more", now=now)


def unknown_shop(channel: Channel) -> tuple[str, int]:
    """What an anomaly about pushes for a shop of ``channel`` that is none of ours is about."""
    return "channel", list(Channel).index(channel)


def settle_unknown(session: Session, shop: Shop, *, now: datetime) -> None:
    """Pushes for a shop of its channel came that was none of ours: it is this one, or its next push says so again."""
    said, about = f"{shop.code} was connected", unknown_shop(shop.channel)
    resolve_anomaly(session, AnomalyKind.UNKNOWN_SHOP, about=about, by=SYSTEM, now=now, reason=said)
