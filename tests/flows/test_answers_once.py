"""Killed anywhere, or sent by several at once: a platform is told of an answer once."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from orderhub.automation.outbox import LEASE, OutboxState
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.domain.refund_answer import AnsweredAlready, AnswerState, answers_of
from orderhub.domain.words import AftersaleStatus, RefundDecision
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading
from tests.databases import with_tables

from .answering import AGREE_APIS, WHY_NOT, asked_back, give, given, theirs, told
from .hub import Hub, wait_until
from .shipping import message, work

ROOT = Path(__file__).parents[2]


@pytest.fixture
def asked(lab, db_url):
    """A hub with one case, on SQLite and, with the services, on PostgreSQL."""
    with_tables(db_url)
    hub = Hub(*lab, "dy-flagship")
    yield hub, asked_back(hub)
    forget_connectors()


def test_a_process_killed_before_the_answer_asks_before_it_tells_again(asked, db_url):
    hub, case = asked
    give(case, RefundDecision.APPROVE)
    hub.fault("timeout", seconds=2, api=AGREE_APIS[hub.shop.channel])
    forget_connectors()
    close_database()
    process = _started(db_url)
    try:
        wait_until(lambda: hub.world.faults.listed()[0]["hits"] == 1, seconds=60)
    finally:
        process.kill()
        process.wait()
    open_database(db_url)
    assert (message().state, message().attempts) == (OutboxState.SENDING, 1)
    wait_until(lambda: theirs(hub).status is AftersaleStatus.CLOSED)  # the platform takes what had reached it
    work(later=LEASE * 2)
    assert (message().state, given(case).state) == (OutboxState.SENT, AnswerState.TOLD)
    assert len(told(hub)) == 1


def test_of_two_people_one_answers_and_of_four_senders_one_tells(asked):
    hub, case = asked
    refused: list[type] = []
    _at_once(lambda: _try_to_give(case, refused), 2)
    assert refused == [AnsweredAlready]
    now = utc_now() + timedelta(seconds=1)
    for take in (run_next, Postman().send_next):
        _at_once(lambda take=take: _until_idle(take, now), 4)
    assert len(told(hub)) == 1
    with reading() as session:
        assert [(one.turn, one.state) for one in answers_of(session, case.id)] == [(1, AnswerState.TOLD)]


def _try_to_give(case, refused):
    try:
        give(case, RefundDecision.REFUSE, WHY_NOT)
    except AnsweredAlready as error:
        refused.append(type(error))


def _at_once(work_of_one, count):
    workers = [threading.Thread(target=work_of_one) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _until_idle(take, now):
    while take(now):
        pass


def _started(url):
    command = [sys.executable, "-m", "tests.automation.automation_process", url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
