"""At which level is the whole hub, and who said so? One row: what the signs say, and beside it what a person set.

Every switch of the level that holds is an event and is told to staff, in the transaction that makes it so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.domain import task as tasks
from orderhub.domain.task import Task, TaskKind, TaskPriority
from orderhub.intake.pausing import waiting_list
from orderhub.intake.pressure import Sample
from orderhub.kernel import job_plan
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM, Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.level import Felt, Level, Pausable, Sign

USUAL_PIN = timedelta(hours=1)
LONGEST_PIN = timedelta(days=7)
SAMPLES_KEPT = timedelta(hours=2)

_ONLY = 1
_TIME_ALLOWED = timedelta(hours=2)


class HubLevel(SQLModel, table=True):
    """``level`` and ``sign`` are what the leader of ``epoch`` measured, since ``since``; ``pin_level`` what a person
    set, empty where nobody did. ``told`` is the level that staff heard of last, ``busy_since`` since when it has not
    been normal.
    """

    __tablename__ = "pressure_level"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=_ONLY, primary_key=True)
    level: Level = Field(default=Level.NORMAL, sa_type=word(Level))
    sign: Sign = Field(default=Sign.CALM, sa_type=word(Sign))
    since: datetime | None = Field(default=None, sa_type=Moment)
    epoch: int = Field(default=0, sa_type=BigId)
    pin_level: str = Field(default="", max_length=16)
    pin_reason: str = Field(default="", max_length=200)
    pinned_by: str = Field(default="", max_length=64)
    pinned_at: datetime | None = Field(default=None, sa_type=Moment)
    pin_until: datetime | None = Field(default=None, sa_type=Moment)
    told: Level = Field(default=Level.NORMAL, sa_type=word(Level))
    busy_since: datetime | None = Field(default=None, sa_type=Moment)

    def is_pinned(self, now: datetime) -> bool:
        return bool(self.pin_level) and self.pin_until is not None and now < self.pin_until

    def at(self, now: datetime) -> Felt:
        """What holds at ``now``: set by hand it wins over every sign, and ends by itself."""
        if not self.is_pinned(now):
            return Felt(self.level, self.sign, self.since)
        level, by = Level(self.pin_level), self.pinned_by
        return Felt(level, Sign.PINNED, self.pinned_at, by, self.pin_reason, self.pin_until)


class PressureSample(SQLModel, table=True):
    """What the leader measured; ``cpu`` in per cent, None without a sensor, ``level`` as it held then."""

    __tablename__ = "pressure_sample"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    at: datetime = Field(sa_type=Moment, index=True)
    level: Level = Field(sa_type=word(Level))
    cpu: float | None = None
    depth: int = 0
    oldest_seconds: float = 0.0
    database_ms: float = 0.0
    disk_free: float = 1.0


@dataclass(frozen=True)
class LevelEvent(Happening):
    subject_type: ClassVar[str] = "pressure"


@dataclass(frozen=True)
class LevelSwitched(LevelEvent):
    level: str
    was_level: str
    sign: str


@dataclass(frozen=True)
class LevelPinned(LevelEvent):
    level: str
    reason: str
    until: str


@dataclass(frozen=True)
class LevelUnpinned(LevelEvent):
    level: str


def hub_level(session: Session) -> HubLevel:
    """As it stands; normal where nobody has decided yet."""
    return session.get(HubLevel, _ONLY) or HubLevel()


def pin(
    session: Session, level: Level, *, reason: str, by: str, now: datetime, lasts: timedelta = USUAL_PIN
) -> HubLevel:
    """Set the level by hand until ``now`` + ``lasts``, whatever the signs say.

    Raises:
        BadInput: no reason, or not between a minute and a week.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say why the level is set", field="reason", problem="missing")
    if not timedelta(minutes=1) <= lasts <= LONGEST_PIN:
        raise BadInput("minutes: from 1 to a week of them", field="minutes", problem="pin_minutes")
    row = locked(session)
    row.pin_level, row.pin_reason, row.pinned_by = level, because, by
    row.pinned_at, row.pin_until = now, now + lasts
    session.add(row)
    record(session, LevelPinned(_ONLY, level, because, row.pin_until.isoformat()), actor=by, now=now)
    announce(session, row, by=by, now=now)
    return row


