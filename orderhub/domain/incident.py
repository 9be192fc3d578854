"""What are staff told of? An anomaly, or a task that stands for itself: what kind, how bad, whose, at which shop."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.order import Order
from orderhub.domain.task import Task, TaskStatus

ANOMALY, TASK = "anomaly", "task"


@dataclass(frozen=True)
class Incident:
    """``subject`` is ``anomaly`` or ``task``, ``about`` what that is about; ``shop_id`` is 0 where there is none.

    ``person`` is empty while it is nobody's in particular.
    """

    subject: str
    id: int
    kind: str
    severity: Severity
    role: str
    person: str
    about_type: str
    about_id: int
    shop_id: int
    at_risk_fen: int
    due_at: datetime | None
    is_over: bool
    over_by: str


def incident_of(session: Session, subject: str, subject_id: int) -> Incident | None:
    """As it stands now; None for what is gone, or a task that its anomaly tells of."""
    if subject == ANOMALY:
        found = session.get(Anomaly, subject_id)
        return _of_anomaly(session, found) if found else None
    task = session.get(Task, subject_id)
    return _of_task(session, task) if task and not task.anomaly_id else None


def _of_anomaly(session: Session, one: Anomaly) -> Incident:
    return Incident(
        subject=ANOMALY,
        id=one.id,
        kind=one.kind,
        severity=Severity(one.severity),
        role=one.owner_role,
        person=one.owner,
        about_type=one.subject_type,
        about_id=one.subject_id,
        shop_id=_shop_of(session, one.subject_type, one.subject_id, one.order_id),
        at_risk_fen=one.at_risk_fen,
        due_at=one.due_at,
        is_over=one.resolved_at is not None,
        over_by=one.resolved_by,
    )


def _of_task(session: Session, task: Task) -> Incident:
    return Incident(
        subject=TASK,
        id=task.id,
        kind=task.kind,
        severity=Severity.LOW,
        role=task.owner_role,
        person=task.owner,
        about_type=task.subject_type,
        about_id=task.subject_id,
        shop_id=_shop_of(session, task.subject_type, task.subject_id, None),
        at_risk_fen=0,
        due_at=task.due_at,
        is_over=task.status is TaskStatus.CLOSED,
        over_by=task.closed_by,
    )


def _shop_of(session: Session, about_type: str, about_id: int, order_id: int | None) -> int:
    if about_type == "shop":
        return about_id
    if about_type == "aftersale":
        case = session.get(Aftersale, about_id)
        return case.shop_id if case else 0
    order = session.get(Order, about_id if about_type == "order" else order_id or 0)
    return order.shop_id if order else 0
