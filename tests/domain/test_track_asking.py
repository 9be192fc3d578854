"""When a parcel's turn to be asked after comes: spread, after six hours of silence, never twice in half an hour."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.drafts import ScanDraft
from orderhub.domain.track import Track, follow_parcel, take_scans
from orderhub.domain.track_asking import ASKED_FOR, ask_sooner, heard_push, is_turn, take_turns
from orderhub.domain.track_turn import ASK_AFTER, ASK_AGAIN_AFTER, turn_after
from orderhub.domain.words import Carrier, WatchState
from orderhub.kernel.db import Database, transaction

from ..builders import NOW

HOUR = timedelta(hours=1)
YTO = [Carrier.YTO]


@pytest.fixture(autouse=True)
def _database(database: Database) -> None:
    pass


def leave(count: int, carrier: Carrier | None = Carrier.YTO) -> None:
    with transaction() as session:
        for number in range(count):
            follow_parcel(session, f"YT{number:013d}", carrier, shipped_at=NOW)


def turns(now, *, after=ASK_AFTER, limit=1000) -> list[str]:
    with transaction() as session:
        return [track.tracking_no for track in take_turns(session, YTO, after=after, now=now, limit=limit)]


@given(st.text(min_size=1, max_size=64), st.timedeltas(min_value=HOUR, max_value=72 * HOUR))
def test_a_turn_comes_within_a_sixth_and_is_the_same_every_time(number: str, after: timedelta):
    turn = turn_after(NOW, number, after)
    assert NOW + after <= turn < NOW + after * 7 / 6
    assert turn == turn_after(NOW, number, after)


def test_what_leaves_together_is_asked_for_apart():
    leave(120)
    assert turns(NOW + 6 * HOUR) == []
    by_minute = [len(turns(NOW + 6 * HOUR + minute * HOUR / 60)) for minute in range(61)]
    assert sum(by_minute) == 120
    assert max(by_minute) < 12


def test_a_turn_that_was_taken_comes_again_after_the_accounts_hours():
    leave(1)
    assert len(turns(NOW + 7 * HOUR, after=2 * HOUR)) == 1
    assert turns(NOW + 8.9 * HOUR) == []
    assert len(turns(NOW + 9.4 * HOUR)) == 1


def test_no_number_is_asked_for_twice_in_half_an_hour_whatever_its_turn_says():
    leave(1)
    (number,) = turns(NOW + 7 * HOUR)
    with transaction() as session:
        session.get_one(Track, 1).ask_at = NOW
    assert turns(NOW + 7 * HOUR + ASK_AGAIN_AFTER - timedelta(seconds=1)) == []
    assert turns(NOW + 7 * HOUR + ASK_AGAIN_AFTER) == [number]


def test_what_was_not_answered_is_due_half_an_hour_later():
    leave(1)
    (number,) = turns(NOW + 7 * HOUR)
    with transaction() as session:
        ask_sooner(session, [number, "unknown"], now=NOW + 7 * HOUR)
    assert turns(NOW + 7.4 * HOUR) == []
    assert turns(NOW + 7.6 * HOUR) == [number]


def test_of_other_carriers_and_of_unknown_ones_nobody_is_asked():
    leave(1, None)
    with transaction() as session:
        follow_parcel(session, "ZT1", Carrier.ZTO, shipped_at=NOW)
        assert not is_turn(session, YTO, now=NOW + 100 * HOUR)
    assert turns(NOW + 100 * HOUR) == []


def test_after_sixty_days_and_on_arrival_it_is_asked_for_no_more():
    leave(2)
    with transaction() as session:
        take_scans(session, f"YT{1:013d}", [ScanDraft(NOW, "已签收，签收人：本人")], by="yto", now=NOW)
    assert turns(NOW + ASKED_FOR + HOUR) == []
    with transaction() as session:
        assert [session.get_one(Track, number).ask_at for number in (1, 2)] == [None, None]


@pytest.mark.parametrize(
    ("told", "ends", "again"),
    [
        ([WatchState.WATCHING], WatchState.WATCHING, 0),
        ([WatchState.UNKNOWN], WatchState.UNKNOWN, 0),
        ([WatchState.WATCHING, WatchState.OVER, WatchState.WATCHING], WatchState.OVER, 0),
        ([WatchState.OVER, WatchState.BROKEN_OFF], WatchState.OVER, 0),
        ([WatchState.BROKEN_OFF, WatchState.BROKEN_OFF], WatchState.BROKEN_OFF, 1),
        ([WatchState.BROKEN_OFF, WatchState.WATCHING, WatchState.BROKEN_OFF], WatchState.BROKEN_OFF, 2),
    ],
)
def test_a_watch_that_is_over_stays_over_and_one_that_broke_off_says_so_once(told, ends, again):
    leave(1)
    with transaction() as session:
        track = session.get_one(Track, 1)
        broke_off = [heard_push(session, track, watch, after=ASK_AFTER, now=NOW + HOUR) for watch in told]
    assert (track.watch, sum(broke_off)) == (ends, again)
    assert (track.ask_at is None) == (ends is WatchState.OVER)
