"""What does the hub ask whoever knows parcels' ways?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orderhub.domain.drafts import ScanDraft
from orderhub.domain.words import Carrier, WatchState


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


@dataclass(frozen=True)
class TrackDraft:
    """What is known of one waybill, its oldest scan first; ``carrier`` where the service corrected it."""

    tracking_no: str
    scans: tuple[ScanDraft, ...]
    watch: WatchState = WatchState.UNKNOWN
    carrier: Carrier | None = None


class Tracker(Protocol):
    """Synchronous; safe to use from several threads. Raises like ``ChannelConnector``.

    ``numbers_at_once`` is how many waybills one question may name.
    """

    numbers_at_once: int

    def ask(self, wishes: Sequence[TrackWish]) -> list[TrackDraft]:
        """What is known now, in one question; no scans, or no draft, where nothing is.

        Raises:
            PartnerRefused: it does not know the carrier, or not the number.
        """
        ...

    def subscribe(self, wish: TrackWish, url: str) -> None:
        """From now on the service tells ``url`` by itself. Safe to repeat. Raises: PartnerRefused."""
        ...

    def close(self) -> None: ...
