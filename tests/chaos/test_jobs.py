"""Does the clock stand what fails beneath it? A run is late, or ends as failed or lost, and the next slot runs."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from jobs.clockwork import Clockwork
from jobs.schedule import Entry
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import AWAY, close_database, open_database, reading, transaction
from orderhub.kernel.job_runs import JobRun, RunState
from tests.databases import with_tables

from .far import far, why_not
from .postgres import Cluster, cluster
from .proxy import Proxy, proxied

pytestmark = pytest.mark.timeout(240)
FAULT_SECONDS, AGAIN_SECONDS, SLOW_SECONDS = 12, 60, 3.0
READERS = WRITERS = 8  # as many connections as a process has (kernel/db.py)
needs_a_wire = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")


async def test_another_transaction_of_the_hub_takes_long(tmp_path: Path):
    with_tables(f"sqlite:///{tmp_path / 'orderhub.db'}")
    await _met(lambda: _held(transaction))
    close_database()


@pytest.mark.services
@needs_a_wire
async def test_postgresql_is_gone_stuck_or_silent():
    with far() as there, cluster(there) as server:
        open_database(server.url)
        for fault in (lambda: _stopped(server), server.frozen, there.swallows):
            await _met(fault)
        close_database()


@pytest.mark.services
async def test_postgresql_is_slow_or_every_connection_is_held():
    with cluster() as server, proxied(server.port) as network:
        open_database(server.url.replace(str(server.port), str(network.port)))
        everyone = [reading] * READERS + [transaction] * WRITERS
        for fault in (lambda: _slow(network), lambda: _held(*everyone)):
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
def _held(*doors: Callable[[], AbstractContextManager[Session]]) -> Iterator[None]:
    """By other work of the hub, which goes in by ``doors``."""
    is_over, are_in = threading.Event(), threading.Barrier(len(doors) + 1)

    def hold(door: Callable[[], AbstractContextManager[Session]]) -> None:
        with door() as session:
            session.connection()
            are_in.wait(30)
            is_over.wait()

    with ThreadPoolExecutor(len(doors)) as others:
        holders = [others.submit(hold, door) for door in doors]
        try:
            are_in.wait(30)
            yield
        finally:
            is_over.set()
    for one in holders:
        one.result()


@contextmanager
def _slow(network: Proxy) -> Iterator[None]:
    network.mode, network.seconds = "delay", SLOW_SECONDS / 2  # there and back
    try:
        yield
    finally:
        network.mode = "pass"


@contextmanager
def _stopped(server: Cluster) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()
