"""A parcel has left: its way is followed from now on."""

from sqlmodel import Session

from orderhub.automation.track_subscribing import subscribe
from orderhub.domain.order import OrderShipped, Shipment
from orderhub.domain.track import follow_parcel
from orderhub.domain.words import Carrier
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset({kind_of(OrderShipped)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: one waybill has one track, whichever orders travel under it."""
    parcel = session.get(Shipment, event.body["shipment_id"])
    if parcel is None:
        return "was recalled"
    known = set(Carrier)
    carrier = Carrier(parcel.carrier_code) if parcel.carrier_code in known else None
    track = follow_parcel(session, parcel.tracking_no, carrier, shipped_at=parcel.shipped_at or event.at)
    is_asked = subscribe(session, track, now=event.at)
    return f"followed as {track.id}" + (", asked to be told" if is_asked else "")
