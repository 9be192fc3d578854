"""Do mappings reach the orders that were there before them, once, and however often one goes through?"""

from datetime import timedelta

import pytest

from orderhub.intake import inbox
from orderhub.intake.consumer import consume
from orderhub.intake.mapping import rerun
from orderhub.intake.mapping.rerun import MappingRerun, NothingLive, RerunRunning, RerunState
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from tests.intake.builders import FIRST_NO, PAID_AT, keep_orders, order_native, orders

from .builders import DOUYIN, PIECES, SUBSIDY, TAGS, define_fields, go_live, tags_of, values_of


@pytest.fixture
def taken(shop, now):
    """Sixty orders that came before any mapping; every second one says where to put the parcel."""
    define_fields(now)
    natives = [
        order_native(FIRST_NO + n, buyer_words="放门口" if n % 2 else "", promotion_platform_amount=100 * n)
        for n in range(60)
    ]
    keep_orders(shop, natives, now)
    while consume(now):
        pass


def start(now, days: int = 30) -> int:
    with transaction() as session:
        return rerun.start(session, DOUYIN, days, by="ceshi-a", now=now).id


def run(rerun_id: int, now) -> MappingRerun:
    while rerun.step(rerun_id, now):
        pass
    return found(rerun_id)


def found(rerun_id: int) -> MappingRerun:
    with reading() as session:
        return session.get_one(MappingRerun, rerun_id)


def test_orders_taken_before_a_mapping_get_what_it_makes(taken, now):
    go_live([TAGS, SUBSIDY], now)
    done = run(start(now), now)
    assert (done.state, done.total, done.seen, done.changed, done.refused) == (RerunState.DONE, 60, 60, 60, 0)
    assert tags_of(orders()[1]) == {"放门口": "mapping"}
    assert tags_of(orders()[2]) == {}
    assert values_of(orders()[2]) == {"补贴": ("2.00", 200)}


def test_going_through_again_changes_nothing(taken, now):
    go_live([TAGS, SUBSIDY], now)
    run(start(now), now)
    assert run(start(now), now).changed == 0


def test_an_order_is_mapped_from_its_newest_body(taken, shop, now):
    later = order_native(FIRST_NO + 1, updated_at=PAID_AT + timedelta(minutes=5), buyer_words="打电话")
    keep_orders(shop, [later], now)
    consume(now)
    with transaction() as session:
        inbox.prune(session, before=now + timedelta(days=1))
    go_live([TAGS], now)
    run(start(now), now)
    assert tags_of(orders()[1]) == {"派前电联": "mapping"}


def test_bad_values_are_counted_and_stop_nobody(taken, now):
    go_live([TAGS, PIECES.model_copy(update={"path": "buyer_words"})], now)
    done = run(start(now), now)
    assert (done.seen, done.changed, done.refused) == (60, 30, 30)


def test_only_orders_of_the_last_days_are_gone_through(taken, now):
    go_live([TAGS], now)
    assert run(start(now + timedelta(days=10), days=3), now).total == 0
    assert tags_of(orders()[1]) == {}


def test_it_stops_where_it_was_told_to_and_what_is_done_stays(taken, now):
    go_live([SUBSIDY], now)
    rerun_id = start(now)
    assert rerun.step(rerun_id, now)
    with transaction() as session:
        rerun.cancel(session, rerun_id, by="ceshi-a", now=now)
    done = run(rerun_id, now)
    assert (done.state, done.seen) == (RerunState.CANCELLED, rerun.STEP)
    with transaction() as session, pytest.raises(NotFound):
        rerun.cancel(session, rerun_id, by="ceshi-a", now=now)


def test_the_clock_finishes_what_a_dead_process_began(taken, now):
    go_live([SUBSIDY], now)
    rerun_id = start(now)
    rerun.step(rerun_id, now)
    assert rerun.go_on(now + timedelta(seconds=30)) == 0
    assert rerun.go_on(now + timedelta(minutes=2)) == 2
    assert (found(rerun_id).state, found(rerun_id).seen) == (RerunState.DONE, 60)


def test_one_run_at_a_time_and_only_of_what_is_live(taken, now):
    with pytest.raises(NothingLive):
        start(now)
    go_live([TAGS], now)
    for days in (0, 91):
        with pytest.raises(BadInput):
            start(now, days=days)
    start(now)
    with pytest.raises(RerunRunning):
        start(now)
