"""Does every charge of a carrier get its one cause, from weight, zone, price and what really left?"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.carrier_service import CarrierService, read_zones
from orderhub.domain.freight import Charge, FreightCause, Parcel, Tolerance, estimate, judge
from orderhub.domain.words import Carrier
from tests.builders import NOW

DAY = date(2026, 11, 23)
CARD = CarrierService(
    carrier=Carrier.SF, first_fen=500, step_fen=200, zones=read_zones("新疆 = 20 + 10"), changed_at=NOW
)
OURS = Parcel(has_left=True, carrier=Carrier.SF, grams=800, province="浙江", card=CARD)


def verdict(charge: Charge, parcel: Parcel | None = OURS, tolerance: Tolerance = Tolerance()) -> tuple[str, int]:  # noqa: B008
    (one,) = judge(Carrier.SF, [charge], parcel, tolerance)
    return str(one.cause), one.gap_fen


def charge(fen: int, grams: int = 1000, zone: str = "浙江省", **more: str) -> Charge:
    return Charge("SF1000000001", DAY, fen, grams, zone, **more)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (charge(500), ("agreed", 0)),
        (charge(450), ("agreed", -50)),
        (charge(500, 3000), ("agreed", 0)),  # heavier, but not dearer
        (charge(900, 3000), ("weight", 400)),
        (charge(3000, 1000, "新疆维吾尔自治区"), ("zone", 2500)),
        (charge(501), ("price", 1)),
        (charge(501, 0, ""), ("price", 1)),
        (charge(200, word="保价费"), ("surcharge", 200)),
        (charge(-300), ("agreed", 0)),
    ],
)
def test_a_charge_gets_the_cause_that_explains_its_money(told: Charge, wanted: tuple[str, int]):
    assert verdict(told) == wanted


def test_within_the_tolerance_the_carriers_weight_is_the_one_that_counts():
    heavier = Parcel(has_left=True, carrier=Carrier.SF, grams=950, province="浙江", card=CARD)
    assert verdict(charge(700, 1050), heavier) == ("agreed", 0)
    assert verdict(charge(700, 1050), heavier, Tolerance(0, 10)) == ("weight", 200)
    assert verdict(charge(700, 1050), heavier, Tolerance(0, 11)) == ("agreed", 0)
    assert verdict(charge(700, 1060), heavier) == ("weight", 200)


def test_a_waybill_that_is_not_ours_or_never_left_costs_nothing():
    assert verdict(charge(500), None) == ("unknown_waybill", 500)
    assert verdict(charge(500), Parcel(has_left=False, carrier=Carrier.SF)) == ("not_shipped", 500)
    assert verdict(charge(500), Parcel(has_left=True, carrier=Carrier.ZTO, card=CARD)) == ("not_shipped", 500)
    assert verdict(charge(500), Parcel(has_left=True, carrier=None, card=CARD)) == ("agreed", 0)


def test_without_a_rate_card_no_price_is_called_wrong():
    assert verdict(charge(9900), Parcel(has_left=True, carrier=Carrier.SF, grams=800)) == ("no_card", 0)


def test_an_unknown_weight_of_ours_leaves_the_carriers_to_be_paid():
    assert verdict(charge(900, 3000), Parcel(has_left=True, carrier=Carrier.SF, province="浙江", card=CARD)) == (
        "agreed",
        0,
    )


def test_the_estimate_is_what_allocation_reckons_with():
    assert [estimate(CARD, "浙江", grams) for grams in (0, 1000, 1001, 2500)] == [500, 500, 700, 900]
    assert estimate(CARD, "新疆", 1001) == 3000


CHARGES = st.builds(
    charge,
    st.sampled_from([-300, 0, 450, 500, 900, 3000]),
    st.sampled_from([0, 800, 1000, 3000]),
    st.sampled_from(["", "浙江省", "新疆", "火星"]),
    word=st.sampled_from(["", "运费", "保价费"]),
    key=st.uuids().map(str),
)
PARCELS = st.one_of(
    st.none(),
    st.builds(
        Parcel,
        st.booleans(),
        st.sampled_from([None, Carrier.SF, Carrier.ZTO]),
        st.sampled_from([0, 800, 2000]),
        st.sampled_from(["", "浙江", "新疆"]),
        st.sampled_from([None, CARD]),
    ),
)


@given(told=st.lists(CHARGES, max_size=6, unique_by=lambda one: one.key), parcel=PARCELS, seed=st.randoms())
def test_each_charge_stands_once_in_any_order_and_only_agreement_costs_us_nothing(told, parcel, seed):
    turned = list(told)
    seed.shuffle(turned)
    found = judge(Carrier.SF, told, parcel, Tolerance())
    assert found == judge(Carrier.SF, turned, parcel, Tolerance())
    assert sorted(one.charge.key for one in found) == sorted(one.key for one in told)
    for one in found:
        if one.cause in (FreightCause.WEIGHT, FreightCause.ZONE, FreightCause.PRICE):
            assert one.gap_fen > 0
        if one.cause is FreightCause.AGREED:
            assert one.gap_fen <= 0
    freight = [one for one in found if one.charge.word in ("", "运费") and one.charge.charged_fen >= 0]
    assert sum(one.cause is not FreightCause.CHARGED_TWICE for one in freight) <= 1 or parcel is None
