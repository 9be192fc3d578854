"""Does the desk list whose it is, what is due first and what costs most, page by page?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orderhub.domain.anomaly import hand_over, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind, Severity
from orderhub.domain.desk import Hand, take
from orderhub.domain.task import TaskKind, open_task
from orderhub.domain.words import Channel
from orderhub.insights.desk import (
    DeskQuery,
    DeskSort,
    DeskState,
    anomaly_card,
    desk_counts,
    desk_ids,
    desk_page,
    desk_total,
    open_loads,
)
from orderhub.insights.task import TaskQuery, TaskScope, task_counts, task_page, tasks_of_mine
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from tests import builders

MISMATCH, LATE, DEAD, LOST = (
    AnomalyKind.AMOUNT_MISMATCH,
    AnomalyKind.SHIP_BY_PAST,
    AnomalyKind.DEAD_LETTER,
    AnomalyKind.PARCEL_LOST,
)
ME = DeskQuery("ceshi-a", "operations")
HOUR = timedelta(hours=1)


@pytest.fixture
def ids(database: Database, now: datetime) -> dict[str, int]:
    """A late order of the warehouse, a dead message, a lost parcel of mine, a mismatch that is over."""
    with database.transaction() as session:
        order = builders.order(session, "A1", now=now)
        made = {}
        for name, kind, about, age, fen in (
            ("late", LATE, ("order", order.id), HANDLING[LATE].within + HOUR, 13_940),
            ("dead", DEAD, ("message", 41), HOUR, 0),
            ("lost", LOST, ("track", 7), 2 * HOUR, 59_800),
            ("over", MISMATCH, ("order", order.id), HOUR, 0),
        ):
            at = now - age
            found = open_anomaly(session, kind, about=about, occurred_at=at, now=at, at_risk_fen=fen, note=name)
            made[name] = found.id
        take(session, made["lost"], Hand("ceshi-a", "operations"), now)
        resolve_by_hand(session, made["over"], reason="核对过", by="ceshi-a", now=now)
        return made


def listed(database: Database, query: DeskQuery, now: datetime) -> list[str]:
    with database.reading() as session:
        return [row.anomaly.note for row in desk_page(session, query, now).rows]


def test_each_state_shows_its_own_due_first(database: Database, ids: dict[str, int], now: datetime) -> None:
    shown = {state: listed(database, replace(ME, state=state), now) for state in DeskState}
    assert shown == {
        DeskState.OPEN: ["late", "dead", "lost"],
        DeskState.MINE: ["lost"],
        DeskState.ROLE: ["dead", "lost"],
        DeskState.LATE: ["late"],
        DeskState.RESOLVED: ["over"],
        DeskState.ALL: ["over", "lost", "dead", "late"],
    }
    with database.reading() as session:
        counts = desk_counts(session, ME, now)
        assert open_loads(session) == {"ceshi-a": 1}
    assert counts == {DeskState.OPEN: 3, DeskState.MINE: 1, DeskState.ROLE: 2, DeskState.LATE: 1}


def test_filters_and_numbers_narrow_and_money_sorts(database: Database, ids: dict[str, int], now: datetime) -> None:
    assert listed(database, replace(ME, sort=DeskSort.MONEY), now) == ["lost", "late", "dead"]
    assert listed(database, replace(ME, kind=LOST), now) == ["lost"]
    assert listed(database, replace(ME, channel=Channel.DOUYIN), now) == ["late"]
    assert listed(database, replace(ME, role="warehouse", severity=Severity.HIGH), now) == ["late"]
    assert listed(database, replace(ME, text="a1"), now) == ["late"]
    assert listed(database, replace(ME, text="OH1"), now) == ["late"]
    assert listed(database, replace(ME, text="nothing%"), now) == []


@pytest.mark.parametrize("sort", DeskSort)
def test_pages_read_on_without_a_gap_or_a_repeat(
    database: Database, ids: dict[str, int], now: datetime, sort: DeskSort
) -> None:
    query, seen = replace(ME, sort=sort), list[int]()
    with database.reading() as session:
        while True:
            page = desk_page(session, query, now, size=1)
            seen += [row.anomaly.id for row in page.rows]
            if not page.next_cursor:
                break
            query = replace(query, cursor=page.next_cursor)
        assert seen == desk_ids(session, replace(ME, sort=sort), now)
        assert len(seen) == 3 == desk_total(session, query, now)


@pytest.mark.parametrize("cursor", ["x", "due_at~x~1", "at_risk_fen~1~1", "due_at~99999999999999999999~1", "~~"])
def test_a_cursor_of_another_list_is_refused(database: Database, now: datetime, cursor: str) -> None:
    with database.reading() as session, pytest.raises(BadInput):
        desk_page(session, replace(ME, cursor=cursor), now)


def test_a_card_tells_what_lies_behind_it_and_what_was_done(
    database: Database, ids: dict[str, int], now: datetime
) -> None:
    with database.transaction() as session:
        hand_over(session, ids["late"], role="service", reason="安抚买家", by="ceshi-b", now=now)
    with database.reading() as session:
        card = anomaly_card(session, ids["late"], now)
        assert card.order is not None
        assert card.order.channel_order_no == "A1"
        assert [event.kind for event in card.history] == ["anomaly_handed_over", "anomaly_opened"]
        with pytest.raises(NotFound):
            anomaly_card(session, 10**9, now)


def test_tasks_are_mine_or_free_for_my_role_or_all(database: Database, ids: dict[str, int], now: datetime) -> None:
    with database.transaction() as session:
        for title, role in (("价格", "operations"), ("回访", "service")):
            due = now + HOUR
            open_task(session, TaskKind.PRICE_CHECK, title=title, about=("order", 1), role=role, due_at=due, now=now)
    me = TaskQuery("ceshi-a", "operations")
    with database.reading() as session:
        shown = {
            scope: [task.title for task in task_page(session, replace(me, scope=scope)).tasks] for scope in TaskScope
        }
        assert shown == {
            TaskScope.MINE: ["lost"],
            TaskScope.ROLE: ["价格"],
            TaskScope.ALL: ["价格", "回访", "lost"],
            TaskScope.DONE: [],
        }
        assert task_counts(session, me) == {TaskScope.MINE: 1, TaskScope.ROLE: 1, TaskScope.ALL: 3}
        assert tasks_of_mine(session, "ceshi-a", "operations") == 2
        first = task_page(session, replace(me, scope=TaskScope.ALL), size=2)
        second = task_page(session, replace(me, scope=TaskScope.ALL, cursor=first.next_cursor), size=2)
        assert [task.title for task in (*first.tasks, *second.tasks)] == ["价格", "回访", "lost"]
        with pytest.raises(BadInput):
            task_page(session, replace(me, cursor="due_at~x~1"))
