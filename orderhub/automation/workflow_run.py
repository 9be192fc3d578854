"""Which workflow ran for which event, how often was it tried, and how did it end?

Every event becomes a row per workflow that listens for it, once; whoever takes the row runs it. Taking counts as an
attempt, before the work.
"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Index, TextClause, UniqueConstraint, and_, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, delete, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from orderhub.automation.catalogue import Workflow
from orderhub.domain import task as tasks
from orderhub.domain.task import TaskKind
from orderhub.intake.lease import reason_of
from orderhub.kernel import sight
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event, Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.json_rows import run_with_rows
from orderhub.kernel.standstill import Runs, names_standing

MOST_TRIES = 6
LEASE = timedelta(seconds=30)
BATCH = 100
AT_ONCE = 10  # some 0.2 s of work: who waits at a door, or for the process to end, waits no longer
KEEP = timedelta(days=30)
# Ids are given before a commit, so a lower one may show after a higher one: the last thousand are looked at again.
LOOK_BACK = 1000

_LONGEST_WAIT = timedelta(minutes=10)
_TIME_ALLOWED = timedelta(hours=2)


class WorkflowState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # a person said why it need not be


# ``_unseen`` of many workflows; a row is a workflow, a kind and the event after which it looks.
_WITH_NEWS = """
    WITH asked AS MATERIALIZED
    (SELECT w.value->>0 AS workflow, w.value->>1 AS kind, CAST(w.value->>2 AS BIGINT) AS after FROM {rows})
    SELECT DISTINCT asked.workflow FROM event JOIN asked ON asked.kind = event.kind AND asked.after < event.id
    WHERE event.id > CAST(:lowest AS BIGINT) AND NOT EXISTS (
        SELECT 1 FROM workflow_run AS run WHERE run.workflow = asked.workflow AND run.event_id = event.id
    )
