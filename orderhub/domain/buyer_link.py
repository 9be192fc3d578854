"""Which buyers are one person? Only those whom staff have joined, with a reason: masked data never says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, and_, col, or_, select

from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sight import find

MOST_TOKENS = 20

_STANDS = text("parted_at IS NULL")


class BuyerLink(SQLModel, table=True):
    """One of two tokens is the other's, the lesser first; parted again, it stays as a trace."""

    __tablename__ = "buyer_link"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "uq_buyer_link_stands",
            "channel",
            "token",
            "other_channel",
            "other_token",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_buyer_link_other", "other_channel", "other_token"),
    )

    id: int = own_id()
    channel: Channel = Field(sa_type=word(Channel))
    token: str = Field(max_length=200)
    other_channel: Channel = Field(sa_type=word(Channel))
    other_token: str = Field(max_length=200)
    reason: str = Field(max_length=200)
    joined_by: str = Field(max_length=64)
    joined_at: datetime = Field(sa_type=Moment)
    parted_by: str = Field(default="", max_length=64)
    parted_at: datetime | None = Field(default=None, sa_type=Moment)
    parted_reason: str = Field(default="", max_length=200)


@dataclass(frozen=True, order=True)
class Buyer:
    """As one channel knows them; a token means nothing at another channel."""

    channel: str
    token: str


class AlreadyJoined(RuleBroken):
    code = "already_joined"


class JoinedTooMany(RuleBroken):
    code = "joined_too_many"


@dataclass(frozen=True)
class BuyersJoined(Happening):
    """Names the orders, never a token."""

    subject_type: ClassVar[str] = "buyer_link"
    order_id: int
    other_order_id: int
    reason: str


@dataclass(frozen=True)
class BuyersParted(Happening):
    subject_type: ClassVar[str] = "buyer_link"
    reason: str


def join(session: Session, order_id: int, other_order_id: int, *, reason: str, by: str, now: datetime) -> BuyerLink:
    """The buyers of two orders are one person.

    Raises:
        NotFound: no such order. AlreadyJoined: they are one already. JoinedTooMany: nobody has so many accounts.
        BadInput: no reason, or an order without a buyer its channel names.
    """
    why = clean_text(reason, most=200, field="reason")
    if not why:
        raise BadInput("reason: say how it is known", field="reason", problem="join_reason")
    first, second = sorted(_buyer(session, one) for one in (order_id, other_order_id))
    persons = people_of(session, first)
    if second in persons:
        raise AlreadyJoined("they are one buyer already")
    if len(persons) + len(people_of(session, second)) > MOST_TOKENS:
        raise JoinedTooMany(f"at most {MOST_TOKENS} accounts are one person")
    link = BuyerLink(
        channel=Channel(first.channel),
        token=first.token,
        other_channel=Channel(second.channel),
        other_token=second.token,
        reason=why,
        joined_by=by,
        joined_at=now,
    )
    session.add(link)
    session.flush()
    record(session, BuyersJoined(link.id, order_id, other_order_id, why), actor=by, now=now)
    return link


def part(session: Session, link_id: int, *, reason: str, by: str, now: datetime) -> None:
    """They were not one person after all. Safe to repeat.

    Raises:
        NotFound: nothing joins them. BadInput: no reason is given.
    """
    why = clean_text(reason, most=200, field="reason")
    if not why:
        raise BadInput("reason: say why not", field="reason", problem="missing")
    link = find(session, BuyerLink, link_id, lock=True)
    if link is None:
        raise NotFound(f"no joining of buyers has the id {link_id}")
    if link.parted_at is None:
        link.parted_by, link.parted_at, link.parted_reason = by, now, why
        session.add(link)
        record(session, BuyersParted(link.id, why), actor=by, now=now)


def people_of(session: Session, buyer: Buyer) -> set[Buyer]:
    """``buyer`` and everybody joined with them, directly or through others."""
    known, fresh = {buyer}, {buyer}
    while fresh and len(known) <= MOST_TOKENS:
        links = links_of(session, fresh)
        ends = {Buyer(one.channel, one.token) for one in links} | {
            Buyer(one.other_channel, one.other_token) for one in links
        }
        fresh = ends - known
        known |= fresh
    return known


def links_of(session: Session, buyers: Iterable[Buyer]) -> list[BuyerLink]:
    """What stands between ``buyers`` and others, oldest first."""
    ends = [
        and_(col(channel) == one.channel, col(token) == one.token)
        for one in sorted(buyers)
        for channel, token in ((BuyerLink.channel, BuyerLink.token), (BuyerLink.other_channel, BuyerLink.other_token))
    ]
    if not ends:
        return []
    wanted = select(BuyerLink).where(col(BuyerLink.parted_at).is_(None), or_(*ends))
    return list(session.exec(wanted.order_by(col(BuyerLink.id)).limit(MOST_TOKENS * 4)))


def _buyer(session: Session, order_id: int) -> Buyer:
    order = find(session, Order, order_id)
    if order is None:
        raise NotFound(f"no order has the id {order_id}")
    if not order.buyer_token:
        raise BadInput("order: its channel names no buyer", field="order", problem="no_buyer")
    return Buyer(order.channel, order.buyer_token)
