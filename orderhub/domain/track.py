"""Where is a parcel, and has it gone silent? One track for each waybill, whichever orders travel under it.

``check_at`` is the moment at which silence becomes worth a word: a day after shipping without a scan, two days after
the last movement. The clock asks for it, one indexed question; a scan moves it on.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Order, Shipment
from orderhub.domain.patience import Patience, patience_with
from orderhub.domain.scan_node import Meaning, meaning_of
from orderhub.domain.scan_phrase import note_unknown, taught_phrases
from orderhub.domain.silence import TrackAlarm, scans_refused, tell, untell
from orderhub.domain.track_turn import turn_after
from orderhub.domain.words import Carrier, ScanNode, WatchState
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import SYSTEM, Happening, record
from orderhub.kernel.ids import shown_text

# A carrier's clock may run ahead of ours; what claims to come later than that has not happened.
MOST_AHEAD = timedelta(minutes=10)
MOST_SCANS = 500
_STILL = (None, ScanNode.PROBLEM)  # says something, moves nothing
_OVER = (ScanNode.DELIVERED,)


class Track(SQLModel, table=True):
    """``node`` is where the last telling scan saw it, None before any; ``moved_at`` when it last moved.

    ``check_at`` is None once it has arrived. ``alarm`` is what its silence was called last. ``told_at`` is the last
    push, ``asked_at`` our last question, ``ask_at`` when we ask unless a push comes (``domain/track_asking.py``); None:
    never again.
    """

    __table_args__ = (
        UniqueConstraint("tracking_no"),
        Index(
            "ix_track_check_at",
            "check_at",
            sqlite_where=text("check_at IS NOT NULL"),
            postgresql_where=text("check_at IS NOT NULL"),
        ),
        Index(
            "ix_track_ask_at",
            "ask_at",
            sqlite_where=text("ask_at IS NOT NULL"),
            postgresql_where=text("ask_at IS NOT NULL"),
        ),
        Index("ix_track_node", "node", "moved_at"),
    )

    id: int = own_id()
    tracking_no: str = Field(max_length=64)
    carrier: Carrier | None = Field(default=None, sa_type=word(Carrier))
    to_region: str = Field(default="", max_length=120)
    node: ScanNode | None = Field(default=None, sa_type=word(ScanNode))
    shipped_at: datetime = Field(sa_type=Moment)
    scanned_at: datetime | None = Field(default=None, sa_type=Moment)
    moved_at: datetime | None = Field(default=None, sa_type=Moment)
    arrived_at: datetime | None = Field(default=None, sa_type=Moment)
    check_at: datetime | None = Field(default=None, sa_type=Moment)
    watch: WatchState = Field(default=WatchState.UNKNOWN, sa_type=word(WatchState))
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
    ask_at: datetime | None = Field(default=None, sa_type=Moment)
    alarm: TrackAlarm = Field(default=TrackAlarm.NONE, sa_type=word(TrackAlarm))


class Scan(SQLModel, table=True):
    """What a carrier wrote, once: unique by its moment and words. ``node`` is None where it moves nothing."""

    __table_args__ = (UniqueConstraint("track_id", "digest"), Index("ix_scan_at", "track_id", "at", "id"))

    id: int = own_id()
    track_id: int = Field(foreign_key="track.id", sa_type=BigId)
    at: datetime = Field(sa_type=Moment)
    text: str = Field(max_length=500)
    place: str = Field(default="", max_length=120)
    node: ScanNode | None = Field(default=None, sa_type=word(ScanNode))
    digest: str = Field(max_length=64)
    heard_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class TrackEvent(Happening):
    subject_type: ClassVar[str] = "track"
    tracking_no: str


@dataclass(frozen=True)
class ParcelMoved(TrackEvent):
    """``source`` is empty before the first scan."""

    source: str
    target: str


@dataclass(frozen=True)
class ScansRefused(TrackEvent):
    """They lie in the future or are too many to be one parcel's: nothing of them is kept."""

    count: int


@dataclass(frozen=True)
class ParcelSilent(TrackEvent):
    alarm: str
    since: str


@dataclass(frozen=True)
class ParcelHeardOf(TrackEvent):
    """A scan came after its silence had been named."""

    alarm: str


def follow_parcel(session: Session, tracking_no: str, carrier: Carrier | None, *, shipped_at: datetime) -> Track:
    """The track of a parcel that left; found or made. Safe to repeat."""
    standing = session.exec(select(Track).where(Track.tracking_no == tracking_no).with_for_update()).one_or_none()
    if standing:
        return standing
    region = select(Order.receiver_region).join(Shipment, col(Shipment.order_id) == Order.id)
    to_region = session.exec(region.where(Shipment.tracking_no == tracking_no).limit(1)).first() or ""
    made = Track(tracking_no=tracking_no, carrier=carrier, to_region=to_region, shipped_at=shipped_at)
    made.ask_at = turn_after(shipped_at, tracking_no)
    made.check_at = next_check(made, patience_with(session, made.carrier, made.to_region))
    session.add(made)
    session.flush()
    return made


