"""Does level 2 pause what its list says and nothing else, level 3 everything that changes, and does it catch up?"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlmodel import Session, select

from jobs import clockwork
from jobs.clockwork import Clockwork
from jobs.schedule import Entry, timetable
from orderhub.automation import runner
from orderhub.automation.catalogue import WORKFLOWS, Workflow
from orderhub.automation.runner import run_next
from orderhub.automation.workflow_run import WorkflowRun, WorkflowState
from orderhub.intake.hub_level import hub_level, pin, unpin
from orderhub.intake.level_following import LevelService
from orderhub.intake.level_keeping import Keeper
from orderhub.intake.pausing import PAUSABLE
from orderhub.intake.service import Bell, ConsumerWorker
from orderhub.kernel import job_runs
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, database, reading, transaction
from orderhub.kernel.eventlog import Event, Happening, kind_of, record
from orderhub.kernel.level import AT_EVERY_LEVEL, Felt, Level, Pausable, Sign, feel, felt
from orderhub.ui.job_text import JOBS
from orderhub.ui.outbox_text import WORKFLOW_NAMES
from orderhub.ui.pressure_text import WAITING_NAMES

ROOT = Path(__file__).resolve().parents[2]
THROTTLED = Felt(Level.THROTTLED, Sign.CPU, paused=frozenset(PAUSABLE))
READ_ONLY = Felt(Level.READ_ONLY, Sign.PINNED, by="ceshi-a", reason="演练")


@dataclass(frozen=True)
class PressureTried(Happening):
    subject_type: ClassVar[str] = "test_pressure"


@pytest.fixture
def epoch(database: Database, now: datetime) -> int:
    with transaction() as session:
        return job_runs.take_over(session, process="one", now=now)


def begun(epoch: int, now: datetime) -> set[str]:
    """Every job of the timetable has its slot; which are run?"""
    ran: set[str] = set()
    for entry in timetable():
        mine = Entry(entry.job, lambda _, job=entry.job: ran.add(job), entry.when)
        clockwork._run_once(database(), mine, now, epoch, now=lambda: now, is_asked=False)
    clockwork._epoch.set(None)
    return ran


def test_level_two_begins_every_job_that_is_not_on_the_list(epoch: int, now: datetime):
    every = {entry.job for entry in timetable()}
    listed = {name for kind, name in PAUSABLE if kind is Pausable.JOB}
    assert listed < every
    feel(THROTTLED)
    assert begun(epoch, now) == every - listed
    feel(Felt())
    assert begun(epoch, now + timedelta(days=1)) == every


def test_level_three_begins_no_job(epoch: int, now: datetime):
    feel(READ_ONLY)
    assert begun(epoch, now) == set()


def done(names: list[str], monkeypatch: pytest.MonkeyPatch, now: datetime) -> set[str]:
    """Each workflow has an event and would do something; which of them did?"""
    ran: set[str] = set()

    def working(name: str) -> Workflow:
        def run(_session: Session, _event: Event) -> str:
            ran.add(name)
            return "done"

        return Workflow(name, frozenset({kind_of(PressureTried)}), run)

    made = {name: working(name) for name in names}
    monkeypatch.setattr(runner, "WORKFLOWS", tuple(made.values()))
    monkeypatch.setattr(runner, "workflow_named", made.get)
    while run_next(now):
        pass
    return ran


def test_level_two_runs_every_workflow_that_is_not_on_the_list(
    database: Database, monkeypatch: pytest.MonkeyPatch, now: datetime
):
    every = [workflow.name for workflow in WORKFLOWS]
    listed = {name for kind, name in PAUSABLE if kind is Pausable.WORKFLOW}
    assert listed < set(every)
    with transaction() as session:
        record(session, PressureTried(1), actor="tester", now=now)
    feel(THROTTLED)
    assert done(every, monkeypatch, now) == set(every) - listed
    feel(Felt())
    assert done(every, monkeypatch, now) == listed  # what waited catches up, once


def test_level_three_runs_what_tells_staff_and_nothing_else(
    database: Database, monkeypatch: pytest.MonkeyPatch, now: datetime
):
    every = [workflow.name for workflow in WORKFLOWS]
    with transaction() as session:
        record(session, PressureTried(1), actor="tester", now=now)
    feel(READ_ONLY)
    assert done(every, monkeypatch, now) == {name for _, name in AT_EVERY_LEVEL}
    feel(Felt())
    assert done(every, monkeypatch, now) == set(every) - {name for _, name in AT_EVERY_LEVEL}


def test_a_run_that_waits_for_its_next_try_waits_too(
    database: Database, monkeypatch: pytest.MonkeyPatch, now: datetime
):
    with transaction() as session:
        event = record(session, PressureTried(1), actor="tester", now=now)
        session.flush()
        run = WorkflowRun(
            workflow="reread_tracks",
            event_id=event.id,
            event_kind=event.kind,
            subject_type="test_pressure",
            subject_id=1,
            due_at=now,
            found_at=now,
        )
        session.add(run)
    feel(THROTTLED)
    assert done(["reread_tracks"], monkeypatch, now) == set()
    with reading() as session:
        assert session.exec(select(WorkflowRun)).one().state is WorkflowState.READY


def test_every_entry_of_the_list_exists_and_has_a_name():
    jobs = {entry.job for entry in timetable()}
    workflows = {workflow.name for workflow in WORKFLOWS}
    for kind, name in PAUSABLE:
        known = {Pausable.JOB: jobs & JOBS.keys(), Pausable.WORKFLOW: workflows & WORKFLOW_NAMES.keys()}
        assert name in known.get(kind, WAITING_NAMES)


def test_a_worker_takes_nothing_while_the_hub_is_read_only():
    taken: list[str] = []
    bell = Bell()

    def worker(name: str, **how: bool) -> ConsumerWorker:
        return ConsumerWorker(name, lambda _: taken.append(name) or 0, bell, **how)

    workers = [worker("consumer"), worker("robot", at_every_level=True)]
    feel(READ_ONLY)
    for one in workers:
        one.start()
    until(lambda: len(taken) >= 2)
    assert set(taken) == {"robot"}
    feel(Felt())
    until(lambda: "consumer" in taken)
    for one in workers:
        one.stop()
        one.join(5)


async def test_the_leader_beats_and_a_process_feels_what_is_set(database: Database):
    """The whole way: clock, row, threads; there and back."""
    service = LevelService()
    service.start()
    clock = Clockwork([], beat=Keeper().beat, probe_seconds=0.1, beat_seconds=0.1)
    await clock.start()
    try:
        with transaction() as session:
            pin(session, Level.READ_ONLY, reason="演练", by="ceshi-a", now=utc_now())
        await asyncio.to_thread(until, lambda: felt().level is Level.READ_ONLY)
        with transaction() as session:
            unpin(session, by="ceshi-a", now=utc_now())
        await asyncio.to_thread(until, lambda: felt().level is Level.NORMAL)
        with reading() as session:
            assert hub_level(session).epoch == 1
    finally:
        await clock.stop()
        await asyncio.to_thread(service.stop)


_OTHER = """
import sys, time
import orderhub.tables
from orderhub.intake.level_following import LevelService
from orderhub.kernel.db import open_database
from orderhub.kernel.level import felt, on_change
open_database(sys.argv[1])
on_change.append(lambda: print("felt", felt().level, time.time(), flush=True))
LevelService().start()
time.sleep(60)
"""


@pytest.mark.services
def test_two_processes_have_one_level(request: pytest.FixtureRequest):
    url = request.getfixturevalue("lent").url()
    from tests.databases import with_tables

    with_tables(url)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _OTHER, url]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as other:
        service = LevelService()
        service.start()
        try:
            assert other.stdout
            heard = (line.split()[1:] for line in other.stdout if line.startswith("felt"))
            assert next(heard)[0] == "normal"  # it has heard of the list
            for level in (Level.READ_ONLY, Level.THROTTLED):
                set_at = time.time()
                with transaction() as session:
                    pin(session, level, reason="演练", by="ceshi-a", now=utc_now())
                until(lambda level=level: felt().level is level)
                here = time.time() - set_at
                word, at = next(heard)
                assert word == level
                print(f"{level}: here after {here:.2f} s, there after {float(at) - set_at:.2f} s")  # noqa: T201  (what it is for)
        finally:
            service.stop()
            with suppress(ProcessLookupError):
                other.kill()


def until(is_so) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)
