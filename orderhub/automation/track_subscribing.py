"""Who is asked to tell of a parcel by itself? The tracker that knows its carrier, once a parcel, through the outbox."""

from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.automation.addressee import tracker_addressee
from orderhub.automation.outbox import OutboxKind, owe
from orderhub.automation.track_sources import source_of
from orderhub.domain.track import Track
from orderhub.domain.track_asking import ASKED_FOR
from orderhub.kernel.settings import settings

# Source: contracts/services, section 3: after it broke off, half an hour passes before the next subscription.
AGAIN_AFTER = timedelta(minutes=30)


def subscribe(session: Session, track: Track, *, now: datetime) -> bool:
    """Owe the subscription; False where nobody pushes for the carrier or it is owed already. Safe to repeat."""
    return _owe(session, track, version=0, now=now, due_at=now)


def subscribe_again(session: Session, track: Track, *, now: datetime) -> bool:
    """After it broke off: half an hour later, for as long as anybody asks after the parcel at all."""
    if track.arrived_at or track.shipped_at < now - ASKED_FOR:
        return False
    due_at = now + AGAIN_AFTER
    return _owe(session, track, version=int(due_at.timestamp()), now=now, due_at=due_at)


def push_url(kind: str, code: str) -> str:
    return f"{settings().origin}/api/push/{kind}/{code}"


def _owe(session: Session, track: Track, *, version: int, now: datetime, due_at: datetime) -> bool:
    source = source_of(session, track.carrier)
    if source is None or not source.is_subscribed:
        return False
    return owe(
        session,
        OutboxKind.SUBSCRIPTION,
        tracker_addressee(source.about[1]),
        key=track.tracking_no,
        number=track.tracking_no,
        body={"tracking_no": track.tracking_no},
        about=track.id,
        version=version,
        now=now,
        due_at=due_at,
    )
