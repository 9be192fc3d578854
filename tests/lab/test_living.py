"""Do the lab's orders live by themselves: the same for the same seed, at the rate asked for, in the shape of a day?"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from orderhub.domain.words import AftersaleStatus, ChannelStatus
from orderhub.lab.app import create_lab
from orderhub.lab.living import HOURS

from .conftest import NOW, Clock, Lab, new_lab

MIDNIGHT = timedelta(hours=4)  # after NOW, which is 20:00 in Shanghai


def lives(lab: Lab) -> dict[int, tuple[Any, ...]]:
    """Everything that happened to every order, by its number."""
    orders = (order for shelf in lab.world.shelves.values() for order in shelf.orders.values())
    return {
        order.number: (order.shop, order.status, order.modified, order.pay_fen, order.parcels, order.refund_nos)
        for order in orders
    }


def made_at(now: Any, **wanted: Any) -> Any:
    """A lab's world as it stands at its first moment."""
    return create_lab(now=Clock(now), living=False, **wanted).state.world


def count(world: Any) -> int:
    return sum(len(shelf.orders) for shelf in world.shelves.values())


def test_the_same_seed_lives_the_same_orders():
    first, second = new_lab(seed=7), new_lab(seed=7)
    first.advance(hours=6)
    second.advance(hours=6)
    assert len(lives(first)) > 500
    assert lives(first) == lives(second)


def test_another_seed_lives_other_orders():
    first, second = new_lab(seed=7), new_lab(seed=8)
    first.advance(hours=1)
    second.advance(hours=1)
    assert lives(first) != lives(second)


def test_the_way_time_is_cut_changes_nothing():
    whole, pieces = new_lab(seed=7), new_lab(seed=7)
    whole.advance(minutes=84)
    pieces.post("/start")
    for _ in range(12):
        pieces.clock.move(minutes=7)
        pieces.trades()
    assert lives(pieces) == lives(whole)


def test_a_lab_started_later_has_lived_the_same_history():
    early = new_lab(seed=3, orders_per_day=500, history_days=1)
    early.advance(hours=6)
    late = made_at(NOW + timedelta(hours=6), seed=3, orders_per_day=500, history_days=1.25)
    assert count(late) == len(lives(early))
    assert {number for shelf in late.shelves.values() for number in shelf.orders} == set(lives(early))


