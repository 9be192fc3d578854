from datetime import timedelta

from sqlmodel import col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.shop import ShopSync
from orderhub.domain.task import Task, TaskKind
from orderhub.intake.consumer import consume
from orderhub.intake.sync import slices
from orderhub.intake.watch import find_late_orders, find_syncs_behind
from orderhub.kernel.db import reading, transaction

from .builders import FIRST_NO, PAID_AT, keep_orders, order_native

MINUTE = timedelta(minutes=1)
SHIP_BY = PAID_AT + timedelta(hours=48)


def test_a_late_order_gets_one_anomaly_and_loses_it_when_it_leaves(shop, now):
    keep_orders(shop, [order_native(FIRST_NO)], now)
    consume(now)
    assert find_late_orders(SHIP_BY) == 0
    late = SHIP_BY + MINUTE
    assert [find_late_orders(late), find_late_orders(late)] == [1, 0]
    (found,) = _open(AnomalyKind.SHIP_BY_PAST)
    assert (found.occurred_at, found.detected_at, found.at_risk_fen) == (SHIP_BY, late, 7980)

    shipped = order_native(FIRST_NO, updated_at=late, order_status=3, ship_time=int(late.timestamp()))
    keep_orders(shop, [shipped], late)
    consume(late)
    assert find_late_orders(late + MINUTE) == 0
    assert _open(AnomalyKind.SHIP_BY_PAST) == []


def test_a_shop_that_misses_three_pulls_is_behind_once(shop, now):
    with transaction() as session:
        for kind in ("order", "refund"):
            session.add(ShopSync(shop_id=shop.id, kind=kind, watermark=now, succeeded_at=now))
    assert find_syncs_behind(now + 15 * MINUTE) == 0
    assert [find_syncs_behind(now + 16 * MINUTE), find_syncs_behind(now + 17 * MINUTE)] == [1, 1]
    (found,) = _open(AnomalyKind.SYNC_BEHIND)
    assert (found.occurred_at, found.detected_at) == (now + 5 * MINUTE, now + 16 * MINUTE)
    with reading() as session:
        assert [task.kind for task in session.exec(select(Task))] == [TaskKind.SYNC_TROUBLE]


def test_a_span_is_cut_into_windows_the_channel_allows(now):
    hour = timedelta(hours=1)
    cut = [(window.start, window.end) for window in slices(now, now + 2.5 * hour, hour)]
    assert cut == [(now, now + hour), (now + hour, now + 2 * hour), (now + 2 * hour, now + 2.5 * hour)]


def test_a_clock_that_stepped_back_asks_for_nothing(now):
    assert list(slices(now, now - timedelta(hours=1), timedelta(hours=1))) == []


def _open(kind):
    with reading() as session:
        return session.exec(select(Anomaly).where(Anomaly.kind == kind, col(Anomaly.resolved_at).is_(None))).all()
