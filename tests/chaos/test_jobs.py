"""Does the clock stand what fails beneath it? A run is late, or ends as failed or lost, and the next slot runs."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from jobs.clockwork import Clockwork
from jobs.schedule import Entry
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import AWAY, close_database, open_database, reading, transaction
from orderhub.kernel.job_runs import JobRun, RunState
from tests.databases import with_tables

from .far import far, why_not
from .postgres import Cluster, cluster

pytestmark = pytest.mark.timeout(240)
FAULT_SECONDS, AGAIN_SECONDS = 12, 60
needs_a_wire = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")


async def test_another_transaction_of_the_hub_takes_long(tmp_path: Path):
    with_tables(f"sqlite:///{tmp_path / 'orderhub.db'}")
    await _met(_taken)
    close_database()


@pytest.mark.services
@needs_a_wire
async def test_postgresql_is_gone_stuck_or_silent():
    with far() as there, cluster(there) as server:
        open_database(server.url)
        for fault in (lambda: _stopped(server), server.frozen, there.swallows):
            await _met(fault)
        close_database()


async def _met(fault) -> None:
    clock = Clockwork([Entry("tick", _work, timedelta(seconds=1))])
    await clock.start()
    await _ran_after(utc_now())
    with fault():
        await asyncio.sleep(FAULT_SECONDS)
    await _ran_after(utc_now())
    await clock.stop()
    with reading() as session:
        states = set(session.exec(select(JobRun.state)).all())
    assert states <= {RunState.DONE, RunState.FAILED, RunState.LOST}


def _work(_now: datetime) -> str:
    with transaction() as session:
        session.execute(text("SELECT 1"))
    return "worked"


async def _ran_after(moment: datetime) -> None:
    ends_at = time.monotonic() + AGAIN_SECONDS
    while not await asyncio.to_thread(_has_run_since, moment):
        assert time.monotonic() < ends_at, f"no slot ran within {AGAIN_SECONDS} s"
        await asyncio.sleep(0.2)


def _has_run_since(moment: datetime) -> bool:
    try:
        with reading() as session:
            wanted = select(JobRun.id).where(col(JobRun.started_at) > moment, JobRun.state == RunState.DONE)
            return session.exec(wanted.limit(1)).first() is not None
    except AWAY:
        return False


@contextmanager
def _taken() -> Iterator[None]:
    is_over = threading.Event()

    def hold() -> None:
        with transaction():
            is_over.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        is_over.set()
        holder.join()


@contextmanager
def _stopped(server: Cluster) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()
