"""Is what is owed kept, counted, ordered and given up as promised?"""

from datetime import timedelta

import pytest
from sqlmodel import select

from orderhub.automation import outbox
from orderhub.automation.addressee import shop_addressee
from orderhub.automation.outbox import LEASE, MOST_TRIES, OutboxKind, OutboxMessage, OutboxState, PauseCause
from orderhub.automation.senders.stock import owe_stock
from orderhub.automation.sending import Postman
from orderhub.connectors.channels.contract import StockNotice
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.shop import Rollout, Shop
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event


def owe(shop, now, *, key="1:A", version=0, quantity=1):
    with transaction() as session:
        return outbox.owe(
            session,
            OutboxKind.STOCK,
            shop_addressee(shop.id),
            key=key,
            number="BOX-40L",
            body={"quantity": quantity},
            version=version,
            now=now,
        )


def claim(now):
    with transaction() as session:
        return outbox.claim(session, now)


def close(taken, now):
    with transaction() as session:
        message = outbox.held(session, taken)
        return message is not None and outbox.close(session, message, taken, OutboxState.SENT, now)


def only() -> OutboxMessage:
    with reading() as session:
        return session.exec(select(OutboxMessage)).one()


def test_a_key_is_owed_once(shop, now):
    assert owe(shop, now)
    assert not owe(shop, now, quantity=2)
    assert only().body == {"quantity": 1}


def test_taking_counts_before_anything_is_sent_and_the_lease_brings_it_back(shop, now):
    owe(shop, now)
    taken = claim(now)
    assert (only().state, only().attempts, only().tries_left) == (OutboxState.SENDING, 1, MOST_TRIES - 1)
    assert claim(now + LEASE - timedelta(seconds=1)) is None
    again = claim(now + LEASE)
    assert (again.id, again.attempts) == (taken.id, 2)
    assert not close(taken, now), "who was too slow writes nothing down any more"
    assert close(again, now)
    assert claim(now + timedelta(days=30)) is None


def test_the_last_level_wins_and_never_overtakes_one_on_its_way(shop, now):
    owe(shop, now, version=5, quantity=5)
    taken = claim(now)
    assert owe(shop, now, version=7, quantity=7)
    assert not owe(shop, now, version=6, quantity=6)
    assert claim(now + timedelta(seconds=1)) is None, "the older level is still on its way"
    assert not close(taken, now)
    newest = claim(now)
    assert (newest.version, newest.body) == (7, {"quantity": 7})
    assert close(newest, now)
    assert not owe(shop, now, version=7, quantity=7)
    assert owe(shop, now, version=8, quantity=0)
    assert claim(now).body == {"quantity": 0}


def test_a_level_is_owed_by_a_live_shop_only(shop, now):
    with transaction() as session:
        session.get_one(Shop, shop.id).rollout = Rollout.SHADOW
    with transaction() as session:
        assert not owe_stock(session, session.get_one(Shop, shop.id), StockNotice("1", "2", "A", 3), change=1, now=now)
        session.get_one(Shop, shop.id).rollout = Rollout.LIVE
        assert owe_stock(session, session.get_one(Shop, shop.id), StockNotice("1", "2", "A", 3), change=1, now=now)


def test_a_paused_shop_holds_up_nobody_else(shop, now):
    from tests import builders

    with transaction() as session:
        other = builders.shop(session, "douyin-2")
    owe(shop, now)
    with transaction() as session:
        outbox.pause(
            session, shop_addressee(shop.id), PauseCause.BANNED, reason="", by="system", now=now, until=now + LEASE
        )
        outbox.pause(session, shop_addressee(shop.id), PauseCause.PERSON, reason="盘点", by="li", now=now)
        outbox.pause(session, shop_addressee(shop.id), PauseCause.BANNED, reason="", by="system", now=now, until=now)
    owe(other, now)
    assert claim(now + timedelta(days=1)).addressee == shop_addressee(other.id)
    assert claim(now + timedelta(days=1)) is None
    with transaction() as session:
        assert not outbox.resume(
            session, shop_addressee(shop.id), causes=[PauseCause.UNAUTHORISED], by="system", now=now
        )
        assert outbox.resume(session, shop_addressee(shop.id), by="li", now=now)
    assert claim(now + timedelta(days=1)).addressee == shop_addressee(shop.id)
    with reading() as session:
        kinds = session.exec(select(Event.kind).where(Event.subject_type == "shop").order_by(Event.id)).all()
    assert kinds == ["uploads_paused", "uploads_paused", "uploads_resumed"]


def test_skipping_asks_for_a_reason_and_retrying_gives_all_tries_back(shop, now):
    owe(shop, now)
    with pytest.raises(BadInput), transaction() as session:
        outbox.skip(session, only().id, by="li", reason=" ", now=now)
    with transaction() as session:
        assert outbox.skip(session, only().id, by="li", reason="已线下处理", now=now) == 1
    assert (only().state, only().reason, claim(now)) == (OutboxState.SKIPPED, "已线下处理", None)
    with transaction() as session:
        assert outbox.retry(session, only().id, by="li", now=now) == 1
        assert outbox.retry(session, 404, by="li", now=now) == 0
    assert (only().state, only().tries_left) == (OutboxState.WAITING, MOST_TRIES)
    claim(now)
    with transaction() as session:
        assert outbox.skip(session, only().id, by="li", reason="x", now=now) == 0, "it is on its way"


def test_what_kills_its_process_every_time_is_given_up(shop, now):
    owe(shop, now)
    moment = now
    for _ in range(MOST_TRIES):
        assert claim(moment)
        moment += LEASE
    assert Postman().send_next(moment) == 1
    assert (only().state, only().problem) == (OutboxState.REFUSED, "failed")
    with reading() as session:
        anomaly = session.exec(select(Anomaly)).one()
    assert (anomaly.kind, anomaly.subject_type, anomaly.subject_id) == ("upload_refused", "outbox", only().id)


def test_waits_grow_to_an_hour_and_last_a_day():
    waits = [outbox.wait_after(attempt, 0.5) for attempt in range(1, MOST_TRIES)]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (10, 20, 40, 80)]
    assert max(waits) == timedelta(hours=1)
    assert timedelta(hours=20) < sum(waits, timedelta()) < timedelta(hours=28)
    assert outbox.wait_after(3, 0) == timedelta(seconds=20)
    assert outbox.wait_after(3, 1) == timedelta(seconds=60)


def test_old_levels_are_forgotten_and_parcels_never(shop, now):
    owe(shop, now)
    with transaction() as session:
        outbox.owe(session, OutboxKind.SHIP, shop_addressee(shop.id), key="1:2", number="1", body={}, now=now)
    for _ in range(2):
        close(claim(now), now)
    with transaction() as session:
        assert outbox.forget_old(session, now + timedelta(days=31)) == 1
    assert only().kind is OutboxKind.SHIP
