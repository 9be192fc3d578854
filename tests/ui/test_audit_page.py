"""Does the audit show who did what, with before and after, and can it be narrowed down and taken away?"""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

import orderhub.app
from orderhub.access.acting import acting
from orderhub.access.permissions import Permission, Role
from orderhub.access.sessions import Signed, signed_in
from orderhub.domain.merge_setting import set_merging
from orderhub.domain.order import OrderPaid
from orderhub.insights.audit import AuditAsked, AuditPart, audit_page, every_row, place_of, place_text
from orderhub.kernel.access_log import AccessKind, AccessRecord, forget_looks, write_looks
from orderhub.kernel.audit_chain import seal_all
from orderhub.kernel.audit_run import prove_now
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, reading
from orderhub.kernel.eventlog import Event, Happening, kind_of, record
from orderhub.kernel.job_plan import PlannedJob
from orderhub.ui.audit_download import routes
from orderhub.ui.audit_text import AUDIT_KINDS
from orderhub.ui.audit_view import AuditQuery, audit_query, audit_view, row_view, said
from orderhub.ui.gate import Who
from orderhub.ui.state.audit import JOB, Audit
from orderhub.ui.state.card import Card
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime


def everything(kind: type[Happening] = Happening) -> Iterator[type[Happening]]:
    for each in kind.__subclasses__():
        yield each
        yield from everything(each)


def user_of(cookie: str) -> Signed:
    found = signed_in(cookie, utc_now())
    assert found
    return found


def logged(database: Database, kind: str) -> Event:
    with reading() as session:
        return session.exec(select(Event).where(Event.kind == kind).order_by(col(Event.id).desc())).first()


def test_everything_that_can_happen_has_a_name() -> None:
    assert orderhub.app.app
    leaves = {kind_of(each) for each in everything() if not each.__subclasses__() and each.__module__[:8] == "orderhub"}
    assert leaves - AUDIT_KINDS.keys() == set()


def test_an_event_says_who_from_where_and_what_was_before(database: Database, sign_in: SignIn) -> None:
    user = user_of(sign_in("ceshi-g", Role.MANAGER))
    for minutes in (60, 90):
        with acting(user, Permission.RULE_CHANGE) as session:
            set_merging(session, "auto", minutes, by=user.name, now=utc_now())
    event = logged(database, "merge_setting_changed")
    assert (event.actor, event.address) == ("ceshi-g", user.address)
    assert user.address
    view = row_view(event)
    assert [(one.name, one.was, one.became) for one in view.changes] == [
        ("mode", "auto", "auto"),
        ("buffer_minutes", "60", "90"),
    ]
    assert view.facts == []


def test_what_is_said_of_a_moment_is_told_as_on_a_clock_in_shanghai() -> None:
    assert said("paid_at", "2026-11-26T16:14:54+00:00") == "2026-11-27 00:14:54"
    assert said("note", "2026-11-26") == "2026-11-26"


