"""A buyer asks for something: does it come after an anomaly of theirs that counts as resolved?"""

from sqlmodel import Session

from orderhub.domain.aftersale import Aftersale, RefundRequested
from orderhub.domain.complaint import note_case, note_ticket
from orderhub.domain.ticket import Ticket, TicketOpened
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(RefundRequested), kind_of(TicketOpened)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: an anomaly is complained of once."""
    if event.subject_type == TicketOpened.subject_type:
        count = note_ticket(session, session.get_one(Ticket, event.subject_id), now=event.at)
    else:
        count = note_case(session, session.get_one(Aftersale, event.subject_id), now=event.at)
    return f"counts against {count} anomalies" if count else "no complaint about anything resolved"
