from datetime import timedelta

import pytest
from sqlmodel import col, select

from orderhub.connectors.channels.contract import Hint
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.intake.consumer import UNDERSTOOD, consume
from orderhub.intake.inbox import (
    InboxMessage,
    MessageKind,
    MessageState,
    Source,
    dead_letters,
    depth,
    discard,
    keep_hints,
    prune,
    replay,
)
from orderhub.intake.lease import LOST_AT_ONCE, MOST_ATTEMPTS, bring_back, claim, is_beyond, wait_after
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event

from .builders import FIRST_NO, PAID_AT, add_shop, keep_orders, message, order_native, orders, states

SECOND = timedelta(seconds=1)


def test_a_repeated_version_is_kept_once(shop, now):
    natives = [order_native(FIRST_NO + n) for n in range(3)]
    assert keep_orders(shop, natives, now) == 3
    assert keep_orders(shop, [*natives, order_native(FIRST_NO + 9)], now) == 1
    assert states() == {"ready": 4}


def test_a_repeat_within_one_page_is_kept_once(shop, now):
    assert keep_orders(shop, [order_native(FIRST_NO), order_native(FIRST_NO)], now) == 1


def test_two_contents_of_one_moment_are_two_versions(shop, now):
    assert keep_orders(shop, [order_native(FIRST_NO), order_native(FIRST_NO, buyer_words="急发")], now) == 2


def test_the_same_number_in_two_shops_is_two_messages(shop, now):
    other = add_shop("dy-other", now=now)
    assert keep_orders(shop, [order_native(FIRST_NO)], now) == 1
    assert keep_orders(other, [order_native(FIRST_NO)], now) == 1


def test_more_than_one_insert_is_counted_whole(shop, now):
    assert keep_orders(shop, (order_native(FIRST_NO + n) for n in range(1203)), now) == 1203


def test_a_body_with_nul_and_half_a_character_survives(shop, now):
    keep_orders(shop, [order_native(FIRST_NO, buyer_words="a\x00b\ud83d😀")], now)
    assert message(number=str(FIRST_NO)).content["buyer_words"] == "a\x00b\ud83d😀"


def test_a_19_digit_number_stays_exact(shop, now):
    keep_orders(shop, [order_native(6_999_999_999_999_999_999)], now)
    assert message().content["order_id"] == 6_999_999_999_999_999_999


def test_a_number_nobody_can_read_is_kept_to_die_with_a_reason(shop, now):
    native = order_native(FIRST_NO)
    keep_orders(shop, [type(native)("x" * 90, PAID_AT, {"no": "order"}), native], now)
    consume(now)
    assert states() == {"done": 1, "dead": 1}
    assert "create_time: is missing" in message(state=MessageState.DEAD).reason or message(state="dead").reason


def test_a_replayed_push_is_absorbed(shop, now):
    hints = [Hint("msg-1", "order", str(FIRST_NO), "100")]
    with transaction() as session:
        assert keep_hints(session, shop.id, hints, now, source=Source.PUSH) == 1
    with transaction() as session:
        assert keep_hints(session, shop.id, hints, now, source=Source.PUSH) == 0


def test_a_claimed_message_is_nobody_elses_until_its_lease_has_passed(shop, now):
    keep_orders(shop, [order_native(FIRST_NO)], now)
    assert [held.attempts for held in _claim(now)] == [1]
    assert _claim(now + 29 * SECOND) == []
    assert [held.attempts for held in _claim(now + 30 * SECOND)] == [2]


def test_a_lost_lease_comes_back_with_a_few_and_lost_again_alone(shop, now):
    keep_orders(shop, [order_native(FIRST_NO + n) for n in range(30)], now)
    assert len(_claim(now)) == 30
    later = now + timedelta(minutes=1)
    assert [len(_claim(later)) for _ in range(3)] == [LOST_AT_ONCE, 5, 0]
    later += timedelta(minutes=1)
    assert [len(_claim(later)) for _ in range(31)] == [*[1] * 30, 0]


def test_what_kills_its_worker_ends_among_the_dead_and_takes_nobody_along(shop, now):
    poison, *innocent = [order_native(FIRST_NO + n) for n in range(4)]
    keep_orders(shop, [poison, *innocent], now)
    moment = now
    _claim(moment)  # the worker dies with all four
    for _ in range(2 * MOST_ATTEMPTS + 4):
        moment += timedelta(minutes=1)
        for held in _claim(moment):
            if held.number != poison.number:
                _take(held, moment)
    assert states() == {"done": 3, "dead": 1}
    assert message(state="dead").reason == "its worker died or hung 8 times while taking it (poison)"
    assert _open_anomalies() == [(AnomalyKind.DEAD_LETTER, message(state="dead").id)]


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"), [(1, 0, 1), (1, 1, 3), (4, 0.5, 16), (8, 0.5, 256), (8, 1, 300)]
)
def test_waits_grow_up_to_five_minutes(attempts, chance, seconds):
    assert wait_after(attempts, chance) == timedelta(seconds=seconds)


