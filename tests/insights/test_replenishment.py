"""Is what is suggested what is needed, in whole packs, within the budget, and does each number say why?"""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.replenishment import LeftOut
from orderhub.insights.replenishment import Facts, Lead, LeadSource, Source, Step, Suggestion, Supply, Wanted, suggest

LEAD = Lead(LeadSource.RECEIPTS, 14, 3, 8)
SUPPLY = Supply(1, "杭州箱业", pack_size=12, price_fen=1_000)


def facts(sku_id: int = 1, daily: float = 10, *, available: int = 0, spread: float = 30, **more) -> Facts:
    known = {"supply": SUPPLY, "lead": LEAD} | more
    return Facts(sku_id, Wanted(Source.FORECAST, 44, 44, daily * 44, spread), available=available, **known)


def only(*every: Facts, budget_fen: int = 0) -> Suggestion:
    (one,) = suggest(every, service_permille=950, budget_fen=budget_fen)
    return one


def amounts(one: Suggestion) -> dict[Step, float]:
    return {reason.step: reason.amount for reason in one.reasons}


def test_what_is_needed_is_demand_and_safety_less_what_is_there_and_on_order():
    one = only(facts(available=100, ordered=60, drafted=24, restocked=6))
    steps = amounts(one)
    assert steps[Step.DEMAND] == 440
    assert steps[Step.SAFETY] == pytest.approx(1.6449 * sqrt(30**2 + (10 * 3) ** 2), abs=0.01)
    assert (steps[Step.AVAILABLE], steps[Step.ON_ORDER]) == (-100, -90)
    needed = 440 + steps[Step.SAFETY] - 190
    assert steps[Step.NEEDED] == pytest.approx(needed)
    assert one.quantity == steps[Step.PACKS] == 27 * 12 >= needed
    assert one.lasts_days == 19


def test_the_numbers_on_a_sheet_add_up_for_whoever_reads_them():
    kept = [reason.kept() for reason in only(facts(available=100)).reasons]
    demand, safety, available, on_order, needed = (kept[place]["amount"] for place in (1, 2, 3, 4, 5))
    assert demand + safety + available + on_order == pytest.approx(needed, abs=0.01)
    assert kept[1] == {
        "step": "demand", "amount": 440.0, "source": "forecast", "days": 44, "known": 44, "daily": 10.0,
    }  # fmt: skip


def test_what_has_enough_is_not_on_the_sheet():
    assert suggest([facts(available=600)], service_permille=950) == []
    assert suggest([facts(daily=0, spread=0)], service_permille=950) == []


def test_what_runs_out_soonest_comes_first():
    far = Lead(LeadSource.AGREED, 40, 3)
    every = [facts(1, available=200), facts(2, available=100), facts(3, available=200, lead=far)]
    assert [one.facts.sku_id for one in suggest(every, service_permille=950)] == [3, 2, 1]


def test_a_sku_nobody_sells_us_is_said_and_not_suggested():
    one = only(facts(supply=None))
    assert (one.left_out, one.quantity) == (LeftOut.NO_SUPPLIER, 0)
    assert one.wanted > 0
    assert one.reasons[-1].step is Step.NO_SUPPLIER


def test_a_budget_goes_to_the_most_urgent_in_whole_packs_and_the_rest_says_why():
    every = [facts(1, available=200), facts(2, available=0), facts(3, available=300, supply=Supply(2, "b", 1, 100))]
    free = {one.facts.sku_id: one.quantity for one in suggest(every, service_permille=950)}
    within = suggest(every, service_permille=950, budget_fen=free[2] * 1_000 + 30_000)
    first, second, third = within
    assert (first.facts.sku_id, first.quantity, first.left_out) == (2, free[2], LeftOut.NONE)
    assert (second.facts.sku_id, second.quantity, second.left_out) == (1, 24, LeftOut.BUDGET)
    assert second.reasons[-1].step is Step.BUDGET
    assert second.wanted == free[1]
    assert third.quantity == 60, "what is left still buys what costs less"
    assert sum(one.cost_fen for one in within) <= free[2] * 1_000 + 30_000


@pytest.mark.parametrize(
    ("supply", "why"),
    [(Supply(1, "a", 12, 0), LeftOut.NO_PRICE), (Supply(1, "a", 12, 500, "USD"), LeftOut.OTHER_CURRENCY)],
)
def test_what_cannot_be_priced_is_left_out_of_a_budget_only(supply: Supply, why: LeftOut):
    assert only(facts(supply=supply)).quantity > 0
    limited = only(facts(supply=supply), budget_fen=10_000_000)
    assert (limited.quantity, limited.left_out) == (0, why)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 100), st.floats(0, 300), st.integers(0, 5_000), st.integers(1, 48), st.integers(0, 9_999)
        ),
        max_size=12,
    ),
    st.integers(0, 1_000_000),
)
def test_a_sheet_keeps_to_its_budget_and_to_whole_packs(told: list, budget_fen: int):
    every = [
        facts(n, daily, spread=spread, available=available, supply=Supply(1, "a", pack, price))
        for n, (daily, spread, available, pack, price) in enumerate(told)
    ]
    made = suggest(every, service_permille=950, budget_fen=budget_fen)
    assert all(one.quantity % one.facts.supply.pack_size == 0 for one in made if one.facts.supply)
    assert all(0 <= one.quantity <= one.wanted for one in made)
    if budget_fen:
        assert sum(one.cost_fen for one in made) <= budget_fen
    else:
        assert all(one.quantity == one.wanted for one in made)
