"""Which workflows and jobs stand still, who said so and why? The runner and the clock ask here.

What stands still loses nothing: events wait behind their workflow's cursor, a job looks at facts once it goes on.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text


class Runs(StrEnum):
    """What may stand still."""

    WORKFLOW = "workflow"
    JOB = "job"


class Standstill(SQLModel, table=True):
    """``name`` is the workflow's or the job's; a row is there while it stands."""

    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: int = own_id()
    kind: Runs = Field(sa_type=word(Runs))
    name: str = Field(max_length=64)
    reason: str = Field(max_length=200)
    by: str = Field(max_length=64)
    since: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class RunEvent(Happening):
    subject_type: ClassVar[str] = "standstill"
    kind: str
    name: str


@dataclass(frozen=True)
class RunsPaused(RunEvent):
    reason: str


@dataclass(frozen=True)
class RunsResumed(RunEvent):
    pass


def pause(session: Session, kind: Runs, name: str, *, reason: str, by: str, now: datetime) -> bool:
    """From now on it is not begun; what runs at this moment ends. False where it stands already. Safe to repeat.

    Raises:
        BadInput: no reason is given.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say why it stands still", field="reason", problem="missing")
    if standing(session, kind, name):
        return False
    made = Standstill(kind=kind, name=name, reason=because, by=by, since=now)
    session.add(made)
    session.flush()
    record(session, RunsPaused(made.id, kind, name, because), actor=by, now=now)
    return True


def resume(session: Session, kind: Runs, name: str, *, by: str, now: datetime) -> bool:
    """It goes on where it stopped; False where it did not stand."""
    found = standing(session, kind, name)
    if found is None:
        return False
    session.delete(found)
    record(session, RunsResumed(found.id, kind, name), actor=by, now=now)
    return True


def standing(session: Session, kind: Runs, name: str) -> Standstill | None:
    wanted = select(Standstill).where(Standstill.kind == kind, Standstill.name == name)
    return session.exec(wanted.with_for_update()).one_or_none()


def names_standing(kind: Runs) -> SelectOfScalar[str]:
    """For a query that leaves them out."""
    return select(col(Standstill.name)).where(Standstill.kind == kind)


def all_standing(session: Session, kind: Runs) -> dict[str, Standstill]:
    """By name."""
    return {one.name: one for one in session.exec(select(Standstill).where(Standstill.kind == kind))}
