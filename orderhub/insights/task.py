"""What is to be done, by whom, and by when?"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, literal, tuple_
from sqlmodel import Session, col, select

from orderhub.domain.task import Task, TaskKind
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

PAGE_SIZE = 50
_MOST_EVENTS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class TaskScope(StrEnum):
    """``MINE`` is this person's, ``ROLE`` their role's that nobody has taken; ``DONE`` comes newest first."""

    MINE = "mine"
    ROLE = "role"
    ALL = "all"
    DONE = "done"


_COUNTED = (TaskScope.MINE, TaskScope.ROLE, TaskScope.ALL)


@dataclass(frozen=True)
class TaskQuery:
    """``person`` of ``person_role`` looks."""

    person: str = ""
    person_role: str = ""
    scope: TaskScope = TaskScope.MINE
    kind: TaskKind | None = None
    cursor: str = ""


@dataclass(frozen=True)
class TaskPage:
    """``next_cursor`` reads on; empty at the end."""

    tasks: tuple[Task, ...]
    next_cursor: str


@dataclass(frozen=True)
class TaskCard:
    task: Task
    history: tuple[Event, ...]


def task_page(session: Session, query: TaskQuery, *, size: int = PAGE_SIZE) -> TaskPage:
    """What is due first comes first. Raises: BadInput: a cursor that is none of this list."""
    is_done = query.scope is TaskScope.DONE
    key = col(Task.closed_at) if is_done else col(Task.due_at)
    wanted = select(Task.id).where(*_conditions(query))
    if query.cursor:
        here, there = tuple_(key, col(Task.id)), _place(query, key)
        wanted = wanted.where(here < there if is_done else here > there)
    wanted = wanted.order_by(*([key.desc(), col(Task.id).desc()] if is_done else [key, col(Task.id)]))
    ids = session.exec(wanted.limit(size + 1)).all()
    rows = {task.id: task for task in session.exec(select(Task).where(col(Task.id).in_(ids[:size])))}
    shown = tuple(rows[found] for found in ids[:size] if found in rows)
    return TaskPage(shown, _cursor(shown[-1], key) if len(ids) > size and shown else "")


def task_counts(session: Session, query: TaskQuery) -> dict[TaskScope, int]:
    """Of all that is to be done, unfiltered."""
    counted = [
        select(func.count())
        .select_from(Task)
        .where(*_conditions(replace(query, scope=scope, kind=None)))
        .scalar_subquery()
        for scope in _COUNTED
    ]
    found = session.execute(select(*counted)).one()  # type: ignore[call-overload]
    return dict(zip(_COUNTED, found, strict=True))


def tasks_of_mine(session: Session, person: str, role: str) -> int:
    """How many this person has, or could take as the next of their role."""
    counts = task_counts(session, TaskQuery(person, role))
    return counts[TaskScope.MINE] + counts[TaskScope.ROLE]


def task_card(session: Session, task_id: int) -> TaskCard:
    """Raises: NotFound."""
    found = session.get(Task, task_id)
    if found is None:
        raise NotFound(f"no task has the id {task_id}")
    events = select(Event).where(Event.subject_type == "task", Event.subject_id == task_id)
    return TaskCard(found, tuple(session.exec(events.order_by(col(Event.id).desc()).limit(_MOST_EVENTS))))


def _conditions(query: TaskQuery) -> list[Any]:
    closed_at = col(Task.closed_at)
    wanted: list[Any] = [closed_at.is_not(None) if query.scope is TaskScope.DONE else closed_at.is_(None)]
    wanted += {
        TaskScope.MINE: [Task.owner == query.person],
        TaskScope.ROLE: [Task.owner == "", Task.owner_role == query.person_role],
    }.get(query.scope, [])
    return [*wanted, Task.kind == query.kind] if query.kind else wanted


def _cursor(last: Task, key: Any) -> str:
    return f"{key.key}~{(getattr(last, key.key) - _EPOCH) // _MICROSECOND}~{last.id}"


def _place(query: TaskQuery, key: Any) -> Any:
    try:
        name, number, last_id = query.cursor.split("~")
        if name != key.key:
            raise ValueError("another list")
        moment = _EPOCH + int(number[:20]) * _MICROSECOND
        return tuple_(literal(moment, key.type), literal(int(last_id[:18])))
    except (ValueError, OverflowError) as error:
        raise BadInput("cursor: is not one of this list; begin again without it", field="cursor") from error
