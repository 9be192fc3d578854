"""What does the hub ask whoever knows parcels' ways?"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from orderhub.domain.drafts import ScanDraft
from orderhub.domain.words import Carrier


@dataclass(frozen=True)
class TrackerKeys:
    """``customer`` and ``key`` as the service gave them; ``salt`` is ours, and signs what it pushes."""

    customer: str
    key: str = field(repr=False)
    salt: str = field(default="", repr=False)


@dataclass(frozen=True)
class TrackWish:
    """``phone_tail``: the last four digits of a telephone, which some carriers want; never a whole number."""

    tracking_no: str
    carrier: Carrier
    phone_tail: str = ""


class WatchState(StrEnum):
    """Whether the service goes on telling by itself."""

    WATCHING = "watching"
    OVER = "over"  # signed for: nothing more will come
    BROKEN_OFF = "broken_off"  # it found nothing for too long: subscribe again
    UNKNOWN = "unknown"  # nobody was asked to tell


@dataclass(frozen=True)
class TrackDraft:
    """What is known of one waybill; ``carrier`` where the service corrected it."""

    tracking_no: str
    scans: tuple[ScanDraft, ...]
    watch: WatchState = WatchState.UNKNOWN
    carrier: Carrier | None = None


class Tracker(Protocol):
    """Synchronous; safe to use from several threads. Raises like ``ChannelConnector``."""

    def ask(self, wish: TrackWish) -> TrackDraft:
        """What is known now; no scans where nothing is. Raises: PartnerRefused: it does not know the carrier."""
        ...

    def subscribe(self, wish: TrackWish, url: str) -> None:
        """From now on the service tells ``url`` by itself. Safe to repeat. Raises: PartnerRefused."""
        ...

    def close(self) -> None: ...
