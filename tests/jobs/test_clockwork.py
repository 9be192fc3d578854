import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from jobs.clockwork import Clockwork
from jobs.leader import FileLeadership, leadership
from jobs.schedule import CatchUp, Entry
from orderhub.kernel import job_plan, job_runs, standstill
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import Event
from orderhub.kernel.job_runs import JobRun, LostLeadership, RunState
from orderhub.kernel.standstill import Runs

HOUR = timedelta(hours=1)
SLOT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_a_slot_is_run_once_whoever_asks(database, now):
    with transaction() as session:
        epoch = job_runs.take_over(session, process="one", now=now)
    with transaction() as session:
        run_id = job_runs.begin(session, "sync", SLOT, epoch=epoch, now=now)
    with transaction() as session:
        assert job_runs.begin(session, "sync", SLOT, epoch=epoch, now=now) is None
        job_runs.end(session, run_id, note="did it", error="", now=now)
    assert [(run.state, run.note) for run in _runs()] == [(RunState.DONE, "did it")]


def test_a_new_leader_marks_unfinished_runs_lost_and_shuts_the_old_one_out(database, now):
    with transaction() as session:
        old = job_runs.take_over(session, process="one", now=now)
        run_id = job_runs.begin(session, "sync", SLOT, epoch=old, now=now)
    with transaction() as session:
        assert job_runs.take_over(session, process="two", now=now) == old + 1
    with pytest.raises(LostLeadership), transaction() as session:
        job_runs.begin(session, "sync", SLOT + HOUR, epoch=old, now=now)
    with transaction() as session:
        job_runs.end(session, run_id, note="too late", error="", now=now)
    assert [(run.state, run.note) for run in _runs()] == [(RunState.LOST, "")]


async def test_missed_slots_are_made_up_for_once_at_the_start(database):
    ran = []
    entries = [
        Entry("daily", ran.append, HOUR, catch_up=CatchUp.ONCE),
        Entry("scan", ran.append, HOUR, catch_up=CatchUp.NEXT),
    ]
    _remember("daily", utc_now() - 7 * HOUR)
    async with _running(entries):
        await _until(lambda: _finished("daily") == 2)
    assert len(ran) == 1
    assert [run.slot for run in _runs("daily")][-1] == entries[0].slot(utc_now())
    async with _running(entries):
        await asyncio.sleep(0.5)
    assert len(ran) == 1


async def test_a_failing_job_leaves_its_error_and_the_clock_goes_on(database):
    def fail(_):
        raise RuntimeError("no route, call 13800000000")

    entries = [Entry("broken", fail, timedelta(seconds=1)), Entry("good", lambda _: "42 rows", timedelta(seconds=1))]
    async with _running(entries):
        await _until(lambda: _finished("good") >= 2 and _finished("broken") >= 2)
    assert {(run.state, run.error) for run in _runs("broken")} == {
        (RunState.FAILED, "RuntimeError: no route, call [phone]")
    }
    assert {run.note for run in _runs("good")} == {"42 rows"}


async def test_a_slow_job_never_overlaps_itself_nor_stops_the_loop(database):
    inside, most, guard = [], [], threading.Lock()

    def slow(_):
        with guard:
            inside.append(1)
            most.append(len(inside))
        time.sleep(1.5)
        inside.pop()

    async with _running([Entry("slow", slow, timedelta(seconds=1))]):
        gaps = []
        for _ in range(40):
            started = time.monotonic()
            await asyncio.sleep(0.1)
            gaps.append(time.monotonic() - started)
    assert len(most) >= 2
    assert max(most) == 1
    assert max(gaps) < 1.4


async def test_a_paused_job_is_not_begun_but_one_that_is_asked_for_is(database):
    ran, others = [], []
    entries = [Entry("tick", ran.append, timedelta(seconds=1)), Entry("other", others.append, timedelta(seconds=1))]
    with transaction() as session:
        standstill.pause(session, Runs.JOB, "tick", reason="check", by="ops", now=utc_now())
    async with _running(entries):
        await _until(lambda: _finished("other") >= 2)
        assert ran == []
        with transaction() as session:
            job_plan.ask_for(session, "tick", by="ops", now=utc_now())
        await _until(lambda: _finished("tick") == 1)
        await _until(lambda: _finished("other") >= 4)
        assert len(ran) == 1
        with transaction() as session:
            job_plan.resume_job(session, "tick", by="ops", now=utc_now())
        await _until(lambda: _finished("tick") >= 3)


