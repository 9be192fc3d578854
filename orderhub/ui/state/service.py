"""Which queue, ticket and buyer does this tab look at, and what does customer service do there?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.access.standing import Standing, standing_of, standings
from orderhub.access.users import find_user
from orderhub.domain import buyer_link, ticket_step
from orderhub.domain.canned_reply import filled, replies, reply_of
from orderhub.domain.order import Order
from orderhub.domain.ticket import (
    QUEUES,
    Subject,
    Ticket,
    TicketKind,
    TicketPriority,
    TicketResult,
    WaitsFor,
    open_ticket,
)
from orderhub.insights.search import find_orders
from orderhub.insights.service import picture_of_buyer
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.ui.gate import needs, signed
from orderhub.ui.live import Scene, Vars
from orderhub.ui.numbers import number_of
from orderhub.ui.off_loop import off_loop
from orderhub.ui.service_find import Found, found
from orderhub.ui.service_view import (
    PictureView,
    QueueView,
    ServiceQuery,
    picture_view,
    queue_view,
    read_query,
    service_address,
)
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.ticket_view import TicketView, ticket_view

_GAP_SECONDS = 1.0
_READ, _CHANGE = Permission.TICKET_READ, Permission.TICKET_CHANGE

Form = dict[str, str]
Step = Callable[[Session, int, str], object]


@dataclass
class Choice:
    """``role`` names a queue where it is one; else ``name`` is a person's."""

    value: str
    role: str
    name: str


@dataclass
class CannedChoice:
    id: str
    title: str


