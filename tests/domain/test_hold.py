"""Do holds end when they should: by the clock, along with the promise, never by the clock where money looks wrong?"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from orderhub.automation.due_holds import release_due as release_all_due
from orderhub.domain.acceptance import accept
from orderhub.domain.hold import (
    BY_HAND,
    NEVER,
    TWO_PERSON,
    AlreadyHeld,
    AlreadyReleased,
    Hold,
    HoldReason,
    TakesTwo,
    Until,
    hold_by_hand,
    open_holds,
    release_all_by_hand,
    release_by_hand,
    release_due,
)
from orderhub.domain.order import Order
from orderhub.domain.review import approve, order_of
from orderhub.domain.shop import Shop
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

from .drafts import NOW, a_shop, paid

HOUR = timedelta(hours=1)
SHIP_BY = NOW + 48 * HOUR
MANUAL, ADDRESS, FLOOR = HoldReason.MANUAL, HoldReason.ADDRESS_DOUBTFUL, HoldReason.PRICE_BELOW_FLOOR


@pytest.fixture
def order_id(database) -> int:
    with transaction() as session:
        return accept(session, a_shop(session), paid(ship_by=SHIP_BY), now=NOW).order.id


def by_hand(order_id, reason=MANUAL, *, until=NEVER, by="li", note=""):
    with transaction() as session:
        hold_by_hand(session, order_of(session, order_id), reason, by=by, now=NOW, note=note, until=until)


def due(now) -> int:
    with transaction() as session:
        return release_due(session, now)


def standing(order_id) -> list[HoldReason]:
    with reading() as session:
        found = [held.reason for held in open_holds(session, order_id)]
        assert session.get_one(Order, order_id).is_held == bool(found)
        return found


def promise(order_id, ship_by, minute=5):
    with transaction() as session:
        shop = session.get_one(Shop, session.get_one(Order, order_id).shop_id)
        accept(session, shop, paid(minute, ship_by=ship_by), now=NOW)


def test_a_hold_ends_at_its_moment_and_the_log_says_who(order_id):
    by_hand(order_id, until=Until(at=NOW + 2 * HOUR), note="等买家电话")
    assert (due(NOW + 2 * HOUR - timedelta(seconds=1)), standing(order_id)) == (0, [MANUAL])
    assert (due(NOW + 2 * HOUR), standing(order_id)) == (1, [])
    assert due(NOW + 3 * HOUR) == 0
    with reading() as session:
        ended = session.exec(select(Event).where(Event.kind == "hold_released")).one()
        assert (ended.actor, ended.body, ended.at) == ("system", {"reason": "manual"}, NOW + 2 * HOUR)
        assert session.exec(select(Hold)).one().note == "等买家电话"


def test_one_that_ends_leaves_the_others_standing(order_id):
    by_hand(order_id, until=Until(at=NOW + HOUR))
    by_hand(order_id, ADDRESS)
    assert (due(NOW + HOUR), standing(order_id)) == (1, [ADDRESS])


@pytest.mark.parametrize(("moved_to", "ends_after"), [(72, 68), (24, 20), (2, 0)])
def test_a_hold_before_the_promise_moves_along_with_it(order_id, moved_to, ends_after):
    by_hand(order_id, until=Until(hours_before_promise=4))
    promise(order_id, NOW + moved_to * HOUR)
    if ends_after:
        assert (due(NOW + ends_after * HOUR - timedelta(seconds=1)), standing(order_id)) == (0, [MANUAL])
    assert (due(NOW + ends_after * HOUR), standing(order_id)) == (1, [])


def test_a_promise_that_comes_later_gives_the_hold_its_end(database):
    with transaction() as session:
        order = accept(session, a_shop(session), paid(paid_at=None, ship_by=None), now=NOW).order
        hold_by_hand(session, order, MANUAL, by="li", now=NOW, until=Until(hours_before_promise=4))
        order_id = order.id
    assert due(NOW + 1000 * HOUR) == 0
    promise(order_id, SHIP_BY)
    assert due(SHIP_BY - 4 * HOUR) == 1


def test_an_approved_order_may_be_allocated_once_the_clock_lets_it_go(order_id):
    with transaction() as session:
        approve(session, order_of(session, order_id), by="li", now=NOW)
    by_hand(order_id, until=Until(at=NOW + HOUR))
    due(NOW + HOUR)
    with reading() as session:
        told = session.exec(select(Event.actor).where(Event.kind == "allocation_due").order_by(Event.id)).all()
    assert told == ["li", "system"]


def test_many_that_are_due_end_in_parts(database, monkeypatch):
    monkeypatch.setattr("orderhub.domain.hold.AT_ONCE", 2)
    with transaction() as session:
        shop = a_shop(session)
        for number in range(5):
            order = accept(session, shop, paid(channel_order_no=str(number)), now=NOW).order
            hold_by_hand(session, order, MANUAL, by="li", now=NOW, until=Until(at=NOW + HOUR))
    assert release_all_due(NOW + HOUR) == "5 holds ended"
    assert release_all_due(NOW + HOUR) == "0 holds ended"


@pytest.mark.parametrize(
    ("reason", "until", "problem"),
    [
        (MANUAL, Until(at=NOW), "hold_until"),
        (MANUAL, Until(at=NOW + 91 * 24 * HOUR), "hold_until"),
        (MANUAL, Until(hours_before_promise=48), "hold_until"),
        (MANUAL, Until(hours_before_promise=-1), "hold_hours"),
        (MANUAL, Until(hours_before_promise=10**12), "hold_hours"),
        (FLOOR, Until(at=NOW + HOUR), "hold_two_until"),
        (HoldReason.RISK, NEVER, "hold_reason"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(order_id, reason, until, problem):
    with pytest.raises(BadInput) as refused:
        by_hand(order_id, reason, until=until)
    assert (refused.value.problem, standing(order_id)) == (problem, [])


def test_whoever_is_second_is_told_who_was_first(order_id):
    by_hand(order_id, by="li")
    with pytest.raises(AlreadyHeld) as refused:
        by_hand(order_id, by="wang")
    assert refused.value.names == {"who": "li"}
    with transaction() as session:
        release_by_hand(session, order_of(session, order_id), MANUAL, by="wang", now=NOW, note="买家已确认")
    with pytest.raises(AlreadyReleased) as late, transaction() as session:
        release_by_hand(session, order_of(session, order_id), MANUAL, by="li", now=NOW)
    assert late.value.names == {"who": "wang"}
    with pytest.raises(NotFound), transaction() as session:
        release_by_hand(session, order_of(session, order_id), ADDRESS, by="li", now=NOW)
    with reading() as session:
        assert session.exec(select(Hold.release_note)).one() == "买家已确认"


def test_letting_go_of_all_spares_what_takes_two(order_id):
    for reason in (MANUAL, ADDRESS, FLOOR):
        by_hand(order_id, reason)
    with transaction() as session:
        release_all_by_hand(session, order_of(session, order_id), by="wang", now=NOW)
    assert standing(order_id) == [FLOOR]
    with pytest.raises(TakesTwo), transaction() as session:
        release_all_by_hand(session, order_of(session, order_id), by="wang", now=NOW)
    with pytest.raises(TakesTwo), transaction() as session:
        release_by_hand(session, order_of(session, order_id), FLOOR, by="wang", now=NOW)
    assert standing(order_id) == [FLOOR]


_ALONE = sorted(set(BY_HAND) - TWO_PERSON)
_ENDS = st.one_of(
    st.none(),
    st.integers(1, 40).map(lambda hours: ("for", hours)),
    st.integers(0, 40).map(lambda hours: ("before", hours)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ends=st.dictionaries(st.sampled_from(_ALONE), _ENDS),
    promised=st.lists(st.integers(41, 90), max_size=3),
    looked=st.integers(0, 95),
)
def test_what_stands_is_what_is_not_due_whatever_was_promised(database, ends, promised, looked):
    """Against the plain sum: a hold stands before its moment, counted from the last promise, and not after."""
    with transaction() as session:
        known = session.exec(select(Shop)).first() or a_shop(session)
        number = str(len(session.exec(select(Order.id)).all()))
        order = accept(session, known, paid(ship_by=SHIP_BY, channel_order_no=number), now=NOW).order
        for reason, end in ends.items():
            kind, hours = end or ("never", 0)
            until = {
                "for": Until(at=NOW + hours * HOUR),
                "before": Until(hours_before_promise=hours),
                "never": NEVER,
            }[kind]
            hold_by_hand(session, order, reason, by="li", now=NOW, until=until)
        for minute, hours in enumerate(promised, 2):
            draft = paid(minute, ship_by=NOW + hours * HOUR, channel_order_no=number)
            accept(session, known, draft, now=NOW)
        order_id = order.id
    release_all_due(NOW + looked * HOUR)
    last = promised[-1] if promised else 48
    moments = {"for": lambda hours: hours, "before": lambda hours: last - hours}
    left = {reason for reason, end in ends.items() if end is None or moments[end[0]](end[1]) > looked}
    assert set(standing(order_id)) == left
