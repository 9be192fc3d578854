"""When a shop's line to its channel is in trouble, who is told, and who is told that it is over?"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from orderhub.domain import task as tasks
from orderhub.domain.anomaly import Anomaly, AnomalyKind, Severity, open_anomaly, resolve_anomaly
from orderhub.domain.shop import Shop
from orderhub.domain.task import Task, TaskKind, TaskStatus
from orderhub.kernel.eventlog import SYSTEM

_TIME_ALLOWED = timedelta(hours=2)


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
    """An anomaly about the shop and, when it is a new one, a task for operations. Safe to repeat."""
    is_new = not _is_open(session, shop, kind)
    about = ("shop", shop.id)
    open_anomaly(
        session,
        kind,
        about=about,
        occurred_at=occurred_at,
        now=now,
        severity=Severity.HIGH,
        note=note,
        at_risk_fen=at_risk_fen,
    )
    if is_new:
        due_at = now + _TIME_ALLOWED
        tasks.open_task(
            session, TaskKind.SYNC_TROUBLE, title=title[:200], about=about, role="operations", due_at=due_at, now=now
        )


def settle(session: Session, shop: Shop, kind: AnomalyKind, *, result: str, now: datetime) -> None:
    """Close the anomaly, and the tasks once nothing else is wrong with the shop's line."""
    if not _is_open(session, shop, kind):
        return
    resolve_anomaly(session, kind, about=("shop", shop.id), by=SYSTEM, now=now)
    session.flush()
    if any(_is_open(session, shop, other) for other in _LINE_TROUBLE):
        return
    wanted = select(Task).where(
        Task.kind == TaskKind.SYNC_TROUBLE,
        Task.subject_type == "shop",
        Task.subject_id == shop.id,
        Task.status != TaskStatus.CLOSED,
    )
    for task in session.exec(wanted).all():
        tasks.close(session, task, by=SYSTEM, now=now, result=result)


_LINE_TROUBLE = (
    AnomalyKind.SHOP_UNAUTHORISED,
    AnomalyKind.SYNC_BEHIND,
    AnomalyKind.TOKEN_NEAR_EXPIRY,
    AnomalyKind.ORDERS_MISSING,
)


def _is_open(session: Session, shop: Shop, kind: AnomalyKind) -> bool:
    wanted = select(Anomaly.id).where(
        Anomaly.kind == kind,
        Anomaly.subject_type == "shop",
        Anomaly.subject_id == shop.id,
        col(Anomaly.resolved_at).is_(None),
    )
    return session.exec(wanted).first() is not None
