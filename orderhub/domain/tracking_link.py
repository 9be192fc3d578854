"""By which address does a buyer follow a parcel? It names a track, ends by itself, and nobody can make one up."""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orderhub.kernel.secrets import derived, derived_each
from orderhub.kernel.settings import settings

PATH = "/t"
LIVES = timedelta(days=90)

_ID_BYTES, _HOUR_BYTES, _SIGN_BYTES = 6, 4, 12
_HOUR = timedelta(hours=1)
_PURPOSE = "tracking link"
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TrackingLink:
    track_id: int
    ends_at: datetime


def tracking_url(track_id: int, *, now: datetime) -> str:
    """The page of the parcel for its buyer, for 90 days from ``now``; 30 characters after the host's ``/t/``."""
    return f"{settings().origin}{PATH}/{link_token(track_id, ends_at=now + LIVES)}"


def link_token(track_id: int, *, ends_at: datetime) -> str:
    """Base64url of track, the hour it ends in, and 96 bits of HMAC over both."""
    said = track_id.to_bytes(_ID_BYTES) + ((ends_at - _START) // _HOUR).to_bytes(_HOUR_BYTES)
    return _text(said + _signed(said, derived(_PURPOSE)))


def read_token(token: str, *, now: datetime) -> TrackingLink | None:
    """None for one that was made up, changed, or has ended: whoever asks is told nothing of which."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    said, signed = raw[: _ID_BYTES + _HOUR_BYTES], raw[_ID_BYTES + _HOUR_BYTES :]
    # Base64 has several spellings of the same bytes: only ours passes.
    is_ours = any(hmac.compare_digest(signed, _signed(said, key)) for key in derived_each(_PURPOSE))
    if not is_ours or _text(raw) != token:
        return None
    link = TrackingLink(int.from_bytes(said[:_ID_BYTES]), _START + int.from_bytes(said[_ID_BYTES:]) * _HOUR)
    return link if now < link.ends_at else None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signed(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")[:_SIGN_BYTES]