def unpin(session: Session, *, by: str, now: datetime) -> bool:
    """The signs decide again, at once; False where nothing was set."""
    row = locked(session)
    if not row.pin_level:
        return False
    record(session, LevelUnpinned(_ONLY, row.pin_level), actor=by, now=now)
    row.pin_level, row.pin_reason, row.pinned_by, row.pinned_at, row.pin_until = "", "", "", None, None
    session.add(row)
    announce(session, row, by=by, now=now)
    return True


def locked(session: Session) -> HubLevel:
    """The row, made where there is none, this transaction's alone."""
    if row := session.exec(select(HubLevel).with_for_update().execution_options(populate_existing=True)).one_or_none():
        return row
    session.add(row := HubLevel())
    session.flush()
    return row


def announce(session: Session, row: HubLevel, *, by: str, now: datetime) -> bool:
    """Tell of a switch, once, and let what waited catch up; False where none has happened since it was told last."""
    holds, was = row.at(now), Level(row.told)
    if holds.level is was:
        return False
    record(session, LevelSwitched(_ONLY, holds.level, was, holds.sign), actor=by, now=now)
    row.told = holds.level
    if was is Level.NORMAL:
        row.busy_since = now
    if holds.level.number < was.number and row.busy_since:
        job_plan.make_up_for(session, _freed(session, was, holds.level), since=row.busy_since, now=now)
    if holds.level is Level.NORMAL:
        row.busy_since = None
    session.add(row)
    _tell_staff(session, holds, now=now)
    return True


def keep_sample(session: Session, sample: Sample, level: Level, now: datetime) -> None:
    session.add(
        PressureSample(
            at=now,
            level=level,
            cpu=sample.cpu,
            depth=sample.depth,
            oldest_seconds=sample.oldest_seconds,
            database_ms=sample.database_ms,
            disk_free=sample.disk_free,
        )
    )
    session.exec(delete(PressureSample).where(col(PressureSample.at) < now - SAMPLES_KEPT))


def samples_since(session: Session, since: datetime) -> list[PressureSample]:
    """Oldest first."""
    return list(session.exec(select(PressureSample).where(PressureSample.at >= since).order_by(col(PressureSample.at))))


def _freed(session: Session, was: Level, level: Level) -> set[str]:
    """The jobs that waited and do not wait any more."""
    listed = {name for kind, name in waiting_list(session) if kind is Pausable.JOB}
    every = {one.job for one in job_plan.planned_jobs(session)}
    waited = {Level.NORMAL: set(), Level.THROTTLED: listed, Level.READ_ONLY: every}
    return waited[was] - waited[level]


_SAID = {
    Level.NORMAL: "正常",
    Level.THROTTLED: "限流",
    Level.READ_ONLY: "只读",
}
_WHY = {
    Sign.CPU: "处理器持续繁忙",
    Sign.WAIT: "消息等待过久",
    Sign.DEPTH: "积压消息过多",
    Sign.DATABASE: "数据库变慢",
    Sign.STORAGE: "数据库无法写入或磁盘将满",
    Sign.MENDED: "写入已恢复，仍在观察",
    Sign.CALM: "各项指标恢复平稳",
    Sign.UNSEEN: "读不到压力等级",
}


def _tell_staff(session: Session, holds: Felt, *, now: datetime) -> None:
    """A task tells of it, in the hub and by the routes of tasks in chats; what an earlier one told of is over."""
    standing = select(Task).where(Task.kind == TaskKind.PRESSURE, col(Task.closed_at).is_(None)).with_for_update()
    for task in session.exec(standing).all():
        tasks.close(session, task, by=SYSTEM, now=now, result=f"已转为{_SAID[holds.level]}")
    if holds.level is Level.NORMAL:
        return
    why = f"{holds.by} 手动设置：{holds.reason}" if holds.sign is Sign.PINNED else _WHY[holds.sign]
    tasks.open_task(
        session,
        TaskKind.PRESSURE,
        title=f"系统进入{_SAID[holds.level]}：{why}"[:200],
        about=("pressure", _ONLY),
        role="operations",
        due_at=now + _TIME_ALLOWED,
        now=now,
        priority=TaskPriority.HIGH,
    )
