"""A parcel has left: is its waybill on a parcel to another place too?"""

from sqlmodel import Session

from orderhub.domain.order import OrderShipped
from orderhub.domain.waybill_twice import follow_waybills
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(OrderShipped)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat."""
    return f"{follow_waybills(session, [event.body['tracking_no']], now=event.at)} used twice"
