"""Who gets what? Routes say which incidents are told in which group chat, or in the hub to which other role.

Whose an incident is hears of it in the hub by itself; a route adds to that and takes nothing away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.incident import ANOMALY, Incident
from orderhub.domain.robot import robot_of
from orderhub.domain.shop import Shop
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, Was, before, record
from orderhub.kernel.sight import find

# Instead of an anomaly's kind: every task that stands for itself.
TASKS = "tasks"
MOST_ROUTES = 200
_DAY_MINUTES = 24 * 60
_BADNESS = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2}


class NoticeRoute(SQLModel, table=True):
    """To ``robot_id``, or with 0 to ``to_role`` in the hub. ``kind`` empty: every anomaly; ``role`` and ``shop_id``
    (empty, 0: any) narrow whose and where.

    Between ``quiet_from`` and ``quiet_until``, minutes of a day in Asia/Shanghai (the same: never), a chat is left in
    peace but for what is of high severity.
    """

    __tablename__ = "notice_route"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("(robot_id > 0) <> (to_role <> '')", name="one_target"),
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name="of_a_day"),
    )

    id: int = own_id()
    robot_id: int = Field(default=0, sa_type=BigId, index=True)
    to_role: str = Field(default="", max_length=32)
    kind: str = Field(default="", max_length=32)
    least_severity: Severity = Field(sa_type=word(Severity))
    role: str = Field(default="", max_length=32)
    shop_id: int = Field(default=0, sa_type=BigId)
    quiet_from: int = 0
    quiet_until: int = 0
    is_active: bool = True
    set_by: str = Field(default="", max_length=64)
    set_at: datetime = Field(sa_type=Moment)

    def takes(self, incident: Incident) -> bool:
        is_ours = self.role in ("", incident.role) and self.shop_id in (0, incident.shop_id)
        if incident.subject != ANOMALY:  # a task is as bad as the work it is
            return is_ours and self.kind == TASKS
        is_bad_enough = _BADNESS[incident.severity] >= _BADNESS[Severity(self.least_severity)]
        return is_ours and self.kind in ("", incident.kind) and is_bad_enough

    def may_speak_at(self, now: datetime) -> datetime:
        """``now``, or the end of the quiet hours that it lies in."""
        local = now.astimezone(SHANGHAI)
        minute = local.hour * 60 + local.minute
        length = (self.quiet_until - self.quiet_from) % _DAY_MINUTES
        gone = (minute - self.quiet_from) % _DAY_MINUTES
        if gone >= length:
            return now
        return local.replace(second=0, microsecond=0).astimezone(now.tzinfo) + timedelta(minutes=length - gone)


@dataclass(frozen=True)
class RouteEvent(Happening):
    subject_type: ClassVar[str] = "notice_route"


@dataclass(frozen=True)
class RouteSet(RouteEvent):
    robot_id: int
    to_role: str
    kind: str
    least_severity: str
    is_active: bool
    was: Was | None = None


@dataclass(frozen=True)
class RouteRemoved(RouteEvent):
    robot_id: int
    to_role: str


def routes(session: Session) -> list[NoticeRoute]:
    """Every one, those of a target together."""
    wanted = select(NoticeRoute).order_by(col(NoticeRoute.robot_id), col(NoticeRoute.to_role), col(NoticeRoute.id))
    return list(session.exec(wanted))


def active_routes(session: Session, incident: Incident) -> list[NoticeRoute]:
    """Those that take it."""
    found = session.exec(select(NoticeRoute).where(col(NoticeRoute.is_active)).order_by(col(NoticeRoute.id)))
    return [route for route in found if route.takes(incident)]


def put_route(session: Session, wanted: NoticeRoute, *, by: str, now: datetime) -> NoticeRoute:
    """Add a route, or give the one of that id what ``wanted`` says.

    Raises:
        NotFound: there is no such route, robot or shop.
        BadInput: the field is named.
    """
    _check(session, wanted)
    standing = NoticeRoute(least_severity=wanted.least_severity, set_at=now)
    if wanted.id:
        standing = _standing(session, wanted.id)
    elif len(session.exec(select(NoticeRoute.id)).all()) >= MOST_ROUTES:
        raise BadInput(f"routes: at most {MOST_ROUTES}", field="route", problem="too_many_routes")
    was = before(standing if wanted.id else None, "robot_id", "to_role", "kind", "least_severity", "is_active")
    for name in ("robot_id", "to_role", "kind", "least_severity", "role", "shop_id", "quiet_from", "quiet_until"):
        setattr(standing, name, getattr(wanted, name))
    standing.is_active, standing.set_by, standing.set_at = wanted.is_active, by, now
    session.add(standing)
    session.flush()
    happened = RouteSet(
        standing.id,
        standing.robot_id,
        standing.to_role,
        standing.kind,
        str(standing.least_severity),
        standing.is_active,
        was,
    )
    record(session, happened, actor=by, now=now)
    return standing


def remove_route(session: Session, route_id: int, *, by: str, now: datetime) -> None:
    """Raises: NotFound."""
    standing = _standing(session, route_id)
    session.delete(standing)
    record(session, RouteRemoved(route_id, standing.robot_id, standing.to_role), actor=by, now=now)


def first_route(session: Session, robot_id: int, *, by: str, now: datetime) -> NoticeRoute:
    """With which a new robot is useful at once: every anomaly of high severity, day and night."""
    return put_route(session, NoticeRoute(robot_id=robot_id, least_severity=Severity.HIGH, set_at=now), by=by, now=now)


def _check(session: Session, wanted: NoticeRoute) -> None:
    if bool(wanted.robot_id) is bool(wanted.to_role):
        raise BadInput("target: a robot or a role", field="target", problem="route_target")
    if wanted.robot_id:
        robot_of(session, wanted.robot_id)
    if wanted.shop_id and find(session, Shop, wanted.shop_id) is None:
        raise NotFound(f"no shop has the id {wanted.shop_id}")
    if wanted.kind not in ("", TASKS) and wanted.kind not in list(AnomalyKind):
        raise BadInput(f"kind: {wanted.kind[:32]!r} is none", field="kind", problem="route_kind")
    if not (0 <= wanted.quiet_from < _DAY_MINUTES and 0 <= wanted.quiet_until < _DAY_MINUTES):
        raise BadInput("quiet hours: two times of a day", field="quiet_from", problem="route_hours")


def _standing(session: Session, route_id: int) -> NoticeRoute:
    standing = find(session, NoticeRoute, route_id, lock=True)
    if standing is None:
        raise NotFound(f"no route has the id {route_id}")
    return standing
