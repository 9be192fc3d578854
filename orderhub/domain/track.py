"""Where is a parcel, and has it gone silent? One track for each waybill, whichever orders travel under it.

``check_at`` is the moment at which silence becomes worth a word: a day after shipping without a scan, two days after
the last movement. The clock asks for it, one indexed question; a scan moves it on.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, and_, or_, text
from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.domain.delivery import Delivery, DeliveryStatus
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.order import Order, Shipment
from orderhub.domain.parcel_trouble import follow_trouble
from orderhub.domain.patience import Patience, patience_with
from orderhub.domain.scan_node import Meaning, meaning_of
from orderhub.domain.scan_phrase import note_unknown, taught_ids, taught_phrases
from orderhub.domain.silence import TrackAlarm, scans_refused, tell, untell
from orderhub.domain.track_turn import turn_after
from orderhub.domain.words import Carrier, ScanNode, WatchState
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import SYSTEM, Happening, record
from orderhub.kernel.ids import shown_text, without_phones

# A carrier's clock may run ahead of ours; what claims to come later than that has not happened.
MOST_AHEAD = timedelta(minutes=10)
MOST_SCANS = 500
_STILL = (None, ScanNode.PROBLEM)  # says something, moves nothing
_OVER = (ScanNode.DELIVERED,)
_STEPS = (TrackAlarm.NONE, TrackAlarm.UNSCANNED, TrackAlarm.STALLED, TrackAlarm.LOST)


class Track(SQLModel, table=True):
    """``node`` is where the last telling scan saw it, None before any; ``moved_at`` when it last moved.

    ``warehouse_id`` is where it left from, 0: not packed by the hub; ``to_region`` begins with the province.
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
    warehouse_id: int = Field(default=0, sa_type=BigId)
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
    """What a carrier wrote, once: unique by its moment and words. ``node`` is None where it moves nothing.

    ``phrase_id`` is the phrase its words are read by, taught or still to be taught; None where the carrier's code or
    the hub's own rules say what it means.
    """

    __table_args__ = (
        UniqueConstraint("track_id", "digest"),
        Index("ix_scan_at", "track_id", "at", "id"),
        Index(
            "ix_scan_phrase",
            "phrase_id",
            "track_id",
            sqlite_where=text("phrase_id IS NOT NULL"),
            postgresql_where=text("phrase_id IS NOT NULL"),
        ),
    )

    id: int = own_id()
    track_id: int = Field(foreign_key="track.id", sa_type=BigId)
    at: datetime = Field(sa_type=Moment)
    text: str = Field(max_length=500)
    place: str = Field(default="", max_length=120)
    node: ScanNode | None = Field(default=None, sa_type=word(ScanNode))
    phrase_id: int | None = Field(default=None, sa_type=BigId)
    digest: str = Field(max_length=64)
    heard_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class TrackEvent(Happening):
    """``order_ids`` travel in the parcel: whoever looks at one of them hears of it."""

    subject_type: ClassVar[str] = "track"
    tracking_no: str
    order_ids: tuple[int, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class ParcelMoved(TrackEvent):
    """``source`` is empty before the first scan."""

    source: str
    target: str


@dataclass(frozen=True)
class ParcelScanned(TrackEvent):
    """More was heard of it, and it is where it was."""

    count: int


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


@dataclass(frozen=True)
class ParcelAllowed(TrackEvent):
    """Its silence was called something; by the figures in force now it is nothing yet."""

    alarm: str


def follow_parcel(session: Session, tracking_no: str, carrier: Carrier | None, *, shipped_at: datetime) -> Track:
    """The track of a parcel that left; found or made. Safe to repeat."""
    standing = session.exec(select(Track).where(Track.tracking_no == tracking_no).with_for_update()).one_or_none()
    if standing:
        if standing.check_at is None and standing.scanned_at is None and standing.alarm is TrackAlarm.NONE:  # recalled
            standing.shipped_at, standing.carrier = shipped_at, carrier
            standing.check_at = next_check(standing, patience_with(session, carrier, standing.to_region))
            standing.ask_at = turn_after(shipped_at, tracking_no)
            session.add(standing)
        return standing
    region = select(Order.receiver_region).join(Shipment, col(Shipment.order_id) == Order.id)
    to_region = session.exec(region.where(Shipment.tracking_no == tracking_no).limit(1)).first() or ""
    left_from = select(Delivery.warehouse_id).where(
        Delivery.tracking_no == tracking_no, Delivery.status != DeliveryStatus.CANCELLED
    )
    made = Track(
        tracking_no=tracking_no,
        carrier=carrier,
        warehouse_id=session.exec(left_from.limit(1)).first() or 0,
        to_region=to_region,
        shipped_at=shipped_at,
    )
    made.ask_at = turn_after(shipped_at, tracking_no)
    made.check_at = next_check(made, patience_with(session, made.carrier, made.to_region))
    session.add(made)
    session.flush()
    return made


def unfollow_parcel(session: Session, tracking_no: str, *, now: datetime) -> None:
    """No order has a parcel with this number any more, and no carrier has seen it: it had not left. Safe to repeat."""
    track = session.exec(select(Track).where(Track.tracking_no == tracking_no).with_for_update()).one_or_none()
    if track is None or track.scanned_at:
        return
    if session.exec(select(Shipment.id).where(Shipment.tracking_no == tracking_no).limit(1)).first() is not None:
        return
    track.check_at, track.ask_at, track.alarm = None, None, TrackAlarm.NONE
    session.add(track)
    untell(session, track, now=now, reason="the parcel was recalled")


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
        orders = orders_in(session, tracking_no)
        record(session, ScansRefused(track.id, tracking_no, refused, order_ids=orders), actor=by, now=now)
    scans_refused(session, track, refused, now=now)
    known = set(session.exec(select(Scan.digest).where(Scan.track_id == track.id)))
    phrases, phrase_ids = taught_phrases(session), taught_ids(session)
    fresh: dict[str, Scan] = {}
    for draft in wanted:
        if (digest := _digest(draft)) not in known:
            is_coded = draft.node or not draft.is_movement
            meaning = Meaning(draft.node) if is_coded else meaning_of(draft.text, phrases)
            phrase_id = phrase_ids.get(meaning.phrase)
            if not meaning.is_known:
                phrase_id = note_unknown(session, draft.text, track.carrier, now=now, tracking_no=tracking_no)
            fresh[digest] = Scan(
                track_id=track.id,
                at=draft.at,
                text=without_phones(shown_text(draft.text, 500)),
                place=shown_text(draft.place, 120),
                node=meaning.node,
                phrase_id=phrase_id,
                digest=digest,
                heard_at=now,
            )
    session.add_all(fresh.values())
    session.flush()
    if fresh:
        stand(session, track, len(fresh), by=by, now=now)
    return len(fresh)


def orders_in(session: Session, tracking_no: str) -> tuple[int, ...]:
    """The orders that travel under a waybill, oldest first."""
    wanted = select(Shipment.order_id).where(Shipment.tracking_no == tracking_no).order_by(col(Shipment.order_id))
    return tuple(session.exec(wanted))


def next_check(track: Track, patience: Patience) -> datetime | None:
    """When its silence is next worth a word; None where it has arrived or everything has been said."""
    if track.node in _OVER:
        return None
    quiet_since = track.moved_at or track.shipped_at
    said = _STEPS.index(track.alarm)
    ahead = [alarm for alarm in _STEPS[said + 1 :] if alarm not in patience.off]
    if track.scanned_at is not None and TrackAlarm.UNSCANNED in ahead:
        ahead.remove(TrackAlarm.UNSCANNED)
    return min((quiet_since + patience.until(alarm) for alarm in ahead), default=None)


def alarm_now(track: Track, patience: Patience, now: datetime) -> TrackAlarm:
    """What its silence is called at ``now``."""
    if track.node in _OVER:
        return TrackAlarm.NONE
    quiet = now - (track.moved_at or track.shipped_at)
    for alarm in (TrackAlarm.LOST, TrackAlarm.STALLED):
        if quiet >= patience.until(alarm) and alarm not in patience.off:
            return alarm
    is_unscanned = track.scanned_at is None and now - track.shipped_at >= patience.unscanned
    return TrackAlarm.UNSCANNED if is_unscanned and TrackAlarm.UNSCANNED not in patience.off else TrackAlarm.NONE


def due_tracks(session: Session, now: datetime, *, limit: int = 200) -> list[Track]:
    """Those whose silence may be worth a word, the longest waiting first."""
    wanted = select(Track).where(col(Track.check_at) <= now).order_by(col(Track.check_at)).limit(limit)
    return list(session.exec(wanted.with_for_update(skip_locked=True)))


def look_at(session: Session, track: Track, *, now: datetime) -> TrackAlarm | None:
    """Say what its silence has become, if that is new, and tell whoever has to act. Safe to repeat."""
    patience = patience_with(session, track.carrier, track.to_region)
    found = alarm_now(track, patience, now)
    is_new = found is not track.alarm and found is not TrackAlarm.NONE
    if found is TrackAlarm.NONE and track.alarm is not TrackAlarm.NONE:
        record(session, ParcelAllowed(track.id, track.tracking_no, track.alarm), actor=SYSTEM, now=now)
        untell(session, track, now=now, reason="more silence is allowed")
    track.alarm = found
    track.check_at = next_check(track, patience)
    session.add(track)
    if not is_new:
        return None
    since = track.moved_at or track.shipped_at
    orders = orders_in(session, track.tracking_no)
    silent = ParcelSilent(track.id, track.tracking_no, found, since.isoformat(), order_ids=orders)
    record(session, silent, actor=SYSTEM, now=now)
    tell(session, track, found, occurred_at=since + patience.until(found), now=now)
    return found


def look_again(session: Session, *, now: datetime) -> int:
    """Every parcel on its way is due: the clock looks at them in its own small portions; returns how many they are."""
    on_its_way = or_(col(Track.node).is_(None), col(Track.node).in_([node for node in ScanNode if node not in _OVER]))
    is_recalled = and_(
        col(Track.check_at).is_(None),
        col(Track.scanned_at).is_(None),
        ~select(Shipment.id).where(Shipment.tracking_no == Track.tracking_no).exists(),
    )
    return session.exec(update(Track).where(on_its_way, ~is_recalled).values(check_at=now)).rowcount


def scans_of(session: Session, track_id: int) -> list[Scan]:
    """Newest first."""
    wanted = select(Scan).where(Scan.track_id == track_id)
    return list(session.exec(wanted.order_by(col(Scan.at).desc(), col(Scan.id).desc()).limit(MOST_SCANS)))


def stand(session: Session, track: Track, count: int, *, by: str, now: datetime) -> None:
    """Where all its scans leave it, ``count`` new ones among them; the later one counts, whenever it was heard of."""
    orders = orders_in(session, track.tracking_no)
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
        heard_of = ParcelHeardOf(track.id, track.tracking_no, track.alarm, order_ids=orders)
        record(session, heard_of, actor=by, now=now)
        untell(session, track, now=now)
        track.alarm = TrackAlarm.NONE
    track.check_at = next_check(track, patience)
    if track.node in _OVER:
        track.ask_at = None
    elif before in _OVER:
        track.ask_at = turn_after(now, track.tracking_no)  # its scans were read again: it has not arrived after all
    session.add(track)
    follow_trouble(session, track, every, now=now)
    if track.node and track.node is not before:
        moved_on = ParcelMoved(track.id, track.tracking_no, before or "", track.node, order_ids=orders)
        record(session, moved_on, actor=by, now=now)
    elif count:
        record(session, ParcelScanned(track.id, track.tracking_no, count, order_ids=orders), actor=by, now=now)


def _arrived(every: Iterable[Scan]) -> datetime:
    return min(scan.at for scan in every if scan.node in _OVER)


def _digest(draft: ScanDraft) -> str:
    return hashlib.sha256(f"{draft.at.isoformat()}\n{draft.text}".encode()).hexdigest()
