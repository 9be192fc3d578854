"""A delivery leaves no more by itself: the waybill it bears is worth nothing, and its carrier is told."""

from sqlmodel import Session, select

from orderhub.automation.waybilling import recycle
from orderhub.domain.delivery import DeliveryMoved, DeliveryStatus, delivery_of, lock_orders
from orderhub.domain.order import Shipment
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(DeliveryMoved)})
_ENDS = (DeliveryStatus.CANCELLED, DeliveryStatus.MERGED)


def run(session: Session, event: Event) -> str:
    """Safe to repeat: what was given back is not given back again."""
    lock_orders(session, [event.subject_id])
    delivery = delivery_of(session, event.subject_id)
    if delivery.status not in _ENDS:
        return f"is {delivery.status}"
    # Shipped by hand, whatever was planned: the parcel has gone with this very waybill.
    if delivery.tracking_no and _has_left(session, delivery.tracking_no):
        return f"left by hand with {delivery.tracking_no}"
    return f"{len(recycle(session, delivery, by=SYSTEM, now=event.at))} given back"


def _has_left(session: Session, tracking_no: str) -> bool:
    return session.exec(select(Shipment.id).where(Shipment.tracking_no == tracking_no).limit(1)).first() is not None