def test_a_day_has_its_shape():
    world = made_at(NOW + MIDNIGHT, orders_per_day=8000, history_days=1)
    orders = [order for shelf in world.shelves.values() for order in shelf.orders.values()]
    by_hour = Counter((order.created // 3600 + 8) % 24 for order in orders)
    assert len(orders) == pytest.approx(8000, rel=0.04)
    for hour, share in enumerate(HOURS):
        wanted = 8000 * share / sum(HOURS)
        assert by_hour[hour] == pytest.approx(wanted, abs=4 * wanted**0.5)


def test_shops_get_their_share_of_the_orders():
    world = made_at(NOW, orders_per_day=5000, history_days=1)
    whole = count(world)
    shares = sum(shop.share for shop in world.shops.values())
    for code, shelf in world.shelves.items():
        assert len(shelf.orders) / whole == pytest.approx(world.shops[code].share / shares, abs=0.025)


def test_speed_multiplies_the_rate():
    plain, fast = new_lab(orders_per_day=3000), new_lab(orders_per_day=3000, speed=20)
    plain.advance(hours=1)
    fast.advance(hours=1)
    assert len(lives(fast)) / len(lives(plain)) == pytest.approx(20, rel=0.15)


def test_a_new_rate_counts_from_then_on(lab):
    lab.advance(minutes=30)
    before = len(lives(lab))
    lab.post("/rate", orders_per_day=300_000, speed=2)
    lab.advance(minutes=1)
    # From the next ten seconds on: fifty seconds of an hour with 84 of the day's 1000 orders.
    assert len(lives(lab)) - before == pytest.approx(300_000 * 2 * 84 / 1000 / 3600 * 50, rel=0.15)


def test_a_rate_of_nothing_brings_no_order(lab):
    lab.post("/rate", orders_per_day=0)
    lab.advance(hours=5)
    assert lives(lab) == {}


def test_history_reaches_as_many_days_back_and_no_further():
    world = made_at(NOW, orders_per_day=400, history_days=3)
    created = [order.created for shelf in world.shelves.values() for order in shelf.orders.values()]
    first = (NOW - timedelta(days=3)).timestamp()
    assert first <= min(created) < first + 3600
    assert max(created) <= NOW.timestamp()


def test_history_keeps_the_plain_rate_whatever_the_speed():
    plain = made_at(NOW, orders_per_day=400, history_days=1)
    fast = made_at(NOW, orders_per_day=400, history_days=1, speed=50)
    assert {code: set(shelf.orders) for code, shelf in fast.shelves.items()} == {
        code: set(shelf.orders) for code, shelf in plain.shelves.items()
    }


def test_three_weeks_bring_orders_and_refunds_to_every_status():
    world = made_at(NOW, orders_per_day=400, history_days=21)
    orders = [order for shelf in world.shelves.values() for order in shelf.orders.values()]
    refunds = [refund for shelf in world.shelves.values() for refund in shelf.refunds.values()]
    passing = {ChannelStatus.UNKNOWN, ChannelStatus.PAID_WAIT, ChannelStatus.PARTLY_SHIPPED}
    assert {order.status for order in orders} >= set(ChannelStatus) - passing
    assert {refund.status for refund in refunds} == {
        AftersaleStatus.REQUESTED,
        AftersaleStatus.AWAITING_RETURN,
        AftersaleStatus.RETURNED,
        AftersaleStatus.WITHDRAWN,
        AftersaleStatus.CLOSED,
    }


def test_the_truth_counts_what_the_orders_say():
    lab = new_lab(orders_per_day=300, history_days=10)
    hours = lab.get("/truth")["hours"]
    orders = [order for shelf in lab.world.shelves.values() for order in shelf.orders.values()]
    refunds = [refund for shelf in lab.world.shelves.values() for refund in shelf.refunds.values()]
    assert sum(hour["created"] for hour in hours) == len(orders)
    assert sum(hour["paid"] for hour in hours) == sum(order.paid_at > 0 for order in orders)
    assert sum(hour["paid_fen"] for hour in hours) == sum(order.pay_fen for order in orders if order.paid_at)
    assert sum(hour["refunds_requested"] for hour in hours) == len(refunds)
    assert sum(hour["refunded_fen"] for hour in hours) == sum(
        refund.amount_fen for refund in refunds if refund.status is AftersaleStatus.CLOSED
    )


def test_what_the_cap_drops_stays_counted():
    lab = new_lab(orders_per_day=500, history_days=8, cap=800)
    assert len(lives(lab)) <= 800 + len(lab.world.shops)  # one over for each shop, as caps are rounded
    assert sum(hour["created"] for hour in lab.get("/truth")["hours"]) == pytest.approx(4000, rel=0.06)


def test_nothing_arrives_while_the_lab_is_stopped(lab):
    lab.post("/start")
    lab.post("/stop")
    lab.clock.move(hours=2)
    lab.trades()
    assert lives(lab) == {}


def test_a_start_does_not_make_up_for_the_time_slept_through(lab):
    lab.clock.move(hours=2)
    lab.post("/start")
    lab.clock.move(minutes=30)
    lab.trades()
    created = [int(life[2]) for life in lives(lab).values()]
    assert min(created) >= (NOW + timedelta(hours=2)).timestamp()


def test_an_order_made_by_hand_may_go_on_by_itself(lab):
    lab.post("/rate", orders_per_day=0)
    alive = [lab.order("tb-flagship", lives=True) for _ in range(20)]
    still = lab.order("tb-flagship")
    lab.advance(days=20)
    ended = {lab.get(f"/orders/tb-flagship/{order['number']}")["status"] for order in alive}
    assert ended <= {"completed", "closed_unpaid", "closed_refunded"}
    assert lab.get(f"/orders/tb-flagship/{still['number']}")["status"] == "unpaid"


def test_a_hub_that_ships_is_waited_for(lab):
    lab.post("/rate", orders_per_day=0, other_system_ships=False)
    orders = [lab.order("dy-flagship", lives=True) for _ in range(20)]
    lab.advance(days=5)
    now = Counter(lab.get(f"/orders/dy-flagship/{order['number']}")["status"] for order in orders)
    assert set(now) <= {"paid", "closed_unpaid", "closed_refunded"}
    assert now["paid"] > 10
