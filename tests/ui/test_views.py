"""What stands in the cells: rows, the drawer, figures, the plot, refusals."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.hold import HoldReason, StillHeld, hold
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve, tag
from orderhub.domain.shop import Rollout, ShopSync
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.insights.board import BoardQuery, BoardSort, Tab, board_rows
from orderhub.insights.order_card import copy_text, order_card
from orderhub.insights.workbench import Figures, HourlyVolume, workbench
from orderhub.kernel.db import Database
from orderhub.kernel.errors import IllegalMove, NotFound
from orderhub.ui.board_rows import RowView, row_view
from orderhub.ui.board_view import BoardView, board_view
from orderhub.ui.card_view import CardView
from orderhub.ui.card_words import card_view
from orderhub.ui.figures import counters, sync_health
from orderhub.ui.refusals import outcome_text
from orderhub.ui.workbench_view import _figures, _round_up, _span, plot_line, workbench_view
from tests import builders

FIGURES = Figures(
    paid_today=1234,
    paid_yesterday=1000,
    to_ship=5,
    on_time_share=0.9756,
    on_time_share_week_before=0.98,
    handling_seconds=3600,
    handling_seconds_yesterday=5400,
    late_count=1,
    late_fen=100,
    due_soon_count=2,
    due_soon_fen=250,
)


def row(session: Session, order: Order, now: datetime) -> RowView:
    (found,) = board_rows(session, [order.id], now)
    return row_view(found)


def card(session: Session, order: Order, now: datetime) -> CardView:
    found = order_card(session, order.id, now)
    return card_view(found, copy_text(found))


def view(database: Database, **asked: object) -> BoardView:
    with database.reading() as session:
        return board_view(session, BoardQuery(**asked))  # type: ignore[arg-type]


def test_a_row_that_must_leave_shows_deadline_and_risk(database: Database, now: datetime):
    with database.transaction() as session:
        made = builders.order(session, ship_by=now + timedelta(hours=2))
        hold(session, made, HoldReason.RISK, by="system", now=now)
        tag(session, made, "加急", by="system", now=now)
        session.flush()
        found = row(session, made, now)
    assert (found.due, found.due_exact, found.risk, found.paid) == (
        str(int(now.timestamp()) + 7200),
        "2026-11-24 12:00:00",
        "¥139.40",
        "¥139.40",
    )
    assert (found.holds, found.tags, found.tail, found.kinds, found.goods) == (
        ["risk"],
        ["加急"],
        "0000",
        "",
        "收纳箱 40L ×1",
    )


def test_a_row_that_has_left_shows_neither(database: Database, now: datetime):
    with database.transaction() as session:
        parcels = (builders.parcel(),)
        made = builders.order(session, status=ChannelStatus.SHIPPED, parcels=parcels, shipped_at=now)
        found = row(session, made, now)
    assert (found.due, found.risk, found.carrier, found.waybill) == ("", "", "圆通速递", "YT0000000000001")


def test_a_row_counts_its_kinds_from_two_on(database: Database, now: datetime):
    lines = (builders.line_draft(), builders.line_draft(channel_line_no="2", sku_code="HOOK-1"))
    with database.transaction() as session:
        assert row(session, builders.order(session, lines=lines), now).kinds == "2"


def test_the_drawer_offers_approval_only_to_what_waits_for_it(database: Database, now: datetime):
    with database.transaction() as session:
        made = builders.order(session)
        assert card(session, made, now).may_be_approved
        approve(session, made, by="ceshi", now=now)
        session.flush()
        found = card(session, made, now)
    assert (found.may_be_approved, found.status) == (False, "to_allocate")


def test_the_drawer_shows_open_holds_and_the_whole_story(database: Database, now: datetime):
    with database.transaction() as session:
        made = builders.order(session)
        hold(session, made, HoldReason.MANUAL, by="ceshi", now=now, note="等买家确认")
        tag(session, made, "加急", by="ceshi", now=now)
        session.flush()
        found = card(session, made, now)
    assert [(held.reason, held.note, held.by, held.at) for held in found.holds] == [
        ("manual", "等买家确认", "ceshi", "11-24 10:00")
    ]
    story = [(entry.kind, entry.reason, entry.word, entry.actor) for entry in found.timeline]
    assert story[:2] == [("order_tagged", "", "加急", "ceshi"), ("order_held", "manual", "", "ceshi")]
    assert story[-1][0] == "order_received"
    assert "订单：OH" in found.copy_text
    assert (found.phone, found.receiver) == ("138****0000", "测试省 测试市 测试区 测试路****")


def test_an_order_with_bare_facts_shows_dashes_not_nothing(database: Database, now: datetime):
    with database.transaction() as session:
        line = builders.line_draft(sku_code="")
        made = builders.order(session, status=ChannelStatus.UNPAID, lines=(line,))
        found = card(session, made, now)
    assert (found.lines[0].sku, found.paid_at, found.risk, found.discount, found.due) == ("—", "", "", "", "")


def test_every_tab_and_sort_keeps_the_filters(database: Database):
    found = view(database, tab=Tab.LATE, channels=(Channel.DOUYIN,), cursor="abc")
    assert found.tabs["open"] == "/orders?channel=douyin"
    assert found.tabs["held"] == "/orders?tab=held&channel=douyin"
    assert found.sorts["due"] == "/orders?tab=late&channel=douyin&desc=1"
    assert found.sorts["at_risk"] == "/orders?tab=late&channel=douyin&sort=at_risk&desc=1"
    assert (found.first, found.clear_all, found.is_filtered) == (
        "/orders?tab=late&channel=douyin",
        "/orders?tab=late",
        True,
    )
    assert set(found.tabs) == set(Tab) - {Tab.PENDING_PAYMENT}
    assert set(found.sorts) == set(BoardSort)


def test_a_filter_shows_what_is_chosen_and_takes_it_back(database: Database):
    found = view(database, channels=(Channel.DOUYIN,), tags=("加急",), due_within_hours=7)
    assert [one.word for one in found.channel.choices if one.is_on] == ["douyin"]
    assert (found.tag.shown, found.tag.clear) == (["加急"], "/orders?channel=douyin&due=7")
    assert [(one.word, one.is_on) for one in found.deadline.choices] == [
        ("2", False),
        ("7", True),
        ("24", False),
        ("48", False),
    ]


@pytest.mark.parametrize(
    ("least", "most", "shown"),
    [
        (None, None, []),
        (500, None, ["¥5.00 – ∞"]),
        (None, 990, ["¥0.00 – ¥9.90"]),
        (500, 123450, ["¥5.00 – ¥1234.50"]),
    ],
)
def test_bounds_of_money_are_shown(database: Database, least: int | None, most: int | None, shown: list[str]):
    assert view(database, least_fen=least, most_fen=most).money.shown == shown


def test_counters_are_empty_where_nothing_waits(database: Database, now: datetime):
    with database.transaction() as session:
        assert counters(session) == replace(counters(session), orders="", anomalies="")
        builders.order(session)
        about = ("order", 1)
        open_anomaly(session, AnomalyKind.SHIP_BY_PAST, about=about, occurred_at=now, now=now, severity=Severity.LOW)
        session.flush()
        assert (counters(session).orders, counters(session).anomalies) == ("1", "1")


def test_a_shop_that_is_off_troubles_nobody(database: Database, now: datetime):
    with database.transaction() as session:
        fresh = builders.shop(session, "douyin-1")
        session.add(ShopSync(shop_id=fresh.id, kind="order", watermark=now, succeeded_at=now))
        builders.shop(session, "taobao-1", Channel.TAOBAO, rollout=Rollout.OFF)
        (found,) = sync_health(session, now)
    assert (found.channel, found.oldest, found.shops, found.is_troubled) == (
        "douyin",
        str(int(now.timestamp())),
        "1",
        False,
    )


def test_figures_are_compared_and_say_which_way_is_good():
    paid, to_ship, on_time, handling, at_risk = _figures(FIGURES)
    assert (paid.value, paid.change, paid.is_up, paid.is_better) == ("1,234", "23.4%", True, True)
    assert (to_ship.value, to_ship.change) == ("5", "")
    assert (on_time.value, on_time.change, on_time.is_up, on_time.is_better) == ("97.6%", "0.4%", False, False)
    assert (handling.value, handling.change, handling.is_up, handling.is_better) == ("1:00", "0:30", False, True)
    assert at_risk.value == "¥3.50"


def test_what_cannot_be_compared_shows_no_change():
    nothing = replace(
        FIGURES,
        paid_yesterday=0,
        on_time_share=None,
        handling_seconds=None,
        on_time_share_week_before=0.5,
        handling_seconds_yesterday=60,
    )
    paid, _, on_time, handling, _ = _figures(nothing)
    assert [(one.value, one.change) for one in (paid, on_time, handling)] == [("1,234", ""), ("—", ""), ("—", "")]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (29, "0:00"), (31, "0:01"), (3599, "1:00"), (40200, "11:10")]
)
def test_a_span_is_hours_and_minutes(seconds: int, text: str):
    assert _span(seconds) == text


@pytest.mark.parametrize(
    ("most", "top"), [(1, 4), (4, 4), (5, 8), (9, 20), (20, 20), (21, 40), (81, 200), (999, 2000), (80_001, 200_000)]
)
def test_grid_lines_stand_at_whole_numbers(most: int, top: int):
    assert (_round_up(most), top % 4) == (top, 0)


def test_a_plot_runs_from_the_first_hour_to_this_one():
    plot = plot_line(HourlyVolume(today=(0, 4), yesterday=(2,) * 24))
    assert plot.today == "M36.0 174.0 L55.0 8.0"
    assert plot.area == "M36.0 174.0 L55.0 8.0 L55.0 174.0 L36.0 174.0Z"
    assert (plot.last_x, plot.last_y, plot.ticks) == ("55.0", "8.0", ["0", "1", "2", "3", "4"])
    assert plot.yesterday.startswith("M36.0 91.0 L55.0 91.0")
    assert plot.yesterday.endswith("L472.0 91.0")


def test_a_plot_of_nothing_draws_nothing():
    plot = plot_line(HourlyVolume(today=(), yesterday=()))
    assert (plot.today, plot.area, plot.yesterday, plot.ticks[-1]) == ("", "", "", "4")


def test_bars_of_money_are_as_long_as_their_share(database: Database, now: datetime):
    with database.transaction() as session:
        for number, fen in (("much", 20_000), ("half", 10_000), ("little", 100)):
            lines = (builders.line_draft(unit_price_fen=fen),)
            builders.order(session, number, lines=lines, ship_by=now - timedelta(hours=1))
        found = workbench_view(workbench(session, "operations", "ceshi", now), now)
    assert [(one.no, one.width, one.is_late, one.status) for one in found.urgent] == [
        ("much", "100", True, "to_review"),
        ("half", "50", True, "to_review"),
        ("little", "2", True, "to_review"),
    ]
    assert (found.at, found.late_count, found.late_money) == ("11-24 10:00", "3", "¥301.00")


def test_refusals_are_counted_by_reason():
    refusals = [StillHeld("a"), NotFound("b"), StillHeld("c"), IllegalMove("d")]
    assert outcome_text("zh", 1, refusals) == ("完成 1 单；未完成 4 单：有挂起未放行 ×2、找不到了 ×1、状态不允许 ×1")
    assert outcome_text("en", 1, refusals) == (
        "1 done; 4 refused: it is held ×2, not found ×1, its status does not allow it ×1"
    )
    assert outcome_text("zh", 3, []) == "完成 3 单"


def test_an_order_status_of_the_end_is_no_risk(database: Database, now: datetime):
    with database.transaction() as session:
        made = builders.order(session, our_status=OrderStatus.CANCELLED)
        assert (row(session, made, now).risk, card(session, made, now).risk) == ("", "")
