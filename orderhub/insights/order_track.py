"""Where are an order's parcels, and when do they arrive?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.expected_arrival import Expected, Outlook, expected_arrival
from orderhub.domain.order import Shipment
from orderhub.domain.track import Scan, Track
from orderhub.insights.arrival import spans_for

MOST_SCANS_SHOWN = 60


@dataclass(frozen=True)
class TrackRow:
    """``track`` is None where the hub does not follow the parcel; ``scans`` newest first."""

    parcel: Shipment
    track: Track | None
    scans: tuple[Scan, ...]
    expected: Expected


def tracks_of(session: Session, parcels: Sequence[Shipment], now: datetime) -> tuple[TrackRow, ...]:
    """One row for each of ``parcels``, in their order."""
    if not parcels:
        return ()
    wanted = select(Track).where(col(Track.tracking_no).in_([parcel.tracking_no for parcel in parcels]))
    tracks = {track.tracking_no: track for track in session.exec(wanted)}
    scans = _scans(session, [track.id for track in tracks.values()])
    spans = spans_for(session, tracks.values())
    rows = ((parcel, tracks.get(parcel.tracking_no)) for parcel in parcels)
    return tuple(
        TrackRow(
            parcel,
            track,
            scans.get(track.id, ()),
            expected_arrival(track.node, track.shipped_at, track.moved_at, spans.get(track.id), now=now),
        )
        if track
        else TrackRow(parcel, None, (), Expected(Outlook.UNKNOWN))
        for parcel, track in rows
    )


def _scans(session: Session, track_ids: Sequence[int]) -> dict[int, tuple[Scan, ...]]:
    found: dict[int, list[Scan]] = defaultdict(list)
    wanted = select(Scan).where(col(Scan.track_id).in_(track_ids))
    for scan in session.exec(wanted.order_by(col(Scan.track_id), col(Scan.at).desc(), col(Scan.id).desc())):
        if len(found[scan.track_id]) < MOST_SCANS_SHOWN:
            found[scan.track_id].append(scan)
    return {track_id: tuple(scans) for track_id, scans in found.items()}
