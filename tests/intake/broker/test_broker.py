"""Is what the broker has confirmed in the inbox once, whatever breaks between?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.domain.anomaly import Anomaly
from orderhub.intake.broker import Publisher
from orderhub.intake.broker_buffer import BrokerBuffer
from orderhub.intake.broker_consumer import Consumers, in_parts
from orderhub.intake.broker_topology import SHARDS, Trust, routing_key
from orderhub.intake.buffer import BufferFull, Kept, KeyReused, VersionConflict
from orderhub.intake.inbox import InboxMessage, MessageState, Source, replay
from orderhub.intake.table_buffer import TableBuffer
from orderhub.kernel.db import reading, transaction

from .broking import (
    a_buffer,
    accept,
    accept_all,
    an_arrival,
    broker_port,
    eventually,
    lying,
    lying_in_shards,
    queues_of_its_own,
    running,
    through,
    trusted,
)
from .proxy import Proxy

pytestmark = pytest.mark.services


def kept() -> list[InboxMessage]:
    with reading() as session:
        return list(session.exec(select(InboxMessage).order_by(InboxMessage.id)))


def numbers() -> list[str]:
    return [message.number for message in kept()]


def test_what_is_confirmed_waits_at_the_broker_then_in_the_inbox(wanted, shop, now):
    arrivals = [an_arrival(shop, number, now) for number in range(200)]
    with a_buffer(wanted) as (buffer, _):
        assert accept_all(buffer, arrivals) == [Kept(is_new=True)] * 200
        assert numbers() == []
        assert lying_in_shards(wanted) == 200
    with running(Consumers(wanted)):
        eventually(lambda: len(kept()) == 200)
    assert sorted(numbers()) == sorted(one.number for one in arrivals)
    assert lying(wanted) == {}


def test_one_number_goes_one_way_in_its_order(wanted, shop, now):
    arrivals = [an_arrival(shop, number, now, version=version) for version in range(12) for number in range(8)]
    assert len({routing_key(one.shop_id, one.number) for one in arrivals}) > SHARDS // 2
    with a_buffer(wanted) as (buffer, _):
        accept_all(buffer, arrivals)
    with running(Consumers(wanted)):
        eventually(lambda: len(kept()) == len(arrivals))
    for number in {one.number for one in arrivals}:
        versions = [message.version for message in kept() if message.number == number]
        assert versions == sorted(versions)


def test_repeats_are_absorbed_by_the_inbox(wanted, shop, now):
    with a_buffer(wanted) as (buffer, _), running(Consumers(wanted)):
        accept_all(buffer, [an_arrival(shop, 1, now)] * 20 + [an_arrival(shop, 2, now)])
        eventually(lambda: len(kept()) == 2)
        eventually(lambda: not lying(wanted))
    assert sorted(numbers()) == ["MP-1", "MP-2"]


def test_a_cut_line_while_publishing_loses_and_doubles_nothing(wanted, shop, now):
    """Cut in the middle of the confirms, twice, and refused for a while: whoever is answered is kept."""
    proxy = Proxy("127.0.0.1", broker_port())
    proxy.start()
    try:
        with a_buffer(through(wanted, proxy)) as (buffer, publisher), running(Consumers(wanted)):
            accepted = []
            for turn in range(4):
                arrivals = [an_arrival(shop, turn * 1000 + number, now) for number in range(300)]
                proxy.cut_after = 400 if turn % 2 else None
                proxy.is_shut = turn == 3
                answers = accept_all(buffer, arrivals)
                accepted += [one.number for one, answer in zip(arrivals, answers, strict=True) if answer]
                assert all(isinstance(answer, Kept) for answer in answers)
            proxy.is_shut = False
            eventually(lambda: publisher.trust is Trust.READY)
            assert accept(buffer, an_arrival(shop, 9999, now)) == Kept(is_new=True)
            eventually(lambda: len(kept()) == 1201)
            eventually(lambda: not lying(wanted))
    finally:
        proxy.stop()
    assert len(accepted) == 1200
    assert sorted(numbers()) == sorted([*accepted, "MP-9999"])


def test_a_broker_that_is_down_sends_arrivals_to_the_table(wanted, shop, now):
    nobody = replace(wanted, url=wanted.url.replace(f":{broker_port()}", ":1"))
    publisher = Publisher(nobody)
    with running(publisher):
        answer = accept(BrokerBuffer(publisher, TableBuffer()), an_arrival(shop, 1, now))
    assert answer == Kept(is_new=True)
    assert publisher.trust is Trust.AWAY
    assert numbers() == ["MP-1"]


def test_a_full_broker_refuses_and_keeps_nothing(database, shop, now):
    with queues_of_its_own(most=8 * 3) as small, a_buffer(trusted(small)) as (buffer, _):
        answers = []
        for turn in range(6):  # what is on its way when a queue fills up still gets in
            answers += accept_all(buffer, [an_arrival(shop, 1, now, version=turn * 20 + one) for one in range(20)])
        refused = [answer for answer in answers if isinstance(answer, BufferFull)]
        assert refused
        assert refused[0].http_status == 429
        assert refused[0].retry_after > timedelta()
        assert kept() == []
        with running(Consumers(small)):
            eventually(lambda: len(kept()) == len(answers) - len(refused))
            eventually(lambda: not lying(small))
            assert accept(buffer, an_arrival(shop, 2, now)) == Kept(is_new=True)


def test_young_queues_are_not_trusted(wanted, shop, now):
    trusted(wanted, age=timedelta(seconds=5))
    publisher = Publisher(wanted)
    with running(publisher):
        eventually(lambda: publisher.trust is Trust.SETTLING)
        with pytest.raises(Exception, match="settling"):
            publisher.lay("0", b"x").result()


def test_queues_that_are_missing_are_not_trusted(database, wanted):
    publisher = Publisher(replace(wanted, name="t-nobody-declared"))
    with running(publisher):
        eventually(lambda: publisher.trust is Trust.UNDECLARED)


def test_what_nobody_can_read_is_laid_aside(wanted, shop, now):
    gone = an_arrival(shop, 7, now, shop_id=987_654)
    with a_buffer(wanted) as (buffer, publisher), running(Consumers(wanted)):
        publisher.lay("3", b"not ours").result(5)
        answers = accept_all(buffer, [an_arrival(shop, 1, now), gone, an_arrival(shop, 2, now)])
        assert answers == [Kept(is_new=True)] * 3
        eventually(lambda: lying(wanted) == {wanted.unreadable: 2})
    assert sorted(numbers()) == ["MP-1", "MP-2"]


def test_a_poisonous_message_becomes_a_dead_letter(wanted, shop, now, monkeypatch):
    """Its taker never lives to acknowledge it: the broker parks it, its neighbours go on."""
    poison = an_arrival(shop, 13, now)

    def dying(bodies):
        if poison.to_bytes() in bodies:
            raise ConnectionResetError("died")
        return keep_batch(bodies)

    from orderhub.intake import broker, broker_consumer

    keep_batch = broker_consumer.keep_batch
    monkeypatch.setattr(broker_consumer, "keep_batch", dying)
    monkeypatch.setattr(broker, "RETRY_SECONDS", 0.05)
    with a_buffer(wanted) as (buffer, _), running(Consumers(wanted)):
        accept_all(buffer, [poison, *[an_arrival(shop, number, now) for number in range(100, 140)]])
        eventually(lambda: len(kept()) == 41, seconds=60)
    (dead,) = [message for message in kept() if message.state is MessageState.DEAD]
    assert dead.number == "MP-13"
    assert "poison" in dead.reason
    with reading() as session:
        (anomaly,) = session.exec(select(Anomaly)).all()
    assert (anomaly.subject_type, anomaly.subject_id) == ("message", dead.id)
    with transaction() as session:
        assert replay(session, [dead.id], by="tester", now=now) == 1


def test_another_content_of_the_same_moment_is_refused_at_the_door(wanted, shop, now):
    first = an_arrival(shop, 1, now, source=Source.API, mark="m" * 64, content="c" * 64)
    other = replace(first, version=first.version[:-1] + "f", mark="")
    with a_buffer(wanted) as (buffer, _):
        with running(Consumers(wanted)):
            assert accept(buffer, first) == Kept(is_new=True)
            eventually(lambda: len(kept()) == 1)
        assert accept(buffer, first) == Kept(is_new=False)
        with pytest.raises(VersionConflict):
            accept(buffer, other)
        with pytest.raises(KeyReused):
            accept(buffer, replace(first, content="d" * 64))
        assert lying(wanted) == {}


def test_a_conflict_that_only_the_inbox_sees_becomes_a_dead_letter(wanted, shop, now):
    """Both were told that they are in, while both still lay at the broker."""
    first = an_arrival(shop, 1, now, source=Source.API)
    other = replace(first, version=first.version[:-1] + "f")
    with a_buffer(wanted) as (buffer, _):
        assert accept_all(buffer, [first]) + accept_all(buffer, [other]) == [Kept(is_new=True)] * 2
        with running(Consumers(wanted)):
            eventually(lambda: len(kept()) == 2)
    assert sorted(message.state for message in kept()) == [MessageState.DEAD, MessageState.READY]


def test_a_database_that_is_away_is_waited_for_with_the_messages_in_hand(wanted, shop, now, monkeypatch):
    from orderhub.intake import broker_consumer

    keep_batch, tries = broker_consumer.keep_batch, []

    def failing_at_first(bodies):
        tries.append(len(bodies))
        if len(tries) < 3:
            raise broker_consumer.DatabaseAway("OperationalError")
        return keep_batch(bodies)

    monkeypatch.setattr(broker_consumer, "keep_batch", failing_at_first)
    monkeypatch.setattr(broker_consumer, "DATABASE_POLL_SECONDS", 0.1)
    with a_buffer(wanted) as (buffer, _):
        accept(buffer, an_arrival(shop, 1, now))
        with running(Consumers(wanted)):
            eventually(lambda: numbers() == ["MP-1"])
            eventually(lambda: not lying(wanted))
    assert tries == [1, 1, 1]


def test_what_was_delivered_again_is_taken_in_few_parts_and_each_number_in_its_order(wanted, shop, now):
    class Again:
        def __init__(self, number: int, version: int) -> None:
            self.sent = (number, version)
            self.body = an_arrival(shop, number, now, version=version).to_bytes()

    came = [Again(number, version) for version in range(3) for number in range(20)]
    parts = list(in_parts(came))
    assert len(parts) <= 9
    taken = [one.sent for part in parts for one in part]
    assert sorted(taken) == sorted(one.sent for one in came)
    for number in range(20):
        assert [version for of, version in taken if of == number] == [0, 1, 2]
    assert [len(part) for part in in_parts(came[:3])] == [1, 1, 1]
