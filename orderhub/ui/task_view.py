"""What does the list of tasks show, as the browser gets it, and how does a view of it stand in a URL?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from sqlmodel import Session

from orderhub.domain.desk import is_done_elsewhere
from orderhub.domain.task import Task, TaskKind
from orderhub.insights.task import TaskQuery, TaskScope, task_card, task_counts, task_page
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.errors import BadInput
from orderhub.kernel.ids import digest
from orderhub.ui.anomaly_card_view import HistoryView, history_view, subject_href
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.board_view import Choice, Filter
from orderhub.ui.numbers import number_of

PATH = "/tasks"
_MINUTE = "%m-%d %H:%M"

Word = TypeVar("Word", TaskScope, TaskKind)


@dataclass(frozen=True)
class TaskAddress:
    """What an address asks for: a list, and one task beside it."""

    query: TaskQuery = field(default_factory=TaskQuery)
    task_id: int = 0


@dataclass
class TaskRowView:
    """``href`` opens it; ``due`` is empty once it is done."""

    id: str
    href: str
    title: str
    kind: str
    priority: str
    status: str
    owner_role: str
    owner: str
    due: str
    due_exact: str
    ended: str
    ended_exact: str
    closed_by: str
    rev: str
    is_here: bool


@dataclass
class TasksView:
    rows: list[TaskRowView] = field(default_factory=list)
    scope: str = TaskScope.MINE
    counts: dict[str, str] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    kind: Filter = field(default_factory=Filter)
    first: str = ""
    next: str = ""
    base: str = PATH
    mark: str = ""


@dataclass
class TaskCardView:
    """``is_elsewhere``: it is done on the page ``subject_href`` leads to."""

    id: str = ""
    title: str = ""
    kind: str = ""
    priority: str = ""
    status: str = ""
    owner_role: str = ""
    owner: str = ""
    due: str = ""
    due_exact: str = ""
    opened: str = ""
    closed: str = ""
    closed_by: str = ""
    result: str = ""
    subject_href: str = ""
    anomaly_href: str = ""
    is_over: bool = False
    is_elsewhere: bool = False
    history: list[HistoryView] = field(default_factory=list)


def read_task_address(given: Mapping[str, str]) -> TaskAddress:
    """What a link asks for; what it cannot mean is left out."""
    query = TaskQuery(
        scope=_word(TaskScope, given.get("scope")) or TaskScope.MINE,
        kind=_word(TaskKind, given.get("kind")),
        cursor=given.get("at", "").replace("\0", "")[:80],
    )
    return TaskAddress(query, number_of(given.get("task", "")))


def task_address(asked: TaskAddress) -> str:
    """The link to it, only what differs from the plain list, always in the same order."""
    query = asked.query
    parts = {
        "scope": query.scope if query.scope is not TaskScope.MINE else "",
        "kind": query.kind or "",
        "at": query.cursor,
        "task": str(asked.task_id or ""),
    }
    said = urlencode({name: text for name, text in parts.items() if text}, safe="~")
    return f"{PATH}?{said}" if said else PATH


def tasks_view(session: Session, asked: TaskAddress) -> TasksView:
    """An old cursor, or one of another list, begins again."""
    try:
        page = task_page(session, asked.query)
    except BadInput:
        asked = replace(asked, query=replace(asked.query, cursor=""))
        page = task_page(session, asked.query)
    plain = replace(asked, query=replace(asked.query, cursor=""), task_id=0)
    counts = task_counts(session, asked.query)
    chosen = plain.query.kind
    choices = [
        Choice(kind, kind, _narrowed(plain, kind=None if kind is chosen else kind), kind is chosen) for kind in TaskKind
    ]
    return TasksView(
        rows=[_row(task, asked) for task in page.tasks],
        scope=asked.query.scope,
        counts={str(scope): f"{counts[scope]:,}" if scope in counts else "" for scope in TaskScope},
        scopes={str(scope): _narrowed(plain, scope=scope) for scope in TaskScope},
        kind=Filter(choices, [str(chosen)] if chosen else [], _narrowed(plain, kind=None)),
        first=task_address(plain) if asked.query.cursor else "",
        next=_narrowed(plain, cursor=page.next_cursor) if page.next_cursor else "",
        base=task_address(replace(asked, task_id=0)),
        mark=digest(task_address(replace(asked, task_id=0)))[:12],
    )


def task_card_view(session: Session, task_id: int) -> TaskCardView:
    """Raises: NotFound."""
    card = task_card(session, task_id)
    task = card.task
    return TaskCardView(
        id=str(task.id),
        title=task.title,
        kind=task.kind,
        priority=task.priority,
        status=task.status,
        owner_role=task.owner_role,
        owner=task.owner,
        due="" if task.closed_at else unix(task.due_at),
        due_exact=exact(task.due_at),
        opened=shanghai_text(task.created_at, _MINUTE),
        closed=shanghai_text(task.closed_at, _MINUTE) if task.closed_at else "",
        closed_by=task.closed_by,
        result=task.result,
        subject_href=subject_href(task.subject_type, task.subject_id, task.title),
        anomaly_href=f"/anomalies?anomaly={task.anomaly_id}" if task.anomaly_id else "",
        is_over=task.closed_at is not None,
        is_elsewhere=is_done_elsewhere(task),
        history=[history_view(event) for event in card.history],
    )


def _word(words: type[Word], text: str | None) -> Word | None:
    return words(text) if text in list(words) else None


def _narrowed(asked: TaskAddress, **parts: Any) -> str:
    return task_address(replace(asked, query=replace(asked.query, **parts)))


def _row(task: Task, asked: TaskAddress) -> TaskRowView:
    return TaskRowView(
        id=str(task.id),
        href=task_address(replace(asked, task_id=task.id)),
        title=task.title,
        kind=task.kind,
        priority=task.priority,
        status=task.status,
        owner_role=task.owner_role,
        owner=task.owner,
        due="" if task.closed_at else unix(task.due_at),
        due_exact=exact(task.due_at),
        ended=unix(task.closed_at) if task.closed_at else "",
        ended_exact=exact(task.closed_at) if task.closed_at else "",
        closed_by=task.closed_by,
        rev=f"{task.status} {task.owner_role} {task.owner}",
        is_here=task.id == asked.task_id,
    )
