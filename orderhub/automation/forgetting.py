"""How is a buyer taken out of an order that is over? Who it was goes, what was bought, paid and sent back stays.

A buyer's token becomes a keyed digest: figures that count how often one buyer bought or came back stay as they were,
and nobody can ask the platform who it was.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, update
from sqlmodel import Session, col, func, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import OPEN
from orderhub.domain.buyer_contact import BuyerContact, forget_contact
from orderhub.domain.buyer_link import BuyerLink
from orderhub.domain.custom_field import CustomValue
from orderhub.domain.order import PERSONAL, TO_FORGET, Order, OrderEvent, OrderStatus
from orderhub.domain.payment import Payment
from orderhub.domain.photo import Photo
from orderhub.domain.retention import DEFAULT, PeopleForgotten, retention_of
from orderhub.domain.ticket import Ticket, TicketStatus
from orderhub.domain.ticket_step import TicketEntry
from orderhub.domain.words import Channel
from orderhub.intake import photos
from orderhub.intake.inbox import InboxMessage, MessageState
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.secrets import derived

GONE = "（已清除）"
STEP = 50  # orders in one transaction: on SQLite they hold the one writer
_WORDS_MOST = 200
_MARK = "gone-"
_FRESH = timedelta(hours=1)  # a file may lie there before its row does
_LATE = timedelta(days=7)  # a job that stood still for so long misses no body


class StillUnderWay(RuleBroken):
    code = "order_under_way"


@dataclass(frozen=True)
class BuyerErased(OrderEvent):
    """A person took the buyer out of the order, before its time; ``reason`` says at whose wish."""

    reason: str


@dataclass(frozen=True)
class Forgotten:
    orders: int = 0
    contacts: int = 0
    bodies: int = 0
    tickets: int = 0
    photos: int = 0

    def __add__(self, other: "Forgotten") -> "Forgotten":
        return Forgotten(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return f"{self.orders} orders, {self.bodies} bodies, {self.tickets} tickets, {self.photos} photos"


def forget_people(now: datetime) -> Forgotten:
    """By the clock: every order that has been over for as long as its channel's retention. Safe to repeat."""
    done = Forgotten()
    with reading() as session:
        due = {channel: now - kept for channel, kept in retention_of(session).items()}
    for channel, before in due.items():
        while step := _some(channel, before, now):
            done += step
    with transaction() as session:
        done += Forgotten(contacts=_orphans(session, now), bodies=_late_bodies(session, now))
        if done != Forgotten():
            record(session, PeopleForgotten(0, *astuple(done)), actor=SYSTEM, now=now)
    _take_files(now)
    return done


def erase_buyer(session: Session, order_id: int, *, reason: str, by: str, now: datetime) -> Forgotten:
    """At a buyer's wish: out of the order and out of every other one of theirs in the shop that is over as well.

    Raises:
        BadInput: no reason is given. NotFound: there is no such order.
        StillUnderWay: the order or a case of it is not over: goods or money would go astray.
    """
    because = clean_text(reason, most=_WORDS_MOST, field="reason")
    if not because:
        raise BadInput("reason: say who asked for it, and how", field="reason", problem="missing")
    order = session.get(Order, order_id, with_for_update=True)
    if order is None:
        raise NotFound(f"no order {order_id}")
    if order.status not in (OrderStatus.COMPLETED, OrderStatus.CANCELLED) or _has_open_case(session, order):
        raise StillUnderWay(f"order {order_id} is {order.status}, or a case of it is open")
    theirs = [order, *_others_of(session, order)]
    done = _forget(session, theirs, now)
    for one in theirs:
        record(session, BuyerErased(one.id, because), actor=by, now=now)
    return done


def pseudonym(channel: str, token: str) -> str:
    """The same for the same buyer, and no way back to the token without the key of this hub."""
    if not token or token.startswith(_MARK):
        return token
    return _MARK + hmac.digest(derived("forgotten buyer"), f"{channel}:{token}".encode(), "sha256").hex()[:32]


def _take_files(now: datetime) -> None:
    with reading() as session:
        shown = set(session.exec(select(Photo.sha256).distinct()))
    photos.forget_but(shown, before=now - _FRESH)


def _some(channel: Channel, before: datetime, now: datetime) -> Forgotten | None:
    """A step of the job; None once nothing is left."""
    open_case = exists().where(col(Aftersale.order_id) == Order.id, col(Aftersale.status).in_(OPEN))
    open_ticket = exists().where(col(Ticket.order_id) == Order.id, col(Ticket.status) != TicketStatus.CLOSED)
    is_due = (TO_FORGET, Order.channel == channel, Order.changed_at < before, ~open_case, ~open_ticket)
    wanted = select(Order).where(*is_due).order_by(col(Order.changed_at)).limit(STEP)
    with transaction() as session:
        orders = session.exec(wanted.with_for_update(skip_locked=True)).all()
        return _forget(session, orders, now) if orders else None