def test_a_dead_letter_is_replayed_by_a_named_user_and_counted_from_zero(shop, now):
    keep_orders(shop, [order_native(FIRST_NO, pay_amount="no money")], now)
    consume(now)
    dead = message(state="dead")
    assert dead.reason == "pay_amount: is no whole number (bad_input)"
    with transaction() as session:
        _mend(session, dead.id)
        assert replay(session, [dead.id], by="wang", now=now) == 1
    assert (message().state, message().attempts) == (MessageState.READY, 0)
    consume(now)
    assert states() == {"done": 1}
    assert _open_anomalies() == []
    assert ("message_replayed", "wang") in _events()


def test_a_dead_letter_is_discarded_with_a_reason(shop, now):
    keep_orders(shop, [order_native(FIRST_NO, pay_amount="no money")], now)
    consume(now)
    with pytest.raises(BadInput, match="reason"), transaction() as session:
        discard(session, [message().id], by="wang", reason="  ", now=now)
    assert states() == {"dead": 1}
    with transaction() as session:
        assert discard(session, [message().id], by="wang", reason="test order", now=now) == 1
    assert states() == {"discarded": 1}
    assert _open_anomalies() == []
    assert ("message_discarded", "wang") in _events()


def test_only_dead_messages_are_replayed_or_discarded(shop, now):
    keep_orders(shop, [order_native(FIRST_NO)], now)
    with transaction() as session:
        assert replay(session, [message().id], by="wang", now=now) == 0
        assert discard(session, [message().id], by="wang", reason="x", now=now) == 0


def test_depth_tells_how_much_waits_and_since_when(shop, now):
    keep_orders(shop, [order_native(FIRST_NO)], now)
    keep_orders(shop, [order_native(FIRST_NO + 1, pay_amount="x")], now + SECOND)
    with reading() as session:
        assert (depth(session).waiting, depth(session).oldest_at) == (2, now)
    consume(now + SECOND)
    with reading() as session:
        assert (depth(session).waiting, depth(session).dead, depth(session).oldest_at) == (0, 1, None)
        assert [letter.number for letter in dead_letters(session)] == [str(FIRST_NO + 1)]


def test_pruning_empties_followed_bodies_and_still_absorbs_them(shop, now):
    old, new = order_native(FIRST_NO), order_native(FIRST_NO, updated_at=PAID_AT + SECOND, buyer_words="x")
    keep_orders(shop, [old, new], now)
    consume(now)
    with transaction() as session:
        assert prune(session, before=now) == 0
        assert prune(session, before=now + SECOND) == 1
        assert prune(session, before=now + SECOND) == 0
    assert keep_orders(shop, [old, new], now) == 0
    with reading() as session:
        bodies = [row.body == "" for row in session.exec(select(InboxMessage).order_by(col(InboxMessage.version)))]
    assert bodies == [True, False]
    assert len(orders()) == 1


def _claim(moment):
    with transaction() as session:
        return claim(session, [MessageKind.ORDER], now=moment, limit=50)


def _take(held, moment):
    from orderhub.intake.consumer import take

    take([held], moment)


def _mend(session, id_):
    found = session.get(InboxMessage, id_)
    found.body = found.text.replace('"no money"', "7980")
    session.add(found)


def _open_anomalies():
    with reading() as session:
        found = session.exec(select(Anomaly).where(col(Anomaly.resolved_at).is_(None))).all()
    return [(anomaly.kind, anomaly.subject_id) for anomaly in found]


def _events():
    with reading() as session:
        return [(event.kind, event.actor) for event in session.exec(select(Event))]


def test_what_a_clock_an_hour_ahead_put_off_is_due_again(shop, now):
    ahead = now + timedelta(hours=1)
    keep_orders(shop, [order_native(FIRST_NO)], ahead)
    with transaction() as session:
        assert is_beyond(session, now)
        assert not is_beyond(session, ahead)
        assert bring_back(session, now) == 1
        assert len(claim(session, UNDERSTOOD, now=now, limit=9)) == 1
        assert not is_beyond(session, now)
