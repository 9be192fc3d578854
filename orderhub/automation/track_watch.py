"""Which parcels have gone silent? Asked by the clock, one indexed question."""

from datetime import datetime

from orderhub.domain.track import due_tracks, look_at
from orderhub.kernel.db import transaction

_AT_ONCE = 200


def find_silent_parcels(now: datetime) -> int:
    """Say of every parcel that is due what its silence has become; returns how many have something new said of them."""
    said = 0
    while True:
        with transaction() as session:
            due = due_tracks(session, now, limit=_AT_ONCE)
            said += sum(look_at(session, track, now=now) is not None for track in due)
        if len(due) < _AT_ONCE:
            return said