async def test_stopping_waits_for_what_is_in_flight(database):
    entries = [Entry("slow", lambda _: time.sleep(1) or "finished", HOUR, catch_up=CatchUp.ONCE)]
    async with _running(entries):
        await _until(lambda: len(_runs()) == 1)
    assert [(run.state, run.note) for run in _runs()] == [(RunState.DONE, "finished")]


async def test_of_two_clocks_one_leads_and_the_other_follows_it(database):
    entries = [Entry("tick", lambda _: "ran", timedelta(seconds=1))]
    first, second = Clockwork(entries, probe_seconds=0.1), Clockwork(entries, probe_seconds=0.1)
    await first.start()
    await _until(lambda: first.is_leading)
    await second.start()
    await asyncio.sleep(0.5)
    assert not second.is_leading
    await first.stop()
    await _until(lambda: second.is_leading)
    await second.stop()
    slots = [run.slot for run in _runs()]
    assert len(slots) == len(set(slots))


def test_a_file_lock_has_one_holder(tmp_path):
    first, second = FileLeadership(tmp_path / "clock"), FileLeadership(tmp_path / "clock")
    assert (first.try_take(), second.try_take()) == (True, False)
    first.release()
    assert second.try_take()
    second.release()


def test_a_lock_whose_connection_was_cut_is_not_held(database):
    if database.embedded:
        pytest.skip("a file lock has no connection")
    lead = leadership(database)
    assert lead.try_take()
    assert lead.is_held()
    pid = lead._connection.info.backend_pid
    with transaction() as session:
        session.connection().exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    time.sleep(0.2)
    assert not lead.is_held()


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
@pytest.mark.services
def test_processes_take_over_after_a_kill_and_a_frozen_one_writes_no_more(database, db_url):
    """Two kinds of death of the leader: killed outright, and frozen in the middle of a job, then woken."""
    with _process(db_url, "a") as first:
        _wait_for_event("a")
        with _process(db_url, "b") as second, _process(db_url, "c") as third:
            time.sleep(1)
            first.kill()
            killed_at = time.monotonic()
            successor = _wait_for_event("b", "c")
            assert time.monotonic() - killed_at < 15

            frozen, heir = (second, "c") if successor == "b" else (third, "b")
            _freeze_at_work(frozen)
            _wait_for_event(heir)
            leading_since = _newest_epoch_began()
            os.kill(frozen.pid, signal.SIGCONT)
            time.sleep(2)
            late = [event for event in _events() if event.actor == successor and event.id > leading_since]
            assert late == []

    slots = Counter(run.slot for run in _runs())
    assert set(slots.values()) == {1}
    epochs = [run.epoch for run in _runs()]
    assert epochs == sorted(epochs)
    assert {RunState.LOST, RunState.DONE} <= {run.state for run in _runs()}


@contextmanager
def _process(url, name):
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    command = [sys.executable, str(Path(__file__).parent / "clock_process.py"), url, name, "2"]
    running = subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def _freeze_at_work(process):
    """Stops it while a run of its is between its first and its last transaction."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if any(run.state is RunState.RUNNING for run in _runs()):
            os.kill(process.pid, signal.SIGSTOP)
            return
        time.sleep(0.01)
    raise AssertionError("no run began")


def _wait_for_event(*names):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for event in _events():
            if event.actor in names:
                return event.actor
        time.sleep(0.05)
    raise AssertionError(f"none of {names} worked")


def _newest_epoch_began():
    """The id of the last event that is there when the heir has worked."""
    return max(event.id for event in _events())


def _events():
    with reading() as session:
        return session.exec(select(Event).where(Event.kind == "job_worked").order_by(col(Event.id))).all()


def _runs(job=None):
    wanted = select(JobRun).order_by(col(JobRun.id))
    with reading() as session:
        return session.exec(wanted.where(JobRun.job == job) if job else wanted).all()


def _finished(job):
    return sum(run.ended_at is not None for run in _runs(job))


def _remember(job, moment):
    with transaction() as session:
        epoch = job_runs.take_over(session, process="before", now=moment)
        run_id = job_runs.begin(
            session, job, moment.replace(minute=0, second=0, microsecond=0), epoch=epoch, now=moment
        )
        job_runs.end(session, run_id, note="", error="", now=moment)


class _running:  # noqa: N801
    def __init__(self, entries):
        self.clock = Clockwork(entries, probe_seconds=0.1)

    async def __aenter__(self):
        await self.clock.start()

    async def __aexit__(self, *_):
        await self.clock.stop()


async def _until(is_so):
    for _ in range(200):
        if await asyncio.to_thread(is_so):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that")
