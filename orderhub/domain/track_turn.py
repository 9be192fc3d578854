"""When is a parcel's turn to be asked after? Its own moment within an hour: those that leave together ask apart."""

import hashlib
from datetime import datetime, timedelta

ASK_AFTER = timedelta(hours=6)
# Source: contracts/services, section 3: asked about one number more often, a service may lock it.
ASK_AGAIN_AFTER = timedelta(minutes=30)
_PARTS = 2**16


def turn_after(since: datetime, tracking_no: str, after: timedelta = ASK_AFTER) -> datetime:
    """``after`` without word, and up to a sixth more; the same for the same number every time."""
    part = int.from_bytes(hashlib.sha256(tracking_no.encode()).digest()[:2])
    return since + after + after / 6 * part / _PARTS
