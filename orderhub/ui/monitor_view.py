"""What does the run monitor show, as the browser gets it? The figures of all five parts, the rows of one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from orderhub.automation import outbox
from orderhub.automation.addressee import (
    Addressee,
    carrier_addressee,
    notifier_addressee,
    shop_addressee,
    tracker_addressee,
)
from orderhub.automation.outbox import OutboxPause
from orderhub.automation.run_watch import (
    MOST_COUNTED,
    AddresseeStand,
    WorkflowStand,
    addressee_stands,
    troubled_runs,
    workflow_stands,
)
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.domain.carrier_account import carrier_accounts
from orderhub.domain.notifier_account import notifier_accounts
from orderhub.domain.tracker_account import tracker_accounts
from orderhub.insights.system import shop_states
from orderhub.intake.inbox import InboxMessage, MessageState, dead_letters
from orderhub.intake.inbox_watch import InboxStand, inbox_stand
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.job_plan import PlannedJob, planned_jobs
from orderhub.kernel.job_runs import JobRun, RunState, failed_since, last_run
from orderhub.kernel.standstill import Runs, Standstill, all_standing
from orderhub.ui.board_rows import exact, unix

PATH = "/monitor"
# A job that is later than this has not only waited for its turn.
LATE_AFTER = timedelta(minutes=2)

_MOST_RUNS = 50
_MOST_DEAD = 100
_SHORT_MS = 10_000


class Part(StrEnum):
    WORKFLOWS = "workflows"
    JOBS = "jobs"
    OUTBOX = "outbox"
    INBOX = "inbox"
    DEAD = "dead"


@dataclass
class StandstillView:
    """Empty ``by``: it goes on."""

    by: str = ""
    reason: str = ""
    since: str = ""


@dataclass
class WorkflowView:
    id: str
    name: str
    waiting: str
    oldest: str
    today: str
    median: str
    failed: str
    stands: StandstillView


@dataclass
class FailedRunView:
    id: str
    workflow: str
    event: str
    subject: str
    about: str
    href: str
    error: str
    tries: str
    ended: str
    ended_exact: str


@dataclass
class JobView:
    """``state`` is the last run's, empty before any; ``following`` the next slot as text."""

    id: str
    job: str
    state: str
    started: str
    started_exact: str
    took: str
    note: str
    following: str
    failed: str
    is_late: bool
    is_asked: bool
    stands: StandstillView


@dataclass
class AddresseeStandView:
    id: str
    name: str
    waiting: str
    refused: str
    oldest: str
    paused: str


@dataclass
class InboxView:
    ready: str = "0"
    leased: str = "0"
    dead: str = "0"
    oldest: str = ""
    per_minute: str = "0"


@dataclass
class DeadRowView:
    id: str
    shop: str
    kind: str
    number: str
    reason: str
    tries: str
    received: str
    received_exact: str


@dataclass
class MonitorView:
    """``waiting`` are the workflows' events, ``late`` jobs, ``leaving`` messages for others, ``incoming`` ours."""

    part: str = Part.WORKFLOWS
    waiting: str = "0"
    failed: str = "0"
    late: str = "0"
    leaving: str = "0"
    incoming: str = "0"
    dead_count: str = "0"
    still: str = "0"
    workflows: list[WorkflowView] = field(default_factory=list)
    runs: list[FailedRunView] = field(default_factory=list)
    jobs: list[JobView] = field(default_factory=list)
    addressees: list[AddresseeStandView] = field(default_factory=list)
    inbox: InboxView = field(default_factory=InboxView)
    dead: list[DeadRowView] = field(default_factory=list)


def part_of(word: str) -> Part:
    return Part(word) if word in list(Part) else Part.WORKFLOWS


def monitor_view(session: Session, now: datetime, part: Part) -> MonitorView:
    workflows, stands = workflow_stands(session, now), addressee_stands(session)
    jobs = _jobs(session, now)
    box = inbox_stand(session, now)
    still = sum(one.stands is not None for one in workflows) + sum(one.stands.by != "" for one in jobs)
    view = MonitorView(
        part=part,
        waiting=_counted(sum(one.waiting for one in workflows)),
        failed=f"{sum(one.failed for one in workflows):,}",
        late=str(sum(one.is_late for one in jobs)),
        leaving=f"{sum(one.waiting for one in stands):,}",
        incoming=f"{box.counts.get(MessageState.READY, 0) + box.counts.get(MessageState.LEASED, 0):,}",
        dead_count=f"{box.counts[MessageState.DEAD]:,}",
        still=str(still),
    )
    match part:
        case Part.WORKFLOWS:
            view.workflows = [_workflow(one) for one in workflows]
            view.runs = [_run(one) for one in troubled_runs(session, limit=_MOST_RUNS)]
        case Part.JOBS:
            view.jobs = jobs
        case Part.OUTBOX:
            view.addressees = _addressees(session, now, stands)
        case Part.INBOX:
            view.inbox = _inbox(box)
        case Part.DEAD:
            names = {shop.shop_id: shop.name for shop in shop_states(session, now)}
            letters = dead_letters(session, limit=_MOST_DEAD)
            view.dead = [_dead(one, names.get(one.shop_id, "")) for one in letters]
    return view


