"""Who sends an order, and why not the others? The choice alone, without a database."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.allocation import Because, Candidate, Choice, Facts, Lost, Unheard, Wish, choose
from orderhub.domain.carrier_service import Tariff, read_zones, zones_text
from orderhub.domain.parcelling import by_weight, money_shares
from orderhub.domain.provinces import Distance, distance
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import BadInput
from tests.builders import NOW

A, B, C = 1, 2, 3
CODES = {A: "A-18", B: "B-C1", C: "C"}
SHORT_OF_ONE = Because(Lost.SHORT, "A-18 ×1")


def candidate(warehouse: int, stock: dict[int, int], carrier: Carrier = Carrier.ZTO, fen: int = 400, **changes):
    facts = {
        "warehouse_id": warehouse,
        "warehouse": {1: "华东仓", 2: "华南仓", 3: "西南仓"}[warehouse],
        "warehouse_rank": warehouse,
        "distance": Distance.SERVED,
        "service_id": 10 * warehouse + list(Carrier).index(carrier),
        "carrier": carrier,
        "tariff": Tariff(1000, fen, 1000, 100),
    }
    return Candidate(stock=stock, **(facts | changes))


def chosen(choice: Choice) -> list[tuple]:
    return [(pick.candidate.warehouse_id, pick.candidate.carrier, dict(pick.pieces)) for pick in choice.picks]


def lost(choice: Choice) -> list[tuple]:
    return [(one.warehouse, one.carrier, because) for one, because in choice.lost]


def test_each_loser_is_told_why():
    facts = Facts(
        wanted={A: 3},
        region="西藏自治区 拉萨市",
        codes=CODES,
        grams={A: 2000},
        candidates=[
            candidate(1, {A: 9}, fen=500),
            candidate(1, {A: 9}, Carrier.SF, fen=920),
            candidate(1, {A: 9}, Carrier.YUNDA, reaches=False),
            candidate(1, {A: 9}, Carrier.YTO, daily_limit=200, left_today=0),
            candidate(1, {A: 9}, Carrier.EMS, most_grams=1500),
            candidate(2, {A: 1}),
            candidate(3, {A: 9}, fen=500, distance=Distance.FAR),
        ],
    )
    choice = choose(facts)
    assert chosen(choice) == [(1, Carrier.ZTO, {A: 3})]
    assert (choice.picks[0].fen, choice.picks[0].parcels) == (1000, 1)
    assert lost(choice) == [
        ("华东仓", Carrier.SF, Because(Lost.DEARER, figure=420)),
        ("华东仓", Carrier.YUNDA, Because(Lost.NO_REACH, "西藏")),
        ("华东仓", Carrier.YTO, Because(Lost.FULL, figure=200)),
        ("华东仓", Carrier.EMS, Because(Lost.TOO_HEAVY, figure=1500)),
        ("华南仓", Carrier.ZTO, Because(Lost.SHORT, "A-18 ×2")),
        ("西南仓", Carrier.ZTO, Because(Lost.FARTHER)),
    ]


def test_a_decided_warehouse_and_carrier_go_before_the_score():
    candidates = [candidate(1, {A: 9}), candidate(2, {A: 9}, fen=900), candidate(2, {A: 9}, Carrier.SF, fen=2000)]
    wish = Wish(warehouse="south", warehouse_id=2, carrier="顺丰", carrier_is=Carrier.SF)
    choice = choose(Facts({A: 1}, candidates, wish=wish))
    assert chosen(choice) == [(2, Carrier.SF, {A: 1})]
    assert [because for _, because in choice.lost] == [Because(Lost.NOT_DECIDED)] * 2
    assert choice.unheard == ()


@pytest.mark.parametrize(
    ("wish", "taken", "unheard"),
    [
        (Wish("south", "顺丰", 2, carrier_is=Carrier.SF), (1, Carrier.SF), Unheard("south", SHORT_OF_ONE)),
        (Wish(warehouse="north"), (1, Carrier.ZTO), Unheard("north", Because(Lost.UNKNOWN))),
        (Wish(carrier="jd", carrier_is=Carrier.JD), (1, Carrier.ZTO), Unheard("jd", Because(Lost.UNKNOWN))),
    ],
)  # fmt: skip
def test_what_was_decided_and_cannot_be_is_reported(wish, taken, unheard):
    candidates = [candidate(1, {A: 9}), candidate(1, {A: 9}, Carrier.SF, 900), candidate(2, {}, Carrier.SF)]
    choice = choose(Facts({A: 1}, candidates, codes=CODES, wish=wish))
    assert [one[:2] for one in chosen(choice)] == [taken]
    assert choice.unheard == (unheard,)


def test_a_missed_deadline_an_emptied_shelf_and_a_busy_carrier_weigh():
    late = candidate(1, {A: 9}, leaves_at=NOW + timedelta(hours=20))
    facts = Facts({A: 1}, [late, candidate(2, {A: 9}, fen=3000)], ship_by=NOW + timedelta(hours=5))
    assert lost(choose(facts)) == [("华东仓", Carrier.ZTO, Because(Lost.TOO_LATE))]
    facts = Facts({A: 1}, [candidate(1, {A: 1}), candidate(2, {A: 50})])
    assert lost(choose(facts)) == [("华东仓", Carrier.ZTO, Because(Lost.SCARCER))]
    busy = candidate(1, {A: 9}, daily_limit=100, left_today=10)
    assert lost(choose(Facts({A: 1}, [busy, candidate(2, {A: 9})]))) == [("华东仓", Carrier.ZTO, Because(Lost.BUSIER))]


def test_several_warehouses_only_where_no_single_one_has_all():
    stocked = [candidate(1, {A: 2, B: 1}), candidate(2, {A: 1, C: 1}), candidate(3, {C: 5})]
    choice = choose(Facts({A: 2, C: 1}, stocked, codes=CODES))
    assert chosen(choice) in ([(1, Carrier.ZTO, {A: 2}), (2, Carrier.ZTO, {C: 1})],
                              [(1, Carrier.ZTO, {A: 2}), (3, Carrier.ZTO, {C: 1})])  # fmt: skip
    whole = candidate(3, {A: 2, C: 5}, fen=5000, distance=Distance.FAR)
    assert chosen(choose(Facts({A: 2, C: 1}, [*stocked[:2], whole]))) == [(3, Carrier.ZTO, {A: 2, C: 1})]
    assert choose(Facts({A: 2, C: 9}, stocked)).picks == ()


STOCKS = st.lists(st.dictionaries(st.sampled_from([A, B, C]), st.integers(1, 6)), min_size=1, max_size=3)


@given(STOCKS, st.dictionaries(st.sampled_from([A, B, C]), st.integers(1, 8), min_size=1))
def test_picks_are_what_is_wanted_and_never_more_than_is_there(stocks, wanted):
    candidates = [candidate(n, stock) for n, stock in enumerate(stocks, 1)]
    choice = choose(Facts(wanted, candidates))
    in_all = {sku: sum(stock.get(sku, 0) for stock in stocks) for sku in wanted}
    assert bool(choice.picks) == all(in_all[sku] >= count for sku, count in wanted.items())
    for pick in choice.picks:
        assert all(pick.candidate.stock.get(sku, 0) >= count for sku, count in pick.pieces.items())
    given_out = {sku: sum(pick.pieces.get(sku, 0) for pick in choice.picks) for sku in wanted}
    assert not choice.picks or given_out == wanted
    single = any(all(stock.get(sku, 0) >= count for sku, count in wanted.items()) for stock in stocks)
    assert not single or len(choice.picks) == 1
    assert len(choice.picks) + len(choice.lost) == len(candidates)


@given(st.dictionaries(st.integers(1, 6), st.tuples(st.integers(1, 20), st.integers(0, 900))), st.integers(900, 5000))
def test_parcels_hold_every_piece_once_and_none_is_too_heavy(goods, most):
    pieces, grams = ({key: pair[n] for key, pair in goods.items()} for n in (0, 1))
    parcels = by_weight(pieces, grams, most)
    if parcels:
        assert {key: sum(parcel.get(key, 0) for parcel in parcels) for key in pieces} == pieces
        assert all(sum(grams[key] * count for key, count in parcel.items()) <= most for parcel in parcels)
    assert by_weight({1: 1}, {1: most + 1}, most) == []


LINES = st.dictionaries(st.integers(1, 5), st.integers(0, 100_000), min_size=1)
PARTS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9)), max_size=12)


@given(st.integers(0, 10_000_000), LINES, PARTS)
def test_shares_of_money_add_up_to_the_fen(paid_fen, lines, parts):
    keyed = [(key, line, count) for key, (line, count) in enumerate(parts) if line in lines]
    of_part, of_line = money_shares(paid_fen, lines, keyed)
    assert sum(of_line.values()) == paid_fen
    for line in {line for _, line, _ in keyed}:
        assert sum(of_part[key] for key, of, _ in keyed if of == line) == of_line[line]
    assert min([*of_part.values(), *of_line.values()]) >= 0


def test_a_parcel_costs_the_first_weight_and_each_begun_step():
    price = Tariff(first_grams=1000, first_fen=500, step_grams=500, step_fen=80)
    assert [price.fen(grams) for grams in (0, 1000, 1001, 1500, 1501)] == [500, 500, 580, 580, 660]


def test_zones_are_written_a_line_each():
    zones = read_zones("上海市、江苏 = 5.00 + 1\n 西藏自治区 新疆: 18 + 12.50 \n")
    assert zones_text(zones) == "上海 江苏 = 5.00 + 1.00\n西藏 新疆 = 18.00 + 12.50"
    for wrong, problem in (("上海 5", "not_zone"), ("火星 = 5 + 1", "not_province"), ("上海 = x + 1", "not_money")):
        with pytest.raises(BadInput) as refused:
            read_zones(wrong)
        assert refused.value.problem == problem


def test_distance_goes_by_the_provinces_a_warehouse_serves():
    assert [distance(place, "上海 江苏") for place in ("江苏省 南京市", "山东省", "西藏自治区", "")] == [
        Distance.SERVED,
        Distance.NEAR,
        Distance.FAR,
        Distance.FAR,
    ]
