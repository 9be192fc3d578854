"""Killed anywhere, or done by two at once: a platform is told of a parcel once."""

import random
import threading
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation.outbox import LEASE, OutboxState
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.automation.service import AutomationService
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading
from tests.databases import with_tables

from .hub import Hub, wait_until
from .shipping import messages, ship, started, told_by_order, work

ORDERS = 12


@pytest.fixture
def shipped(lab, db_url):
    """A hub, and its orders, each of which has left with a parcel of its own."""
    with_tables(db_url)
    hub = Hub(*lab, "dy-flagship")
    numbers = hub.orders_come(ORDERS)
    hub.sync()
    for turn, number in enumerate(numbers):
        ship(number, f"753123456789{turn:02d}")
    yield hub, numbers
    forget_connectors()


def test_a_process_killed_while_it_tells_tells_nothing_twice(shipped, db_url):
    hub, numbers = shipped
    dice = random.Random(5)
    forget_connectors()
    close_database()
    for turn in range(3):
        _run_and_kill(hub, db_url, after=2 + 3 * turn, seconds=dice.uniform(0, 0.05))
    open_database(db_url)
    before = told_by_order(hub)
    work(later=LEASE * 2)
    assert {message.state for message in messages()} == {OutboxState.SENT}
    assert told_by_order(hub) == dict.fromkeys(numbers, 1)
    assert sum(before.values()) >= 2


def test_a_process_killed_before_the_answer_asks_before_it_tells_again(shipped, db_url):
    hub, numbers = shipped
    while run_next(utc_now()):
        pass
    hub.fault("timeout", seconds=2, api=hub.told.ship_api, count=1)
    forget_connectors()
    close_database()
    process = started(db_url)
    try:
        wait_until(lambda: hub.world.faults.listed()[0]["hits"] == 1, seconds=60)
    finally:
        process.kill()
        process.wait()
    open_database(db_url)
    (in_flight,) = [one for one in messages() if one.state is OutboxState.SENDING][:1]
    assert in_flight.attempts == 1
    time.sleep(2.2)  # the platform takes what had reached it
    hub.world.faults.clear()
    work(later=LEASE * 2)
    assert {message.state for message in messages()} == {OutboxState.SENT}
    assert told_by_order(hub) == dict.fromkeys(numbers, 1)


def test_two_of_everything_do_it_once(shipped):
    hub, numbers = shipped
    now = utc_now() + timedelta(seconds=1)
    for take in (run_next, None):
        workers = [threading.Thread(target=_until_idle, args=(take or Postman().send_next, now)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    with reading() as session:
        runs = session.exec(select(WorkflowRun.event_id, WorkflowRun.attempts)).all()
    # One for the shop that was connected, five for each order: approved, told of, followed, its buyer, its waybill.
    assert sorted(attempts for _, attempts in runs) == [1] * (1 + 5 * ORDERS)
    assert [message.attempts for message in messages()] == [1] * ORDERS
    assert told_by_order(hub) == dict.fromkeys(numbers, 1)


def test_the_service_wakes_on_a_commit_and_finishes_when_it_stops(shipped):
    hub, numbers = shipped
    service = AutomationService()
    service.start()
    try:
        wait_until(lambda: len(told_by_order(hub)) == ORDERS, seconds=60)
        (late,) = hub.orders_come(1)
        hub.sync()
        began = time.monotonic()
        ship(late, "75312345678999")
        wait_until(lambda: told_by_order(hub)[late] == 1)
        assert time.monotonic() - began < 5
    finally:
        service.stop()
    assert told_by_order(hub) == dict.fromkeys([*numbers, late], 1)


@pytest.mark.services
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_another_process_hears_of_a_commit(shipped, db_url):
    hub, numbers = shipped
    process = started(db_url)
    try:
        wait_until(lambda: len(told_by_order(hub)) == ORDERS, seconds=60)
    finally:
        process.kill()
        process.wait()
    assert told_by_order(hub) == dict.fromkeys(numbers, 1)


def _until_idle(take, now):
    while take(now):
        pass


def _run_and_kill(hub, url, *, after, seconds):
    """Killed a moment after the platform knows of ``after`` parcels."""
    process = started(url)
    try:
        wait_until(lambda: sum(told_by_order(hub).values()) >= after, seconds=60)
        time.sleep(seconds)
    finally:
        process.kill()
        process.wait()
