"""Which jobs does the clock that leads know, and which of them has a person asked for at once?

Whoever leads writes its timetable down here, so that every process can show it and ask for a run.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.columns import Moment, own_id
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.standstill import Runs, resume, standing


class PlannedJob(SQLModel, table=True):
    """``every_seconds`` is 0 for a daily one, at ``at_minute`` of the day in Asia/Shanghai. ``planned_at`` is when the
    present leader began; ``asked_at`` when somebody asked for a run that has not begun."""

    __tablename__ = "planned_job"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    job: str = Field(max_length=64, unique=True)
    every_seconds: int = 0
    at_minute: int = 0
    planned_at: datetime = Field(sa_type=Moment)
    asked_at: datetime | None = Field(default=None, sa_type=Moment)

    def next_slot(self, now: datetime) -> datetime:
        """The first planned moment after ``now``."""
        if self.every_seconds:
            begun = now.timestamp() // self.every_seconds
            return datetime.fromtimestamp((begun + 1) * self.every_seconds, UTC)
        local = now.astimezone(SHANGHAI)
        planned = datetime.combine(local.date(), time(*divmod(self.at_minute, 60)), SHANGHAI)
        return (planned if planned > local else planned + timedelta(days=1)).astimezone(UTC)


@dataclass(frozen=True)
class JobAsked(Happening):
    subject_type: ClassVar[str] = "planned_job"
    job: str


def write_plan(session: Session, plan: Sequence[tuple[str, timedelta | time]], *, now: datetime) -> None:
    """Replace what an earlier leader knew; what was asked for stays asked for."""
    known = {one.job: one for one in session.exec(select(PlannedJob).with_for_update())}
    for job, when in plan:
        one = known.get(job) or PlannedJob(job=job, planned_at=now)
        is_daily = isinstance(when, time)
        one.every_seconds = 0 if is_daily else int(when.total_seconds())
        one.at_minute = when.hour * 60 + when.minute if is_daily else 0
        one.planned_at = now
        session.add(one)
    session.flush()
    session.exec(delete(PlannedJob).where(col(PlannedJob.job).not_in([job for job, _ in plan])))


def planned_jobs(session: Session) -> list[PlannedJob]:
    """As the timetable lists them."""
    return list(session.exec(select(PlannedJob).order_by(col(PlannedJob.id))))


def ask_for(session: Session, job: str, *, by: str, now: datetime) -> bool:
    """The clock that leads begins it at its next look, paused or not; False where that was asked for already.

    Raises:
        NotFound: the timetable has no such job.
    """
    one = session.exec(select(PlannedJob).where(PlannedJob.job == job).with_for_update()).one_or_none()
    if one is None:
        raise NotFound(f"no job is called {job[:64]}")
    if one.asked_at:
        return False
    one.asked_at = now
    session.add(one)
    record(session, JobAsked(one.id, job), actor=by, now=now)
    return True


def resume_job(session: Session, job: str, *, by: str, now: datetime) -> bool:
    """It goes on; what its pause kept from it is made up for at once. False where it did not stand."""
    stood = standing(session, Runs.JOB, job)
    if stood is None or not resume(session, Runs.JOB, job, by=by, now=now):
        return False
    make_up_for(session, [job], since=stood.since, now=now)
    return True


def make_up_for(session: Session, jobs: Collection[str], *, since: datetime, now: datetime) -> None:
    """Each of ``jobs`` that has missed a slot since ``since`` is begun at once."""
    wanted = select(PlannedJob).where(col(PlannedJob.job).in_(jobs)).order_by(col(PlannedJob.id)).with_for_update()
    for one in session.exec(wanted):
        if one.asked_at is None and one.next_slot(since) <= now:
            one.asked_at = now
            session.add(one)


def is_asked(session: Session, job: str) -> bool:
    """Somebody asked for a run that has not begun."""
    wanted = select(PlannedJob.id).where(PlannedJob.job == job, col(PlannedJob.asked_at).is_not(None))
    return session.exec(wanted).first() is not None


def is_any_asked(session: Session) -> bool:
    """Whether ``take_asked`` has anything to give; a read, so that it may be asked often."""
    return session.exec(select(PlannedJob.id).where(col(PlannedJob.asked_at).is_not(None)).limit(1)).first() is not None


def take_asked(session: Session, *, without: Collection[str] = ()) -> dict[str, datetime]:
    """Those that were asked for, with the moment, the caller's to begin; not those of ``without``: they run."""
    wanted = select(PlannedJob).where(col(PlannedJob.asked_at).is_not(None), col(PlannedJob.job).not_in(without))
    taken: dict[str, datetime] = {}
    for one in session.exec(wanted.with_for_update()):
        if one.asked_at:
            taken[one.job] = one.asked_at
        one.asked_at = None
        session.add(one)
    return taken
