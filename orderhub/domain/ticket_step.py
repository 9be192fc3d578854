"""What is done about a ticket, by whom? It is claimed, handed over, answered, set waiting, decided, reopened."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain import task as tasks
from orderhub.domain.task import Task
from orderhub.domain.ticket import (
    LIFECYCLE,
    WORDS_MOST,
    Ticket,
    TicketEvent,
    TicketMoved,
    TicketPriority,
    TicketResult,
    TicketStatus,
    WaitsFor,
    check_queue,
    task_title,
    ticket_no,
)
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, IllegalMove, NotFound, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text, without_phones
from orderhub.kernel.sight import find

REASON_MOST = 200


class Voice(StrEnum):
    """Who is meant to read what was written."""

    NOTE = "note"
    REPLY = "reply"


class TicketEntry(SQLModel, table=True):
    """A note for staff, or what was said to the buyer: copied by hand, since no channel's chat takes it by API."""

    __tablename__ = "ticket_entry"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    ticket_id: int = Field(foreign_key="ticket.id", sa_type=BigId, index=True)
    voice: Voice = Field(sa_type=word(Voice))
    text: str = Field(max_length=WORDS_MOST)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class TicketHandOver(SQLModel, table=True):
    """From one queue or person to another; a person is empty where only the queue is named."""

    __tablename__ = "ticket_hand_over"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    ticket_id: int = Field(foreign_key="ticket.id", sa_type=BigId, index=True)
    from_role: str = Field(max_length=32)
    from_person: str = Field(default="", max_length=64)
    to_role: str = Field(max_length=32)
    to_person: str = Field(default="", max_length=64)
    reason: str = Field(max_length=REASON_MOST)
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


class TicketTaken(RuleBroken):
    code = "ticket_taken"


class TicketOver(RuleBroken):
    code = "ticket_over"


@dataclass(frozen=True)
class TicketHandedOver(TicketEvent):
    from_role: str
    to_role: str
    to_person: str
    reason: str


@dataclass(frozen=True)
class TicketAnswered(TicketEvent):
    """What was said stays with the ticket."""

    is_first: bool


@dataclass(frozen=True)
class TicketPrioritised(TicketEvent):
    source: str
    target: str


@dataclass(frozen=True)
class TicketNoted(TicketEvent):
    """The note's text stays with the ticket."""


def ticket_of(session: Session, ticket_id: int) -> Ticket:
    """The ticket, locked. Raises: NotFound."""
    found = find(session, Ticket, ticket_id, lock=True)
    if found is None:
        raise NotFound(f"no ticket has the id {ticket_id}")
    return found


def claim(session: Session, ticket_id: int, *, by: str, now: datetime) -> None:
    """``by`` takes it; one that waited goes on. Safe to repeat by the same person.

    Raises:
        TicketTaken: somebody else has it: let them hand it over. TicketOver: it is decided or closed.
    """
    ticket = _undecided(session, ticket_id)
    if ticket.owner and ticket.owner != by:
        raise TicketTaken(f"{ticket_no(ticket.id)}: {ticket.owner} has it", who=ticket.owner)
    if ticket.status is not TicketStatus.CLAIMED:
        _take(session, ticket, by, now)


def hand_over(
    session: Session, ticket_id: int, *, role: str, person: str = "", reason: str, by: str, now: datetime
) -> None:
    """To the queue of ``role``, or to ``person`` of that role, with a reason that stays in a row of its own.

    Raises:
        BadInput: no reason, or a role without a queue. TicketOver: it is decided or closed.
    """
    why = _said(reason, REASON_MOST, "reason", "handover_reason")
    check_queue(role)
    ticket = _undecided(session, ticket_id)
    if (role, person) == (ticket.owner_role, ticket.owner):
        raise BadInput("role: it is theirs already", field="role", problem="handover_same")
    handed = TicketHandOver(
        ticket_id=ticket.id,
        from_role=ticket.owner_role,
        from_person=ticket.owner,
        to_role=role,
        to_person=person,
        reason=why,
        by=by,
        at=now,
    )
    session.add(handed)
    happened = TicketHandedOver(ticket.id, ticket.order_id or 0, ticket.owner_role, role, person, why)
    record(session, happened, actor=by, now=now)
    ticket.owner_role, ticket.owner, ticket.waits_for = role, person, None
    target = TicketStatus.CLAIMED if person else TicketStatus.OPEN
    if ticket.status is not target:
        _move(session, ticket, target, by=by, now=now)
    _give_task(session, ticket, by=by, now=now)
    session.add(ticket)