class Service(Shown, Telling, rx.State):
    """``draft`` is the reply being written, ``canned`` what may fill it, ``wants_new`` unfolds a new ticket."""

    queue: QueueView = QueueView()
    picture: PictureView = PictureView()
    ticket: TicketView = TicketView()
    people: list[Choice] = []
    canned: list[CannedChoice] = []
    text: str = ""
    found: list[Found] = []
    draft: str = ""
    wants_new: bool = False
    is_gone: bool = False

    @rx.event
    @needs(_READ)
    async def enter(self) -> None:
        given = self.router.url.query_parameters
        self.wants_new = given.get("new") == "1"
        if given.get("ticket", "") != self.ticket.id:
            self.draft = ""
        await self._read()

    @rx.event
    @needs(_READ)
    async def find(self, text: str) -> None:
        """By anything; a ticket's own number opens it at once."""
        self.text = text[:64].replace("\0", "")
        self.found = await off_loop(found, self.text) if len(self.text.strip()) > 1 else []

    @rx.event
    @needs(_READ)
    def forget(self) -> None:
        self.text, self.found = "", []

    @rx.event
    @needs(_CHANGE)
    def unfold_new(self) -> None:
        self.wants_new = not self.wants_new

    @rx.event
    @needs(_CHANGE)
    async def open_ticket(self, form: Form) -> Any:
        made: list[int] = []

        def change(session: Session, user: Signed) -> None:
            ticket = open_ticket(
                session,
                _subject(form.get("about", "")),
                _word(TicketKind, form.get("kind", "")),
                words=form.get("words", ""),
                priority=_word(TicketPriority, form.get("priority", "")),
                role=str(user.role) if user.role in QUEUES else "service",
                by=user.name,
                now=utc_now(),
            )
            made.append(ticket.id)

        if await self._try(_CHANGE, change, done="ticket_opened"):
            self.wants_new = False
            return rx.redirect(service_address(await self._tickets(), ticket=made[0]))
        return None

    @rx.event
    @needs(_CHANGE)
    async def claim(self, ticket_id: str) -> None:
        def step(session: Session, number: int, by: str) -> None:
            ticket_step.claim(session, number, by=by, now=utc_now())

        await self._step(ticket_id, step, done="ticket_claimed")

    @rx.event
    @needs(_CHANGE)
    async def hand_over(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            role, person = _receiver(session, form.get("to", ""))
            reason = form.get("reason", "")
            ticket_step.hand_over(session, number, role=role, person=person, reason=reason, by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="ticket_handed")

    @rx.event
    @needs(_CHANGE)
    async def wait(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            ticket_step.wait(session, number, _word(WaitsFor, form.get("waits_for", "")), by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="ticket_waits")

    @rx.event
    @needs(_CHANGE)
    async def prioritise(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            priority = _word(TicketPriority, form.get("priority", ""))
            ticket_step.prioritise(session, number, priority, by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="ticket_prioritised")

    @rx.event
    @needs(_CHANGE)
    def write(self, text: str) -> None:
        self.draft = text[:2000]

    @rx.event
    @needs(_CHANGE)
    async def fill(self, reply_id: str) -> None:
        """Put a canned reply's text into the draft, filled in from the ticket's order."""
        if not number_of(reply_id):
            return
        ticket_id, texts = number_of(self.ticket.id), list[str]()

        def change(session: Session, user: Signed) -> None:
            ticket = ticket_step.ticket_of(session, ticket_id)
            order = session.get(Order, ticket.order_id) if ticket.order_id else None
            texts.append(filled(session, reply_of(session, number_of(reply_id)), order))

        if await self._try(_CHANGE, change):
            self.draft, self.said = texts[0], ""

    @rx.event
    @needs(_CHANGE)
    async def reply(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            ticket_step.reply(session, number, form.get("text", ""), by=by, now=utc_now())

        if await self._step(form.get("id", ""), step, done="reply_recorded"):
            self.draft = ""

    @rx.event
    @needs(_CHANGE)
    async def note(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            ticket_step.note(session, number, form.get("text", ""), by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="note_added")

    @rx.event
    @needs(_CHANGE)
    async def decide(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            result = _word(TicketResult, form.get("result", ""))
            ticket_step.decide(session, number, result, reason=form.get("reason", ""), by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="ticket_decided")

    @rx.event
    @needs(_CHANGE)
    async def close(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            ticket_step.close(session, number, reason=form.get("reason", ""), by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="ticket_closed")

    @rx.event
    @needs(_CHANGE)
    async def reopen(self, form: Form) -> None:
        def step(session: Session, number: int, by: str) -> None:
            ticket_step.reopen(session, number, reason=form.get("reason", ""), by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="ticket_reopened")

    @rx.event
    @needs(_CHANGE)
    async def join(self, form: Form) -> None:
        """The buyer of the order shown and the buyer of the order whose number was typed are one."""

        def step(session: Session, order_id: int, by: str) -> None:
            other, reason = _other_order(session, form.get("order", "")), form.get("reason", "")
            buyer_link.join(session, order_id, other, reason=reason, by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="buyer_joined")

    @rx.event
    @needs(_CHANGE)
    async def part(self, form: Form) -> None:
        def step(session: Session, link_id: int, by: str) -> None:
            buyer_link.part(session, link_id, reason=form.get("reason", ""), by=by, now=utc_now())

        await self._step(form.get("id", ""), step, done="buyer_parted")

    async def _step(self, subject_id: str, step: Step, *, done: str) -> bool:
        """Read again whatever came of it: who was quicker has changed what stands here."""

        def change(session: Session, user: Signed) -> None:
            step(session, number_of(subject_id), user.name)

        is_done = await self._try(_CHANGE, change, done=done)
        await self._read()
        return is_done

    async def _tickets(self) -> Any:
        return read_query(self.router.url.query_parameters, (await signed(self)).name).tickets

    async def _read(self) -> None:
        query = read_query(self.router.url.query_parameters, (await signed(self)).name)
        await self._follow("service", service_scene(query))


def service_scene(query: ServiceQuery) -> Scene:
    def load() -> Vars:
        return load_service(query)

    return Scene(f"service {query}", Service.get_full_name(), _READ, load, gap_seconds=_GAP_SECONDS)


def load_service(query: ServiceQuery) -> Vars:
    """The queue, and beside it the ticket and its buyer; ``is_gone`` where the address names what is not there."""
    now = utc_now()
    with reading() as session:
        queue, ticket, picture, is_gone = queue_view(session, query, now), TicketView(), PictureView(), False
        people, canned = _people(session), list[CannedChoice]()
        try:
            order_id = query.order_id
            if query.ticket_id:
                row = _ticket(session, query.ticket_id)
                ticket, order_id = ticket_view(session, row, now), _order_of(session, row)
                canned = [CannedChoice(str(one.id), one.title) for one in replies(session, kind=row.kind)]
            if order_id:
                picture = picture_view(session, query, order_id)
        except NotFound:
            is_gone = True
    shown = {"queue": queue, "ticket": ticket, "picture": picture, "is_gone": is_gone}
    return shown | {"people": people, "canned": canned}


def _ticket(session: Session, ticket_id: int) -> Ticket:
    found = session.get(Ticket, ticket_id)
    if found is None:
        raise NotFound(f"no ticket has the id {ticket_id}")
    return found


def _order_of(session: Session, ticket: Ticket) -> int:
    """Of a ticket about a buyer alone: their latest order."""
    if ticket.order_id:
        return ticket.order_id
    buyer = buyer_link.Buyer(ticket.channel, ticket.buyer_token)
    return picture_of_buyer(session, buyer).orders[0].order.id


def _people(session: Session) -> list[Choice]:
    """To whom a ticket may be handed: each queue, then everybody who works on tickets."""
    queues = [Choice(f"role:{role}", role, "") for role in QUEUES]
    people = [one.user for one in standings(session) if _works_on_tickets(one)]
    return queues + [Choice(f"person:{user.name}", "", user.display_name or user.name) for user in people[:200]]


def _works_on_tickets(one: Standing) -> bool:
    return one.user.is_active and one.user.role in QUEUES and _CHANGE in one.rights.permissions


def _receiver(session: Session, text: str) -> tuple[str, str]:
    """Role and person; the person is empty where a whole queue is meant."""
    kind, _, name = text.partition(":")
    if kind == "role":
        return name, ""
    user = find_user(session, name) if kind == "person" else None
    one = standing_of(session, user.id) if user else None
    if one is None or not _works_on_tickets(one):
        raise BadInput(f"person: {name[:32]!r} works on no tickets", field="to", problem="ticket_person")
    return str(one.user.role), one.user.name


def _subject(text: str) -> Subject:
    kind, _, number = text.partition(":")
    names = {"order": "order_id", "case": "aftersale_id", "buyer": "of_buyer"}
    if kind not in names:
        raise BadInput(f"about: {text[:32]!r} is nothing", field="about", problem="ticket_word")
    return Subject(**{names[kind]: number_of(number)})


def _other_order(session: Session, text: str) -> int:
    """By its whole number, the channel's or ours."""
    wanted = text.strip()
    hits = [
        hit for hit in find_orders(session, wanted) if wanted.upper() in (hit.order_no, hit.channel_order_no.upper())
    ]
    if len(hits) != 1:
        raise BadInput(f"order: {len(hits)} of that number", field="order", problem="join_order")
    return hits[0].order_id


def _word(words: Any, text: str) -> Any:
    if text not in list(words):
        raise BadInput(f"{text[:32]!r} is none of {words.__name__}", field=words.__name__, problem="ticket_word")
    return words(text)
