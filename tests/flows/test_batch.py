"""Hundreds of orders reviewed, labelled and shipped in one go: each once, whatever dies on the way."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import select

from orderhub.automation import batch as batches
from orderhub.automation.batch import Batch, BatchItem, BatchKind, BatchStep, ItemState
from orderhub.automation.batch_work import do_next
from orderhub.automation.carrier_keyring import forget_carrier_lines
from orderhub.automation.outbox import LEASE
from orderhub.automation.recalling import recall
from orderhub.automation.runner import run_next
from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.hold import HoldReason, hold, release
from orderhub.domain.leaving import AlreadyTold
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import order_of
from orderhub.domain.waybill import WaybillState
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, open_database, reading, transaction
from tests.databases import with_tables

from .hub import Hub
from .shipping import messages, told_by_order, uploads, work
from .waybills import allocated, connect_sf, waybills

ROOT = Path(__file__).parents[2]
ORDERS = int(os.environ.get("BATCH_ORDERS", "30"))


@pytest.fixture
def db(db_url):
    with_tables(db_url)
    yield
    forget_connectors()
    forget_carrier_lines()


@pytest.fixture
def hub(lab, db):
    return Hub(*lab, "dy-flagship")


@pytest.fixture
def sf(lab, hub):
    connect_sf(lab[1])
    return lab[0].state.sf


def come(hub, count) -> dict[str, int]:
    """Orders that wait for review: id by number."""
    numbers = hub.orders_come(count)
    hub.sync()
    with reading() as session:
        found = session.exec(select(Order.channel_order_no, Order.id).where(Order.channel_order_no.in_(numbers)))
        return dict(found.all())


def start(kind, ids) -> int:
    with transaction() as session:
        return batches.start(session, kind, ids, by="ceshi-o", now=utc_now()).id


def go_on() -> None:
    """Everything that is due, until nothing moves any more."""
    work()
    while do_next(utc_now()):
        while do_next(utc_now()):
            pass
        work()


def items(batch_id) -> list[tuple[ItemState, BatchStep, str]]:
    with reading() as session:
        wanted = select(BatchItem).where(BatchItem.batch_id == batch_id).order_by(BatchItem.id)
        return [(one.state, one.step, one.code) for one in session.exec(wanted)]


def state_of(batch_id) -> tuple[bool, int, int]:
    with reading() as session:
        batch = session.get_one(Batch, batch_id)
        found = batches.progress(session, batch)
        return batch.finished_at is not None, found.done, found.failed


def statuses(ids) -> set[OrderStatus]:
    with reading() as session:
        return {session.get_one(Order, one).status for one in ids}


def test_orders_are_reviewed_labelled_and_shipped_in_one_go(hub, sf):
    orders = come(hub, 3)
    batch_id = start(BatchKind.SHIP_OUT, orders.values())
    while do_next(utc_now()):
        pass
    assert {step for _, step, _ in items(batch_id)} == {BatchStep.AWAIT}
    assert state_of(batch_id) == (False, 0, 0)
    go_on()
    assert state_of(batch_id) == (True, 3, 0)
    assert statuses(orders.values()) == {OrderStatus.SHIPPED}
    assert told_by_order(hub) == dict.fromkeys(orders, 1)
    assert {row["tracking_no"] for row in uploads(hub)} == {one.tracking_no for one in waybills()}
    assert len(sf.waybills) == 3


def test_what_is_held_fails_in_words_holds_up_nobody_and_is_tried_again(hub, sf):
    orders = come(hub, 3)
    stuck = next(iter(orders.values()))
    with transaction() as session:
        hold(session, order_of(session, stuck), HoldReason.MANUAL, by="li", now=utc_now())
    batch_id = start(BatchKind.SHIP_OUT, orders.values())
    go_on()
    assert state_of(batch_id) == (True, 2, 1)
    assert items(batch_id)[0] == (ItemState.FAILED, BatchStep.APPROVE, "order_held")
    with transaction() as session:
        release(session, order_of(session, stuck), HoldReason.MANUAL, by="li", now=utc_now())
        assert batches.retry(session, batch_id, by="ceshi-o", now=utc_now()) == 1
    go_on()
    assert state_of(batch_id) == (True, 3, 0)
    assert told_by_order(hub) == dict.fromkeys(orders, 1)


@pytest.mark.parametrize("gate", ["waybill", "leave", "upload"])
def test_a_refund_asked_for_stops_the_order_at_every_gate(hub, sf, gate):
    orders = come(hub, 2)
    number = next(iter(orders))
    ids = allocated(list(orders))
    if gate != "waybill":
        start(BatchKind.LABEL, ids)
        go_on()
    if gate == "upload":
        batch_id = start(BatchKind.LEAVE, ids)
        while do_next(utc_now()):
            pass
    hub.tell_lab(f"orders/{hub.code}/{number}", do="request_refund", line=0, reason="不想要了")
    hub.sync()
    if gate != "upload":
        batch_id = start(BatchKind.LABEL if gate == "waybill" else BatchKind.LEAVE, ids)
    go_on()
    done = [(ItemState.DONE, BatchStep.NONE, "")]
    step = BatchStep.LABEL if gate == "waybill" else BatchStep.LEAVE
    refused = done if gate == "upload" else [(ItemState.FAILED, step, "order_held")]
    assert sorted(items(batch_id)) == sorted(refused + done)
    assert told_by_order(hub)[number] == 0
    assert len(sf.waybills) == (1 if gate == "waybill" else 2)


def test_without_a_carrier_account_every_item_says_so(hub):
    orders = come(hub, 2)
    batch_id = start(BatchKind.SHIP_OUT, orders.values())
    go_on()
    assert items(batch_id) == [(ItemState.FAILED, BatchStep.LABEL, "no_carrier_account")] * 2
    assert statuses(orders.values()) == {OrderStatus.TO_SHIP}


def test_what_is_stopped_is_left_undone_until_somebody_goes_on(hub, sf):
    orders = come(hub, 2)
    batch_id = start(BatchKind.LABEL, allocated(list(orders)))
    with transaction() as session:
        assert batches.stop(session, batch_id, by="ceshi-o", now=utc_now()) == 2
    go_on()
    assert (state_of(batch_id), len(sf.waybills)) == ((True, 0, 0), 0)
    with transaction() as session:
        assert batches.retry(session, batch_id, by="ceshi-o", now=utc_now()) == 2
    go_on()
    assert (state_of(batch_id), len(sf.waybills)) == ((True, 2, 0), 2)


def test_a_parcel_is_recalled_until_its_channel_is_told(hub, sf):
    orders = come(hub, 2)
    ids = allocated(list(orders))
    start(BatchKind.LABEL, ids)
    go_on()
    start(BatchKind.LEAVE, ids)
    while do_next(utc_now()):
        pass
    with transaction() as session:
        recall(session, ids[0], by="ceshi-w", now=utc_now())
    go_on()
    assert sum(told_by_order(hub).values()) == 1
    with transaction() as session, pytest.raises(AlreadyTold):
        recall(session, ids[1], by="ceshi-w", now=utc_now())
    start(BatchKind.LEAVE, ids)
    go_on()
    assert told_by_order(hub) == dict.fromkeys(orders, 1)
    with reading() as session:
        assert {one.status for one in session.exec(select(Delivery))} == {DeliveryStatus.LEFT}


def test_a_recalled_parcel_that_was_owed_is_told_once_when_it_leaves_after_all(hub, sf):
    orders = come(hub, 1)
    (delivery_id,) = allocated(list(orders))
    start(BatchKind.LABEL, [delivery_id])
    go_on()
    start(BatchKind.LEAVE, [delivery_id])
    while do_next(utc_now()):
        pass
    while run_next(utc_now()):
        pass
    with transaction() as session:
        recall(session, delivery_id, by="ceshi-w", now=utc_now())
    go_on()
    assert uploads(hub) == []
    start(BatchKind.LEAVE, [delivery_id])
    go_on()
    assert told_by_order(hub) == dict.fromkeys(orders, 1)


@pytest.mark.timeout(120 + ORDERS * 8)
def test_a_process_killed_again_and_again_makes_and_tells_nothing_twice(hub, sf, db_url):
    orders = come(hub, ORDERS)
    batch_id = start(BatchKind.SHIP_OUT, orders.values())
    forget_connectors()
    forget_carrier_lines()
    close_database()
    for after in (ORDERS // 10, ORDERS // 3, ORDERS * 2 // 3):
        _run_and_kill(lambda after=after: len(sf.waybills) >= after, db_url, patience=30 + ORDERS * 3)
    _run_and_kill(lambda: sum(told_by_order(hub).values()) >= ORDERS // 3, db_url, patience=60 + ORDERS * 3)
    open_database(db_url)
    until = time.monotonic() + 60 + ORDERS * 3
    while not state_of(batch_id)[0] and time.monotonic() < until:
        work(later=LEASE * 2)
        while do_next(utc_now()):
            pass
    work(later=LEASE * 2)
    assert state_of(batch_id) == (True, ORDERS, 0)
    assert statuses(orders.values()) == {OrderStatus.SHIPPED}
    assert told_by_order(hub) == dict.fromkeys(orders, 1)
    assert Counter(one.state for one in waybills()) == {WaybillState.MADE: ORDERS}
    assert set(sf.waybills) == {one.request_no for one in waybills()}
    assert {one.state for one in messages()} == {"sent"}


def _run_and_kill(is_so, url, *, patience=30):
    command = [sys.executable, "-m", "tests.automation.automation_process", url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + patience
    try:
        while not is_so() and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert is_so()
