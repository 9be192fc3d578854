"""Who is at work now, who is on leave, and how much does each of them have?"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.assignment import Colleague
from orderhub.domain.task import Task
from orderhub.kernel.columns import Moment
from orderhub.kernel.eventlog import Happening, record

HERE_WITHIN = timedelta(minutes=30)


class Presence(SQLModel, table=True):
    """One of our people, by the name of their account; ``seen_at`` is None once they have signed out."""

    name: str = Field(primary_key=True, max_length=64)
    role: str = Field(max_length=32, index=True)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    on_leave: bool = False

    def is_here(self, now: datetime) -> bool:
        return not self.on_leave and self.seen_at is not None and now - self.seen_at <= HERE_WITHIN


@dataclass(frozen=True)
class LeaveChanged(Happening):
    """``subject_id`` is the account's."""

    subject_type: ClassVar[str] = "user"
    on_leave: bool


def note_presence(session: Session, name: str, role: str, seen_at: datetime | None) -> None:
    """Whoever keeps logins tells this, at most once a minute for one of them: no event, nobody has changed anything."""
    row = session.get(Presence, name) or Presence(name=name, role=role)
    row.role, row.seen_at = role, seen_at
    session.add(row)


def set_leave(session: Session, user_id: int, name: str, role: str, *, on_leave: bool, by: str, now: datetime) -> None:
    """Safe to repeat. What they have stays theirs."""
    row = session.get(Presence, name) or Presence(name=name, role=role)
    if row.on_leave != on_leave:
        row.on_leave = on_leave
        session.add(row)
        record(session, LeaveChanged(user_id, on_leave), actor=by, now=now)


def colleagues(session: Session, role: str, now: datetime) -> list[Colleague]:
    """Everybody of ``role`` who ever signed in, with what they have open."""
    rows = session.exec(select(Presence).where(Presence.role == role)).all()
    load = loads(session, [row.name for row in rows])
    return [Colleague(row.name, row.role, load[row.name], row.is_here(now)) for row in rows]


def loads(session: Session, names: list[str]) -> Counter[str]:
    """Open anomalies and open tasks by person; a task of an anomaly's is one with it."""
    anomalies = select(Anomaly.owner, func.count()).where(
        col(Anomaly.owner).in_(names), col(Anomaly.resolved_at).is_(None)
    )
    tasks = select(Task.owner, func.count()).where(
        col(Task.owner).in_(names), col(Task.closed_at).is_(None), col(Task.anomaly_id).is_(None)
    )
    counted: Counter[str] = Counter()
    for wanted, owner in ((anomalies, Anomaly.owner), (tasks, Task.owner)):
        for name, count in session.exec(wanted.group_by(col(owner))):
            counted[name] += count
    return counted
