"""May a person close an anomaly, and how?"""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from orderhub.domain.anomaly import RETURNS_WITHIN, AlreadyResolved, Anomaly, hand_over, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.task import Task, TaskStatus
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event


@pytest.fixture
def anomaly_id(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        about = ("order", 7)
        return open_anomaly(session, AnomalyKind.AMOUNT_MISMATCH, about=about, occurred_at=now, now=now).id


def test_a_person_resolves_with_a_reason_that_stands_in_the_log(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    later = now + timedelta(minutes=5)
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="  平台补贴，已核对\n", by="ceshi-a", now=later)
    with database.reading() as session:
        kept = session.get_one(Anomaly, anomaly_id)
        assert (kept.resolved_at, kept.resolved_by) == (later, "ceshi-a")
        logged = session.exec(select(Event).where(Event.kind == "anomaly_resolved")).one()
        assert (logged.actor, logged.body["reason"]) == ("ceshi-a", "平台补贴，已核对")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\x00b"])
def test_a_reason_that_says_nothing_closes_nothing(
    database: Database, anomaly_id: int, now: datetime, reason: str
) -> None:
    with pytest.raises(BadInput, match="reason"), database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason=reason, by="ceshi-a", now=now)
    with database.reading() as session:
        assert session.get_one(Anomaly, anomaly_id).resolved_at is None


def test_the_second_of_two_people_hears_who_was_quicker(database: Database, anomaly_id: int, now: datetime) -> None:
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="核对过", by="ceshi-a", now=now)
    with pytest.raises(AlreadyResolved, match="ceshi-a has resolved it"), database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="核对过", by="ceshi-b", now=now)
    with pytest.raises(NotFound, match="no anomaly has the id 99"), database.transaction() as session:
        resolve_by_hand(session, 99, reason="核对过", by="ceshi-b", now=now)


def _again(database: Database, now: datetime, note: str = "") -> int:
    with database.transaction() as session:
        about = ("order", 7)
        kind = AnomalyKind.AMOUNT_MISMATCH
        return open_anomaly(session, kind, about=about, occurred_at=now, now=now, note=note).id


def test_a_repeat_says_the_new_note_and_keeps_the_first_moments(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    assert _again(database, now + timedelta(hours=1), "12.00 / 13.00") == anomaly_id
    with database.reading() as session:
        kept = session.get_one(Anomaly, anomaly_id)
        assert (kept.detected_at, kept.note, kept.reopened) == (now, "12.00 / 13.00", 0)


def test_what_comes_back_within_a_week_is_the_same_anomaly_with_a_new_due_time(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    with database.transaction() as session:
        hand_over(session, anomaly_id, role="finance", person="ceshi-f", reason="钱的事", by="ceshi-a", now=now)
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="核对过", by="ceshi-f", now=now)
    later = now + RETURNS_WITHIN
    assert _again(database, later) == anomaly_id
    with database.transaction() as session:
        kept = session.get_one(Anomaly, anomaly_id)
        assert (kept.reopened, kept.resolved_at, kept.owner) == (1, None, "ceshi-f")
        assert kept.due_at == later + HANDLING[AnomalyKind.AMOUNT_MISMATCH].within
        resolve_by_hand(session, anomaly_id, reason="又核对过", by="ceshi-f", now=later)
        kinds = session.exec(select(Event.kind).order_by(col(Event.id))).all()
    assert kinds == [
        "anomaly_opened",
        "anomaly_handed_over",
        "anomaly_resolved",
        "anomaly_reopened",
        "anomaly_resolved",
    ]
    assert _again(database, later + RETURNS_WITHIN + timedelta(seconds=1)) != anomaly_id


def test_its_task_goes_where_it_goes_and_ends_with_it(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        kind = AnomalyKind.NO_MOVEMENT
        found = open_anomaly(session, kind, about=("track", 3), occurred_at=now, now=now, note="75310001: 停滞")
        task = session.exec(select(Task)).one()
        assert (task.anomaly_id, task.title, task.first_role) == (found.id, "75310001: 停滞", "operations")
        assert task.due_at == found.due_at
        hand_over(session, found.id, role="service", reason="买家在催", by="ceshi-a", now=now)
        assert (task.owner_role, task.first_role) == ("service", "operations")
        resolve_by_hand(session, found.id, reason="快递已找到", by="ceshi-b", now=now)
        assert (task.status, task.closed_by, task.result) == (TaskStatus.CLOSED, "ceshi-b", "快递已找到")


def test_nobody_is_handed_an_anomaly_without_a_reason_or_one_that_is_over(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    with pytest.raises(BadInput, match="reason"), database.transaction() as session:
        hand_over(session, anomaly_id, role="finance", reason=" ", by="ceshi-a", now=now)
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="核对过", by="ceshi-a", now=now)
    with pytest.raises(AlreadyResolved), database.transaction() as session:
        hand_over(session, anomaly_id, role="finance", reason="钱的事", by="ceshi-a", now=now)
