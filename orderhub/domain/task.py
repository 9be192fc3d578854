"""What must somebody do? Work for a person, owned by a role first and a person later, due at a moment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.lifecycle import Lifecycle


class TaskKind(StrEnum):
    REFUND_REVIEW = "refund_review"
    LOGISTICS_FOLLOW_UP = "logistics_follow_up"
    STOCK_OUT = "stock_out"
    SKU_MATCHING = "sku_matching"
    AFTERSALE_TICKET = "aftersale_ticket"
    ADDRESS_CHANGE = "address_change"
    PRICE_CHECK = "price_check"
    SYNC_TROUBLE = "sync_trouble"
    TRACKER_TROUBLE = "tracker_trouble"
    ROLLOUT = "rollout"
    WORKFLOW_TROUBLE = "workflow_trouble"
    REPLACEMENT_TO_TELL = "replacement_to_tell"
    REVEALS_UNUSUAL = "reveals_unusual"
    PRESSURE = "pressure"  # the hub is at another level


class TaskPriority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


# These end with what they are about, never by a person's word.
ENDS_BY_ITSELF = frozenset({TaskKind.REFUND_REVIEW, TaskKind.STOCK_OUT, TaskKind.SKU_MATCHING, TaskKind.PRESSURE})


class TaskStatus(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    CLOSED = "closed"


LIFECYCLE = Lifecycle(
    TaskStatus.OPEN,
    {
        TaskStatus.OPEN: {TaskStatus.CLAIMED, TaskStatus.CLOSED},
        TaskStatus.CLAIMED: {TaskStatus.OPEN, TaskStatus.CLOSED},
        TaskStatus.CLOSED: set(),
    },
)


# As text: a planner finds a partial index only where the query repeats its condition word for word.
_IS_OPEN = text("closed_at IS NULL")


def _open_index(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)


class Task(SQLModel, table=True):
    """``first_role`` is the role it was given to first; hand-over accuracy compares it with the one that closed it.

    ``anomaly_id``: it is for that anomaly, and ends with it.
    """

    __table_args__ = (
        _open_index("ix_task_open", "due_at", "id", "closed_at"),
        _open_index("ix_task_owner", "owner", "due_at", "id", "closed_at"),
        _open_index("ix_task_role", "owner_role", "owner", "due_at", "id", "closed_at"),
        _open_index("ix_task_kind", "kind", "due_at", "id", "closed_at"),
        Index("ix_task_closed", "closed_at", "id"),
    )

    id: int = own_id()
    kind: TaskKind = Field(sa_type=word(TaskKind))
    status: TaskStatus = Field(default=TaskStatus.OPEN, sa_type=word(TaskStatus), index=True)
    title: str = Field(max_length=200)
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    anomaly_id: int | None = Field(default=None, sa_type=BigId, index=True)
    priority: TaskPriority = Field(default=TaskPriority.MEDIUM, sa_type=word(TaskPriority))
    first_role: str = Field(max_length=32)
    owner_role: str = Field(max_length=32)
    owner: str = Field(default="", max_length=64)
    due_at: datetime = Field(sa_type=Moment, index=True)
    created_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_by: str = Field(default="", max_length=64)
    result: str = Field(default="", max_length=200)


@dataclass(frozen=True)
class TaskOpened(Happening):
    subject_type: ClassVar[str] = "task"
    kind: str
    owner_role: str


@dataclass(frozen=True)
class TaskMoved(Happening):
    subject_type: ClassVar[str] = "task"
    source: str
    target: str


@dataclass(frozen=True)
class TaskHandedOver(Happening):
    """``person`` is empty where it goes to a role."""

    subject_type: ClassVar[str] = "task"
    kind: str
    source: str
    role: str
    person: str
    reason: str


def open_task(
    session: Session,
    kind: TaskKind,
    *,
    title: str,
    about: tuple[str, int],
    role: str,
    due_at: datetime,
    now: datetime,
    anomaly_id: int | None = None,
    priority: TaskPriority = TaskPriority.MEDIUM,
) -> Task:
    task = Task(
        kind=kind,
        title=title,
        subject_type=about[0],
        subject_id=about[1],
        anomaly_id=anomaly_id,
        priority=priority,
        first_role=role,
        owner_role=role,
        due_at=due_at,
        created_at=now,
    )
    session.add(task)
    session.flush()
    record(session, TaskOpened(task.id, kind, role), actor="system", now=now)
    return task


def claim(session: Session, task: Task, *, by: str, now: datetime) -> None:
    _move(session, task, TaskStatus.CLAIMED, by=by, now=now)
    task.owner = by


def close(session: Session, task: Task, *, by: str, now: datetime, result: str) -> None:
    _move(session, task, TaskStatus.CLOSED, by=by, now=now)
    task.closed_at, task.closed_by, task.result = now, by, result


def _move(session: Session, task: Task, target: TaskStatus, *, by: str, now: datetime) -> None:
    LIFECYCLE.check(task.status, target)
    record(session, TaskMoved(task.id, task.status, target), actor=by, now=now)
    task.status = target
    session.add(task)


def give(
    session: Session, task: Task, *, role: str, person: str = "", reason: str = "", by: str, now: datetime
) -> None:
    """From now on it is ``role``'s, and ``person``'s where one is named; one that is closed stays as it is."""
    if task.status is TaskStatus.CLOSED:
        return
    target = TaskStatus.CLAIMED if person else TaskStatus.OPEN
    if task.status is not target:
        _move(session, task, target, by=by, now=now)
    if (role, person) != (task.owner_role, task.owner):
        record(session, TaskHandedOver(task.id, task.kind, task.owner_role, role, person, reason), actor=by, now=now)
    task.owner_role, task.owner = role, person
    session.add(task)