def wait(session: Session, ticket_id: int, waits_for: WaitsFor, *, by: str, now: datetime) -> None:
    """Nothing can be done until the buyer, the warehouse or finance has; the latter two find it among their tasks."""
    ticket = _undecided(session, ticket_id)
    _take_if_open(session, ticket, by, now)
    if ticket.status is not TicketStatus.WAITING:
        _move(session, ticket, TicketStatus.WAITING, by=by, now=now, reason=waits_for)
    ticket.waits_for = waits_for
    _give_task(session, ticket, by=by, now=now)
    session.add(ticket)


def prioritise(session: Session, ticket_id: int, priority: TicketPriority, *, by: str, now: datetime) -> None:
    """More or less urgent than it seemed: its time counts from when it was opened, at last, as before. Safe to repeat.

    Raises:
        TicketOver: it is decided or closed.
    """
    ticket = _undecided(session, ticket_id)
    if ticket.priority is priority:
        return
    happened = TicketPrioritised(ticket.id, ticket.order_id or 0, ticket.priority, priority)
    record(session, happened, actor=by, now=now)
    ticket.due_at += priority.allowed - ticket.priority.allowed
    ticket.priority = priority
    task = session.get_one(Task, ticket.task_id)
    task.due_at = ticket.due_at
    session.add_all([ticket, task])


def note(session: Session, ticket_id: int, text: str, *, by: str, now: datetime) -> None:
    """For staff only; also of a ticket that is over."""
    words = _said(text, WORDS_MOST, "text", "entry_words")
    ticket = ticket_of(session, ticket_id)
    session.add(TicketEntry(ticket_id=ticket.id, voice=Voice.NOTE, text=words, by=by, at=now))
    record(session, TicketNoted(ticket.id, ticket.order_id or 0), actor=by, now=now)


def reply(session: Session, ticket_id: int, text: str, *, by: str, now: datetime) -> None:
    """What was copied for the buyer. Whoever answers takes an open ticket.

    Raises:
        BadInput: nothing is said. TicketOver: it is decided or closed: reopen it first.
    """
    words = _said(text, WORDS_MOST, "text", "entry_words")
    ticket = _undecided(session, ticket_id)
    _take_if_open(session, ticket, by, now)
    session.add(TicketEntry(ticket_id=ticket.id, voice=Voice.REPLY, text=words, by=by, at=now))
    record(session, TicketAnswered(ticket.id, ticket.order_id or 0, ticket.first_reply_at is None), actor=by, now=now)
    ticket.first_reply_at = ticket.first_reply_at or now
    session.add(ticket)


def decide(session: Session, ticket_id: int, result: TicketResult, *, reason: str = "", by: str, now: datetime) -> None:
    """Say what becomes of it; its task is done."""
    why = clean_text(reason, most=REASON_MOST, field="reason")
    ticket = _undecided(session, ticket_id)
    _take_if_open(session, ticket, by, now)
    _move(session, ticket, TicketStatus.DECIDED, by=by, now=now, reason=result)
    ticket.decided_at, ticket.decided_by, ticket.result, ticket.result_note = now, by, result, why
    _end_task(session, ticket, result, by=by, now=now)


def close(session: Session, ticket_id: int, *, reason: str = "", by: str, now: datetime) -> None:
    """Nothing more to do: after its decision, or, with a reason, without one (opened by mistake, twice).

    Raises:
        BadInput: it is not decided, and no reason is given. TicketOver: it is closed already.
    """
    ticket = ticket_of(session, ticket_id)
    if ticket.status is TicketStatus.CLOSED:
        raise TicketOver(f"{ticket_no(ticket.id)} is closed")
    why = clean_text(reason, most=REASON_MOST, field="reason")
    if not ticket.is_over and not why:
        raise BadInput("reason: say why it needs no decision", field="reason", problem="close_reason")
    _move(session, ticket, TicketStatus.CLOSED, by=by, now=now, reason=why)
    ticket.closed_at, ticket.result_note = now, ticket.result_note or why
    _end_task(session, ticket, TicketStatus.CLOSED, by=by, now=now)


