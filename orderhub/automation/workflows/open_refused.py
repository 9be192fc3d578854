"""A parcel is refused, or on its way back: its after-sale case opens before anybody has to look for it."""

from sqlmodel import Session

from orderhub.domain.refused_parcel import cases_of, open_refused, parcels_called, uncovered
from orderhub.domain.track import ParcelMoved
from orderhub.domain.words import ScanNode
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(ParcelMoved)})
_COMES_BACK = (ScanNode.REFUSED, ScanNode.RETURNING)


def run(session: Session, event: Event) -> str:
    """Safe to repeat: a parcel has one case, and where goods of it come back already in another, none."""
    if event.body["target"] not in _COMES_BACK:
        return "goes on"
    opened = 0
    for parcel in parcels_called(session, event.body["tracking_no"]):
        if not cases_of(session, parcel) or uncovered(session, parcel):
            open_refused(session, parcel.id, by=SYSTEM, now=event.at)
            opened += 1
    return f"{opened} cases opened" if opened else "has its case"