def test_the_log_is_walked_page_by_page_and_narrowed_down(database: Database) -> None:
    now = utc_now()
    with database.transaction() as session:
        for number in range(25):
            by, at = ("ceshi-a", "ceshi-b")[number % 2], now - timedelta(minutes=number // 5)
            session.info["address"] = f"203.0.113.{number % 2}"
            record(session, OrderPaid(number // 5 + 1, number, ""), actor=by, now=at)
    with reading() as session:
        seen, asked = [], AuditAsked(kinds=("order_paid",))
        while True:
            page = audit_page(session, asked, size=4)
            seen += [row.id for row in page.rows]
            if page.following is None:
                break
            after = place_of(place_text(page.following))
            assert after == page.following
            asked = AuditAsked(kinds=("order_paid",), after=after)
        whole = [row.id for row in every_row(session, AuditAsked(kinds=("order_paid",)))]
        assert seen == whole
        assert len(set(seen)) == 25
        counts = [
            len(audit_page(session, narrowed).rows)
            for narrowed in (
                AuditAsked(actor="ceshi-a"),
                AuditAsked(address="203.0.113.1"),
                AuditAsked(subject_type="order", subject_id=2),
                AuditAsked(since=now - timedelta(minutes=1), kinds=("order_paid",)),
                AuditAsked(until=now - timedelta(minutes=1), kinds=("order_paid",)),
                AuditAsked(kinds=("order_moved",)),
            )
        ]
    assert counts == [13, 12, 5, 10, 15, 0]


def test_a_link_may_ask_for_nonsense() -> None:
    given = {"since": "x", "kind": "' OR 1=1", "subject": "x", "number": "-1", "after": "1-x", "part": "x"}
    assert audit_query(given) == AuditQuery()
    asked = audit_query({"since": "2026-11-24", "kind": "audit_access", "number": "7", "part": "looks"})
    assert (asked.href(), asked.part) == ("/audit?part=looks&since=2026-11-24&kind=audit_access&number=7", "looks")


async def test_opening_an_order_leaves_a_row_among_the_accesses(
    database: Database, sign_in: SignIn, make_order: MakeOrder
) -> None:
    forget_looks()
    order_id = make_order()
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-a"))
        await tab.visit(f"/orders?order={order_id}", Card.enter)
        await tab.visit(f"/orders?order={order_id}", Card.enter)
    write_looks()
    with reading() as session:
        (row,) = session.exec(select(AccessRecord)).all()
        view = audit_view(session, AuditQuery(part=AuditPart.LOOKS), utc_now())
    assert (row.kind, row.actor, row.order_ids) == (AccessKind.LOOKED, "ceshi-a", [int(order_id)])
    assert row.address
    assert [(one.kind, one.href) for one in view.rows] == [("access_looked", f"/orders?order={order_id}")]


async def test_the_page_shows_the_chain_and_asks_for_a_proof(database: Database, sign_in: SignIn) -> None:
    cookie, now = sign_in("ceshi-g", Role.MANAGER), utc_now()
    with database.transaction() as session:
        session.add(PlannedJob(job=JOB, planned_at=now))
    seal_all(now)
    prove_now(now)
    async with gated_runtime() as new_tab:
        tab = new_tab(cookie)
        await tab.visit("/audit", Audit.enter)
        shown = await tab.state(Audit)
        assert (shown.chain.head, shown.chain.is_sound, shown.chain.findings) == ("1", True, [])
        assert shown.view.rows[0].kind == "audit_proved"
        await tab.fire(Audit.prove)
        assert (await tab.state(Audit)).said == "已安排校验"
    with reading() as session:
        assert session.exec(select(PlannedJob.asked_at)).one()


async def test_who_may_not_read_the_audit_is_told_so(database: Database, sign_in: SignIn) -> None:
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-a", Role.OPERATIONS))
        await tab.visit("/audit", Audit.enter)
        assert (await tab.state(Who)).refused == Permission.AUDIT_READ
        assert (await tab.state(Audit)).view.rows == []


def test_the_log_is_taken_away_as_it_is_narrowed_down(database: Database, sign_in: SignIn) -> None:
    user = user_of(cookie := sign_in("ceshi-g", Role.MANAGER))
    with acting(user, Permission.RULE_CHANGE) as session:
        set_merging(session, "auto", 90, by=user.name, now=utc_now())
    client = TestClient(Starlette(routes=routes), headers={"cookie": cookie})
    answer = client.get("/audit/download?kind=merge_setting_changed&what=events")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (row,) = [row for row in rows if "ceshi-g" in row]
    assert answer.status_code == 200
    assert row[2:6] == ["ceshi-g", user.address, "mode suggest; buffer_minutes 120", "mode auto; buffer_minutes 90"]
    assert row[8] == "修改合单设置"
    assert logged(database, "audit_exported").body["rows"] == 1
    other = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-a", Role.OPERATIONS)})
    assert other.get("/audit/download", follow_redirects=False).status_code in (303, 307, 302)
