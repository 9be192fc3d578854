"""What does the drawer show of where a parcel is?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from orderhub.domain.expected_arrival import Expected
from orderhub.domain.scan_text import masked
from orderhub.domain.silence import TrackAlarm
from orderhub.domain.tracking_link import tracking_url
from orderhub.insights.order_card import OrderCard
from orderhub.insights.order_track import TrackRow
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.board_rows import exact

_MINUTE = "%m-%d %H:%M"


@dataclass
class ScanView:
    """``node`` is empty where it moves nothing; ``text`` has names and numbers struck out."""

    at: str
    exact: str
    node: str
    text: str


@dataclass
class TrackView:
    """``link`` is the buyer's page, empty where the hub does not follow the parcel; ``node`` and ``alarm`` may be too.

    ``first`` and ``last`` are the days it is expected between, as ``outlook`` says; ``basis`` and ``past`` from which
    and how many parcels that is reckoned.
    """

    no: str
    carrier: str
    mark: str
    shipped: str
    link: str
    node: str
    alarm: str
    outlook: str
    first: str
    last: str
    basis: str
    past: str
    seen: str
    scans: list[ScanView] = field(default_factory=list)


def track_views(card: OrderCard, now: datetime) -> list[TrackView]:
    kinds = {case.id: str(case.kind) for case in card.aftersales}
    return [_track(row, kinds, now) for row in card.tracks]


def _track(row: TrackRow, kinds: Mapping[int, str], now: datetime) -> TrackView:
    parcel, track = row.parcel, row.track
    expected = row.expected
    return TrackView(
        no=parcel.tracking_no,
        carrier=track.carrier.trade_name if track and track.carrier else parcel.carrier_name or parcel.carrier_code,
        mark=kinds.get(parcel.aftersale_id, ""),
        shipped=shanghai_text(parcel.shipped_at, _MINUTE) if parcel.shipped_at else "",
        link=tracking_url(track.id, now=now) if track else "",
        node=(track.node or "") if track else "",
        alarm=track.alarm if track and track.alarm is not TrackAlarm.NONE else "",
        outlook=expected.outlook if track else "",
        first=_day(expected.first),
        last=_last(expected),
        basis=expected.span.basis if expected.span else "",
        past=str(expected.span.parcels) if expected.span else "",
        seen=shanghai_text(row.scans[0].at, _MINUTE) if row.scans else "",
        scans=[
            ScanView(shanghai_text(scan.at, _MINUTE), exact(scan.at), scan.node or "", masked(scan.text))
            for scan in row.scans
        ],
    )


def _last(expected: Expected) -> str:
    """Empty where it is the same day as the first."""
    return "" if expected.last == expected.first else _day(expected.last)


def _day(day: date | None) -> str:
    return f"{day:%m-%d}" if day else ""
