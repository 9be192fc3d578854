"""Do the snapshots follow whatever changes, and nothing else?"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from jobs.counting import count_reports, recount_reports
from orderhub.automation.forgetting import forget_people
from orderhub.domain.acceptance import accept
from orderhub.domain.aftersale import accept_refund
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import let_pass
from orderhub.domain.words import AftersaleKind, ChannelStatus
from orderhub.fill import fill_year
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.cell import ReportCell, ReportCounted, Span
from orderhub.insights.reports.funnel import funnel
from orderhub.insights.reports.return_reasons import return_reasons
from orderhub.insights.reports.timeliness import timeliness
from orderhub.insights.reports.trend import trend
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.db import Database
from orderhub.prove_reports import prove_reports
from tests import builders
from tests.builders import NOW
from tests.domain.drafts import a_refund

DAY = timedelta(days=1)
TODAY = day_start(business_day(NOW))
AGO = NOW - 9 * DAY
ASKED = ReportAsked(TODAY - 20 * DAY, TODAY + DAY)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def counted(database: Database) -> Database:
    """One order, paid nine days ago and shipped eight days ago; one of today; the past is counted."""
    with database.transaction() as session:
        facts: dict[str, Any] = {"placed_at": AGO, "paid_at": AGO, "updated_at": AGO, "shipped_at": AGO + DAY}
        builders.order(session, "A", ChannelStatus.SHIPPED, now=AGO, parcels=(builders.parcel(),), **facts)
        builders.order(session, "B")
    assert count_reports(NOW) == "9 days"
    return database


def reached(database: Database, asked: ReportAsked = ASKED) -> list[int]:
    with database.reading() as session:
        return [row.orders for row in funnel(session, asked, LATER)]


def cells(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        rows = session.exec(select(ReportCell)).all()
        return sorted((one.report, one.span, one.begins_on, one.shop_id, one.places, one.count) for one in rows)


def test_a_late_change_of_an_old_day_is_seen(counted: Database) -> None:
    assert reached(counted) == [2, 1, 1, 0, 0]
    with counted.transaction() as session:
        facts = {"placed_at": AGO, "paid_at": AGO, "updated_at": NOW, "shipped_at": AGO + DAY}
        draft = builders.draft("A", ChannelStatus.COMPLETED, parcels=(builders.parcel(),), **facts)
        accept(session, builders.shop(session), draft, now=LATER)
    assert count_reports(LATER) == "1 days"
    assert reached(counted) == [2, 1, 1, 1, 1]


def test_what_happens_today_is_seen_at_once(counted: Database) -> None:
    with counted.transaction() as session:
        order = session.exec(select(Order).where(Order.channel_order_no == "B")).one()
        let_pass(session, order, by="ceshi-a", now=NOW)
        builders.order(session, "C")
    assert reached(counted) == [3, 2, 1, 0, 0]
    with counted.reading() as session:
        assert trend(session, ReportAsked(TODAY, TODAY + DAY), NOW).paid.orders == 2


def test_an_order_that_was_paid_on_another_day_after_all_moves_there(counted: Database) -> None:
    moved_to = AGO - 3 * DAY
    with counted.transaction() as session:
        facts = {"placed_at": AGO, "paid_at": moved_to, "updated_at": NOW, "shipped_at": AGO + DAY}
        draft = builders.draft("A", ChannelStatus.SHIPPED, parcels=(builders.parcel(),), **facts)
        accept(session, builders.shop(session), draft, now=LATER)
    count_reports(LATER)
    before, then = TODAY - 12 * DAY, TODAY - 9 * DAY
    assert reached(counted, ReportAsked(before, before + DAY))[0] == 1
    assert reached(counted, ReportAsked(then, then + DAY))[0] == 0


def test_a_return_of_long_ago_is_counted_where_it_was_asked_for(counted: Database) -> None:
    with counted.transaction() as session:
        shop = builders.shop(session)
        facts = {"channel": shop.channel, "channel_order_no": "A", "kind": AftersaleKind.RETURN_AND_REFUND}
        draft = a_refund(**facts, requested_at=NOW - 2 * DAY)
        accept_refund(session, shop, draft, now=LATER)
    count_reports(LATER)
    with counted.reading() as session:
        assert return_reasons(session, ASKED, LATER).count == 1
        assert not return_reasons(session, replace(ASKED, until=TODAY - 3 * DAY), LATER).count


def test_to_count_again_changes_nothing(counted: Database) -> None:
    before = cells(counted)
    assert before
    count_reports(LATER)
    recount_reports(LATER)
    assert cells(counted) == before


def test_a_count_that_broke_off_is_gone_on_with(counted: Database) -> None:
    before = cells(counted)
    with counted.transaction() as session:
        for table in (ReportCell, ReportCounted):
            for row in session.exec(select(table).where(col(table.begins_on) > date(2026, 11, 18))):
                session.delete(row)
    assert reached(counted) == [2, 1, 1, 0, 0]
    count_reports(LATER)
    assert cells(counted) == before


def test_every_snapshot_of_a_quarter_is_proved_and_a_wrong_one_is_named(database: Database) -> None:
    fill_year(database, 400, days=90, now=NOW, seed=3)
    count_reports(NOW)
    proofs = list(prove_reports(NOW + timedelta(hours=2)))
    assert [proof.is_sound for proof in proofs] == [True] * 5
    assert all(proof.cells for proof in proofs)
    with database.transaction() as session:
        of_month = select(ReportCell).where(ReportCell.report == "funnel", ReportCell.span == Span.MONTH)
        cell = session.exec(of_month.limit(1)).one()
        cell.count += 1
        session.add(cell)
    wrong = [proof for proof in prove_reports(NOW + timedelta(hours=2)) if not proof.is_sound]
    assert [proof.report for proof in wrong] == ["funnel"]
    assert str(wrong[0]).count("kept") == 1


def test_to_forget_buyers_changes_no_figure(database: Database) -> None:
    fill_year(database, 400, days=200, now=NOW, seed=5)
    count_reports(NOW)
    asked = ReportAsked(TODAY - 199 * DAY, TODAY + DAY)
    before = figures(database, asked)
    forget_people(NOW)
    with database.reading() as session:
        assert session.exec(select(Order.id).where(col(Order.forgotten_at).is_not(None))).first()
    recount_reports(NOW)
    assert figures(database, asked) == before
    assert all(proof.is_sound for proof in prove_reports(NOW + timedelta(hours=2)))


def figures(database: Database, asked: ReportAsked) -> list[object]:
    with database.reading() as session:
        reports = (funnel, timeliness, return_reasons, trend)
        return [report(session, asked, NOW) for report in reports]


def test_an_order_that_is_overdue_by_the_clock_alone_is_late(counted: Database) -> None:
    with counted.transaction() as session:
        builders.order(session, "C", placed_at=AGO, paid_at=AGO, ship_by=NOW + DAY, our_status=OrderStatus.TO_SHIP)
    count_reports(LATER)

    def late(now: datetime) -> int:
        with counted.reading() as session:
            return sum(row.late for row in timeliness(session, ASKED, now))

    assert late(NOW + 2 * DAY) - late(NOW) == 2  # B of today is late by then too
