"""Do the workbench's figures say what they claim?"""

from datetime import datetime, timedelta

from orderhub.domain.anomaly import open_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind, Severity
from orderhub.domain.order import OrderStatus
from orderhub.domain.shop import ShopSync
from orderhub.domain.task import TaskKind, claim, close, open_task
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.insights.workbench import Workbench, workbench
from orderhub.kernel.db import Database
from tests import builders

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def bench(database: Database, now: datetime, role: str = "operations", user: str = "wang") -> Workbench:
    with database.reading() as session:
        return workbench(session, role, user, now)


def test_an_empty_hub_has_no_shares_and_no_averages(database: Database, now: datetime) -> None:
    figures = bench(database, now).figures
    assert (figures.paid_today, figures.to_ship, figures.at_risk_fen) == (0, 0, 0)
    assert (figures.on_time_share, figures.handling_seconds) == (None, None)


def test_today_is_compared_with_the_same_hour_of_yesterday(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for turn, back in enumerate((HOUR, 9 * HOUR, 11 * HOUR, DAY - HOUR, DAY, DAY + HOUR, DAY + 11 * HOUR)):
            moment = now - back
            builders.order(session, f"P{turn}", paid_at=moment, placed_at=moment, updated_at=moment)
    found = bench(database, now)
    assert (found.figures.paid_today, found.figures.paid_yesterday) == (2, 1)
    assert len(found.volume.today) == 11
    assert {hour: count for hour, count in enumerate(found.volume.today) if count} == {1: 1, 9: 1}
    assert {hour: count for hour, count in enumerate(found.volume.yesterday) if count} == {9: 1, 10: 1, 11: 1, 23: 1}


def test_late_comes_before_due_and_money_ranks_within(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for number, fen, due in (
            ("small-late", 100, -HOUR),
            ("big-due", 900, HOUR),
            ("big-late", 500, -2 * HOUR),
            ("small-due", 200, 2 * HOUR - timedelta(seconds=1)),
            ("later", 9_000, 3 * HOUR),
        ):
            lines = (builders.line_draft(unit_price_fen=fen),)
            builders.order(session, number, lines=lines, ship_by=now + due, our_status=OrderStatus.TO_SHIP)
    found = bench(database, now)
    assert [row.channel_order_no for row in found.urgent] == ["big-late", "small-late", "big-due", "small-due"]
    figures = found.figures
    assert (figures.late_count, figures.late_fen, figures.due_soon_count, figures.due_soon_fen) == (2, 600, 2, 1100)
    assert (figures.to_ship, figures.at_risk_fen) == (5, 1700)


def test_on_time_counts_what_was_due_and_handling_what_left(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for number, left in (("in-time", now - HOUR), ("too-late", now - timedelta(minutes=30)), ("never", None)):
            status = ChannelStatus.SHIPPED if left else ChannelStatus.PAID
            paid_at = now - 3 * HOUR
            builders.order(
                session, number, status, paid_at=paid_at, ship_by=now - timedelta(minutes=45), shipped_at=left
            )
    figures = bench(database, now).figures
    assert figures.on_time_share == 1 / 3
    assert figures.handling_seconds == (2 * 3600 + 2.5 * 3600) / 2
    assert (figures.on_time_share_week_before, figures.handling_seconds_yesterday) == (None, None)


def test_tasks_are_mine_or_my_roles(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        due = {"mine": (2, "finance"), "role": (1, "operations"), "theirs": (0, "operations"), "other": (0, "service")}
        tasks = {
            title: open_task(
                session,
                TaskKind.PRICE_CHECK,
                title=title,
                about=("order", 1),
                role=role,
                due_at=now + hours * HOUR,
                now=now,
            )
            for title, (hours, role) in due.items()
        }
        claim(session, tasks["mine"], by="wang", now=now)
        claim(session, tasks["theirs"], by="li", now=now)
        done = open_task(
            session, TaskKind.PRICE_CHECK, title="done", about=("order", 1), role="operations", due_at=now, now=now
        )
        close(session, done, by="wang", now=now, result="ok")
    mine = bench(database, now).tasks
    assert [task.title for task in mine.tasks] == ["role", "mine"]
    assert (mine.count, mine.due_within_hour, mine.closed_today) == (2, 1, 1)
    assert bench(database, now, role="manager", user="zhao").tasks.count == 4


def test_a_channel_is_as_fresh_as_its_stalest_shop(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for code, age in (("douyin-1", 1), ("douyin-2", 20)):
            shop = builders.shop(session, code)
            moment = now - timedelta(minutes=age)
            session.add(ShopSync(shop_id=shop.id, kind="order", watermark=moment, succeeded_at=moment))
        builders.shop(session, "taobao-1", Channel.TAOBAO)
        builders.order(session)
    taobao, douyin = bench(database, now).channels
    assert (taobao.health.channel, taobao.health.succeeded_at, taobao.health.behind_count) == ("taobao", None, 1)
    assert (douyin.health.succeeded_at, douyin.health.behind_count) == (now - timedelta(minutes=20), 1)
    assert (taobao.paid_today, douyin.paid_today) == (0, 1)


def test_open_anomalies_are_grouped_by_kind(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for turn, (kind, severity, age) in enumerate(
            (
                (AnomalyKind.SHIP_BY_PAST, Severity.HIGH, 13 * HOUR),
                (AnomalyKind.SHIP_BY_PAST, Severity.HIGH, HOUR),
                (AnomalyKind.UNKNOWN_FIELD, Severity.LOW, 3 * HOUR),
            )
        ):
            seen_at = now - age
            open_anomaly(
                session,
                kind,
                about=("order", turn),
                occurred_at=seen_at,
                now=seen_at,
                severity=severity,
                at_risk_fen=100,
            )
    groups = [
        (group.kind, group.count, group.late_count, group.at_risk_fen) for group in bench(database, now).anomalies
    ]
    assert groups == [("ship_by_past", 2, 1, 200), ("unknown_field", 1, 0, 100)]
