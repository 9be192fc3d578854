"""Goods have come back and were inspected: the parcel that brought them is no trouble any more."""

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import resolve_anomaly
from orderhub.domain.inspection import GoodsInspected
from orderhub.domain.order import Shipment
from orderhub.domain.parcel_trouble import COMES_BACK, goods_are_back
from orderhub.domain.track import Track
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(GoodsInspected)})


def run(session: Session, event: Event) -> str:
    """Safe to repeat."""
    wanted = select(Track).join(Shipment, col(Shipment.tracking_no) == Track.tracking_no)
    back = [
        track
        for track in session.exec(wanted.where(Shipment.order_id == event.body["order_id"]).order_by(col(Track.id)))
        if goods_are_back(session, track.tracking_no)
    ]
    for track in back:
        for kind in COMES_BACK:
            about = ("track", track.id)
            resolve_anomaly(session, kind, about=about, by=SYSTEM, now=event.at, reason="the goods were inspected")
    return f"{len(back)} parcels are back"
