"""An incident has come, moved or ended: whose it is hears of it in the hub, group chats by their routes."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.robot_card import first_card, gather, waits, withdraw
from orderhub.domain.anomaly import AnomalyHandedOver, AnomalyOpened, AnomalyReopened, AnomalyResolved
from orderhub.domain.anomaly_kind import Severity
from orderhub.domain.escalation import AnomalyEscalated
from orderhub.domain.incident import ANOMALY, Incident, incident_of
from orderhub.domain.notice_route import NoticeRoute, active_routes
from orderhub.domain.robot import Robot
from orderhub.domain.staff_notice import NoticeStage, tell
from orderhub.domain.task import TaskMoved, TaskOpened, TaskStatus
from orderhub.kernel.eventlog import Event, kind_of

_STAGES = {
    kind_of(AnomalyOpened): NoticeStage.OPENED,
    kind_of(AnomalyReopened): NoticeStage.REOPENED,
    kind_of(AnomalyHandedOver): NoticeStage.HANDED_OVER,
    kind_of(AnomalyEscalated): NoticeStage.ESCALATED,
    kind_of(AnomalyResolved): NoticeStage.CLOSED,
    kind_of(TaskOpened): NoticeStage.OPENED,
    kind_of(TaskMoved): NoticeStage.HANDED_OVER,
}
KINDS = frozenset(_STAGES)


@dataclass(frozen=True)
class _News:
    """What has happened to an incident, and the routes that take it."""

    incident: Incident
    stage: NoticeStage
    event: Event
    routes: list[NoticeRoute]


def run(session: Session, event: Event) -> str:
    incident = incident_of(session, event.subject_type, event.subject_id)
    if incident is None:
        return "told by its anomaly"
    stage = _stage(event)
    if incident.is_over is not (stage is NoticeStage.CLOSED):
        return "otherwise by now: a later event tells of it"
    news = _News(incident, stage, event, active_routes(session, incident))
    roles = {route.to_role for route in news.routes if route.to_role}
    if stage is NoticeStage.ESCALATED and not event.body["person"]:  # else it is its owner's, who is told anyway
        roles.add(event.body["role"])
    entries = tell(session, incident, stage, roles, by=event.actor, now=event.at)
    cards = sum(_say(session, robot_id, news) for robot_id in _robots(session, incident))
    return f"{stage}: {entries} in the hub, {cards} in chats"


def _stage(event: Event) -> NoticeStage:
    """A task that is closed is over, whatever else its event says."""
    if event.kind == kind_of(TaskMoved) and event.body.get("target") == TaskStatus.CLOSED:
        return NoticeStage.CLOSED
    return _STAGES[event.kind]


def _robots(session: Session, incident: Incident) -> list[int]:
    """In the order of their ids; a chat is not told in itself that it cannot be told."""
    silent = incident.about_id if incident.about_type == "robot" else 0
    wanted = select(Robot.id).where(col(Robot.is_active), Robot.id != silent)
    return list(session.exec(wanted.order_by(col(Robot.id))))


def _say(session: Session, robot_id: int, news: _News) -> bool:
    """What came in is told by the routes; what becomes of it to every chat that heard of it."""
    incident, stage = news.incident, news.stage
    ours = [route for route in news.routes if route.robot_id == robot_id]
    is_told = first_card(session, robot_id, incident.subject, incident.id) is not None
    if stage is NoticeStage.CLOSED:
        if withdraw(session, robot_id, incident) or not is_told:
            return False
        return _gather(session, robot_id, news, stage, _quiet_end(ours, news.event.at))
    if waits(session, robot_id, incident) or not (ours or is_told):
        return False
    if not is_told and stage is not NoticeStage.REOPENED:
        stage = NoticeStage.OPENED
    elif incident.subject != ANOMALY:
        return False  # who has taken a task is seen in the hub
    is_urgent = incident.severity is Severity.HIGH or news.stage is NoticeStage.ESCALATED
    return _gather(session, robot_id, news, stage, news.event.at if is_urgent else _quiet_end(ours, news.event.at))


def _gather(session: Session, robot_id: int, news: _News, stage: NoticeStage, not_before: datetime) -> bool:
    event = news.event
    return gather(session, robot_id, news.incident, stage, event_id=event.id, not_before=not_before, now=event.at)


def _quiet_end(routes: list[NoticeRoute], now: datetime) -> datetime:
    """When the first of them lets something be said."""
    return min((route.may_speak_at(now) for route in routes), default=now)
