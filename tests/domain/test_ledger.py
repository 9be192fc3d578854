"""What a channel says against what we hold: which orders are missing, old or merely on their way?"""

from datetime import datetime, timedelta

import pytest

from orderhub.domain.drafts import PlacedOrder
from orderhub.domain.ledger import Finding, Held, LedgerHour, compare, hour_of, next_check
from tests.builders import NOW

MINUTE = timedelta(minutes=1)
HOUR_AT = hour_of(NOW)
UNTIL = NOW + 30 * MINUTE
PULLED = UNTIL + 2 * MINUTE


def placed(number: str, fen: int | None = 1000, *, updated_at: datetime = NOW) -> PlacedOrder:
    return PlacedOrder(number, NOW, updated_at, fen)


def found(said: list[PlacedOrder], held: dict[str, Held], coming: tuple[str, ...] = ()) -> Finding:
    return compare(said, held, coming, pulled_until=PULLED, known_until=UNTIL)


def test_what_is_here_as_the_channel_says_it_leaves_nothing_open():
    finding = found([placed("1"), placed("2", 500)], {"1": Held(1000, NOW), "2": Held(500, NOW)})
    assert finding == Finding(2, 1500, 2, 1500, (), (), frozenset())


def test_an_order_that_comes_twice_is_counted_once():
    assert found([placed("1"), placed("1")], {"1": Held(1000, NOW)}).said_count == 1


def test_an_order_we_lack_is_missing_unless_it_waits_in_the_inbox():
    finding = found([placed("1"), placed("2")], {}, coming=("2",))
    assert (finding.missing, finding.stale, finding.coming) == ((placed("1"),), (), {"2"})
    assert (finding.said_count, finding.said_fen, finding.held_count, finding.held_fen) == (2, 2000, 0, 0)


def test_an_order_that_appeared_after_the_last_pull_is_on_its_way():
    early, late = placed("1", updated_at=PULLED - timedelta(seconds=1)), placed("2", updated_at=PULLED)
    finding = found([early, late], {})
    assert (finding.missing, finding.coming, finding.said_count) == ((early,), {"2"}, 2)


def test_an_older_version_is_stale_once_the_newer_one_is_due():
    late = placed("1", updated_at=NOW + MINUTE)
    assert found([late], {"1": Held(1000, NOW)}).stale == (late,)
    fresh = placed("1", updated_at=UNTIL)
    assert found([fresh], {"1": Held(1000, NOW)}) == Finding(1, 1000, 1, 1000, (), (), frozenset())
    dearer = placed("1", 1100, updated_at=UNTIL)
    assert found([dearer], {"1": Held(1000, NOW)}).coming == {"1"}


def test_another_amount_at_the_same_moment_is_stale():
    assert found([placed("1", 900)], {"1": Held(1000, NOW)}).stale == (placed("1", 900),)


@pytest.mark.parametrize("said", [placed("1", None), placed("1", 900, updated_at=NOW - MINUTE)])
def test_our_amount_stands_where_the_channels_is_unreadable_or_older(said: PlacedOrder):
    assert found([said], {"1": Held(1000, NOW)}) == Finding(1, 1000, 1, 1000, (), (), frozenset())


def test_an_unreadable_amount_of_a_missing_order_counts_nothing():
    finding = found([placed("1", None)], {})
    assert (finding.said_count, finding.said_fen, len(finding.missing)) == (1, 0, 1)


def test_what_only_we_hold_shows_as_a_surplus_and_is_no_gap():
    finding = found([], {"1": Held(1000, NOW)})
    assert (finding.said_count, finding.held_count, finding.missing, finding.stale) == (0, 1, (), ())


@pytest.mark.parametrize(
    ("counted", "now", "then"),
    [
        (30 * MINUTE, 30 * MINUTE, 35 * MINUTE),
        (60 * MINUTE, 61 * MINUTE, 70 * MINUTE),
        (60 * MINUTE, 70 * MINUTE, 120 * MINUTE),
        (60 * MINUTE, 121 * MINUTE, 7 * 60 * MINUTE),
        (60 * MINUTE, 7 * 60 * MINUTE, 25 * 60 * MINUTE),
        (60 * MINUTE, 25 * 60 * MINUTE, None),
    ],
)
def test_an_hour_is_counted_often_while_it_runs_and_ever_more_rarely_after(counted, now, then):
    hour = LedgerHour(shop_id=1, hour_at=HOUR_AT, counted_until=HOUR_AT + counted)
    due = next_check(hour, found([], {}), 0, HOUR_AT + now)
    assert due == (then and HOUR_AT + then)


@pytest.mark.parametrize(("fetches", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 15)])
def test_a_gap_is_looked_at_soon_and_then_with_patience(fetches: int, minutes: int):
    hour = LedgerHour(shop_id=1, hour_at=HOUR_AT, counted_until=HOUR_AT + timedelta(hours=1))
    now = HOUR_AT + timedelta(days=2)
    assert next_check(hour, found([placed("1")], {}), fetches, now) == now + minutes * MINUTE
    assert next_check(hour, found([placed("1")], {}, coming=("1",)), 0, now) == now + MINUTE
