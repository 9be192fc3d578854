"""Hundreds at once, with a carrier that loses answers, and killed in the middle: no waybill is made or paid twice."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.outbox import LEASE, OutboxState
from orderhub.automation.service import AutomationService
from orderhub.insights.waybill import waybill_progress
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.db import close_database, open_database, reading
from orderhub.lab.faults import Fault
from tests.databases import with_tables

from .hub import Hub, wait_until
from .shipping import messages, work
from .waybills import allocated, connect_sf, deliveries, want, waybills

ROOT = Path(__file__).parents[2]
CREATE = "EXP_RECE_CREATE_ORDER"
FAULTS = (
    {"name": "answer_lost", "api": CREATE, "probability": 0.1, "count": None},
    {"name": "server_error", "probability": 0.1, "count": None},
    {"name": "truncated_json", "api": CREATE, "probability": 0.05, "count": None},
    {"name": "service_error", "probability": 0.05, "count": None},
)


@pytest.fixture
def batch(lab, db_url, request):
    """A hub whose deliveries are all asked for; SF is not told of any yet."""
    with_tables(db_url)
    hub = Hub(*lab, "dy-flagship")
    connect_sf(lab[1])
    numbers = hub.orders_come(request.param)
    hub.sync()
    ids = allocated(numbers)
    assert want(ids).wanted == sorted(ids)
    yield hub, lab[0].state.sf, ids
    forget_connectors()
    forget_carrier_lines()


def assert_one_for_each(sf, ids):
    with reading() as session:
        progress = waybill_progress(session, ids)
    assert (progress.made, progress.wanted, progress.none, progress.refused) == (len(ids), 0, 0, {})
    made = waybills()
    assert Counter(one.tracking_no for one in made) == Counter(one.tracking_no for one in deliveries(ids))
    assert set(sf.waybills) == {one.request_no for one in made}
    assert {one.request_no: one.tracking_no for one in made} == {
        number: waybill.tracking_no for number, waybill in sf.waybills.items()
    }
    assert len({one.tracking_no for one in made}) == len(ids)
    assert sf.charged_fen == 1800 * len(ids)


@pytest.mark.parametrize("batch", [100], indirect=True)
def test_each_gets_one_waybill_from_a_carrier_that_loses_answers(batch):
    hub, sf, ids = batch
    for fault in FAULTS:
        hub.world.faults.set(Fault(**fault, shop="sf"))
    for hours in range(0, 20, 2):
        work(later=timedelta(hours=hours))
    assert {one.state for one in messages()} == {OutboxState.SENT}
    assert_one_for_each(sf, ids)


@pytest.mark.parametrize("batch", [16], indirect=True)
def test_killed_in_the_middle_and_started_again_pays_for_none_twice(batch, db_url):
    _, sf, ids = batch
    dice = random.Random(7)
    forget_connectors()
    forget_carrier_lines()
    close_database()
    for turn in range(3):
        with _started(db_url) as process:
            try:
                wait_until(lambda: len(sf.waybills) >= 2 + 3 * turn, seconds=40)  # noqa: B023
                time.sleep(dice.uniform(0, 0.05))
            finally:
                process.kill()
    open_database(db_url)
    assert len(sf.waybills) >= 2
    work(later=LEASE * 2)
    assert_one_for_each(sf, ids)


@pytest.mark.parametrize("batch", [6], indirect=True)
def test_the_service_makes_them_by_itself(batch):
    _, sf, ids = batch
    service = AutomationService()
    service.start()
    try:
        wait_until(lambda: len(sf.waybills) == len(ids))
    finally:
        service.stop()
    assert_one_for_each(sf, ids)


def _started(url):
    command = [sys.executable, "-m", "tests.automation.automation_process", url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
