"""Silence is judged by other figures from now on: parcels that are on their way are looked at again by the clock."""

from sqlmodel import Session

from orderhub.domain.flow import FlowPublished
from orderhub.domain.patience import PatienceSet
from orderhub.domain.track import look_again
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(FlowPublished), kind_of(PatienceSet)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat."""
    return f"{look_again(session, now=event.at)} parcels to look at"
