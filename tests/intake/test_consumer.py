import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.words import AftersaleStatus, ChannelStatus
from orderhub.intake.consumer import consume
from orderhub.intake.inbox import MessageKind
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.eventlog import Event, Wire

from .builders import (
    FIRST_NO,
    PAID_AT,
    keep_orders,
    keep_refunds,
    message,
    order_native,
    orders,
    refund_native,
    states,
)

WORDS = {1: ChannelStatus.UNPAID, 2: ChannelStatus.PAID, 3: ChannelStatus.SHIPPED, 5: ChannelStatus.COMPLETED}


def test_a_kept_order_becomes_an_order(shop, now):
    keep_orders(shop, [order_native(FIRST_NO)], now)
    assert consume(now) == 1
    assert [(order.channel_order_no, order.total_fen) for order in orders()] == [(str(FIRST_NO), 7980)]
    assert states() == {"done": 1}


def test_one_bad_message_never_harms_its_neighbours(shop, now):
    keep_orders(shop, [order_native(FIRST_NO + n, **({"item_num": 0} if n == 2 else {})) for n in range(5)], now)
    keep_orders(shop, [order_native(FIRST_NO + 7, sku_order_list="none")], now)
    keep_orders(shop, [order_native(FIRST_NO + 8, pay_amount=10**30)], now)
    assert consume(now) == 7
    assert states() == {"done": 5, "dead": 2}
    assert len(orders()) == 5


@pytest.fixture
def one_by_one(monkeypatch):
    """Whatever comes is taken by itself, as what cannot be taken together is."""
    from orderhub.intake import consumer

    monkeypatch.setattr(consumer, "take_together", lambda leased, _now: list(leased))


@pytest.mark.usefixtures("one_by_one")
def test_nobody_hears_of_what_a_failed_message_recorded(shop, database, now, monkeypatch):
    from orderhub.intake import consumer

    accept = consumer.accept

    def stumbling(session, shop, draft, *, now, enrich):
        taken = accept(session, shop, draft, now=now, enrich=enrich)
        if draft.channel_order_no == str(FIRST_NO):
            raise RuntimeError("stumbled after writing")
        return taken

    monkeypatch.setattr(consumer, "accept", stumbling)
    heard = []
    wire = Wire(database, heard.extend)
    keep_orders(shop, [order_native(FIRST_NO), order_native(FIRST_NO + 1)], now)
    consume(now)
    wire.close()
    assert [order.channel_order_no for order in orders()] == [str(FIRST_NO + 1)]
    assert [word.kind for word in heard].count("order_received") == 1


@pytest.mark.usefixtures("one_by_one")
def test_an_error_that_may_pass_is_tried_again_later(shop, now, monkeypatch):
    from orderhub.intake import consumer

    monkeypatch.setattr(consumer, "accept", _raises(RuntimeError("disk hiccup")))
    keep_orders(shop, [order_native(FIRST_NO)], now)
    consume(now)
    kept = message()
    assert (kept.state, kept.attempts, kept.reason) == ("ready", 1, "RuntimeError: disk hiccup")
    assert timedelta(seconds=1) <= kept.due_at - now <= timedelta(seconds=3)


@pytest.mark.usefixtures("one_by_one")
def test_eight_tries_and_no_more(shop, now, monkeypatch):
    from orderhub.intake import consumer

    monkeypatch.setattr(consumer, "accept", _raises(RuntimeError("again")))
    keep_orders(shop, [order_native(FIRST_NO)], now)
    tries = sum(consume(now + n * timedelta(minutes=6)) for n in range(12))
    assert (tries, message().state, message().attempts) == (8, "dead", 8)


def test_a_refund_before_its_order_waits_and_asks_for_the_order(shop, now):
    keep_refunds(shop, [refund_native(1, FIRST_NO)], now)
    consume(now)
    assert message(kind=MessageKind.REFUND).state == "ready"
    hint = message(kind=MessageKind.PUSH)
    assert (hint.number, hint.content["kind"]) == (str(FIRST_NO), "order")

    keep_orders(shop, [order_native(FIRST_NO)], now)
    consume(now)
    consume(now + timedelta(minutes=1))
    with reading() as session:
        case = session.exec(select(Aftersale)).one()
    assert (case.channel_refund_no, case.status, case.amount_fen) == ("1", AftersaleStatus.REQUESTED, 7980)


def test_ten_thousand_messages_three_times_shuffled_by_four_workers_are_the_same_orders_once(shop):
    """2,500 orders in four versions each; every version arrives three times, in any order, from four senders."""
    dice = random.Random(7)
    words = (1, 2, 3, 5)
    versions = [
        order_native(FIRST_NO + n, updated_at=PAID_AT + timedelta(minutes=step), order_status=word, pay_amount=7980)
        for n in range(2500)
        for step, word in enumerate(words)
    ]
    deliveries = versions * 3
    dice.shuffle(deliveries)
    assert len(deliveries) == 30_000

    kept = []
    senders = [threading.Thread(target=_send, args=(shop, deliveries[n::4], kept)) for n in range(4)]
    closing = threading.Event()
    workers = [threading.Thread(target=_work, args=(closing,)) for _ in range(4)]
    for thread in senders + workers:
        thread.start()
    for thread in senders:
        thread.join()
    closing.set()
    for thread in workers:
        thread.join()

    assert sum(kept) == 10_000
    assert states() == {"done": 10_000}
    found = orders()
    assert len(found) == 2500
    newest = {(order.channel_status, order.channel_updated_at) for order in found}
    assert newest == {(ChannelStatus.COMPLETED, PAID_AT + timedelta(minutes=3))}
    with reading() as session:
        received = Counter(session.exec(select(Event.subject_id).where(Event.kind == "order_received")))
    assert len(received) == 2500
    assert set(received.values()) == {1}


def _send(shop, natives, kept):
    for start in range(0, len(natives), 100):
        kept.append(keep_orders(shop, natives[start : start + 100], utc_now()))


def _work(closing):
    while True:
        is_last = closing.is_set()
        if not consume(utc_now()) and is_last and set(states()) <= {"done"}:
            return


def _raises(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize(
    "body", [{}, {"order_id": True}, {"sku_order_list": [1]}, {"order_id": FIRST_NO, "update_time": "x"}]
)
def test_nonsense_dies_with_the_field_named(shop, now, body):
    keep_orders(shop, [type(order_native(1))("1", PAID_AT, body)], now)
    consume(now)
    assert states() == {"dead": 1}
    assert message().reason.endswith("(bad_input)")
    assert ":" in message().reason
