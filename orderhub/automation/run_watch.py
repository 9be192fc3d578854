"""How do the workflows and what goes out stand: how much waits, since when, what failed?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from orderhub.automation.addressee import Addressee
from orderhub.automation.catalogue import WORKFLOWS, Workflow
from orderhub.automation.outbox import OutboxMessage, OutboxState
from orderhub.automation.workflow_run import LOOK_BACK, WorkflowCursor, WorkflowRun, WorkflowState
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.eventlog import Event
from orderhub.kernel.standstill import Runs, Standstill, all_standing

# What is beyond is said as "more than": a page counts no log of a month.
MOST_COUNTED = 10_000
_OPEN = (WorkflowState.READY, WorkflowState.RUNNING)
_LEAVING = (OutboxState.WAITING, OutboxState.SENDING)


@dataclass(frozen=True)
class WorkflowStand:
    """``waiting`` are events without an ended run, ``oldest_at`` the first one's moment; ``today`` counts runs that
    ended well, ``median_ms`` is theirs."""

    name: str
    waiting: int
    oldest_at: datetime | None
    today: int
    median_ms: int | None
    failed: int
    stands: Standstill | None


@dataclass(frozen=True)
class AddresseeStand:
    addressee: Addressee
    waiting: int
    refused: int
    oldest_at: datetime | None


def workflow_stands(session: Session, now: datetime, workflows: Sequence[Workflow] = WORKFLOWS) -> list[WorkflowStand]:
    """As the catalogue lists them."""
    open_runs = _open_runs(session)
    failed = dict(
        session.exec(
            select(WorkflowRun.workflow, func.count())
            .where(WorkflowRun.state == WorkflowState.FAILED)
            .group_by(WorkflowRun.workflow)
        ).all()
    )
    today = _today(session, now)
    still = all_standing(session, Runs.WORKFLOW)
    cursors = {one.workflow: one.event_id for one in session.exec(select(WorkflowCursor))}
    found = []
    for one in workflows:
        unread, unread_at = _unread(session, one, cursors.get(one.name, 0))
        count, open_at = open_runs.get(one.name, (0, None))
        done = today.get(one.name, [])
        found.append(
            WorkflowStand(
                name=one.name,
                waiting=min(unread + count, MOST_COUNTED),
                oldest_at=min((at for at in (unread_at, open_at) if at), default=None),
                today=sum(count for _, count in done),
                median_ms=_median(done),
                failed=failed.get(one.name, 0),
                stands=still.get(one.name),
            )
        )
    return found


def troubled_runs(session: Session, *, limit: int) -> list[WorkflowRun]:
    """What was given up, newest first."""
    wanted = select(WorkflowRun).where(WorkflowRun.state == WorkflowState.FAILED)
    return list(session.exec(wanted.order_by(col(WorkflowRun.id).desc()).limit(limit)))


def addressee_stands(session: Session) -> list[AddresseeStand]:
    """Everybody for whom something waits or who refused something, the most first."""
    states = (*_LEAVING, OutboxState.REFUSED)
    wanted = (
        select(col(OutboxMessage.addressee), OutboxMessage.state, func.count(), func.min(OutboxMessage.created_at))
        .where(col(OutboxMessage.state).in_(states))
        .group_by(col(OutboxMessage.addressee), col(OutboxMessage.state))
    )
    counted: dict[Addressee, dict[OutboxState, tuple[int, datetime]]] = defaultdict(dict)
    for addressee, state, count, oldest_at in session.exec(wanted):
        counted[addressee][OutboxState(state)] = (count, oldest_at)
    found = []
    for addressee, states_of in counted.items():
        leaving = [states_of[state] for state in _LEAVING if state in states_of]
        refused, _ = states_of.get(OutboxState.REFUSED, (0, None))
        oldest_at = min((at for _, at in leaving), default=None)
        found.append(AddresseeStand(addressee, sum(count for count, _ in leaving), refused, oldest_at))
    return sorted(found, key=lambda one: (-one.waiting - one.refused, str(one.addressee)))


def _unread(session: Session, workflow: Workflow, cursor: int) -> tuple[int, datetime | None]:
    """Events that have no row yet, the oldest one's moment; shortly before the cursor one may still show."""
    has_row = select(WorkflowRun.id).where(WorkflowRun.workflow == workflow.name, WorkflowRun.event_id == Event.id)
    is_its_own = col(Event.kind).in_(workflow.kinds_now(session))
    unread = select(col(Event.at).label("at")).where(Event.id > cursor - LOOK_BACK, is_its_own, ~has_row.exists())
    few = unread.limit(MOST_COUNTED).subquery()
    count, oldest_at = session.exec(select(func.count(), func.min(few.c.at))).one()
    return count, oldest_at


def _open_runs(session: Session) -> dict[str, tuple[int, datetime]]:
    wanted = select(WorkflowRun.workflow, func.count(), func.min(WorkflowRun.found_at))
    rows = session.exec(wanted.where(col(WorkflowRun.state).in_(_OPEN)).group_by(WorkflowRun.workflow))
    return {workflow: (count, oldest_at) for workflow, count, oldest_at in rows}


def _today(session: Session, now: datetime) -> dict[str, list[tuple[int, int]]]:
    """By workflow: (how many milliseconds, how many runs took so long), the shortest first."""
    wanted = (
        select(WorkflowRun.workflow, WorkflowRun.took_ms, func.count())
        .where(col(WorkflowRun.found_at) >= day_start(business_day(now)), WorkflowRun.state == WorkflowState.DONE)
        .group_by(WorkflowRun.workflow, col(WorkflowRun.took_ms))
        .order_by(col(WorkflowRun.took_ms))
    )
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for workflow, took_ms, count in session.exec(wanted):
        found[workflow].append((took_ms, count))
    return found


def _median(counted: Sequence[tuple[int, int]]) -> int | None:
    """The lower one of an even number."""
    left = (sum(count for _, count in counted) + 1) // 2
    for took_ms, count in counted:
        left -= count
        if left <= 0:
            return took_ms
    return None