"""
# As text: a planner finds a partial index only where the query repeats its condition word for word.
_OPEN = text("state IN ('ready', 'running')")


class WorkflowCursor(SQLModel, table=True):
    """How far a workflow has read the log: every event up to ``event_id`` has its row or concerns it not."""

    __tablename__ = "workflow_cursor"  # pyright: ignore[reportAssignmentType]

    workflow: str = Field(primary_key=True, max_length=64)
    event_id: int = Field(sa_type=BigId)


class WorkflowRun(SQLModel, table=True):
    """``due_at`` is when a ready run may be taken and when a running one falls back; ``attempts`` counts takings in
    all and is the fence, ``tries_left`` those until it is given up."""

    __tablename__ = "workflow_run"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("workflow", "event_id"),
        Index("ix_workflow_run_open", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_workflow_run_state", "state", "id"),
    )

    id: int = own_id()
    workflow: str = Field(max_length=64)
    event_id: int = Field(sa_type=BigId)
    event_kind: str = Field(max_length=64)
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    state: WorkflowState = Field(default=WorkflowState.READY, sa_type=word(WorkflowState))
    due_at: datetime = Field(sa_type=Moment)
    attempts: int = 0
    tries_left: int = MOST_TRIES
    found_at: datetime = Field(sa_type=Moment, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    took_ms: int = 0
    note: str = Field(default="", max_length=200)
    error: str = Field(default="", max_length=500)


@dataclass(frozen=True)
class WorkflowRetried(Happening):
    subject_type: ClassVar[str] = "workflow_run"
    workflow: str


@dataclass(frozen=True)
class WorkflowSkipped(Happening):
    subject_type: ClassVar[str] = "workflow_run"
    workflow: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """A run as its worker holds it; ``attempts`` is the fence."""

    id: int
    workflow: str
    event_id: int
    attempts: int
    tries_left: int
    subject: tuple[str, int]


def with_news(session: Session, workflows: Iterable[Workflow]) -> set[str]:
    """The names of those for which ``find`` has anything to do; one read for all, so that it may be asked often."""
    read_to = dict(session.exec(select(WorkflowCursor.workflow, WorkflowCursor.event_id)).all())
    newest = session.exec(select(func.max(Event.id))).one() or 0
    names, asked = set[str](), list[tuple[str, str, int]]()
    for workflow in workflows:
        at = read_to.get(workflow.name)
        if at is None or newest - at > LOOK_BACK // 2:
            names.add(workflow.name)
        else:
            asked += [(workflow.name, kind, at - LOOK_BACK) for kind in sorted(workflow.kinds_now(session))]
    lowest = min((after for _, _, after in asked), default=newest)
    return names | {name for (name,) in run_with_rows(session, _WITH_NEWS, asked, lowest=lowest)}


def is_due(session: Session, now: datetime, *, without: Collection[str] = ()) -> bool:
    """Whether ``claim`` may find something; a read."""
    wanted = select(WorkflowRun.id).where(_OPEN, WorkflowRun.due_at <= now, _may_run(without))
    return session.exec(wanted.limit(1)).first() is not None


def is_beyond(session: Session, now: datetime) -> bool:
    """Whether ``bring_back`` may find something; a read."""
    return session.exec(select(WorkflowRun.id).where(*_beyond(now)).limit(1)).first() is not None


def bring_back(session: Session, now: datetime) -> int:
    """What is due later than any wait lasts was put off by a clock that has stepped back since: it is due now."""
    return session.exec(update(WorkflowRun).where(*_beyond(now)).values(due_at=now)).rowcount


def take_back(session: Session, now: datetime) -> int:
    """What runs is due now: for a start where nobody else works, so that whoever ran it is no more."""
    held = (_OPEN, col(WorkflowRun.state) == WorkflowState.RUNNING, col(WorkflowRun.due_at) > now)
    return session.exec(update(WorkflowRun).where(*held).values(due_at=now)).rowcount


def find(session: Session, workflow: Workflow, now: datetime) -> int:
    """Give each new event its row; returns how many. Two processes at once: one finds, the other finds nothing."""
    cursor = _locked(session, workflow)
    if cursor is None:
        return 0
    settled = select(Event.id).where(_settled(session)).order_by(col(Event.id).desc())
    newest = session.exec(settled.limit(1)).first() or 0
    found = session.exec(_unseen(session, workflow, cursor.event_id).order_by(col(Event.id)).limit(BATCH)).all()
    for event in found:
        session.add(
            WorkflowRun(
                workflow=workflow.name,
                event_id=event.id,
                event_kind=event.kind,
                subject_type=event.subject_type,
                subject_id=event.subject_id,
                due_at=now,
                found_at=now,
            )
        )
    cursor.event_id = max(cursor.event_id, min(newest, found[-1].id) if len(found) == BATCH else newest)
    session.add(cursor)
    return len(found)


def claim(session: Session, now: datetime, *, without: Collection[str] = (), limit: int = AT_ONCE) -> list[Taken]:
    """Runs that have waited longest, the caller's until ``now`` + ``LEASE``; none of the workflows ``without``.

    One whose lease has passed comes alone: if it is what killed its process, it takes no neighbour with it.
    """
    for state, most in ((WorkflowState.RUNNING, 1), (WorkflowState.READY, limit)):
        wanted = (
            select(WorkflowRun)
            .where(_OPEN, WorkflowRun.state == state, WorkflowRun.due_at <= now, _may_run(without))
            .order_by(col(WorkflowRun.due_at), col(WorkflowRun.id))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        if found := session.exec(wanted).all():
            return [taken for run in found if (taken := _take(session, run, now))]
    return []


def still_held(session: Session, taken: Taken) -> bool:
    """Nobody took it over meanwhile; locked for the rest of the transaction."""
    return _held(session, taken) is not None


def finish(session: Session, taken: Taken, *, note: str, took_ms: int, now: datetime) -> None:
    done = update(WorkflowRun).where(col(WorkflowRun.id) == taken.id)
    values = {"state": WorkflowState.DONE, "note": note[:200], "error": ""}
    session.exec(done.values(**values, took_ms=took_ms, ended_at=now))


def fail(session: Session, taken: Taken, error: Exception, *, took_ms: int, now: datetime) -> None:
    """Back with a growing wait; after the last try a task for operations."""
    run = _held(session, taken)
    if run is None:
        return
    run.error, run.took_ms = reason_of(error)[:500], took_ms
    if run.tries_left == 0:
        _give_up(session, run, run.error, now)
        return
    run.state = WorkflowState.READY
    run.due_at = now + wait_after(run.attempts, random.random())  # noqa: S311  (spread, not secrecy)
    session.add(run)


def retry(session: Session, run_id: int, *, by: str, now: datetime) -> int:
    """Give a failed run its tries again; returns how many were (0 or 1)."""
    run = sight.find(session, WorkflowRun, run_id, lock=True)
    if run is None or run.state is not WorkflowState.FAILED:
        return 0
    run.state, run.due_at, run.tries_left, run.ended_at = WorkflowState.READY, now, MOST_TRIES, None
    session.add(run)
    record(session, WorkflowRetried(run.id, run.workflow), actor=by, now=now)
    return 1


def skip(session: Session, run_id: int, *, by: str, reason: str, now: datetime) -> int:
    """Lay a failed run aside for good; returns how many were (0 or 1).

    Raises:
        BadInput: no reason is given.
    """
    because = clean_text(reason, most=200, field="reason")
    if not because:
        raise BadInput("reason: say why it need not run", field="reason", problem="missing")
    run = sight.find(session, WorkflowRun, run_id, lock=True)
    if run is None or run.state is not WorkflowState.FAILED:
        return 0
    run.state, run.note, run.ended_at = WorkflowState.SKIPPED, because, now
    session.add(run)
    record(session, WorkflowSkipped(run.id, run.workflow, because), actor=by, now=now)
    return 1


def wait_after(attempts: int, chance: float) -> timedelta:
    """2ⁿ seconds ± 50 %, at most ten minutes; ``chance`` is 0 to 1."""
    return min(timedelta(seconds=2 ** min(attempts, 12)) * (0.5 + chance), _LONGEST_WAIT)


def recent(session: Session, *, limit: int) -> list[WorkflowRun]:
    """The failed ones first, then those that are tried again, then the newest."""
    state = col(WorkflowRun.state)
    troubled = select(WorkflowRun).where(
        (state == WorkflowState.FAILED) | (_OPEN & (col(WorkflowRun.error) != ""))  # pyright: ignore[reportOperatorIssue]
    )
    first = session.exec(troubled.order_by(state, col(WorkflowRun.id).desc()).limit(limit)).all()
    newest = session.exec(select(WorkflowRun).order_by(col(WorkflowRun.id).desc()).limit(limit)).all()
    return list({run.id: run for run in [*first, *newest]}.values())[:limit]


def forget_old(session: Session, now: datetime) -> int:
    """Delete runs that ended well long ago, but for those their cursor looks back at; returns how many.

    Each by its own cursor: that of a paused workflow stays far behind.
    """
    read_to = select(WorkflowCursor.event_id).where(WorkflowCursor.workflow == WorkflowRun.workflow)
    old = delete(WorkflowRun).where(
        col(WorkflowRun.state).in_((WorkflowState.DONE, WorkflowState.SKIPPED)),
        col(WorkflowRun.found_at) < now - KEEP,
        col(WorkflowRun.event_id) < read_to.scalar_subquery() - 2 * LOOK_BACK,
    )
    return session.exec(old).rowcount


def _locked(session: Session, workflow: Workflow) -> WorkflowCursor | None:
    """The cursor, begun at the log's start when it is new; None while another process holds it."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    if session.get(WorkflowCursor, workflow.name) is None:
        begun = dialect.insert(WorkflowCursor).values(workflow=workflow.name, event_id=0)
        session.exec(begun.on_conflict_do_nothing())  # pyright: ignore[reportCallIssue, reportArgumentType]
    wanted = select(WorkflowCursor).where(WorkflowCursor.workflow == workflow.name)
    return session.exec(
        wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).one_or_none()


