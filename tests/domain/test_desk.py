"""Do people take, hand over, end and open again what is theirs, and nothing else?"""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from orderhub.domain.anomaly import AlreadyResolved, Anomaly, open_anomaly, resolve_by_hand
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.domain.desk import (
    AlreadyTaken,
    DoneElsewhere,
    Hand,
    NotYours,
    StillOpen,
    TaskOver,
    finish_task,
    hand_over,
    hand_over_task,
    reopen,
    take,
    take_task,
)
from orderhub.domain.task import Task, TaskKind, TaskPriority, TaskStatus, open_task
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event

KIND = AnomalyKind.NO_MOVEMENT
ANNA, BEN = Hand("ceshi-a", "operations"), Hand("ceshi-b", "operations")
CARL, LEAD = Hand("ceshi-c", "warehouse"), Hand("ceshi-m", "manager", is_lead=True)


@pytest.fixture
def anomaly_id(database: Database, now: datetime) -> int:
    """A silent parcel, with a task for operations."""
    with database.transaction() as session:
        return open_anomaly(session, KIND, about=("track", 3), occurred_at=now, now=now, note="75310001").id


def both(session: Session, anomaly_id: int) -> tuple[Anomaly, Task]:
    return session.get_one(Anomaly, anomaly_id), session.exec(select(Task)).one()


def logged(session: Session, kind: str) -> list[tuple[str, dict[str, object]]]:
    return [(event.actor, event.body) for event in session.exec(select(Event).where(Event.kind == kind))]


def a_task(session: Session, kind: TaskKind, now: datetime, *, about: tuple[str, int] = ("order", 1)) -> int:
    due = now + timedelta(hours=1)
    return open_task(session, kind, title="价格低于底价", about=about, role="operations", due_at=due, now=now).id


