"""Is each step of the ladder told once, in order, when its share of the time has passed?"""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, delete, select

from orderhub.automation import escalating
from orderhub.domain.anomaly import Anomaly, hand_over, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.escalation import LADDER, Step, Told, escalate, ladder, set_ladder
from orderhub.domain.task import Task
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event
from tests.builders import begin_log_anew

KIND = AnomalyKind.PARCEL_LOST
WITHIN = HANDLING[KIND].within


def opened(database: Database, now: datetime, kind: AnomalyKind = KIND, about: int = 1) -> int:
    with database.transaction() as session:
        return open_anomaly(session, kind, about=("track", about), occurred_at=now, now=now).id


def told(database: Database, anomaly_id: int) -> list[tuple[int, str, str, datetime]]:
    wanted = select(Event).where(Event.kind == "anomaly_escalated", Event.subject_id == anomaly_id)
    with database.reading() as session:
        events = session.exec(wanted.order_by(col(Event.id))).all()
        return [(one.body["level"], one.body["role"], one.body["person"], one.at) for one in events]


def test_the_owner_then_the_role_then_a_manager_hears_of_it(database: Database, now: datetime) -> None:
    anomaly_id = opened(database, now)
    with database.transaction() as session:
        hand_over(session, anomaly_id, role="service", person="ceshi-s", reason="买家在催", by="ceshi-a", now=now)
    moments = [now + WITHIN * share / 100 for share in (79, 80, 99, 100, 149, 150, 300)]
    assert [escalating.escalate(moment) for moment in moments] == [0, 1, 0, 1, 0, 1, 0]
    assert told(database, anomaly_id) == [
        (1, "service", "ceshi-s", moments[1]),
        (2, "service", "", moments[3]),
        (3, "manager", "", moments[5]),
    ]
    with database.reading() as session:
        found = session.get_one(Anomaly, anomaly_id)
        assert (found.owner_role, found.owner, found.level) == ("service", "ceshi-s", 3)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shares=st.lists(st.integers(0, 400), max_size=6),
    steps=st.lists(st.integers(1, 300), min_size=1, max_size=4, unique=True),
)
def test_whenever_it_is_looked_each_level_is_told_once_and_in_order(
    database: Database, now: datetime, shares: list[int], steps: list[int]
) -> None:
    with database.transaction() as session:
        for table in (Anomaly, Task):
            session.exec(delete(table))
        begin_log_anew(session)
        set_ladder(session, [Step(share, Told.ROLE) for share in steps], by="ceshi-m", now=now)
    kinds = (AnomalyKind.SHIP_BY_NEAR, AnomalyKind.LOW_STOCK)
    ids = [opened(database, now, kind, about) for about, kind in enumerate(kinds)]
    latest = 0
    for share in shares:
        latest = max(latest, share)
        for kind in kinds:
            with database.transaction() as session:
                escalate(session, now + HANDLING[kind].within * share / 100)
    for anomaly_id, kind in zip(ids, kinds, strict=True):
        looked = max([HANDLING[other].within * latest / 100 for other in kinds])
        due = sum(HANDLING[kind].within * share / 100 <= looked for share in steps) if shares else 0
        assert [level for level, *_ in told(database, anomaly_id)] == list(range(1, due + 1))


def test_what_is_resolved_is_never_told_and_what_returns_begins_anew(database: Database, now: datetime) -> None:
    anomaly_id = opened(database, now)
    escalating.escalate(now + WITHIN)
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="找到了", by="ceshi-a", now=now + WITHIN)
    assert escalating.escalate(now + 2 * WITHIN) == 0
    assert opened(database, now + 2 * WITHIN) == anomaly_id
    assert escalating.escalate(now + 2 * WITHIN) == 0
    assert escalating.escalate(now + 3 * WITHIN) == 2
    assert [level for level, *_ in told(database, anomaly_id)] == [1, 2, 1, 2]


def test_a_run_that_is_killed_tells_nothing_and_the_next_tells_it_once(database: Database, now: datetime) -> None:
    anomaly_id = opened(database, now)

    class KilledError(Exception):
        pass

    def die(session: Session) -> None:
        assert escalate(session, now + WITHIN) == 2
        raise KilledError

    with pytest.raises(KilledError), database.transaction() as session:
        die(session)
    assert told(database, anomaly_id) == []
    assert escalating.escalate(now + WITHIN) == 2
    assert len(told(database, anomaly_id)) == 2


def test_another_ladder_holds_from_the_next_look_on(database: Database, now: datetime) -> None:
    anomaly_id = opened(database, now)
    with database.transaction() as session:
        assert ladder(session) == LADDER
        set_ladder(session, [Step(50, Told.ADMIN), Step(20, Told.OWNER)], by="ceshi-m", now=now)
        assert ladder(session) == (Step(20, Told.OWNER), Step(50, Told.ADMIN))
    escalating.escalate(now + WITHIN / 2)
    assert [(level, role) for level, role, *_ in told(database, anomaly_id)] == [(1, "operations"), (2, "admin")]
    with database.reading() as session:
        (changed,) = session.exec(select(Event).where(Event.kind == "ladder_changed"))
        assert (changed.actor, changed.body["steps"]) == ("ceshi-m", "20 owner, 50 admin")


@pytest.mark.parametrize(
    "steps", [[], [Step(0, Told.OWNER)], [Step(1001, Told.ROLE)], [Step(9, Told.ROLE), Step(9, Told.ADMIN)]]
)
def test_a_ladder_that_means_nothing_changes_nothing(database: Database, now: datetime, steps: list[Step]) -> None:
    with pytest.raises(BadInput), database.transaction() as session:
        set_ladder(session, steps, by="ceshi-m", now=now)
    with database.reading() as session:
        assert ladder(session) == LADDER


def test_one_who_was_told_much_at_once_is_told_in_rounds(database: Database, now: datetime) -> None:
    for about in range(5):
        opened(database, now, about=about + 1)
    with database.transaction() as session:
        assert escalate(session, now + WITHIN + timedelta(seconds=1), most=3) == 3
    assert escalating.escalate(now + WITHIN + timedelta(seconds=1)) == 7
