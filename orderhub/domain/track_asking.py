"""Which parcels are asked after now? Pushes come first: those of which nobody has told for a while."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from orderhub.domain.track import Track
from orderhub.domain.track_turn import ASK_AGAIN_AFTER, turn_after
from orderhub.domain.words import Carrier, WatchState

# A parcel that has not arrived by then is found by other means than asking.
ASKED_FOR = timedelta(days=60)


def take_turns(
    session: Session, carriers: Collection[Carrier], *, after: timedelta, now: datetime, limit: int
) -> list[Track]:
    """Those whose turn has come, the longest waiting first; they count as asked before anybody is asked.

    A process that dies while it asks costs a parcel one turn, and no number is ever asked for twice in half an hour.
    """
    wanted = (
        select(Track)
        .where(*_is_turn(carriers, now))
        .order_by(col(Track.ask_at), col(Track.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    too_old = update(Track).where(col(Track.ask_at) <= now, col(Track.shipped_at) < now - ASKED_FOR)
    session.exec(too_old.values(ask_at=None))
    taken = list(session.exec(wanted))
    for track in taken:
        track.asked_at, track.ask_at = now, turn_after(now, track.tracking_no, after)
        session.add(track)
    return taken


def is_turn(session: Session, carriers: Collection[Carrier], *, now: datetime) -> bool:
    """Whether ``take_turns`` may find something; a read, so that nothing is written where nobody waits."""
    return session.exec(select(Track.id).where(*_is_turn(carriers, now)).limit(1)).first() is not None


def ask_sooner(session: Session, tracking_nos: Collection[str], *, now: datetime) -> None:
    """No answer came: their turn is the next one that is allowed, not six hours later."""
    wanted = select(Track).where(col(Track.tracking_no).in_(list(tracking_nos)), col(Track.ask_at).is_not(None))
    for track in session.exec(wanted.order_by(col(Track.id)).with_for_update()):
        track.ask_at = turn_after(now, track.tracking_no, ASK_AGAIN_AFTER)
        session.add(track)


def heard_push(session: Session, track: Track, watch: WatchState, *, after: timedelta, now: datetime) -> bool:
    """Somebody has told by himself, so we need not ask; returns whether he has just broken off telling.

    A watch that is over stays so: pushes overtake each other.
    """
    was_watching = track.watch is not WatchState.BROKEN_OFF
    track.told_at = now
    if track.watch is not WatchState.OVER and watch is not WatchState.UNKNOWN:
        track.watch = watch
    is_done = track.watch is WatchState.OVER or track.arrived_at is not None
    track.ask_at = None if is_done else turn_after(now, track.tracking_no, after)
    session.add(track)
    return was_watching and track.watch is WatchState.BROKEN_OFF


def _is_turn(carriers: Collection[Carrier], now: datetime) -> tuple[ColumnElement[bool], ...]:
    rested = col(Track.asked_at).is_(None) | (col(Track.asked_at) <= now - ASK_AGAIN_AFTER)
    return col(Track.ask_at) <= now, col(Track.carrier).in_(list(carriers)), rested
