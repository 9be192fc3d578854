"""Where are an order's parcels, and when do they arrive?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from orderhub.domain.expected_arrival import Expected, Outlook, expected_arrival, is_over
from orderhub.domain.order import Shipment
from orderhub.domain.track import Scan, Track
from orderhub.insights.arrival import spans_for

MOST_SCANS_SHOWN = 60

# Built once, as those of the buyer's page are (insights/tracking_page.py).
_SCANS = (
    select(Scan)
    .where(col(Scan.track_id).in_(bindparam("track_ids", expanding=True)))
    .order_by(col(Scan.track_id), col(Scan.at).desc(), col(Scan.id).desc())
)


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
    return rows_of(session, [(parcel, tracks.get(parcel.tracking_no)) for parcel in parcels], now)


def rows_of(session: Session, parcels: Sequence[tuple[Shipment, Track | None]], now: datetime) -> tuple[TrackRow, ...]:
    """As ``tracks_of``, of parcels whose tracks are known."""
    followed = [track for _, track in parcels if track]
    scans = _scans(session, [track.id for track in followed if track.scanned_at])
    spans = spans_for(session, [track for track in followed if not is_over(track.node)])
    return tuple(
        TrackRow(
            parcel,
            track,
            scans.get(track.id, ()),
            expected_arrival(track.node, track.shipped_at, track.moved_at, spans.get(track.id), now=now),
        )
        if track
        else TrackRow(parcel, None, (), Expected(Outlook.UNKNOWN))
        for parcel, track in parcels
    )


def _scans(session: Session, track_ids: Iterable[int]) -> dict[int, tuple[Scan, ...]]:
    wanted = list(track_ids)
    if not wanted:
        return {}
    found: dict[int, list[Scan]] = defaultdict(list)
    for scan in session.exec(_SCANS, params={"track_ids": wanted}):
        if len(found[scan.track_id]) < MOST_SCANS_SHOWN:
            found[scan.track_id].append(scan)
    return {track_id: tuple(scans) for track_id, scans in found.items()}
