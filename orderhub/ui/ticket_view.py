"""What does an open ticket show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.ticket import Ticket, ticket_no
from orderhub.domain.ticket_step import TicketEntry, TicketHandOver, entries_of, hand_overs_of
from orderhub.insights.ticket import is_late
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.board_rows import exact, unix

_MINUTE = "%m-%d %H:%M"


@dataclass
class EntryView:
    id: str
    voice: str
    text: str
    by: str
    at: str


@dataclass
class HandOverView:
    """``…_role`` names the queue, ``…_person`` the person where one was named."""

    id: str
    from_role: str
    from_person: str
    to_role: str
    to_person: str
    reason: str
    by: str
    at: str


@dataclass
class TicketView:
    id: str = ""
    no: str = ""
    kind: str = ""
    priority: str = ""
    status: str = ""
    words: str = ""
    channel: str = ""
    due: str = ""
    due_exact: str = ""
    owner_role: str = ""
    owner: str = ""
    waits_for: str = ""
    opened_by: str = ""
    opened: str = ""
    first_reply: str = ""
    decided: str = ""
    decided_by: str = ""
    result: str = ""
    result_note: str = ""
    again: str = ""
    reopenings: str = ""
    is_late: bool = False
    is_over: bool = False
    is_closed: bool = False
    history: list[EntryView] = field(default_factory=list)
    hand_overs: list[HandOverView] = field(default_factory=list)


def ticket_view(session: Session, ticket: Ticket, now: datetime) -> TicketView:
    return TicketView(
        id=str(ticket.id),
        no=ticket_no(ticket.id),
        kind=ticket.kind,
        priority=ticket.priority,
        status=ticket.status,
        words=ticket.words,
        channel=ticket.channel,
        due="" if ticket.is_over else unix(ticket.due_at),
        due_exact=exact(ticket.due_at),
        owner_role=ticket.owner_role,
        owner=ticket.owner,
        waits_for=ticket.waits_for or "",
        opened_by=ticket.opened_by,
        opened=shanghai_text(ticket.opened_at, _MINUTE),
        first_reply=_moment(ticket.first_reply_at),
        decided=_moment(ticket.decided_at),
        decided_by=ticket.decided_by,
        result=ticket.result or "",
        result_note=ticket.result_note,
        again=_moment(ticket.complained_again_at),
        reopenings=str(ticket.reopenings) if ticket.reopenings else "",
        is_late=is_late(ticket, now),
        is_over=ticket.is_over,
        is_closed=ticket.closed_at is not None,
        history=[_entry(one) for one in entries_of(session, ticket.id)],
        hand_overs=[_hand_over(one) for one in hand_overs_of(session, ticket.id)],
    )


def _moment(at: datetime | None) -> str:
    return shanghai_text(at, _MINUTE) if at else ""


def _entry(one: TicketEntry) -> EntryView:
    return EntryView(str(one.id), one.voice, one.text, one.by, shanghai_text(one.at, _MINUTE))


def _hand_over(one: TicketHandOver) -> HandOverView:
    at = shanghai_text(one.at, _MINUTE)
    return HandOverView(str(one.id), one.from_role, one.from_person, one.to_role, one.to_person, one.reason, one.by, at)
