"""Between which days is a parcel expected, and when is nothing said?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.expected_arrival import (
    FEWEST_PARCELS,
    Basis,
    Expected,
    Outlook,
    Span,
    expected_arrival,
    quantile,
    span_of,
)
from orderhub.domain.words import ScanNode

from ..builders import NOW

HOUR = timedelta(hours=1)
SPAN = Span(Basis.ROUTE, 100, 26 * HOUR, 40 * HOUR, 75 * HOUR)
MINUTES = st.lists(st.integers(1, 20_000), min_size=FEWEST_PARCELS, max_size=200)


def expected(node: ScanNode | None, hours: float, span: Span | None = SPAN) -> Expected:
    now = NOW + hours * HOUR
    return expected_arrival(node, NOW, now - HOUR, span, now=now)


def test_days_are_those_of_eight_parcels_in_ten():
    found = expected(ScanNode.LEFT_HUB, 3)
    assert (found.outlook, found.first, found.last) == (Outlook.DAYS, date(2026, 11, 25), date(2026, 11, 27))


def test_a_day_that_has_passed_is_no_longer_expected():
    assert expected(ScanNode.ARRIVED_HUB, 50).first == date(2026, 11, 26)
    late = expected(ScanNode.ARRIVED_HUB, 100)
    assert (late.outlook, late.last) == (Outlook.LATE, date(2026, 11, 27))


def test_whoever_is_out_to_deliver_comes_today_and_not_tomorrow():
    assert expected(ScanNode.OUT_FOR_DELIVERY, 30, None).outlook is Outlook.TODAY
    yesterday = expected_arrival(ScanNode.OUT_FOR_DELIVERY, NOW, NOW + 30 * HOUR, SPAN, now=NOW + 50 * HOUR)
    assert yesterday.outlook is Outlook.DAYS


@pytest.mark.parametrize("node", ["delivered", "ready_for_pickup", "refused", "returning"])
def test_what_has_arrived_or_goes_back_is_not_expected(node: str):
    assert expected(ScanNode(node), 30) == Expected(Outlook.OVER)


def test_too_few_parcels_say_nothing():
    assert span_of([60] * (FEWEST_PARCELS - 1), Basis.ALL) is None
    assert expected(ScanNode.LEFT_HUB, 3, None) == Expected(Outlook.UNKNOWN)


@given(MINUTES, st.randoms())
def test_a_span_is_in_order_and_of_what_was_seen(minutes: list[int], rng):
    span = span_of(minutes, Basis.ALL)
    assert span
    assert span.early <= span.likely <= span.late
    assert {int(part.total_seconds() // 60) for part in (span.early, span.likely, span.late)} <= set(minutes)
    rng.shuffle(minutes)
    assert span_of(minutes, Basis.ALL) == span


@given(MINUTES)
def test_eight_in_ten_lie_inside_their_own_span(minutes: list[int]):
    span = span_of(minutes, Basis.ALL)
    assert span
    inside = sum(span.early <= timedelta(minutes=one) <= span.late for one in minutes)
    assert inside >= 0.8 * len(minutes) - 1


@given(MINUTES, st.integers(1, 99))
def test_a_quantile_is_not_exceeded_by_its_share(minutes: list[int], percent: int):
    ordered = sorted(minutes)
    found = quantile(ordered, percent)
    assert sum(one <= found for one in ordered) >= len(ordered) * percent / 100
    assert quantile(ordered, percent) <= quantile(ordered, min(99, percent + 1))


@given(MINUTES, st.integers(0, 60 * 24 * 30), st.sampled_from([None, *ScanNode]))
def test_a_range_never_begins_before_today_nor_ends_before_it_begins(minutes: list[int], passed: int, node):
    found = expected_arrival(node, NOW, NOW, span_of(minutes, Basis.ALL), now=NOW + timedelta(minutes=passed))
    if found.outlook in (Outlook.DAYS, Outlook.TODAY):
        assert found.first
        assert found.last
        assert (NOW + timedelta(minutes=passed, hours=8)).date() <= found.first <= found.last
