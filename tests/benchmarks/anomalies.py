"""How fast is the desk with 50,000 open anomalies, and the list of tasks with 50,000 to be done?"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import insert, text, update
from sqlmodel import Session

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind, Severity
from orderhub.domain.escalation import LADDER, escalate
from orderhub.domain.task import Task, TaskKind, TaskPriority, TaskStatus
from orderhub.domain.words import Channel
from orderhub.insights.anomaly import anomaly_groups
from orderhub.insights.desk import DeskQuery, DeskSort, DeskState, desk_counts, desk_page, desk_total, open_loads
from orderhub.insights.reports.behind_service import AnomaliesBehind
from orderhub.insights.task import TaskQuery, TaskScope, task_counts, task_page
from orderhub.kernel.db import Database
from tests import builders

from .measuring import Figure, p95_ms

OPEN, RESOLVED, ROWS_AT_ONCE = 50_000, 50_000, 5_000
LIST_MS = 50

Read = Callable[[Session, datetime], object]

_MINE = DeskQuery("person-1", "operations")
_QUERIES = {
    **{f"{state}": replace(_MINE, state=state) for state in DeskState},
    "by money": replace(_MINE, sort=DeskSort.MONEY),
    "one kind": replace(_MINE, kind=AnomalyKind.PARCEL_LOST),
    "channel, severity, by money": replace(
        _MINE, channel=Channel.JD, severity=Severity.HIGH, role="finance", sort=DeskSort.MONEY
    ),
    "mine of a rare kind": replace(_MINE, state=DeskState.MINE, kind=AnomalyKind.CUSTOM, channel=Channel.JD),
    "behind a figure, all of five days": DeskQuery(
        state=DeskState.ALL, behind=AnomaliesBehind(builders.NOW - timedelta(days=5), builders.NOW)
    ),
    "an order's number": replace(_MINE, text="6900000000000000001"),
}
_TASKS = TaskQuery("person-1", "operations")
_ROLES = ("operations", "service", "warehouse", "finance", "admin")


def run(database: Database) -> Iterator[Figure]:
    now = builders.NOW
    fill(database, now)

    def timed(name: str, read: Read) -> Figure:
        def call() -> None:
            with database.reading() as session:
                read(session, now)

        return Figure(name, p95_ms(call), "ms p95", LIST_MS)

    for name, query in _QUERIES.items():
        yield timed(f"page of 50, {name}", _page(query))
    for name in ("resolved", "channel, severity, by money", "behind a figure, all of five days"):
        yield timed(f"total, {name}", _total(_QUERIES[name]))
    with database.reading() as session:
        second = replace(_MINE, cursor=desk_page(session, _MINE, now).next_cursor)
    yield timed("second page", _page(second))
    yield timed("counts", lambda session, now: desk_counts(session, _MINE, now))
    yield timed("groups", anomaly_groups)
    yield timed("load of each person", lambda session, _now: open_loads(session))
    for scope in TaskScope:
        yield timed(f"tasks, {scope}", _task_page(replace(_TASKS, scope=scope)))
    yield timed("tasks of a kind", _task_page(replace(_TASKS, scope=TaskScope.ALL, kind=TaskKind.PRICE_CHECK)))
    yield timed("counts of tasks", lambda session, _now: task_counts(session, _TASKS))
    with database.transaction() as session:
        session.connection().execute(update(Anomaly).values(level=len(LADDER)))
    yield timed("a look of the ladder with nobody to tell", escalate)


def _page(query: DeskQuery) -> Read:
    return lambda session, now: desk_page(session, query, now)


def _total(query: DeskQuery) -> Read:
    return lambda session, now: desk_total(session, query, now)


def _task_page(query: TaskQuery) -> Read:
    return lambda session, _now: task_page(session, query)


def fill(database: Database, now: datetime) -> None:
    random = Random(6)
    kinds = list(AnomalyKind)
    for first in range(0, OPEN + RESOLVED, ROWS_AT_ONCE):
        rows = [_anomaly(random, kinds, number, now) for number in range(first, first + ROWS_AT_ONCE)]
        tasks = [_task(random, row) for row in rows]
        with database.transaction() as session:
            session.connection().execute(insert(Anomaly), rows)
            session.connection().execute(insert(Task), tasks)
    with database.transaction() as session:
        session.connection().execute(text("ANALYZE"))


def _anomaly(random: Random, kinds: list[AnomalyKind], number: int, now: datetime) -> dict[str, object]:
    kind, role = random.choice(kinds), random.choice(_ROLES)
    found_at = now - timedelta(minutes=random.randrange(60 * 24 * 5))
    is_over = number >= OPEN
    return {
        "kind": kind,
        "severity": random.choice(list(Severity)),
        "subject_type": "order",
        "subject_id": number + 1,
        "note": f"note {number}",
        "first_role": role,
        "owner_role": role,
        "owner": random.choice(("", f"person-{random.randrange(40)}")),
        "order_id": number + 1,
        "channel": random.choice((*Channel, None)),
        "at_risk_fen": random.randrange(100_000),
        "occurred_at": found_at,
        "detected_at": found_at,
        "due_at": found_at + HANDLING[kind].within,
        "level": 0,
        "reopened": 0,
        "resolved_at": now if is_over else None,
        "resolved_by": "person-1" if is_over else "",
    }


def _task(random: Random, row: dict[str, object]) -> dict[str, object]:
    status = TaskStatus.CLOSED if row["resolved_at"] else TaskStatus.CLAIMED if row["owner"] else TaskStatus.OPEN
    return {
        "kind": random.choice(list(TaskKind)),
        "status": status,
        "title": row["note"],
        "subject_type": "order",
        "subject_id": row["subject_id"],
        "priority": TaskPriority(str(row["severity"])),
        "first_role": row["owner_role"],
        "owner_role": row["owner_role"],
        "owner": row["owner"],
        "due_at": row["due_at"],
        "created_at": row["detected_at"],
        "closed_at": row["resolved_at"],
        "closed_by": row["resolved_by"],
        "result": "",
    }
