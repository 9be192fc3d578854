"""Are canned replies kept by hand, and are the times shown and taken away as they are?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.domain.canned_reply import CannedReply
from orderhub.domain.ticket import Subject, TicketKind, TicketResult, open_ticket
from orderhub.domain.ticket_step import decide, reply
from orderhub.kernel.db import Database
from orderhub.ui import service_forms
from orderhub.ui.gate import Who
from orderhub.ui.service_times_view import clock_text, times_query, times_view
from orderhub.ui.state.canned_reply import CannedReplies
from orderhub.ui.state.service_times import ServiceTimes
from tests import builders
from tests.builders import NOW
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime


def one_decided(database: Database) -> None:
    with database.transaction() as session:
        order = builders.order(session)
        ticket = open_ticket(session, Subject(order_id=order.id), TicketKind.QUESTION, words="问", by="li", now=NOW)
        reply(session, ticket.id, "在", by="li", now=NOW + timedelta(minutes=3))
        decide(session, ticket.id, TicketResult.ANSWERED, by="li", now=NOW + timedelta(hours=1, seconds=5))


async def test_a_canned_reply_is_kept_changed_and_retired(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/service/replies", CannedReplies.enter)
        for form, said in (
            (
                {"title": "地址", "text": "寄到 {地址}", "kind": ""},
                "只能用上面列出的占位，大括号要成对",
            ),
            ({"title": "", "text": "在", "kind": ""}, "标题和内容都要写"),
            ({"title": "问候", "text": "在", "kind": "nonsense"}, "请从列表里选"),
            ({"title": "问候", "text": "在 {订单号}", "kind": "question"}, "话术已保存"),
            ({"title": "问候", "text": "又一个", "kind": ""}, "已有叫「问候」的话术，换个标题"),
        ):
            await tab.fire(CannedReplies.save(form))
            assert (await tab.state(CannedReplies)).said == said
        (row,) = (await tab.state(CannedReplies)).rows
        await tab.fire(CannedReplies.edit(row.id))
        await tab.fire(CannedReplies.save({"id": row.id, "title": "问候", "text": "亲，在的", "kind": ""}))
        state = await tab.state(CannedReplies)
        assert ([(one.text, one.kind, one.by) for one in state.rows], state.editing) == (
            [("亲，在的", "", "ceshi-a")],
            "",
        )
        await tab.fire(CannedReplies.retire(row.id))
        assert [one.is_retired for one in (await tab.state(CannedReplies)).rows] == [True]


async def test_finance_neither_reads_nor_changes_canned_replies(sign_in: SignIn, database: Database):
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.FINANCE))
        await tab.fire(CannedReplies.save({"title": "问候", "text": "在", "kind": ""}))
        assert (await tab.state(Who)).refused == "service:ticket:change"
    with database.reading() as session:
        assert session.exec(select(CannedReply)).all() == []


def test_times_are_shown_with_their_figures(database: Database):
    one_decided(database)
    with database.reading() as session:
        view = times_view(session, times_query({"by": "person"}), NOW + timedelta(days=1))
        assert [(row.key, row.opened, row.reply_median, row.decision_p95, row.right_first) for row in view.rows] == [
            ("li", "1", "0:03:00", "1:00:05", "100%")
        ]
        assert (view.since, view.until, view.returns, view.total.late) == ("2026-10-29", "2026-11-25", "—", "0")
        none = times_view(session, times_query({"since": "2026-11-25", "until": "2026-11-26"}), NOW)
        assert (none.rows, none.total.opened, none.total.reply_median) == ([], "0", "—")


@pytest.mark.parametrize(
    ("given", "since", "until"),
    [
        ({}, "2026-10-27", "2026-11-24"),
        ({"since": "x", "until": "9999-12-31", "by": "nonsense"}, "2026-10-27", "2026-11-24"),
        ({"since": "2001-01-01", "until": "2026-11-24"}, "2025-11-22", "2026-11-24"),
        ({"since": "2026-11-30", "until": "2026-11-24"}, "2026-11-23", "2026-11-24"),
    ],
)
def test_an_address_that_means_no_days_means_the_last_four_weeks(given: dict[str, str], since: str, until: str):
    query = times_query(given)
    start, end = query.bounds(NOW)
    assert (start, end) == (
        datetime.fromisoformat(f"{since}T16:00:00").replace(tzinfo=UTC),
        datetime.fromisoformat(f"{until}T16:00:00").replace(tzinfo=UTC),
    )
    assert query.by == "kind"


def test_a_long_time_stays_in_hours():
    assert (clock_text(None), clock_text(59), clock_text(90_061)) == ("—", "0:00:59", "25:01:01")


async def test_the_times_follow_the_address(sign_in: SignIn, database: Database):
    one_decided(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in(role=Role.SERVICE))
        await tab.visit("/service/times?by=week&since=2026-11-01&until=2026-11-30", ServiceTimes.enter)
        state = await tab.state(ServiceTimes)
        assert ([row.key for row in state.view.rows], state.is_loaded) == (["2026-11-23"], True)


def test_the_file_says_who_took_it_and_holds_seconds(database: Database):
    one_decided(database)
    with database.transaction() as session:
        user = create_user(session, "ceshi-a", "kuaidi-zai-lushang-7", Role.SERVICE, now=NOW)
    who = Signed(user.id, user.name, user.display_name, user.role, frozenset(), "")
    query = times_query({"since": "2026-11-01", "until": "2026-11-30"})
    first, head, row, *rest = service_forms._written(who, query, "zh").splitlines()
    assert "ceshi-a 于" in first
    assert head.startswith("分组,工单数,")
    assert (row, rest) == ("咨询,1,180,180,1,3605,3605,0,1.000", [])
    (route,) = service_forms.routes
    assert (route.path, route.endpoint.needs) == ("/service/times/download", Permission.TICKET_READ)