def test_taking_makes_it_and_its_task_ones_own_and_leaves_the_role(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    for _ in range(2):
        with database.transaction() as session:
            take(session, anomaly_id, ANNA, now)
    with database.reading() as session:
        found, task = both(session, anomaly_id)
        assert (found.owner_role, found.owner, found.assigned_at) == ("operations", "ceshi-a", now)
        assert (task.status, task.owner, task.priority) == (TaskStatus.CLAIMED, "ceshi-a", TaskPriority.MEDIUM)
        assert [(actor, body["person"]) for actor, body in logged(session, "anomaly_taken")] == [("ceshi-a", "ceshi-a")]


def test_who_is_second_hears_who_does_it_and_a_lead_takes_it_over(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    with database.transaction() as session:
        take(session, anomaly_id, ANNA, now)
    with pytest.raises(AlreadyTaken, match="ceshi-a does it"), database.transaction() as session:
        take(session, anomaly_id, BEN, now)
    with database.transaction() as session:
        take(session, anomaly_id, LEAD, now)
        found, task = both(session, anomaly_id)
        assert (found.owner, task.owner, task.owner_role) == ("ceshi-m", "ceshi-m", "operations")


def test_another_roles_work_is_neither_taken_nor_handed_over_nor_finished(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    with database.reading() as session:
        _, task = both(session, anomaly_id)
    with pytest.raises(NotYours), database.transaction() as session:
        take(session, anomaly_id, CARL, now)
    with pytest.raises(NotYours), database.transaction() as session:
        hand_over(session, anomaly_id, CARL, role="warehouse", reason="给我", now=now)
    with pytest.raises(NotYours), database.transaction() as session:
        finish_task(session, task.id, CARL, result="好了", now=now)
    with database.reading() as session:
        assert [event.kind for event in session.exec(select(Event))] == ["anomaly_opened", "task_opened"]


def test_a_hand_over_names_both_roles_and_goes_for_the_task_too(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    with database.transaction() as session:
        hand_over(session, anomaly_id, ANNA, role="warehouse", person="ceshi-c", reason="查底单", now=now)
        found, task = both(session, anomaly_id)
        assert (found.owner_role, found.owner, found.first_role) == ("warehouse", "ceshi-c", "operations")
        assert (task.owner_role, task.owner, task.status) == ("warehouse", "ceshi-c", TaskStatus.CLAIMED)
        for kind in ("anomaly_handed_over", "task_handed_over"):
            ((actor, body),) = logged(session, kind)
            assert (actor, body["source"], body["role"], body["person"], body["reason"]) == (
                "ceshi-a",
                "operations",
                "warehouse",
                "ceshi-c",
                "查底单",
            )
    with pytest.raises(BadInput, match="theirs already"), database.transaction() as session:
        hand_over(session, anomaly_id, CARL, role="warehouse", person="ceshi-c", reason="查底单", now=now)


def test_finishing_the_task_resolves_its_anomaly_with_the_same_words(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    with database.reading() as session:
        _, task = both(session, anomaly_id)
    with pytest.raises(BadInput, match="reason"), database.transaction() as session:
        finish_task(session, task.id, ANNA, result=" ", now=now)
    with database.transaction() as session:
        hand_over_task(session, task.id, ANNA, role="operations", person="ceshi-b", reason="休班", now=now)
        take_task(session, task.id, BEN, now)
        finish_task(session, task.id, BEN, result="快递已找到", now=now)
    with database.reading() as session:
        found, task = both(session, anomaly_id)
        assert (found.resolved_by, found.resolved_at) == ("ceshi-b", now)
        assert (task.status, task.result, task.closed_by) == (TaskStatus.CLOSED, "快递已找到", "ceshi-b")
        assert [body["reason"] for _, body in logged(session, "anomaly_resolved")] == ["快递已找到"]
    with pytest.raises(TaskOver, match="ceshi-b has ended it"), database.transaction() as session:
        finish_task(session, task.id, ANNA, result="好了", now=now)


def test_a_task_that_a_page_of_its_own_ends_is_not_ended_here(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        short = a_task(session, TaskKind.STOCK_OUT, now)
        of_ticket = a_task(session, TaskKind.AFTERSALE_TICKET, now, about=("ticket", 4))
        plain = a_task(session, TaskKind.PRICE_CHECK, now)
        take_task(session, short, ANNA, now)
    for step in (
        lambda session: finish_task(session, short, ANNA, result="好了", now=now),
        lambda session: take_task(session, of_ticket, ANNA, now),
        lambda session: hand_over_task(session, of_ticket, ANNA, role="service", reason="转", now=now),
    ):
        with pytest.raises(DoneElsewhere), database.transaction() as session:
            step(session)
    with database.transaction() as session:
        finish_task(session, plain, ANNA, result="价格已改回", now=now)
        assert session.get_one(Task, plain).status is TaskStatus.CLOSED


def test_what_was_resolved_wrongly_is_opened_again_with_a_new_clock_and_task(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    later = now + timedelta(days=9)
    with pytest.raises(StillOpen), database.transaction() as session:
        reopen(session, anomaly_id, reason="没好", by="ceshi-b", now=now)
    with database.transaction() as session:
        take(session, anomaly_id, ANNA, now)
        resolve_by_hand(session, anomaly_id, reason="好了", by="ceshi-a", now=now)
    with pytest.raises(AlreadyResolved), database.transaction() as session:
        take(session, anomaly_id, BEN, now)
    with pytest.raises(BadInput, match="reason"), database.transaction() as session:
        reopen(session, anomaly_id, reason="", by="ceshi-b", now=later)
    with database.transaction() as session:
        reopen(session, anomaly_id, reason="买家再次投诉", by="ceshi-b", now=later)
    with database.reading() as session:
        found = session.get_one(Anomaly, anomaly_id)
        assert (found.resolved_at, found.reopened, found.owner, found.level) == (None, 1, "ceshi-a", 0)
        assert found.due_at == later + HANDLING[KIND].within
        ((actor, body),) = logged(session, "anomaly_reopened")
        assert (actor, body["reason"], body["kind"]) == ("ceshi-b", "买家再次投诉", KIND)
        standing = session.exec(select(Task).where(Task.status != TaskStatus.CLOSED)).one()
        assert (standing.owner, standing.due_at) == ("ceshi-a", found.due_at)


def test_it_is_not_opened_again_beside_a_newer_one_of_its_kind(
    database: Database, anomaly_id: int, now: datetime
) -> None:
    later = now + timedelta(days=30)
    with database.transaction() as session:
        resolve_by_hand(session, anomaly_id, reason="好了", by="ceshi-a", now=now)
        open_anomaly(session, KIND, about=("track", 3), occurred_at=later, now=later)
    with pytest.raises(StillOpen), database.transaction() as session:
        reopen(session, anomaly_id, reason="没好", by="ceshi-b", now=later)
    with pytest.raises(NotFound), database.transaction() as session:
        reopen(session, 10**9, reason="没好", by="ceshi-b", now=later)
