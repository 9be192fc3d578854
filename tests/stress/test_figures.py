"""Do a run's outcomes and readings come down to the right few figures?"""

from collections import Counter
from dataclasses import replace

import pytest

from orderhub.stress.callers import Outcome, Tally
from orderhub.stress.figures import facts_of, per_second, percentile, switches
from orderhub.stress.plan import Kind
from orderhub.stress.running import progress_text
from orderhub.stress.verify import Held, Sent, compare
from orderhub.stress.watch import Reading, Setup, reading_of

SETUP = Setup(is_demo=True, database="sqlite", workers=2, cores=2)


def outcome(place: int, *, seconds: float = 0.1, status: int = 202, **more) -> Outcome:
    known = {"is_repeat": False, "is_slow": False, "sent_at": 1.0, "late": 0.0} | more
    return Outcome(place, Kind.ORDER, seconds=seconds, status=status, **known)


def reading(at: float, waiting: int, *, cpu: float = 0.0, level: int = 1, commits: float = 0.0) -> Reading:
    return Reading(
        at, waiting, 0, waiting / 10, level, cpu, commits, commits * 0.02, commits * 4, 3.0, machine_cpu=40.0
    )


def test_percentiles_are_of_what_was_acknowledged_and_not_slow_by_itself():
    outcomes = [outcome(place, seconds=(place + 1) / 1000) for place in range(100)]
    outcomes += [outcome(100, seconds=9.0, is_slow=True), outcome(101, seconds=9.0, status=422)]
    facts = facts_of(outcomes, [], SETUP)
    assert (facts.p50_ms, facts.p95_ms, facts.p99_ms) == pytest.approx((50, 95, 99))
    assert (facts.sent, facts.acknowledged, facts.given_up, facts.refused) == (102, 101, 1, {"422": 1})
    assert facts.seconds == 10.0


def test_refusals_on_the_way_count_too_and_silence_apart():
    facts = facts_of([outcome(1, refused=(429, 0, 429)), outcome(2, status=0, refused=(0,))], [], SETUP)
    assert (facts.refused, facts.unanswered, facts.given_up) == ({"429": 2}, 3, 1)


def test_the_queue_the_processor_and_the_writes_are_read_off_the_hub():
    outcomes = [outcome(place, sent_at=0.0, seconds=4.0) for place in range(100)]
    readings = [reading(0, 0), reading(4, 80, cpu=3.6, commits=10), reading(8, 0, cpu=5.0, commits=25)]
    facts = facts_of(outcomes, readings, SETUP, drain_seconds=4.0, client_cpu_seconds=2.0)
    assert (facts.peak_waiting, facts.oldest_seconds, facts.taken_per_second) == (80, 8.0, 12.5)
    assert (facts.hub_cores, facts.commit_ms, facts.group) == pytest.approx((0.9, 20.0, 4.0))
    assert facts.client_cores == 0.5


def test_the_halves_of_what_was_taken_in_sets_are_compared():
    taken = [(0, 1.0), (800, 1.8), (1200, 2.2), (1600, 3.0), (2400, 4.6), (2400, 4.6)]
    readings = [
        replace(reading(at, 0, cpu=at * 9.0), taken=50.0 + count, taken_cpu_seconds=seconds)
        for at, (count, seconds) in enumerate(taken)
    ]
    facts = facts_of([outcome(1)], readings, SETUP)
    assert (facts.first_half_ms, facts.second_half_ms) == pytest.approx((1.0, 2.0))
    few = facts_of([outcome(1)], readings[:2], SETUP)
    at_once = facts_of([outcome(1)], [readings[0], readings[-1]], SETUP)
    assert {few.first_half_ms, few.second_half_ms, at_once.first_half_ms} == {None}


def test_seconds_are_counted_and_switches_found():
    assert per_second([0.1, 0.9, 2.5]) == [2, 0, 1]
    assert per_second([]) == []
    assert percentile([], 0.99) == 0.0
    assert switches([reading(0, 0), reading(1, 0, level=2), reading(2, 0, level=2), reading(3, 0)]) == [(1, 2), (3, 1)]


def test_the_live_line_says_how_it_goes():
    tallies = [Tally(10, 8, refused=Counter({429: 2})), Tally(5, 5)]
    assert progress_text(tallies, [0.1, 0.3], reading(1, 7)) == (
        "sent 15, acknowledged 13, refused 429 2; p50 100 ms, p99 300 ms; queue 7, level 1 at 1 s"
    )


def test_a_hub_that_tells_little_is_read_all_the_same():
    read = reading_of([("orderhub_accepted_total", {"source": "api"}, 5.0)], at=1.0, machine_cpu=10.0)
    assert (read.accepted, read.waiting, read.level) == ({"api": 5.0}, 0, 1)


def test_verification_tells_lost_doubled_phantom_and_wrong_apart():
    sent = [Sent("mp", f"n{place}", 100, 2, is_acknowledged=place != 5, is_paid=place == 4) for place in range(7)]
    held = [
        Held("mp", "n0", 100, 0, 2),
        Held("mp", "n1", 100, 0, 4),  # its lines stand twice
        Held("mp", "n2", 101, 0, 2),
        Held("tb", "n3", 100, 0, 2),  # in another shop
        Held("mp", "n4", 100, 99, 2),  # paid one fen less
        Held("mp", "n5", 100, 0, 2),  # never acknowledged, but sent: neither lost nor phantom
        Held("mp", "n9", 100, 0, 2),
    ]
    verdict = compare(sent, held)
    assert (verdict.lost, verdict.doubled, verdict.phantom, verdict.wrong_amount) == (
        ["n3", "n6"],
        ["n1"],
        ["n9"],
        ["n2", "n4"],
    )
    assert str(verdict) == "6 acknowledged, 7 held: lost 2, doubled 1, phantom 1, wrong amount 2"
