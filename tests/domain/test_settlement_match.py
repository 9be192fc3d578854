"""Does every line end as matched or as one difference, whatever comes in whatever order?"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.settlement import DifferenceCause, LineKind
from orderhub.domain.settlement_match import Fact, Found, Line, expected_fee_fen, match
from orderhub.kernel.clock import business_day
from tests.builders import NOW

TODAY = business_day(NOW)
RECEIPT = Line(LineKind.RECEIPT, "A1", 13940, NOW, entry_no="42001")
REFUND = Line(LineKind.REFUND, "A1", -3000, NOW, refund_no="R1")
PAID = Fact(LineKind.RECEIPT, "A1", 13940, on=TODAY, order_id=1)
BACK = Fact(LineKind.REFUND, "A1", -3000, "R1", on=TODAY, order_id=1)


def causes(*lines: Line, facts: tuple[Fact, ...] = (PAID, BACK), **given_: object) -> list[tuple[str, int, int]]:
    found = match(lines, facts, **given_)  # type: ignore[arg-type]
    return sorted((one.cause, one.said_fen, one.ours_fen) for one in found.differences)


def test_what_agrees_is_matched():
    assert match([RECEIPT, REFUND], [PAID, BACK]).matched == (RECEIPT, REFUND)
    assert causes(RECEIPT, REFUND, billed=frozenset({TODAY})) == []


@pytest.mark.parametrize(
    ("lines", "facts", "wanted"),
    [
        ([RECEIPT], [], [("missing_order", 13940, 0)]),
        ([RECEIPT], [replace(PAID, order_id=None)], [("missing_order", 13940, 0)]),
        ([], [PAID, BACK], [("missing_receipt", 0, -3000), ("missing_receipt", 0, 13940)]),
        ([], [replace(PAID, on=TODAY + timedelta(days=1))], []),
        ([replace(RECEIPT, amount_fen=13941)], [PAID], [("amount", 13941, 13940)]),
        ([replace(RECEIPT, moved_at=NOW - timedelta(hours=11))], [PAID], [("timing", 13940, 13940)]),
        ([replace(RECEIPT, moved_at=NOW - timedelta(hours=11))], [replace(PAID, on=None)], []),
        ([RECEIPT, replace(RECEIPT, entry_no="42002")], [PAID], [("duplicate", 13940, 0)]),
        ([RECEIPT, RECEIPT], [PAID], [("duplicate", 13940, 0)]),
        ([RECEIPT, replace(RECEIPT, entry_no="42002", amount_fen=100)], [PAID], [("amount", 100, 0)]),
        ([replace(RECEIPT, amount_fen=13900), replace(RECEIPT, amount_fen=40)], [PAID], []),
        ([replace(REFUND, refund_no="R2")], [BACK], [("missing_order", -3000, 0), ("missing_receipt", 0, -3000)]),
        ([replace(RECEIPT, fee_fen=83)], [PAID], []),
        ([replace(RECEIPT, fee_fen=83, rate_ppm=6000)], [PAID], [("fee", -83, -84)]),
        ([replace(RECEIPT, fee_fen=84, rate_ppm=6000)], [PAID], []),
    ],
)
def test_each_cause_is_named(lines: list[Line], facts: list[Fact], wanted: list[tuple[str, int, int]]):
    assert causes(*lines, facts=tuple(facts), billed=frozenset({TODAY})) == wanted


def test_an_expected_rate_goes_before_what_the_bill_says_of_itself():
    line = replace(RECEIPT, fee_fen=84, rate_ppm=6000)
    assert causes(line, rate_ppm=6000) == []
    assert causes(line, rate_ppm=3800) == [("fee", -84, -53)]
    assert expected_fee_fen(3, 390_000) == 1


def test_fees_and_withdrawals_must_name_an_order_of_ours_or_none():
    fee = Line(LineKind.FEE, "A1", -53, NOW)
    assert causes(fee, replace(fee, order_no=""), replace(fee, kind=LineKind.WITHDRAWAL, order_no="")) == []
    assert causes(replace(fee, order_no="B2")) == [("missing_order", -53, 0)]


NUMBERS = st.sampled_from(["", "A1", "B2", "C3"])
LINES = st.builds(
    Line,
    kind=st.sampled_from(LineKind),
    order_no=NUMBERS,
    amount_fen=st.integers(-300, 300),
    moved_at=st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days)),
    entry_no=st.sampled_from(["", "1", "2"]),
    refund_no=st.sampled_from(["", "R1"]),
    fee_fen=st.integers(0, 5),
    rate_ppm=st.sampled_from([None, 6000]),
)
FACTS = st.builds(
    Fact,
    kind=st.sampled_from([LineKind.RECEIPT, LineKind.REFUND]),
    order_no=NUMBERS,
    amount_fen=st.integers(-300, 300),
    refund_no=st.sampled_from(["", "R1"]),
    on=st.sampled_from([None, TODAY, TODAY + timedelta(days=1)]),
    order_id=st.sampled_from([None, 7]),
)


@given(lines=st.lists(LINES), facts=st.lists(FACTS, unique_by=lambda fact: fact.group), turn=st.randoms())
def test_every_fen_is_matched_or_differs_in_any_order(lines: list[Line], facts: list[Fact], turn: object):
    lines = [replace(line, id=place) for place, line in enumerate(lines)]
    billed = frozenset({TODAY})
    found = match(lines, facts, billed=billed)
    differing = [one.line for one in found.differences if one.line]
    assert Counter([*found.matched, *differing]) == Counter(lines)
    assert sum(line.amount_fen for line in [*found.matched, *differing]) == sum(line.amount_fen for line in lines)
    missing = [one for one in found.differences if one.line is None]
    assert {one.cause for one in missing} <= {DifferenceCause.MISSING_RECEIPT}
    turn.shuffle(lines)  # type: ignore[attr-defined]
    turn.shuffle(facts)  # type: ignore[attr-defined]
    again = match(lines, facts, billed=billed)
    assert set(again.matched) == set(found.matched)
    assert Counter(map(_told, again.differences)) == Counter(map(_told, found.differences))


def _told(one: Found) -> tuple[object, ...]:
    return one.cause, one.line, one.fact, one.said_fen, one.ours_fen
