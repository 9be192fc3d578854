"""Which deliveries are picked in one walk, and what becomes of the wave when one of them changes?"""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.domain.delivery import Delivery, DeliveryStatus, delivery_of
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.merging import merge
from orderhub.domain.order import Order
from orderhub.domain.review import order_of
from orderhub.domain.stock import Warehouse
from orderhub.domain.wave import Candidate, NothingToPick, Wave, WaveStatus, WaveWish, chosen, make_wave, move_wave
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import IllegalMove, NotFound
from tests.builders import NOW

from .packed import LATER, allocated, labelled, paid, planned
from .stocked import EAST, stocked


@pytest.fixture
def east(database) -> int:
    with transaction() as session:
        stocked(session, A=(50, 0), B=(50, 0))
        return session.exec(select(Warehouse.id).where(Warehouse.code == EAST)).one()


def make(warehouse_id: int, **wish) -> Wave:
    with transaction() as session:
        return make_wave(session, warehouse_id, WaveWish(**wish), by="ceshi-w", now=LATER)


def inside(wave: Wave) -> list[int]:
    with reading() as session:
        return list(session.exec(select(Delivery.id).where(Delivery.wave_id == wave.id).order_by(Delivery.id)))


def move(wave: Wave, target: WaveStatus) -> Wave:
    with transaction() as session:
        return move_wave(session, wave.id, target, by="ceshi-w", now=LATER)


def test_a_wave_takes_what_waits_once_and_counts_from_one_each_day(east):
    first, second = planned("1", ("A", 1)), planned("2", ("B", 1))
    wave = make(east, most=1)
    assert (wave.number, wave.day.isoformat(), inside(wave)) == (1, "2026-11-24", [first])
    later = make(east)
    assert (later.number, inside(later)) == (2, [second])
    with pytest.raises(NothingToPick):
        make(east)


@pytest.mark.parametrize(("wish", "taken"), [
    ({"carrier": Carrier.SF}, [0, 1]), ({"carrier": Carrier.ZTO}, []), ({"only_single": True}, [0, 2]),
    ({"only_urgent": True}, [2]), ({"only_labelled": True}, [0, 1]), ({}, [0, 1, 2]), ({"most": 0}, []),
])  # fmt: skip
def test_a_wave_takes_what_was_asked_for(east, wish, taken):
    urgent = paid("3", ("A", 2))
    with transaction() as session:
        order_of(session, urgent).is_urgent = True
    ids = [planned("1", ("A", 1)), planned("2", ("A", 1), ("B", 1)), allocated(urgent)[0]]
    if taken:
        assert inside(make(east, **wish)) == sorted(ids[turn] for turn in taken)
    else:
        with pytest.raises(NothingToPick):
            make(east, **wish)


def test_what_is_held_or_at_another_warehouse_never_joins(east):
    order_id = paid("1", ("A", 1))
    allocated(order_id)
    with transaction() as session:
        hold(session, order_of(session, order_id), HoldReason.MANUAL, by="li", now=NOW)
    for warehouse_id in (east, east + 1, 0):
        with pytest.raises(NothingToPick):
            make(warehouse_id)


def test_what_is_cancelled_or_merged_leaves_its_wave(east):
    ids = [allocated(paid(no, ("A", 1)))[0] for no in "123"]
    wave = make(east)
    paid("1", ("A", 1), minute=5, status=ChannelStatus.CLOSED_UNPAID)
    assert inside(wave) == ids[1:]
    with transaction() as session:
        merge(session, delivery_of(session, ids[1]), [delivery_of(session, ids[2])], by="a", now=LATER)
    assert inside(wave) == [ids[1]]


def test_a_cancelled_wave_lets_go_of_what_is_not_packed(east):
    packed, waiting = planned("1", ("A", 1)), planned("2", ("A", 1))
    wave = make(east)
    with transaction() as session:
        delivery_of(session, packed).status = DeliveryStatus.PACKED
    assert move(wave, WaveStatus.PICKING).ended_at is None
    assert move(wave, WaveStatus.CANCELLED).ended_at == LATER
    assert inside(wave) == [packed]
    with pytest.raises(IllegalMove):
        move(wave, WaveStatus.PICKING)
    assert inside(make(east)) == [waiting]
    with transaction() as session, pytest.raises(NotFound):
        move_wave(session, 99, WaveStatus.DONE, by="ceshi-w", now=LATER)


def test_the_numbers_of_two_days_do_not_meet(east):
    labelled(allocated(paid("1", ("A", 1)))[0])
    make(east)
    allocated(paid("2", ("A", 1)))
    with transaction() as session:
        next_day = make_wave(session, east, WaveWish(), by="ceshi-w", now=LATER + timedelta(days=1))
        assert (next_day.number, session.exec(select(Order)).all() != []) == (1, True)


CANDIDATE = st.builds(
    Candidate,
    delivery_id=st.integers(1, 10**6),
    carrier=st.sampled_from([None, *Carrier]),
    is_labelled=st.booleans(),
    is_urgent=st.booleans(),
    is_held=st.booleans(),
    ship_by=st.one_of(st.none(), st.integers(0, 50).map(lambda hours: NOW + timedelta(hours=hours))),
    paid_fen=st.integers(0, 10**6),
    kinds=st.integers(1, 3),
)


@given(st.lists(CANDIDATE, max_size=30, unique_by=lambda one: one.delivery_id), st.integers(0, 20))
def test_nothing_held_is_chosen_and_nothing_less_pressing_goes_before(found, most):
    known = {one.delivery_id: one for one in found}
    wave = [known[number] for number in chosen(WaveWish(most=most), found)]
    assert len(wave) == min(most, sum(not one.is_held for one in found))
    assert not any(one.is_held for one in wave)
    for before, after in pairwise(wave):
        assert before.is_urgent >= after.is_urgent
        if before.is_urgent == after.is_urgent and after.ship_by:
            assert before.ship_by
            assert before.ship_by <= after.ship_by
