"""Is there room? Counted by a look, estimated in between, and one shop cannot take the room of the others."""

from datetime import timedelta

import pytest

from orderhub.intake.buffer import BufferFull
from orderhub.intake.inbox import InboxMessage, MessageKind, Source
from orderhub.intake.room import Room
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.settings import settings
from tests.intake.builders import add_shop


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setenv("ORDERHUB_BUFFER_MOST", "100")
    monkeypatch.setenv("ORDERHUB_BUFFER_BUSY", "20")
    settings.cache_clear()


def keep(shop, count: int, now, *, state: str = "ready") -> None:
    given = {"shop_id": shop.id, "kind": MessageKind.ORDER, "version": "v", "body": "", "source": Source.API}
    moments = {"received_at": now, "due_at": now, "done_at": now if state == "done" else None}
    with transaction() as session:
        for number in range(count):
            session.add(InboxMessage(**given, **moments, number=f"{state}-{number}", state=state))


def looked(now) -> Room:
    room = Room()
    with reading() as session:
        room.look(session, now)
    return room


def test_each_arrival_counts_and_a_look_finds_what_is_worked_off(shop, now):
    keep(shop, 30, now)
    room = looked(now)
    for _ in range(5):
        room.take(shop.id)
    assert room.waiting() == 35
    with reading() as session:
        room.look(session, now)
    assert room.waiting() == 30


def test_a_shop_may_fill_its_share_and_leaves_room_for_others(shop, now):
    other = add_shop("dy-other", now=now)
    keep(shop, 79, now)
    room = looked(now)
    room.take(shop.id)
    with pytest.raises(BufferFull, match="of this shop"):
        room.take(shop.id)
    for _ in range(20):
        room.take(other.id)
    with pytest.raises(BufferFull, match="100 messages wait"):
        room.take(other.id)
    assert room.waiting() == 100


def test_who_is_refused_waits_as_long_as_working_off_takes(shop, now):
    keep(shop, 100, now)
    keep(shop, 20, now, state="done")  # within the last ten seconds: two a second
    room = looked(now)
    with pytest.raises(BufferFull) as refused:
        room.check(shop.id)
    assert timedelta(seconds=4) < refused.value.retry_after <= timedelta(seconds=5)
    assert timedelta(seconds=4) < room.wait_of_full(100) <= timedelta(seconds=5)  # a tenth of it is worked off
    assert 45 <= room.expected_seconds() <= 50


def test_nothing_is_expected_while_little_waits(shop, now):
    keep(shop, 20, now)
    assert looked(now).expected_seconds() == 0


def test_a_room_nobody_looked_at_refuses_nobody(shop):
    room = Room()
    for _ in range(200):
        room.take(shop.id)
    assert room.waiting() == 0