def _unseen(session: Session, workflow: Workflow, after: int) -> SelectOfScalar[Event]:
    """Events for ``workflow`` beyond ``after``, or a little before it, that have no row yet."""
    seen = select(WorkflowRun.id).where(WorkflowRun.workflow == workflow.name, WorkflowRun.event_id == Event.id)
    wanted = select(Event).where(col(Event.id) > after - LOOK_BACK, col(Event.kind).in_(workflow.kinds_now(session)))
    return wanted.where(~seen.exists())


def _may_run(without: Collection[str]) -> ColumnElement[bool]:
    workflow = col(WorkflowRun.workflow)
    return and_(workflow.not_in(names_standing(Runs.WORKFLOW)), workflow.not_in(without))


def _settled(session: Session) -> TextClause:
    """How far the cursor may go. PostgreSQL shows an id only with its commit: below this one few can still come.

    A transaction that stays open anywhere only makes the part longer that is looked at again.
    """
    if session.get_bind().dialect.name == "sqlite":
        return text("1 = 1")
    oldest_open = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint % 4294967296)::text::xid"
    return text(f"age(event.xmin) > age({oldest_open})")


def _beyond(now: datetime) -> tuple[Any, ...]:
    return _OPEN, col(WorkflowRun.due_at) > now + _LONGEST_WAIT


def _take(session: Session, run: WorkflowRun, now: datetime) -> Taken | None:
    if run.tries_left == 0:
        _give_up(session, run, f"its process died or hung {MOST_TRIES} times at this", now)
        return None
    run.state, run.due_at = WorkflowState.RUNNING, now + LEASE
    run.attempts, run.tries_left = run.attempts + 1, run.tries_left - 1
    session.add(run)
    subject = (run.subject_type, run.subject_id)
    return Taken(run.id, run.workflow, run.event_id, run.attempts, run.tries_left, subject)


def _held(session: Session, taken: Taken) -> WorkflowRun | None:
    wanted = select(WorkflowRun).where(
        WorkflowRun.id == taken.id,
        WorkflowRun.state == WorkflowState.RUNNING,
        WorkflowRun.attempts == taken.attempts,
    )
    return session.exec(wanted.with_for_update()).one_or_none()


def _give_up(session: Session, run: WorkflowRun, error: str, now: datetime) -> None:
    run.state, run.error, run.ended_at = WorkflowState.FAILED, error, now
    session.add(run)
    tasks.open_task(
        session,
        TaskKind.WORKFLOW_TROUBLE,
        title=f"自动流程 {run.workflow} 失败：{error}"[:200],
        about=(run.subject_type, run.subject_id),
        role="operations",
        due_at=now + _TIME_ALLOWED,
        now=now,
    )