def _workflow(one: WorkflowStand) -> WorkflowView:
    return WorkflowView(
        id=f"{Runs.WORKFLOW}:{one.name}",
        name=one.name,
        waiting=_counted(one.waiting),
        oldest=unix(one.oldest_at),
        today=f"{one.today:,}",
        median="" if one.median_ms is None else _span(one.median_ms),
        failed=f"{one.failed:,}",
        stands=_stands(one.stands),
    )


def _run(run: WorkflowRun) -> FailedRunView:
    return FailedRunView(
        id=str(run.id),
        workflow=run.workflow,
        event=run.event_kind,
        subject=run.subject_type,
        about=f"#{run.subject_id}",
        href=f"/orders?tab=all&order={run.subject_id}" if run.subject_type == "order" else "",
        error=run.error,
        tries=str(run.attempts),
        ended=unix(run.ended_at),
        ended_exact=exact(run.ended_at),
    )


def _jobs(session: Session, now: datetime) -> list[JobView]:
    still, failed = all_standing(session, Runs.JOB), failed_since(session, now - timedelta(days=1))
    found = []
    for planned in planned_jobs(session):
        last = last_run(session, planned.job)
        found.append(_job(planned, last, still.get(planned.job), failed.get(planned.job, 0), now))
    return found


def _job(planned: PlannedJob, last: JobRun | None, still: Standstill | None, failed: int, now: datetime) -> JobView:
    begun = max(last.slot, planned.planned_at) if last else planned.planned_at
    is_late = still is None and now > planned.next_slot(begun) + LATE_AFTER
    took = last.ended_at - last.started_at if last and last.ended_at else None
    return JobView(
        id=f"{Runs.JOB}:{planned.job}",
        job=planned.job,
        state=last.state if last else "",
        started=unix(last.started_at) if last else "",
        started_exact=exact(last.started_at) if last else "",
        took="" if took is None else _span(round(took / timedelta(milliseconds=1))),
        note=(last.error or last.note) if last else "",
        following=shanghai_text(planned.next_slot(now), "%m-%d %H:%M"),
        failed=f"{failed:,}",
        # One that is still at an earlier slot is busy, not late.
        is_late=is_late and not (last and last.state is RunState.RUNNING),
        is_asked=planned.asked_at is not None,
        stands=_stands(still),
    )


def _addressees(session: Session, now: datetime, stands: list[AddresseeStand]) -> list[AddresseeStandView]:
    names = {shop_addressee(shop.shop_id): shop.name for shop in shop_states(session, now)}
    names |= {carrier_addressee(account.id): account.name for account in carrier_accounts(session)}
    names |= {tracker_addressee(account.id): account.name for account in tracker_accounts(session)}
    names |= {notifier_addressee(account.id): account.name for account in notifier_accounts(session)}
    pauses = {pause.addressee: pause for pause in outbox.pauses(session, now)}
    quiet = [AddresseeStand(one, 0, 0, None) for one in pauses if one not in {stand.addressee for stand in stands}]
    return [_addressee(one, names, pauses.get(one.addressee)) for one in [*stands, *quiet]]


def _addressee(one: AddresseeStand, names: dict[Addressee, str], pause: OutboxPause | None) -> AddresseeStandView:
    return AddresseeStandView(
        id=str(one.addressee),
        name=names.get(one.addressee, str(one.addressee)),
        waiting=f"{one.waiting:,}",
        refused=f"{one.refused:,}",
        oldest=unix(one.oldest_at),
        paused=pause.cause if pause else "",
    )


def _inbox(box: InboxStand) -> InboxView:
    return InboxView(
        ready=f"{box.counts.get(MessageState.READY, 0):,}",
        leased=f"{box.counts.get(MessageState.LEASED, 0):,}",
        dead=f"{box.counts[MessageState.DEAD]:,}",
        oldest=unix(box.oldest_at),
        per_minute=f"{box.per_minute:,}",
    )


def _dead(message: InboxMessage, shop: str) -> DeadRowView:
    return DeadRowView(
        id=str(message.id),
        shop=shop,
        kind=message.kind,
        number=message.number,
        reason=message.reason,
        tries=str(message.attempts),
        received=unix(message.received_at),
        received_exact=exact(message.received_at),
    )


def _stands(one: Standstill | None) -> StandstillView:
    return StandstillView(one.by, one.reason, exact(one.since)) if one else StandstillView()


def _counted(count: int) -> str:
    return f"{count:,}" if count < MOST_COUNTED else f"{MOST_COUNTED:,}+"


def _span(took_ms: int) -> str:
    return f"{took_ms:,} ms" if took_ms < _SHORT_MS else f"{took_ms / 1000:,.0f} s"