def _forget(session: Session, orders: Sequence[Order], now: datetime) -> Forgotten:
    ids = [order.id for order in orders]
    bodies = sum(_empty_bodies(session, order) for order in orders)
    contacts = sum(forget_contact(session, order.shop_id, order.channel_order_no) for order in orders)
    buyers = {(order.channel, order.buyer_token) for order in orders if order.buyer_token}
    for order in orders:
        for name in PERSONAL:
            setattr(order, name, pseudonym(order.channel, order.buyer_token) if name == "buyer_token" else "")
        order.staff_remark, order.mapped_remark, order.forgotten_at = "", "", now
        session.add(order)
    session.flush()
    _rename_buyers(session, buyers)
    session.exec(update(Payment).where(col(Payment.order_id).in_(ids)).values(payer_token=""))
    session.exec(delete(CustomValue).where(col(CustomValue.order_id).in_(ids), col(CustomValue.amount).is_(None)))
    return Forgotten(len(orders), contacts, bodies, _quieten_tickets(session, ids), _take_photos(session, ids))


def _empty_bodies(session: Session, order: Order) -> int:
    """Of the order and of its cases; the rows stay, since they absorb a repeat."""
    cases = select(Aftersale.channel_refund_no).where(Aftersale.order_id == order.id)
    of_them = or_(col(InboxMessage.number) == order.channel_order_no, col(InboxMessage.number).in_(cases))
    wanted = update(InboxMessage).where(col(InboxMessage.shop_id) == order.shop_id, of_them)
    return session.exec(wanted.where(col(InboxMessage.body) != "").values(body="")).rowcount


def _rename_buyers(session: Session, buyers: Collection[tuple[str, str]]) -> None:
    """Tickets and links of whoever has no other order here go on being one person's."""
    for channel, token in sorted(buyers):
        others = select(func.count()).where(Order.channel == channel, Order.buyer_token == token)
        if session.exec(others).one():  # not due yet: until then the tickets bear the token
            continue
        name = pseudonym(channel, token)
        theirs = update(Ticket).where(col(Ticket.channel) == channel, col(Ticket.buyer_token) == token)
        session.exec(theirs.values(buyer_token=name))
        one = update(BuyerLink).where(col(BuyerLink.channel) == channel, col(BuyerLink.token) == token)
        session.exec(one.values(token=name))
        other = update(BuyerLink).where(col(BuyerLink.other_channel) == channel, col(BuyerLink.other_token) == token)
        session.exec(other.values(other_token=name))


def _quieten_tickets(session: Session, order_ids: Sequence[int]) -> int:
    ids = session.exec(select(Ticket.id).where(col(Ticket.order_id).in_(order_ids))).all()
    session.exec(update(TicketEntry).where(col(TicketEntry.ticket_id).in_(ids)).values(text=GONE))
    said = update(Ticket).where(col(Ticket.id).in_(ids))
    return session.exec(said.values(words=GONE, result_note="")).rowcount


def _take_photos(session: Session, order_ids: Sequence[int]) -> int:
    """Their rows; the files go by the clock, once nothing can bring the rows back."""
    of_them = select(Aftersale.id).where(col(Aftersale.order_id).in_(order_ids))
    return session.exec(delete(Photo).where(col(Photo.aftersale_id).in_(of_them))).rowcount


def _others_of(session: Session, order: Order) -> list[Order]:
    if not order.buyer_token:
        return []
    theirs = select(Order).where(
        TO_FORGET, Order.shop_id == order.shop_id, Order.buyer_token == order.buyer_token, Order.id != order.id
    )
    return [one for one in session.exec(theirs.with_for_update()) if not _has_open_case(session, one)]


def _has_open_case(session: Session, order: Order) -> bool:
    wanted = select(func.count()).where(Aftersale.order_id == order.id, col(Aftersale.status).in_(OPEN))
    return session.exec(wanted).one() > 0


def _orphans(session: Session, now: datetime) -> int:
    """Contacts of orders that never were."""
    known = exists().where(
        col(Order.shop_id) == BuyerContact.shop_id, col(Order.channel_order_no) == BuyerContact.channel_order_no
    )
    return session.exec(delete(BuyerContact).where(col(BuyerContact.kept_at) < now - DEFAULT, ~known)).rowcount


def _late_bodies(session: Session, now: datetime) -> int:
    """What a channel sent again of an order that has forgotten its buyer."""
    is_forgotten = exists().where(
        col(Order.shop_id) == InboxMessage.shop_id,
        col(Order.channel_order_no) == InboxMessage.number,
        col(Order.forgotten_at).is_not(None),
    )
    late = update(InboxMessage).where(
        col(InboxMessage.state) == MessageState.DONE, col(InboxMessage.done_at) > now - _LATE, is_forgotten
    )
    return session.exec(late.where(col(InboxMessage.body) != "").values(body="")).rowcount