def reopen(session: Session, ticket_id: int, *, reason: str, by: str, now: datetime) -> None:
    """The buyer is not content: back into the queue it was decided in, with a new time and a new task.

    Raises:
        BadInput: no reason. IllegalMove: it is still being worked on.
    """
    why = _said(reason, REASON_MOST, "reason", "reopen_reason")
    ticket = ticket_of(session, ticket_id)
    if not ticket.is_over:
        raise IllegalMove(f"{ticket_no(ticket.id)} is {ticket.status}: nothing to reopen")
    old = session.get_one(Task, ticket.task_id)
    _move(session, ticket, TicketStatus.OPEN, by=by, now=now, reason=why)
    ticket.owner, ticket.waits_for, ticket.due_at = "", None, now + ticket.priority.allowed
    ticket.decided_at = ticket.closed_at = ticket.result = None
    ticket.decided_by = ticket.result_note = ""
    ticket.reopenings += 1
    about, role = (old.subject_type, old.subject_id), ticket.owner_role
    made = tasks.open_task(
        session, old.kind, title=task_title(ticket), about=about, role=role, due_at=ticket.due_at, now=now
    )
    ticket.task_id = made.id
    session.add(ticket)


def entries_of(session: Session, ticket_id: int, *, limit: int = 200) -> list[TicketEntry]:
    """Notes and replies, newest first."""
    wanted = select(TicketEntry).where(TicketEntry.ticket_id == ticket_id)
    return list(session.exec(wanted.order_by(col(TicketEntry.id).desc()).limit(limit)))


def hand_overs_of(session: Session, ticket_id: int, *, limit: int = 50) -> list[TicketHandOver]:
    """Newest first."""
    wanted = select(TicketHandOver).where(TicketHandOver.ticket_id == ticket_id)
    return list(session.exec(wanted.order_by(col(TicketHandOver.id).desc()).limit(limit)))


def _undecided(session: Session, ticket_id: int) -> Ticket:
    ticket = ticket_of(session, ticket_id)
    if ticket.is_over:
        raise TicketOver(f"{ticket_no(ticket.id)} is {ticket.status}: reopen it first")
    return ticket


def _take_if_open(session: Session, ticket: Ticket, by: str, now: datetime) -> None:
    if ticket.status is TicketStatus.OPEN:
        _take(session, ticket, by, now)


def _take(session: Session, ticket: Ticket, by: str, now: datetime) -> None:
    _move(session, ticket, TicketStatus.CLAIMED, by=by, now=now)
    ticket.owner, ticket.waits_for = by, None
    _give_task(session, ticket, by=by, now=now)
    session.add(ticket)


def _move(session: Session, ticket: Ticket, target: TicketStatus, *, by: str, now: datetime, reason: str = "") -> None:
    LIFECYCLE.check(ticket.status, target)
    moved = TicketMoved(ticket.id, ticket.order_id or 0, ticket.status, target, reason)
    record(session, moved, actor=by, now=now)
    ticket.status = target
    session.add(ticket)


def _give_task(session: Session, ticket: Ticket, *, by: str, now: datetime) -> None:
    """The task follows its ticket; while the warehouse or finance is waited for, it is theirs."""
    task = session.get_one(Task, ticket.task_id)
    if ticket.waits_for in (WaitsFor.WAREHOUSE, WaitsFor.FINANCE):
        tasks.give(session, task, role=str(ticket.waits_for), by=by, now=now)
    else:
        tasks.give(session, task, role=ticket.owner_role, person=ticket.owner, by=by, now=now)


def _end_task(session: Session, ticket: Ticket, result: str, *, by: str, now: datetime) -> None:
    """Given back first, so that whose it was is who decided it."""
    ticket.waits_for = None
    session.add(ticket)
    task = session.get_one(Task, ticket.task_id)
    if task.closed_at is None:
        tasks.give(session, task, role=ticket.owner_role, person=ticket.owner, by=by, now=now)
        tasks.close(session, task, by=by, now=now, result=result)


def _said(text: str, most: int, field: str, problem: str) -> str:
    words = without_phones(clean_text(text, most=most, field=field))
    if not words:
        raise BadInput(f"{field}: say something", field=field, problem=problem)
    return words
