"""Does each report say what plain loops over the rows say, from snapshots and live, and does the board list as many?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import Session, col, select

from jobs.counting import count_reports
from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.fill import fill_year
from orderhub.insights.aftersale import CaseQuery, CaseTab, case_page
from orderhub.insights.board import BoardQuery, Tab, board_counts
from orderhub.insights.desk import DeskQuery, DeskState, desk_ids, desk_total
from orderhub.insights.reports.anomaly_top import anomaly_top
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import Behind, FunnelStep, Loss, Promise
from orderhub.insights.reports.behind_service import AnomaliesBehind, CasesBehind, Matter, TicketsBehind
from orderhub.insights.reports.funnel import funnel
from orderhub.insights.reports.return_reasons import return_reasons
from orderhub.insights.reports.rows import order_rows
from orderhub.insights.reports.service_load import service_load
from orderhub.insights.reports.timeliness import timeliness
from orderhub.insights.reports.times import bin_of, middle_of
from orderhub.insights.reports.trend import Step, trend
from orderhub.insights.ticket import Queue, TicketQuery, ticket_page
from orderhub.kernel.clock import SHANGHAI, business_day, day_bounds, day_start
from orderhub.kernel.db import Database
from orderhub.kernel.sight import Sight, seeing
from tests.builders import NOW

from .naive import Naive

DAY = timedelta(days=1)
ORDERS, DAYS = 800, 75
TODAY = day_start(business_day(NOW))
WHOLE_DAYS = ReportAsked(TODAY - 70 * DAY, TODAY + DAY)
ASKED = (
    WHOLE_DAYS,
    ReportAsked(TODAY - 7 * DAY, TODAY + DAY, Channel.TAOBAO),
    ReportAsked(TODAY - 40 * DAY, TODAY - 3 * DAY, None, "jd-1"),
    ReportAsked(TODAY - 64 * DAY, TODAY + DAY, None, "", "east"),
    ReportAsked(TODAY - 20 * DAY + timedelta(hours=5), NOW - timedelta(hours=3), Channel.DOUYIN, "", "south"),
    ReportAsked(TODAY, TODAY + DAY),
    ReportAsked(TODAY - 30 * DAY, TODAY, None, "nobody"),
)


@pytest.fixture(params=["live", "counted"])
def filled(database: Database, request: pytest.FixtureRequest) -> Database:
    fill_year(database, ORDERS, days=DAYS, now=NOW, seed=7)
    if request.param == "counted":
        assert count_reports(NOW) != "0 days"
    return database


@pytest.fixture
def session(filled: Database) -> Iterator[Session]:
    with filled.reading() as session:
        yield session


def check(session: Session, asked: ReportAsked) -> None:
    naive = Naive(session, asked, NOW)
    check_trend(session, asked, naive)
    rows = [(row.orders, row.waiting, row.cancelled, row.refunded) for row in funnel(session, asked, NOW)]
    assert rows == naive.funnel()
    check_timeliness(session, asked, naive)
    top = anomaly_top(session, asked, NOW, most=100)
    assert {row.kind: (row.count, row.open, row.overdue, row.at_risk_fen, row.oldest_at) for row in top.rows} == (
        naive.anomalies()
    )
    cells = service_load(session, asked, NOW).cells
    figures = {(cell.weekday, cell.hour): (*vars(cell.tickets).values(), *vars(cell.cases).values()) for cell in cells}
    assert {key: cell for key, cell in figures.items() if any(cell)} == naive.load()
    check_reasons(session, asked, naive)


def check_trend(session: Session, asked: ReportAsked, naive: Naive) -> None:
    found = trend(session, asked, NOW, Step.DAY)
    assert (found.paid.orders, found.paid.fen) == naive.paid(NOW)
    steps = naive.steps(DAY)
    shown = {row.at.astimezone(SHANGHAI): (row.paid.orders, row.paid.fen) for row in found.rows if row.paid}
    assert {at: sums for at, sums in shown.items() if sums[0]} == steps
    before = asked.moved(-(-(asked.until - asked.since) // DAY) * DAY)
    same_moment = min(asked.until, NOW) - (asked.since - before.since)
    earlier = Naive(session, before, NOW)
    assert (found.before.orders, found.before.fen) == earlier.paid(same_moment)
    assert sum(row.before.orders for row in found.rows) == earlier.paid()[0]


def check_timeliness(session: Session, asked: ReportAsked, naive: Naive) -> None:
    wanted, found = naive.times(), timeliness(session, asked, NOW)
    assert {row.channel for row in found} == wanted.keys()
    for row in found:
        one = wanted[row.channel]
        figures = (row.kept, row.late, row.shipped, row.delivered)
        assert figures == (one["kept"], one["late"], len(one["ship"]), len(one["deliver"]))
        assert row.to_ship_median == in_bin(one["ship"], 50)
        assert row.to_ship_p90 == in_bin(one["ship"], 90)
        assert row.to_deliver_median == in_bin(one["deliver"], 50)
    shares = [row.share for row in found if row.rank]
    assert shares == sorted(shares, reverse=True, key=lambda share: share or 0)


def in_bin(seconds: list[int], percent: int) -> int | None:
    ordered = sorted(seconds)
    return middle_of(bin_of(ordered[-(-len(ordered) * percent // 100) - 1])) if ordered else None


def check_reasons(session: Session, asked: ReportAsked, naive: Naive) -> None:
    found = return_reasons(session, asked, NOW)
    reasons, money, skus, months = naive.reasons()
    shown = {(row.kind, channel): count for row in found.rows for channel, count in row.by_channel.items()}
    assert shown == dict(reasons)
    assert {row.kind: row.fen for row in found.rows} == dict(money)
    assert {month.month: month.count for month in found.months if month.count} == dict(months)
    assert sorted((row.count for row in found.skus), reverse=True) == sorted(skus.values(), reverse=True)[:20]
    assert all(skus[row.sku_code] == row.count for row in found.skus)
    assert found.count == sum(reasons.values())


def test_every_report_says_what_plain_loops_say(session: Session) -> None:
    for asked in ASKED:
        check(session, asked)


def test_who_sees_two_shops_or_one_warehouse_gets_the_figures_of_those(session: Session) -> None:
    for sight in (Sight(shops=frozenset({1, 4})), Sight(warehouses=frozenset({"south"}))):
        with seeing(sight):
            naive = Naive(session, WHOLE_DAYS, NOW)
            assert 0 < len(naive.orders) < ORDERS
            check(session, WHOLE_DAYS)


def test_hours_and_minutes_of_a_day_add_up_to_it(session: Session) -> None:
    asked = ReportAsked(*day_bounds(business_day(NOW) - DAY))
    naive = Naive(session, asked, NOW)
    for step, width in ((Step.HOUR, timedelta(hours=1)), (Step.MINUTE, timedelta(minutes=1))):
        found = trend(session, asked, NOW, step)
        shown = {row.at.astimezone(SHANGHAI): row.paid.orders for row in found.rows if row.paid and row.paid.orders}
        assert shown == {at: count for at, (count, _) in naive.steps(width).items()}


def test_the_board_lists_as_many_orders_as_each_figure_says(session: Session) -> None:
    for asked in ASKED:
        behind = Behind(asked.since, asked.until, asked.warehouse)
        for row in funnel(session, asked, NOW):
            assert listed(session, asked, replace(behind, reached=row.step)) == row.orders
            if row.step is not FunnelStep.PAID:
                lost = replace(behind, lost=row.step)
                figures = [listed(session, asked, replace(lost, why=why)) for why in Loss]
                assert figures == [row.waiting, row.cancelled, row.refunded]
                assert listed(session, asked, lost) == row.lost
        for row in timeliness(session, asked, NOW):
            of_channel = replace(asked, channel=row.channel)
            figures = [listed(session, of_channel, replace(behind, promise=promise)) for promise in Promise]
            assert figures == [row.kept, row.late]


def listed(session: Session, asked: ReportAsked, behind: Behind) -> int:
    channels, shops = (asked.channel,) if asked.channel else (), (asked.shop,) if asked.shop else ()
    query = BoardQuery(tab=Tab.ALL, channels=channels, shops=shops, behind=behind)
    return board_counts(session, query, NOW)[Tab.ALL]


def test_the_orders_behind_the_figures_go_by_one_by_one(session: Session) -> None:
    for asked in ASKED:
        rows = list(order_rows(session, asked, NOW))
        paid = trend(session, asked, NOW, Step.DAY).paid
        assert (len([row for row in rows if row.paid_at < NOW]), sum(row.paid_fen for row in rows)) == (
            paid.orders,
            paid.fen,
        )
        assert [row.paid_at for row in rows] == sorted(row.paid_at for row in rows)
    asked = ASKED[0]
    lost = Behind(asked.since, asked.until, lost=FunnelStep.SHIPPED)
    assert len(list(order_rows(session, asked, NOW, lost))) == funnel(session, asked, NOW)[2].lost
    with seeing(Sight(fields=frozenset())):
        assert {row.paid_fen for row in order_rows(session, asked, NOW)} == {0}


def test_the_desk_lists_as_many_anomalies_as_each_figure_says(session: Session) -> None:
    for asked in ASKED:
        behind = AnomaliesBehind(asked.since, asked.until, asked.shop, asked.warehouse)
        for row in anomaly_top(session, asked, NOW).rows:
            query = DeskQuery(state=DeskState.ALL, kind=row.kind, channel=asked.channel, behind=behind)
            assert len(desk_ids(session, query, NOW)) == desk_total(session, query, NOW) == row.count
            assert len(desk_ids(session, replace(query, state=DeskState.OPEN), NOW)) == row.open
            late = replace(query, behind=replace(behind, overdue=True))
            assert len(desk_ids(session, late, NOW)) == row.overdue


def test_the_queues_list_as_many_matters_as_each_hour_says(session: Session) -> None:
    asked, random = ASKED[3], Random(3)
    cells = [cell for cell in service_load(session, asked, NOW).cells if cell.opened or cell.answered]
    for cell in random.sample(cells, 12):
        for matter in Matter:
            hour = (cell.weekday, cell.hour)
            tickets = TicketsBehind(asked.since, asked.until, warehouse="east", matter=matter, hour=hour)
            found = ticket_page(session, TicketQuery(Queue.ALL, "", behind=tickets), NOW, size=200)
            assert len(found.rows) == found.total == getattr(cell.tickets, matter)
            cases = CasesBehind(asked.since, asked.until, "east", matter, hour)
            assert cases_listed(session, CaseQuery(tab=CaseTab.ALL, behind=cases)) == getattr(cell.cases, matter)


def test_the_cases_list_as_many_as_each_reason_says(session: Session) -> None:
    found = return_reasons(session, WHOLE_DAYS, NOW)
    behind = CasesBehind(WHOLE_DAYS.since, WHOLE_DAYS.until, returning=True)
    for row in found.rows:
        query = CaseQuery(tab=CaseTab.ALL, reasons=(row.kind,), behind=replace(behind, own_id=row.own_id))
        assert cases_listed(session, query) == row.count
    for sku in found.skus:
        query = CaseQuery(tab=CaseTab.ALL, behind=replace(behind, sku_code=sku.sku_code))
        assert cases_listed(session, query) == sku.count


def cases_listed(session: Session, query: CaseQuery) -> int:
    count, cursor = 0, ""
    while True:
        page = case_page(session, replace(query, cursor=cursor), NOW)
        count, cursor = count + len(page.rows), page.next_cursor
        if not cursor:
            return count


def test_the_figures_of_the_reports_agree_with_each_other(session: Session) -> None:
    for asked in ASKED:
        paid = funnel(session, asked, NOW)[0].orders
        assert paid == sum(row.paid.orders for row in trend(session, asked, NOW, Step.DAY).rows if row.paid)
        cases = sum(cell.cases.opened for cell in service_load(session, asked, NOW).cells)
        assert return_reasons(session, asked, NOW).count <= cases
        left = sum(row.shipped for row in timeliness(session, asked, NOW))
        shipped = funnel(session, asked, NOW)[2].orders
        assert left == shipped


def test_a_figure_of_today_has_no_future(session: Session) -> None:
    asked = ReportAsked(TODAY, TODAY + DAY)
    found = trend(session, asked, NOW)
    assert [row.paid is None for row in found.rows] == [row.at > NOW for row in found.rows]
    recent = select(Order.id).where(col(Order.paid_at) >= TODAY)
    assert found.paid.orders == len(session.exec(recent).all())


def test_a_period_that_is_none_is_refused(now: datetime) -> None:
    with pytest.raises(Exception, match="ends before it begins"):
        ReportAsked(now, now)
