"""Does each workflow run once per event, again when it fails, and tell somebody in the end?"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from orderhub.automation import run_watch, runner, workflow_run
from orderhub.automation.catalogue import WORKFLOWS, Workflow, listened_for
from orderhub.automation.runner import run_next
from orderhub.automation.workflow_run import LEASE, LOOK_BACK, MOST_TRIES, WorkflowCursor, WorkflowRun, WorkflowState
from orderhub.domain.order import OrderEvent
from orderhub.domain.task import Task
from orderhub.kernel import standstill
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Event, kind_of, record
from orderhub.kernel.standstill import Runs
from orderhub.ui.text import WORKFLOW_NAMES


@dataclass(frozen=True)
class BellRang(OrderEvent):
    pass


@dataclass(frozen=True)
class NobodyListens(OrderEvent):
    pass


class Ringing:
    """A workflow for the bell: leaves a trace in its transaction, then breaks as often as it is told to."""

    def __init__(self) -> None:
        self.breaks = 0
        self.workflow = Workflow("ringing", frozenset({kind_of(BellRang)}), self.run)

    def run(self, session: Session, event: Event) -> str:
        record(session, NobodyListens(event.subject_id), actor="ringing", now=event.at)
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("token=secret-of-the-shop was not enough")
        return f"heard {event.subject_id}"


@pytest.fixture
def ringing(database, monkeypatch):
    made = Ringing()
    monkeypatch.setattr(runner, "WORKFLOWS", (made.workflow,))
    monkeypatch.setattr(runner, "workflow_named", lambda name: made.workflow if name == "ringing" else None)
    return made


def ring(now, *numbers):
    with transaction() as session:
        for number in numbers:
            record(session, NobodyListens(number), actor="tester", now=now)
            record(session, BellRang(number), actor="tester", now=now)


def work(now):
    while run_next(now):
        pass


def runs() -> list[WorkflowRun]:
    with reading() as session:
        return list(session.exec(select(WorkflowRun).order_by(WorkflowRun.id)))


def traces() -> list[int]:
    with reading() as session:
        return list(session.exec(select(Event.subject_id).where(Event.actor == "ringing").order_by(Event.id)))


def test_each_event_is_run_once_with_a_row_for_it(ringing, now):
    ring(now, 1, 2, 3)
    work(now)
    work(now + timedelta(days=1))
    assert traces() == [1, 2, 3]
    assert [(run.state, run.attempts, run.note) for run in runs()] == [
        (WorkflowState.DONE, 1, f"heard {number}") for number in (1, 2, 3)
    ]


def test_what_breaks_leaves_nothing_and_is_tried_again(ringing, now):
    ring(now, 1)
    ringing.breaks = 2
    work(now)
    (run,) = runs()
    assert (run.state, run.attempts, traces()) == (WorkflowState.READY, 1, [])
    assert "RuntimeError" in run.error
    assert "secret-of-the-shop" not in run.error
    assert timedelta(seconds=1) <= run.due_at - now <= timedelta(seconds=3)
    work(now + timedelta(seconds=4))
    work(now + timedelta(seconds=12))
    (run,) = runs()
    assert (run.state, run.attempts, run.error, traces()) == (WorkflowState.DONE, 3, "", [1])


def test_after_the_last_try_a_task_is_opened_and_a_person_may_try_again(ringing, now):
    ring(now, 7)
    ringing.breaks = MOST_TRIES
    for turn in range(MOST_TRIES + 2):
        work(now + timedelta(hours=turn))
    (run,) = runs()
    assert (run.state, run.attempts) == (WorkflowState.FAILED, MOST_TRIES)
    with reading() as session:
        task = session.exec(select(Task)).one()
    assert (task.kind, task.owner_role, task.subject_type, task.subject_id) == (
        "workflow_trouble", "operations", "order", 7,
    )  # fmt: skip
    with transaction() as session:
        assert workflow_run.retry(session, run.id, by="li", now=now) == 1
        assert workflow_run.retry(session, run.id, by="li", now=now) == 0
    work(now)
    assert (runs()[0].state, traces()) == (WorkflowState.DONE, [7])


def test_one_events_trouble_does_not_stop_the_next(ringing, now):
    ring(now, 1, 2)
    ringing.breaks = 1
    work(now)
    assert traces() == [2]
    work(now + timedelta(minutes=1))
    assert traces() == [2, 1]


def test_a_dead_process_gives_its_run_back_by_the_lease_and_a_late_one_is_fenced(ringing, now):
    ring(now, 1)
    with transaction() as session:
        workflow_run.find(session, ringing.workflow, now)
    with transaction() as session:
        (dead,) = workflow_run.claim(session, now)
    work(now)
    assert traces() == []
    work(now + LEASE)
    assert traces() == [1]
    with transaction() as session:
        assert not workflow_run.still_held(session, dead)


def test_what_was_left_by_a_dead_process_comes_alone(ringing, now):
    ring(now, 1, 2, 3)
    with transaction() as session:
        workflow_run.find(session, ringing.workflow, now)
    with transaction() as session:
        assert len(workflow_run.claim(session, now, limit=2)) == 2
    with transaction() as session:
        assert len(workflow_run.claim(session, now)) == 1
    with transaction() as session:
        assert workflow_run.claim(session, now) == []
    for _ in range(3):
        with transaction() as session:
            assert len(workflow_run.claim(session, now + LEASE)) == 1


def test_what_kills_its_process_every_time_is_given_up(ringing, now):
    ring(now, 1)
    with transaction() as session:
        workflow_run.find(session, ringing.workflow, now)
    for turn in range(MOST_TRIES + 1):
        with transaction() as session:
            workflow_run.claim(session, now + turn * LEASE)
    assert runs()[0].state is WorkflowState.FAILED
    with reading() as session:
        assert session.exec(select(Task.kind)).all() == ["workflow_trouble"]


def test_more_events_than_one_look_takes_are_all_found(ringing, now, monkeypatch):
    monkeypatch.setattr(workflow_run, "BATCH", 10)
    ring(now, *range(1, 36))
    work(now)
    assert traces() == list(range(1, 36))


def test_an_event_that_shows_late_with_a_lower_id_is_found(ringing, now):
    ring(now, 1)
    work(now)
    with transaction() as session:
        (last,) = session.exec(select(Event).where(Event.kind == kind_of(BellRang)))
        late = replace_id(last, 500)
        session.add(late)
    work(now)
    with transaction() as session:
        session.add(replace_id(late, 400))
    work(now)
    assert sorted(run.event_id for run in runs())[-2:] == [400, 500]
    assert LOOK_BACK > 100


def test_old_runs_are_forgotten_but_for_those_that_are_looked_at_again(ringing, now):
    ring(now, 1)
    work(now)
    with transaction() as session:
        assert workflow_run.forget_old(session, now + timedelta(days=31)) == 0
        (last,) = session.exec(select(Event).where(Event.kind == kind_of(BellRang)))
        session.add(replace_id(last, 3 * LOOK_BACK))
    work(now + timedelta(days=31))
    with transaction() as session:
        # PostgreSQL moves it on only once no transaction anywhere is older.
        session.get_one(WorkflowCursor, "ringing").event_id = 3 * LOOK_BACK
    with transaction() as session:
        assert workflow_run.forget_old(session, now + timedelta(days=31, hours=1)) == 1
    work(now + timedelta(days=32))
    assert [run.event_id for run in runs()] == [3 * LOOK_BACK]


def test_events_of_a_paused_workflow_wait_and_each_is_run_once(ringing, now):
    ring(now, 1)
    work(now)
    stand_still(now, "ringing")
    ring(now, 2, 3)
    work(now)
    with reading() as session:
        (stand,) = run_watch.workflow_stands(session, now, (ringing.workflow,))
    assert (traces(), stand.waiting, stand.oldest_at, stand.today) == ([1], 2, now, 1)
    with transaction() as session:
        assert standstill.resume(session, Runs.WORKFLOW, "ringing", by="ops", now=now)
    work(now)
    work(now + timedelta(days=1))
    assert traces() == [1, 2, 3]
    assert [run.attempts for run in runs()] == [1, 1, 1]


def test_what_waits_for_its_next_try_waits_while_its_workflow_stands(ringing, now):
    ringing.breaks = 1
    ring(now, 1)
    work(now)
    stand_still(now, "ringing")
    work(now + timedelta(days=1))
    assert (runs()[0].state, runs()[0].attempts) == (WorkflowState.READY, 1)
    with transaction() as session:
        standstill.resume(session, Runs.WORKFLOW, "ringing", by="ops", now=now)
    work(now + timedelta(days=1))
    assert traces() == [1]


def test_a_long_pause_repeats_nothing_that_was_forgotten_meanwhile(ringing, now):
    ring(now, 1)
    work(now)
    stand_still(now, "ringing")
    with transaction() as session:
        (last,) = session.exec(select(Event).where(Event.kind == kind_of(BellRang)))
        session.add(replace_id(last, 5 * LOOK_BACK))
        other = {"workflow": "other", "event_kind": "x", "subject_type": "order", "subject_id": 1}
        session.add(WorkflowRun(**other, event_id=5 * LOOK_BACK, due_at=now, found_at=now, state=WorkflowState.DONE))
    with transaction() as session:
        assert workflow_run.forget_old(session, now + timedelta(days=40)) == 0
        standstill.resume(session, Runs.WORKFLOW, "ringing", by="ops", now=now)
    work(now + timedelta(days=40))
    assert [run.event_id for run in runs() if run.workflow == "ringing"][1:] == [5 * LOOK_BACK]


def test_a_failed_run_is_skipped_with_a_reason_and_never_run_again(ringing, now):
    ringing.breaks = MOST_TRIES
    ring(now, 1)
    for day in range(MOST_TRIES):
        work(now + timedelta(days=day))
    (run,) = runs()
    with transaction() as session:
        with pytest.raises(BadInput):
            workflow_run.skip(session, run.id, by="ops", reason=" ", now=now)
        assert workflow_run.skip(session, run.id, by="ops", reason="done by hand", now=now) == 1
        assert workflow_run.skip(session, run.id, by="ops", reason="done by hand", now=now) == 0
        assert workflow_run.retry(session, run.id, by="ops", now=now) == 0
    work(now + timedelta(days=30))
    assert (runs()[0].state, runs()[0].note, traces()) == (WorkflowState.SKIPPED, "done by hand", [])


def stand_still(now, name):
    with transaction() as session:
        standstill.pause(session, Runs.WORKFLOW, name, reason="check", by="ops", now=now)


def test_every_workflow_has_a_name_people_read():
    assert set(WORKFLOW_NAMES) == {workflow.name for workflow in WORKFLOWS}
    assert len({workflow.name for workflow in WORKFLOWS}) == len(WORKFLOWS)
    assert listened_for() >= {"order_shipped", "shop_connected"}


def replace_id(event: Event, number: int) -> Event:
    facts = event.model_dump() | {"id": number}
    return Event(**facts)


def test_what_a_clock_an_hour_ahead_put_off_is_run_once_it_is_right_again(ringing, now):
    ring(now, 1)
    workflow = ringing.workflow
    with transaction() as session:
        workflow_run.find(session, workflow, now + timedelta(hours=1))
    while run_next(now + timedelta(seconds=1)):
        pass
    run_next(now + timedelta(seconds=1))
    with reading() as session:
        assert session.exec(select(WorkflowRun.state)).all() == [WorkflowState.DONE]