def take_scans(session: Session, tracking_no: str, scans: Sequence[ScanDraft], *, by: str, now: datetime) -> int:
    """Take in what a carrier tells of a parcel; returns how many scans are new. Safe to repeat, in any order.

    Raises:
        NotFound: no parcel of ours bears the number; nothing is kept.
    """
    track = session.exec(select(Track).where(Track.tracking_no == tracking_no).with_for_update()).one_or_none()
    if track is None:
        raise NotFound(f"no parcel of ours bears the waybill {tracking_no[:64]}")
    wanted = [scan for scan in scans if track.shipped_at - timedelta(days=60) <= scan.at <= now + MOST_AHEAD]
    if len(scans) > MOST_SCANS:
        wanted = []
    if refused := len(scans) - len(wanted):
        record(session, ScansRefused(track.id, tracking_no, refused), actor=by, now=now)
    scans_refused(session, track, refused, now=now)
    known = set(session.exec(select(Scan.digest).where(Scan.track_id == track.id)))
    phrases = taught_phrases(session)
    fresh: dict[str, Scan] = {}
    for draft in wanted:
        if (digest := _digest(draft)) not in known:
            meaning = Meaning(draft.node) if draft.node else meaning_of(draft.text, phrases)
            if not meaning.is_known:
                note_unknown(session, draft.text, track.carrier, now=now)
            fresh[digest] = Scan(
                track_id=track.id,
                at=draft.at,
                text=shown_text(draft.text, 500),
                place=shown_text(draft.place, 120),
                node=meaning.node,
                digest=digest,
                heard_at=now,
            )
    session.add_all(fresh.values())
    session.flush()
    if fresh:
        _stand(session, track, by=by, now=now)
    return len(fresh)


def next_check(track: Track, patience: Patience) -> datetime | None:
    """When its silence is next worth a word; None where it has arrived or everything has been said."""
    if track.node in _OVER:
        return None
    if track.scanned_at is None and track.alarm is TrackAlarm.NONE:
        return track.shipped_at + patience.unscanned
    quiet_since = track.moved_at or track.shipped_at
    if track.alarm in (TrackAlarm.NONE, TrackAlarm.UNSCANNED):
        return quiet_since + patience.stalled
    return quiet_since + patience.lost if track.alarm is TrackAlarm.STALLED else None


def alarm_now(track: Track, patience: Patience, now: datetime) -> TrackAlarm:
    """What its silence is called at ``now``."""
    if track.node in _OVER:
        return TrackAlarm.NONE
    quiet = now - (track.moved_at or track.shipped_at)
    if quiet >= patience.lost:
        return TrackAlarm.LOST
    if quiet >= patience.stalled:
        return TrackAlarm.STALLED
    is_unscanned = track.scanned_at is None and now - track.shipped_at >= patience.unscanned
    return TrackAlarm.UNSCANNED if is_unscanned else TrackAlarm.NONE


def due_tracks(session: Session, now: datetime, *, limit: int = 200) -> list[Track]:
    """Those whose silence may be worth a word, the longest waiting first."""
    wanted = select(Track).where(col(Track.check_at) <= now).order_by(col(Track.check_at)).limit(limit)
    return list(session.exec(wanted.with_for_update(skip_locked=True)))


def look_at(session: Session, track: Track, *, now: datetime) -> TrackAlarm | None:
    """Say what its silence has become, if that is new, and tell whoever has to act. Safe to repeat."""
    patience = patience_with(session, track.carrier, track.to_region)
    found = alarm_now(track, patience, now)
    is_new = found is not track.alarm and found is not TrackAlarm.NONE
    track.alarm = found
    track.check_at = next_check(track, patience)
    session.add(track)
    if not is_new:
        return None
    since = track.moved_at or track.shipped_at
    record(session, ParcelSilent(track.id, track.tracking_no, found, since.isoformat()), actor=SYSTEM, now=now)
    tell(session, track, found, occurred_at=since + patience.until(found), now=now)
    return found


def scans_of(session: Session, track_id: int) -> list[Scan]:
    """Newest first."""
    wanted = select(Scan).where(Scan.track_id == track_id)
    return list(session.exec(wanted.order_by(col(Scan.at).desc(), col(Scan.id).desc()).limit(MOST_SCANS)))


def _stand(session: Session, track: Track, *, by: str, now: datetime) -> None:
    """Where all its scans leave it; the later one counts, whenever it was heard of."""
    patience = patience_with(session, track.carrier, track.to_region)
    every = scans_of(session, track.id)
    before = track.node
    telling = next((scan for scan in every if scan.node), None)
    moved = next((scan for scan in every if scan.node not in _STILL), None)
    track.node = telling.node if telling else None
    track.scanned_at = every[0].at
    track.moved_at = moved.at if moved else None
    track.arrived_at = _arrived(every) if track.node in _OVER else None
    if track.alarm is not TrackAlarm.NONE and alarm_now(track, patience, now) is not track.alarm:
        record(session, ParcelHeardOf(track.id, track.tracking_no, track.alarm), actor=by, now=now)
        untell(session, track, now=now)
        track.alarm = TrackAlarm.NONE
    track.check_at = next_check(track, patience)
    if track.node in _OVER:
        track.ask_at = None
    session.add(track)
    if track.node and track.node is not before:
        record(session, ParcelMoved(track.id, track.tracking_no, before or "", track.node), actor=by, now=now)


def _arrived(every: Iterable[Scan]) -> datetime:
    return min(scan.at for scan in every if scan.node in _OVER)


def _digest(draft: ScanDraft) -> str:
    return hashlib.sha256(f"{draft.at.isoformat()}\n{draft.text}".encode()).hexdigest()
