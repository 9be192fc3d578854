"""Whatever is done to a ticket in whatever order: it only goes where its lifecycle lets it, and its task follows."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import col, select

from orderhub.domain.task import Task, TaskStatus
from orderhub.domain.ticket import (
    LIFECYCLE,
    QUEUES,
    Subject,
    Ticket,
    TicketKind,
    TicketPriority,
    TicketResult,
    TicketStatus,
    WaitsFor,
    open_ticket,
)
from orderhub.domain.ticket_step import claim, close, decide, hand_over, note, prioritise, reopen, reply, wait
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import Event
from tests import builders
from tests.builders import NOW
from tests.databases import another_with_tables

PEOPLE = st.sampled_from(["li", "wang"])
REASONS = st.sampled_from(["", "因为"])


class TicketMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.database = another_with_tables(f"sqlite:///{Path(self.folder.name) / 'tickets.db'}")
        self.now = NOW
        with self.database.transaction() as session:
            order = builders.order(session)
            made = open_ticket(session, Subject(order_id=order.id), TicketKind.OTHER, words="测试", by="li", now=NOW)
            self.ticket_id = made.id

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def _try(self, step, *args, by="li", **changes):
        """A refusal changes nothing, the log included."""
        self.now += timedelta(minutes=1)
        before = self._seen()
        try:
            with self.database.transaction() as session:
                step(session, self.ticket_id, *args, by=by, now=self.now, **changes)
        except RuleBroken:
            assert self._seen() == before

    def _seen(self):
        with self.database.reading() as session:
            ticket = session.get_one(Ticket, self.ticket_id)
            return ticket.model_dump(), len(session.exec(select(Event.id)).all())

    @rule(by=PEOPLE)
    def claim(self, by):
        self._try(claim, by=by)

    @rule(role=st.sampled_from([*QUEUES, "finance"]), person=st.sampled_from(["", "wang"]), reason=REASONS)
    def hand_over(self, role, person, reason):
        self._try(hand_over, role=role, person=person, reason=reason)

    @rule(by=PEOPLE, text=REASONS)
    def say(self, by, text):
        self._try(reply, text, by=by)
        self._try(note, text, by=by)

    @rule(whom=st.sampled_from(WaitsFor))
    def wait(self, whom):
        self._try(wait, whom)

    @rule(priority=st.sampled_from(TicketPriority))
    def prioritise(self, priority):
        self._try(prioritise, priority)

    @rule(result=st.sampled_from(TicketResult))
    def decide(self, result):
        self._try(decide, result)

    @rule(reason=REASONS)
    def close(self, reason):
        self._try(close, reason=reason)

    @rule(reason=REASONS)
    def reopen(self, reason):
        self._try(reopen, reason=reason)

    @invariant()
    def only_moves_that_the_table_knows_are_in_the_log(self):
        with self.database.reading() as session:
            wanted = select(Event).where(Event.kind == "ticket_moved").order_by(col(Event.id))
            at = TicketStatus.OPEN
            for event in session.exec(wanted):
                assert event.body["source"] == at
                assert LIFECYCLE.may(at, TicketStatus(event.body["target"]))
                at = TicketStatus(event.body["target"])
            assert session.get_one(Ticket, self.ticket_id).status is at

    @invariant()
    def one_task_is_open_while_it_is_undecided_and_none_after(self):
        with self.database.reading() as session:
            ticket = session.get_one(Ticket, self.ticket_id)
            open_tasks = session.exec(select(Task).where(Task.status != TaskStatus.CLOSED)).all()
            assert [task.id for task in open_tasks] == ([] if ticket.is_over else [ticket.task_id])
            if open_tasks and ticket.waits_for in (None, WaitsFor.BUYER):
                assert (open_tasks[0].owner_role, open_tasks[0].owner) == (ticket.owner_role, ticket.owner)
            assert all(task.due_at == ticket.due_at for task in open_tasks)

    @invariant()
    def who_has_it_and_what_came_of_it_fit_the_status(self):
        with self.database.reading() as session:
            ticket = session.get_one(Ticket, self.ticket_id)
        assert (ticket.waits_for is not None) == (ticket.status is TicketStatus.WAITING)
        assert ticket.status is not TicketStatus.OPEN or ticket.owner == ""
        assert ticket.status not in (TicketStatus.CLAIMED, TicketStatus.WAITING) or ticket.owner != ""
        assert ticket.status is not TicketStatus.DECIDED or (ticket.result and ticket.decided_at)
        assert ticket.owner_role in QUEUES


TestTicketMachine = TicketMachine.TestCase
TestTicketMachine.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
