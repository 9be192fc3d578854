"""What does a buyer want of us, whose is it, and by when? A ticket (工单), its way, and how one is opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order
from orderhub.domain.task import TaskKind, open_task
from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text, without_phones
from orderhub.kernel.lifecycle import Lifecycle
from orderhub.kernel.sight import find

TICKET = "ticket"  # as the subject of an event or a task
WORDS_MOST = 1000
AGAIN_WITHIN = timedelta(days=30)

# Whose queue a ticket may stand in: the roles that work on tickets.
QUEUES = ("service", "operations", "manager")


class TicketKind(StrEnum):
    QUESTION = "question"
    COMPLAINT = "complaint"
    ADDRESS_CHANGE = "address_change"
    MISSING_PARCEL = "missing_parcel"
    INVOICE = "invoice"
    OTHER = "other"


class TicketPriority(StrEnum):
    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def allowed(self) -> timedelta:
        """From opening to decision."""
        return _ALLOWED[self]


class TicketStatus(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    WAITING = "waiting"
    DECIDED = "decided"
    CLOSED = "closed"


class WaitsFor(StrEnum):
    BUYER = "buyer"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"


class TicketResult(StrEnum):
    ANSWERED = "answered"
    AFTERSALE = "aftersale"
    RESENT = "resent"
    COMPENSATED = "compensated"
    CHANGED = "changed"
    REFUSED = "refused"


_ALLOWED = {
    TicketPriority.URGENT: timedelta(hours=1),
    TicketPriority.HIGH: timedelta(hours=4),
    TicketPriority.NORMAL: timedelta(days=1),
    TicketPriority.LOW: timedelta(days=3),
}
_TASKS = {
    TicketKind.ADDRESS_CHANGE: TaskKind.ADDRESS_CHANGE,
    TicketKind.MISSING_PARCEL: TaskKind.LOGISTICS_FOLLOW_UP,
}

_S = TicketStatus
UNDECIDED = (_S.OPEN, _S.CLAIMED, _S.WAITING)
LIFECYCLE = Lifecycle(
    _S.OPEN,
    {
        _S.OPEN: {_S.CLAIMED, _S.CLOSED},
        _S.CLAIMED: {_S.OPEN, _S.WAITING, _S.DECIDED, _S.CLOSED},  # back to open: handed over to a queue
        _S.WAITING: {_S.OPEN, _S.CLAIMED, _S.DECIDED, _S.CLOSED},
        _S.DECIDED: {_S.OPEN, _S.CLOSED},  # back to open: reopened
        _S.CLOSED: {_S.OPEN},
    },
)


class Ticket(SQLModel, table=True):
    """About an order, a case of it, or a buyer alone (``channel`` and ``buyer_token``, copied from the order if any).

    ``first_role`` is whose queue it stood in first: hand-over accuracy compares it with ``owner_role`` at the decision.
    ``task_id`` is the work on it that a workbench shows. ``complained_again_at``: a later complaint about the order.
    """

    __table_args__ = (
        Index("ix_ticket_status_due_at", "status", "due_at", "id"),
        Index("ix_ticket_owner", "owner", "status", "due_at"),
        Index("ix_ticket_buyer", "channel", "buyer_token"),
        # The service load is counted from this one alone.
        Index("ix_ticket_opened_at", "opened_at", "first_reply_at", "decided_at", "status", "channel", "order_id"),
        CheckConstraint("order_id IS NOT NULL OR buyer_token <> ''", name="about_somebody"),
    )

    id: int = own_id()
    kind: TicketKind = Field(sa_type=word(TicketKind))
    priority: TicketPriority = Field(sa_type=word(TicketPriority))
    status: TicketStatus = Field(default=TicketStatus.OPEN, sa_type=word(TicketStatus))
    words: str = Field(max_length=WORDS_MOST)
    order_id: int | None = Field(default=None, foreign_key="orders.id", sa_type=BigId, index=True)
    aftersale_id: int | None = Field(default=None, foreign_key="aftersale.id", sa_type=BigId, index=True)
    channel: Channel = Field(sa_type=word(Channel))
    buyer_token: str = Field(default="", max_length=200)
    first_role: str = Field(max_length=32)
    owner_role: str = Field(max_length=32)
    owner: str = Field(default="", max_length=64)
    waits_for: WaitsFor | None = Field(default=None, sa_type=word(WaitsFor))
    task_id: int = Field(foreign_key="task.id", sa_type=BigId)
    opened_by: str = Field(max_length=64)
    opened_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    first_reply_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: str = Field(default="", max_length=64)
    result: TicketResult | None = Field(default=None, sa_type=word(TicketResult))
    result_note: str = Field(default="", max_length=200)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    reopenings: int = 0
    complained_again_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def is_over(self) -> bool:
        return self.status not in UNDECIDED


@dataclass(frozen=True)
class TicketEvent(Happening):
    """``order_id`` is 0 where it is about a buyer alone. What was written stays with the ticket."""

    subject_type: ClassVar[str] = TICKET
    order_id: int


@dataclass(frozen=True)
class TicketOpened(TicketEvent):
    kind: str
    priority: str
    owner_role: str


@dataclass(frozen=True)
class TicketMoved(TicketEvent):
    source: str
    target: str
    reason: str = ""


@dataclass(frozen=True)
class ComplainedAgain(TicketEvent):
    """``subject_id`` is the earlier ticket's, ``later_id`` the complaint's that came within 30 days of it."""

    later_id: int


@dataclass(frozen=True)
class Subject:
    """What a ticket is about: a case, else an order, else the buyer of an order (``of_buyer`` is that order's id)."""

    aftersale_id: int = 0
    order_id: int = 0
    of_buyer: int = 0


def ticket_no(ticket_id: int) -> str:
    """As people read, type and say it."""
    return f"TK{ticket_id}"


def open_ticket(
    session: Session,
    subject: Subject,
    kind: TicketKind,
    *,
    words: str,
    priority: TicketPriority = TicketPriority.NORMAL,
    role: str = "service",
    by: str,
    now: datetime,
) -> Ticket:
    """Write down what is wanted, with a task for it; an earlier complaint about the order learns of this one.

    Raises:
        NotFound: there is no such order or case.
        BadInput: nothing is said, the role has no queue, or the order has no buyer its channel names.
    """
    wanted = without_phones(clean_text(words, most=WORDS_MOST, field="words"))
    if not wanted:
        raise BadInput("words: say what the buyer wants", field="words", problem="ticket_words")
    check_queue(role)
    order, case = _about(session, subject)
    if subject.of_buyer and not order.buyer_token:
        raise BadInput("buyer: the channel names nobody", field="of_buyer", problem="no_buyer")
    order_id = None if subject.of_buyer else order.id
    due_at = now + priority.allowed
    task = open_task(
        session,
        _TASKS.get(kind, TaskKind.AFTERSALE_TICKET),
        title="",
        about=("order", order.id),
        role=role,
        due_at=due_at,
        now=now,
    )
    ticket = Ticket(
        kind=kind,
        priority=priority,
        words=wanted,
        order_id=order_id,
        aftersale_id=case.id if case else None,
        channel=order.channel,
        buyer_token=order.buyer_token,
        first_role=role,
        owner_role=role,
        task_id=task.id,
        opened_by=by,
        opened_at=now,
        due_at=due_at,
    )
    session.add(ticket)
    session.flush()
    task.title = task_title(ticket)
    session.add(task)
    record(session, TicketOpened(ticket.id, order_id or 0, kind, priority, role), actor=by, now=now)
    if kind is TicketKind.COMPLAINT:
        _tell_earlier(session, ticket, by=by, now=now)
    return ticket


def task_title(ticket: Ticket) -> str:
    """Its number alone: more people see tasks than may read tickets."""
    return f"工单 {ticket_no(ticket.id)}"


def check_queue(role: str) -> None:
    """Raises: BadInput: tickets do not stand before that role."""
    if role not in QUEUES:
        raise BadInput(f"role: {role[:32]!r} works on no tickets", field="role", problem="ticket_role")


def _about(session: Session, subject: Subject) -> tuple[Order, Aftersale | None]:
    """The order, locked, and the case; a case's order is the case's own, whatever else was named."""
    case = find(session, Aftersale, subject.aftersale_id) if subject.aftersale_id else None
    if subject.aftersale_id and case is None:
        raise NotFound(f"no after-sale case has the id {subject.aftersale_id}")
    order_id = case.order_id if case else subject.order_id or subject.of_buyer
    order = find(session, Order, order_id, lock=True) if order_id else None
    if order is None:
        raise NotFound(f"no order has the id {order_id}")
    return order, case


def _tell_earlier(session: Session, ticket: Ticket, *, by: str, now: datetime) -> None:
    """Every earlier complaint about the order of the last 30 days that knows of no later one yet."""
    if ticket.order_id is None:
        return
    wanted = select(Ticket).where(
        Ticket.order_id == ticket.order_id,
        Ticket.kind == TicketKind.COMPLAINT,
        Ticket.id != ticket.id,
        col(Ticket.opened_at) >= now - AGAIN_WITHIN,
        col(Ticket.complained_again_at).is_(None),
    )
    for earlier in session.exec(wanted.order_by(col(Ticket.id)).with_for_update()).all():
        earlier.complained_again_at = now
        session.add(earlier)
        record(session, ComplainedAgain(earlier.id, ticket.order_id, ticket.id), actor=by, now=now)
