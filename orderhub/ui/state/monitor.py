"""Which part of the run monitor does this tab look at, and what is tried again, laid aside or paused here?"""

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation import workflow_run
from orderhub.automation.catalogue import workflow_named
from orderhub.automation.run_watch import troubled_runs
from orderhub.intake.inbox import discard, replay
from orderhub.kernel import standstill
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.job_plan import ask_for, planned_jobs, resume_job
from orderhub.kernel.standstill import Runs
from orderhub.ui.gate import needs
from orderhub.ui.live import Scene, Vars
from orderhub.ui.monitor_view import MonitorView, Part, monitor_view, part_of
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Change, Telling

_GAP_SECONDS = 3.0
_MOST_AT_ONCE = 200

Form = dict[str, str]


class Monitor(Shown, Telling, rx.State):
    """``asking`` is what a reason is asked for: a workflow or job to pause, a run to skip, ``dead``; ``chosen`` are
    dead messages."""

    view: MonitorView = MonitorView()
    asking: str = ""
    chosen: list[str] = []

    @rx.event
    @needs(Permission.SYSTEM_READ)
    async def enter(self) -> None:
        self.asking, self.chosen = "", []
        await self._read()

    @rx.event
    @needs(Permission.RUN_CHANGE)
    def ask(self, what: str) -> None:
        self.asking = "" if self.asking == what else what[:80]

    @rx.event
    @needs(Permission.RUN_CHANGE)
    async def pause(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> None:
            kind, name = _named(session, form.get("id", ""))
            standstill.pause(session, kind, name, reason=form.get("reason", ""), by=user.name, now=utc_now())

        await self._change(Permission.RUN_CHANGE, change, "runs_paused")

    @rx.event
    @needs(Permission.RUN_CHANGE)
    async def resume(self, runs_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            kind, name = _named(session, runs_id)
            if kind is Runs.JOB:
                resume_job(session, name, by=user.name, now=utc_now())
            else:
                standstill.resume(session, kind, name, by=user.name, now=utc_now())

        await self._change(Permission.RUN_CHANGE, change, "runs_resumed")

    @rx.event
    @needs(Permission.RUN_CHANGE)
    async def run_now(self, job: str) -> None:
        def change(session: Session, user: Signed) -> None:
            ask_for(session, job, by=user.name, now=utc_now())

        await self._change(Permission.RUN_CHANGE, change, "job_asked_for")

    @rx.event
    @needs(Permission.RUN_CHANGE)
    async def retry(self, run_id: str) -> None:
        def change(session: Session, user: Signed) -> int:
            return workflow_run.retry(session, number_of(run_id), by=user.name, now=utc_now())

        await self._change(Permission.RUN_CHANGE, change, "run_retried")

    @rx.event
    @needs(Permission.RUN_CHANGE)
    async def retry_all(self) -> None:
        """The newest few hundred: what is beyond is tried again with the next press."""

        def change(session: Session, user: Signed) -> int:
            failed = troubled_runs(session, limit=_MOST_AT_ONCE)
            return sum(workflow_run.retry(session, run.id, by=user.name, now=utc_now()) for run in failed)

        await self._change(Permission.RUN_CHANGE, change, "run_retried")

    @rx.event
    @needs(Permission.RUN_CHANGE)
    async def skip(self, form: Form) -> None:
        def change(session: Session, user: Signed) -> int:
            run_id, reason = number_of(form.get("id", "")), form.get("reason", "")
            return workflow_run.skip(session, run_id, by=user.name, reason=reason, now=utc_now())

        await self._change(Permission.RUN_CHANGE, change, "run_skipped")

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    def toggle(self, message_id: str) -> None:
        rest = [one for one in self.chosen if one != message_id]
        self.chosen = rest if len(rest) < len(self.chosen) else [*rest, message_id[:20]][:_MOST_AT_ONCE]

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    def toggle_all(self) -> None:
        self.chosen = [] if self.chosen else [one.id for one in self.view.dead]

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    async def replay(self) -> None:
        chosen = self._chosen_ids()

        def change(session: Session, user: Signed) -> int:
            return replay(session, chosen, by=user.name, now=utc_now())

        await self._change(Permission.DEAD_LETTER_CHANGE, change, "replayed")

    @rx.event
    @needs(Permission.DEAD_LETTER_CHANGE)
    async def discard(self, form: Form) -> None:
        chosen = self._chosen_ids()

        def change(session: Session, user: Signed) -> int:
            return discard(session, chosen, by=user.name, reason=form.get("reason", ""), now=utc_now())

        await self._change(Permission.DEAD_LETTER_CHANGE, change, "discarded")

    def _chosen_ids(self) -> list[int]:
        return [number_of(one) for one in self.chosen]

    async def _change(self, permission: Permission, change: Change, done: str) -> None:
        if await self._try(permission, change, done=done):
            self.asking, self.chosen = "", []
            await self._read()

    async def _read(self) -> None:
        part = part_of(self.router.url.query_parameters.get("part", ""))
        await self._follow("monitor", monitor_scene(part))


def monitor_scene(part: Part) -> Scene:
    def load() -> Vars:
        return load_monitor(part)

    name = Monitor.get_full_name()
    return Scene(f"monitor {part}", name, Permission.SYSTEM_READ, load, gap_seconds=_GAP_SECONDS)


def load_monitor(part: Part) -> Vars:
    with reading() as session:
        return {"view": monitor_view(session, utc_now(), part)}


def _named(session: Session, runs_id: str) -> tuple[Runs, str]:
    """``workflow:allocate``. Raises: NotFound: there is no such workflow or job."""
    kind, _, name = runs_id.partition(":")
    if kind == Runs.WORKFLOW and workflow_named(name):
        return Runs.WORKFLOW, name
    if kind == Runs.JOB and any(one.job == name for one in planned_jobs(session)):
        return Runs.JOB, name
    raise NotFound(f"nothing runs under the name {runs_id[:64]!r}")
