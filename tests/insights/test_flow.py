"""Are the figures of the flow map those of the orders behind them?"""

from datetime import timedelta

from orderhub.domain.flow_stage import SHIPPED_MAP, Stage, StageClock
from orderhub.domain.hold import HoldReason, hold
from orderhub.domain.order import OrderStatus
from orderhub.domain.patience import set_patience
from orderhub.domain.review import approve
from orderhub.domain.track import follow_parcel
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.insights.flow import StageFigures, dwell, hold_figures, stage_figures
from orderhub.kernel.db import Database, transaction
from tests import builders

NOW = builders.NOW
HOUR = timedelta(hours=1)


def test_orders_are_late_by_the_clock_of_their_stage(database: Database):
    with transaction() as session:
        builders.order(session, "1")
        builders.order(session, "2", ship_by=NOW + HOUR, our_status=OrderStatus.TO_SHIP)
        figures = stage_figures(session, SHIPPED_MAP, NOW + timedelta(minutes=31))
        assert figures[OrderStatus.TO_REVIEW] == StageFigures(1, 1, 13940)
        assert figures[OrderStatus.TO_SHIP] == StageFigures(1, 0, 0)
        figures = stage_figures(session, SHIPPED_MAP, NOW + timedelta(minutes=46))
        assert figures[OrderStatus.TO_SHIP] == StageFigures(1, 1, 13940)
        patient = SHIPPED_MAP.with_stage(OrderStatus.TO_REVIEW, Stage("operations", StageClock.STAY, 60))
        assert stage_figures(session, patient, NOW + timedelta(minutes=46))[OrderStatus.TO_REVIEW].late == 0
        assert figures[OrderStatus.DELIVERED] == StageFigures()


def test_silent_parcels_are_late_by_the_map_or_by_their_own_rule(database: Database):
    with transaction() as session:
        for place, carrier in enumerate((Carrier.SF, Carrier.ZTO)):
            number = f"YT000000000000{place}"
            parcels = (builders.parcel(number),)
            builders.order(session, f"{place}", ChannelStatus.SHIPPED, parcels=parcels, shipped_at=NOW)
            follow_parcel(session, number, carrier, shipped_at=NOW)
        assert stage_figures(session, SHIPPED_MAP, NOW + 47 * HOUR)[OrderStatus.SHIPPED] == StageFigures(2, 0, 0)
        assert stage_figures(session, SHIPPED_MAP, NOW + 48 * HOUR)[OrderStatus.SHIPPED].late == 2
        hours = {"unscanned_hours": 24, "stalled_hours": 96, "lost_hours": 200}
        set_patience(session, Carrier.SF, "", **hours, by="yun", now=NOW)
        assert stage_figures(session, SHIPPED_MAP, NOW + 48 * HOUR)[OrderStatus.SHIPPED] == StageFigures(2, 1, 13940)


def test_holds_are_counted_by_reason(database: Database):
    with transaction() as session:
        for number in "12":
            hold(session, builders.order(session, number), HoldReason.BUYER_REMARK, by="yun", now=NOW)
        hold(session, builders.order(session, "1"), HoldReason.MANUAL, by="yun", now=NOW)
        assert hold_figures(session) == [(HoldReason.BUYER_REMARK, 2), (HoldReason.MANUAL, 1)]


def test_how_long_orders_stayed_comes_from_the_log(database: Database):
    with transaction() as session:
        assert dwell(session, SHIPPED_MAP, OrderStatus.TO_REVIEW, NOW) is None
        for number, minutes in (("1", 10), ("2", 20), ("3", 60)):
            order = builders.order(session, number)
            approve(session, order, by="yun", now=NOW + timedelta(minutes=minutes))
        stays = dwell(session, SHIPPED_MAP, OrderStatus.TO_REVIEW, NOW + 2 * HOUR)
        assert stays
        assert stays.bars == (0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1)
        assert (stays.middle, stays.longest, stays.late_from) == (timedelta(minutes=20), HOUR, 6)
        assert dwell(session, SHIPPED_MAP, OrderStatus.TO_REVIEW, NOW + 26 * HOUR) is None
