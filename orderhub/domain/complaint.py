"""Does a buyer complain again after something was set right? Their own case or ticket within 30 days says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, and_, col, or_, select

from orderhub.domain.aftersale import Aftersale, CaseOrigin
from orderhub.domain.anomaly import Anomaly, AnomalyEvent
from orderhub.domain.buyer_link import Buyer, people_of
from orderhub.domain.order import Order
from orderhub.domain.ticket import Ticket
from orderhub.kernel.eventlog import SYSTEM, record

COUNTS_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class AnomalyComplained(AnomalyEvent):
    """Once for an anomaly: by the ``aftersale`` or ``ticket`` of that id."""

    about_type: str
    about_id: int


def note_case(session: Session, case: Aftersale, *, now: datetime) -> int:
    """What the buyer asks at the channel is a complaint, a case of our own making is none. Safe to repeat."""
    if case.origin is CaseOrigin.HAND:
        return 0
    order = session.get_one(Order, case.order_id)
    return _note(session, Buyer(order.channel, order.buyer_token), order.id, ("aftersale", case.id), now)


def note_ticket(session: Session, ticket: Ticket, *, now: datetime) -> int:
    """As ``note_case``."""
    buyer = Buyer(ticket.channel, ticket.buyer_token)
    return _note(session, buyer, ticket.order_id, ("ticket", ticket.id), now)


def _note(session: Session, buyer: Buyer, order_id: int | None, about: tuple[str, int], now: datetime) -> int:
    """How many anomalies it counts against: those of the buyer's orders that were resolved in the last 30 days.

    A masked name joins nobody: without a token of the channel, the order itself is all that is known.
    """
    theirs = [col(Order.id) == order_id]
    if buyer.token:
        theirs += [
            and_(col(Order.channel) == one.channel, col(Order.buyer_token) == one.token)
            for one in people_of(session, buyer)
        ]
    wanted = (
        select(Anomaly)
        .join(Order, col(Order.id) == Anomaly.order_id)
        .where(
            or_(*theirs),
            col(Anomaly.resolved_at) < now,
            col(Anomaly.resolved_at) >= now - COUNTS_WITHIN,
            col(Anomaly.complained_at).is_(None),
        )
        .order_by(col(Anomaly.id))
    )
    found = session.exec(wanted.with_for_update(of=Anomaly)).all()
    for anomaly in found:
        anomaly.complained_at = now
        session.add(anomaly)
        record(
            session, AnomalyComplained(anomaly.id, anomaly.kind, anomaly.order_id or 0, *about), actor=SYSTEM, now=now
        )
    return len(found)
