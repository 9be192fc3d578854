"""Are a card's figures those of its lines, sure of themselves only where they may be, and in order?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.scorecard_terms import ScorecardTerms
from orderhub.insights.quarter import Quarter, quarter_of, read_quarter
from orderhub.insights.scorecard import Card, Part, Supplied, cards, wilson
from orderhub.kernel.errors import BadInput

TODAY = date(2026, 11, 24)
TERMS = ScorecardTerms()
START = date(2026, 10, 1)


def lines(supplier: str, count: int, *, late: int = 0, first: int = 1, **facts) -> list[Supplied]:
    """``count`` lines promised for the quarter's first day, the first ``late`` of them a day late."""
    known = {"quantity": 100, "price_fen": 1_000, "ordered_on": START - timedelta(days=20)} | facts
    return [
        Supplied(
            supplier, number, number, "BOX", promised_on=START, settled_on=START + timedelta(late > place), **known
        )
        for place, number in enumerate(range(first, first + count))
    ]


def card_of(told: list[Supplied], supplier: str = "A", **facts) -> Card:
    return next(card for card in cards(told, TERMS, today=TODAY, **facts) if card.supplier == supplier)


def test_figures_are_shares_of_the_suppliers_own_lines():
    told = [*lines("A", 20, late=5, wrong=1, missing=2, defective=4), *lines("B", 20, first=100)]
    card = card_of(told)
    late, complete, sound = (card.figures[part] for part in (Part.ON_TIME, Part.COMPLETE, Part.SOUND))
    assert (late.bad, late.base, late.share) == (5, 20, 0.25)
    assert (complete.bad, complete.base, complete.share) == (60, 2000, 0.03)
    assert (sound.bad, sound.base, sound.share) == (80, 2000, 0.04)
    assert card.figures[Part.PRICE].points is None
    assert card.silent == (Part.PRICE,)


def test_a_score_weighs_its_parts_and_shares_the_weight_of_those_that_are_silent():
    card = card_of([*lines("A", 20, late=5, wrong=1), *lines("B", 20, first=100)])
    points = {part: figure.points for part, figure in card.figures.items()}
    # Drawn towards the share of both suppliers (0.125), as if ten such lines stood beside the twenty.
    assert points[Part.ON_TIME] == pytest.approx(100 * (1 - (20 * 0.25 + 10 * 0.125) / 30))
    weighed = 40 * points[Part.ON_TIME] + 25 * points[Part.COMPLETE] + 25 * points[Part.SOUND]
    assert card.score == pytest.approx(weighed / 90)


def test_few_lines_are_said_to_be_few_and_do_not_lead_the_list():
    told = [*lines("lucky", 1), *lines("steady", 60, late=1, first=100), *lines("late", 60, late=30, first=200)]
    made = cards(told, TERMS, today=TODAY)
    assert [card.supplier for card in made] == ["steady", "lucky", "late"]
    assert [card.is_few for card in made] == [False, True, False]


def test_a_wide_interval_is_few_data_however_many_lines():
    card = card_of(lines("A", 12, late=6))
    figure = card.figures[Part.ON_TIME]
    assert figure.high - figure.low > 0.3
    assert figure.is_few
    assert card.is_few


def test_a_promise_that_has_passed_without_goods_is_late_and_one_to_come_is_not_judged():
    told = [
        Supplied("A", 1, 1, "BOX", 10, promised_on=TODAY - timedelta(days=1)),
        Supplied("A", 2, 1, "BOX", 10, promised_on=TODAY + timedelta(days=1)),
        Supplied("A", 3, 1, "BOX", 10, settled_on=TODAY),
    ]
    card = card_of(told)
    assert card.lines == 3
    assert (card.figures[Part.ON_TIME].bad, card.figures[Part.ON_TIME].base) == (1, 1)
    assert card.figures[Part.SOUND].base == 10, "what has not come has not been looked at"


def test_goods_nobody_looked_at_say_nothing_of_what_was_wrong():
    card = card_of(lines("A", 20, is_counted=False))
    assert (card.figures[Part.COMPLETE].share, card.figures[Part.SOUND].points) == (None, None)


def test_a_price_is_compared_with_the_mean_of_the_year_before():
    def bought(number: int, day: date, price_fen: int, quantity: int) -> Supplied:
        return Supplied("A", number, number, "BOX", quantity, START, START, ordered_on=day, price_fen=price_fen)

    told = [
        bought(1, date(2024, 1, 1), 500, 1000),  # too long ago
        bought(2, date(2026, 1, 1), 1_000, 300),
        bought(3, date(2026, 2, 1), 2_000, 100),
        bought(4, date(2026, 9, 1), 1_500, 100),
    ]
    only = [one for one in told if one.line_id != 3]
    # 1,500 against 1,250, and line 3's 2,000 against 1,000; 100 pieces each.
    assert card_of(told).figures[Part.PRICE].share == pytest.approx((250 + 1_000) / (1_250 + 1_000))
    assert card_of(only).figures[Part.PRICE].share == pytest.approx(0.5)


def test_a_supplier_without_orders_has_a_card_without_figures_at_the_end():
    made = cards(lines("A", 3, late=3), TERMS, today=TODAY, suppliers=["A", "nobody"])
    assert [(card.supplier, card.lines, card.score is None) for card in made] == [("A", 3, False), ("nobody", 0, True)]
    assert all(figure.share is None for figure in made[1].figures.values())
    assert cards([], TERMS, today=TODAY) == []


def test_a_period_counts_lines_of_its_days_and_prices_of_those_before():
    before = [
        Supplied("A", 1, 1, "BOX", 10, date(2026, 7, 1), date(2026, 9, 1), ordered_on=date(2026, 6, 1), price_fen=1_000)
    ]
    told = [*before, *lines("A", 2, first=10, price_fen=1_100)]
    card = card_of(told, since=START, until=TODAY)
    assert (card.lines, card.figures[Part.ON_TIME].bad) == (2, 0)
    assert card.figures[Part.PRICE].share == pytest.approx(0.1)


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_holds_its_share_and_narrows_with_more(bad: int, good: int):
    count = bad + good
    low, high = wilson(bad, count)
    assert 0 <= low <= high <= 1
    if count:
        assert low - 1e-9 <= bad / count <= high + 1e-9
        more_low, more_high = wilson(bad * 4, count * 4)
        assert more_high - more_low <= high - low + 1e-9


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans(), st.integers(0, 50)), max_size=60))
def test_cards_count_every_line_once_and_score_within_bounds(told: list[tuple[str, bool, int]]):
    made = cards(
        [
            Supplied(name, n, n, "BOX", 50, START, START + timedelta(is_late), defective=bad)
            for n, (name, is_late, bad) in enumerate(told)
        ],
        TERMS,
        today=TODAY,
    )
    assert sum(card.lines for card in made) == len(told)
    assert sum(card.figures[Part.ON_TIME].bad for card in made) == sum(is_late for _, is_late, _ in told)
    assert all(card.score is None or 0 <= card.score <= 100 for card in made)


def test_quarters_are_read_written_and_follow_each_other():
    quarter = read_quarter(" 2026-q4 ")
    assert (str(quarter), quarter.start, quarter.end) == ("2026Q4", START, date(2026, 12, 31))
    assert (quarter.after, quarter.after.before) == (Quarter(2027, 1), quarter)
    assert quarter_of(date(2026, 9, 30)) == Quarter(2026, 3)
    for wrong in ("", "2026Q5", "Q4", "2026"):
        with pytest.raises(BadInput):
            read_quarter(wrong)
