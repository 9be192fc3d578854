"""Which job ran when, and how did it end? Inserting the row of a slot is the permission to run it."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import UniqueConstraint, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, func, select, update

from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import OrderHubError

KEEP = timedelta(days=30)


class LostLeadership(OrderHubError):
    """Another process leads by now: what this one still wanted to write is refused."""

    code = "lost_leadership"


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"  # its process died or was cut off


class JobRun(SQLModel, table=True):
    """``slot`` is the planned moment, ``epoch`` which leadership ran it, ``note`` what it says it did."""

    __tablename__ = "job_run"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: int = own_id()
    job: str = Field(max_length=64)
    slot: datetime = Field(sa_type=Moment)
    started_at: datetime = Field(sa_type=Moment, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    state: RunState = Field(default=RunState.RUNNING, sa_type=word(RunState))
    epoch: int = Field(sa_type=BigId)
    note: str = Field(default="", max_length=500)
    error: str = Field(default="", max_length=500)


class ClockLeader(SQLModel, table=True):
    """One row: every leadership has a higher ``epoch`` than the one before."""

    __tablename__ = "clock_leader"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=1, primary_key=True)
    epoch: int = Field(sa_type=BigId)
    since: datetime = Field(sa_type=Moment)
    process: str = Field(max_length=64)


def take_over(session: Session, *, process: str, now: datetime) -> int:
    """Begin a new epoch; runs of earlier ones that have not ended are marked lost."""
    leader = session.exec(select(ClockLeader).with_for_update()).one_or_none()
    leader = leader or ClockLeader(epoch=0, since=now, process=process)
    leader.epoch, leader.since, leader.process = leader.epoch + 1, now, process
    session.add(leader)
    session.exec(
        update(JobRun).where(JobRun.state == RunState.RUNNING).values(state=RunState.LOST, ended_at=now)  # pyright: ignore[reportArgumentType]
    )
    return leader.epoch


def check_epoch(session: Session, epoch: int) -> None:
    """Raises: LostLeadership: another process took over meanwhile. Holds for the rest of the transaction."""
    current = session.exec(select(ClockLeader.epoch).with_for_update(read=True)).one_or_none()
    if current != epoch:
        raise LostLeadership(f"epoch {epoch} is over, {current} leads")


def begin(session: Session, job: str, slot: datetime, *, epoch: int, now: datetime) -> int | None:
    """The run's id, or None when this slot has been run already."""
    check_epoch(session, epoch)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"job": job, "slot": slot, "started_at": now, "state": RunState.RUNNING, "epoch": epoch}
    insert = dialect.insert(JobRun).values(**values, note="", error="").on_conflict_do_nothing()
    return session.exec(insert.returning(col(JobRun.id))).scalar_one_or_none()  # pyright: ignore[reportCallIssue, reportArgumentType]


def end(session: Session, run_id: int, *, note: str, error: str, now: datetime) -> None:
    state = RunState.FAILED if error else RunState.DONE
    ended = update(JobRun).where(col(JobRun.id) == run_id, col(JobRun.state) == RunState.RUNNING)
    session.exec(ended.values(state=state, ended_at=now, note=note[:500], error=error[:500]))


def newest_slot(session: Session, job: str) -> datetime | None:
    return session.exec(select(func.max(JobRun.slot)).where(JobRun.job == job)).one()


def recent(session: Session, limit: int = 100) -> list[JobRun]:
    """Newest first, for the system page."""
    return list(session.exec(select(JobRun).order_by(col(JobRun.started_at).desc()).limit(limit)))


def forget_old(session: Session, now: datetime) -> int:
    return session.exec(delete(JobRun).where(col(JobRun.started_at) < now - KEEP)).rowcount


def last_run(session: Session, job: str) -> JobRun | None:
    wanted = select(JobRun).where(JobRun.job == job).order_by(col(JobRun.slot).desc())
    return session.exec(wanted.limit(1)).first()


def failed_since(session: Session, since: datetime) -> dict[str, int]:
    """By job, how many runs since ``since`` failed or were cut off."""
    bad = col(JobRun.state).in_((RunState.FAILED, RunState.LOST))
    wanted = select(JobRun.job, func.count()).where(col(JobRun.started_at) >= since, bad).group_by(JobRun.job)
    return dict(session.exec(wanted).all())
