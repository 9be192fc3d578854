"""Which tickets wait, whose are they, and what is the most pressing?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from orderhub.domain.order import Order
from orderhub.domain.ticket import UNDECIDED, Ticket, TicketPriority, TicketStatus
from orderhub.insights.reports.behind_service import TicketsBehind

PAGE_SIZE = 50
LAST_PAGE = 200


class Queue(StrEnum):
    """``MINE`` is what this person has claimed or was given; ``DONE`` is decided or closed, newest first."""

    MINE = "mine"
    ALL = "all"
    WAITING = "waiting"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True)
class TicketQuery:
    """``behind`` a figure of a report all tickets are shown, whatever their queue."""

    queue: Queue
    person: str
    priority: TicketPriority | None = None
    page: int = 1
    behind: TicketsBehind | None = None


@dataclass(frozen=True)
class TicketRow:
    """``order_no`` is the channel's; empty where the ticket is about a buyer alone."""

    ticket: Ticket
    order_no: str
    is_late: bool


@dataclass(frozen=True)
class TicketPage:
    """``total`` counts the whole list, page or not."""

    rows: tuple[TicketRow, ...]
    has_more: bool
    total: int
    counts: dict[Queue, int]


def ticket_page(session: Session, query: TicketQuery, now: datetime, *, size: int = PAGE_SIZE) -> TicketPage:
    """What is due first comes first; urgent before high of the same moment. Counts are of every queue, unfiltered."""
    conditions = query.behind.conditions(session) if query.behind else _stands_in(query.queue, query.person, now)
    if query.priority:
        conditions = [*conditions, col(Ticket.priority) == query.priority]
    wanted = select(Ticket, Order.channel_order_no).join(Order, col(Order.id) == Ticket.order_id, isouter=True)
    wanted = wanted.where(*conditions)
    if query.queue is Queue.DONE:
        wanted = wanted.order_by(col(Ticket.id).desc())
    else:
        wanted = wanted.order_by(col(Ticket.due_at), _pressing(), col(Ticket.id))
    start = (min(max(query.page, 1), LAST_PAGE) - 1) * size
    found = session.exec(wanted.offset(start).limit(size + 1)).all()
    rows = tuple(TicketRow(ticket, number or "", is_late(ticket, now)) for ticket, number in found[:size])
    has_more = len(found) > size and query.page < LAST_PAGE
    counts = _counts(session, query.person, now)
    is_counted = query.queue in counts and not query.behind and not query.priority
    total = counts[query.queue] if is_counted else _total(session, conditions)
    return TicketPage(rows, has_more, total, counts)


def is_late(ticket: Ticket, now: datetime) -> bool:
    """Undecided past its time, or decided after it."""
    return (ticket.decided_at or now) > ticket.due_at and (not ticket.is_over or ticket.decided_at is not None)


def _stands_in(queue: Queue, person: str, now: datetime) -> list[Any]:
    undecided = col(Ticket.status).in_(UNDECIDED)
    return {
        Queue.MINE: [undecided, col(Ticket.owner) == person],
        Queue.ALL: [undecided],
        Queue.WAITING: [col(Ticket.status) == TicketStatus.WAITING],
        Queue.LATE: [undecided, col(Ticket.due_at) < now],
        Queue.DONE: [col(Ticket.status).in_((TicketStatus.DECIDED, TicketStatus.CLOSED))],
    }[queue]


def _counts(session: Session, person: str, now: datetime) -> dict[Queue, int]:
    """In one reading of what is undecided; what is done is not counted: it only grows."""
    waits = case((col(Ticket.status) == TicketStatus.WAITING, 1))
    columns = [
        func.count(case((col(Ticket.owner) == person, 1))),
        func.count(),
        func.count(waits),
        func.count(case((col(Ticket.due_at) < now, 1))),
    ]
    wanted = select(*columns).select_from(Ticket).where(col(Ticket.status).in_(UNDECIDED))  # type: ignore[call-overload]
    found = session.execute(wanted).one()
    return dict(zip((Queue.MINE, Queue.ALL, Queue.WAITING, Queue.LATE), found, strict=True))


def _total(session: Session, conditions: list[Any]) -> int:
    return session.exec(select(func.count()).select_from(Ticket).where(*conditions)).one()


def _pressing() -> Any:
    ranks = {str(word): rank for rank, word in enumerate(TicketPriority)}
    return case(ranks, value=col(Ticket.priority), else_=len(ranks))
