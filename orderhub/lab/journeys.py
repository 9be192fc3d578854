"""Which way does a parcel go? Real journeys of 2020, one chosen by each waybill, begun when the lab first hears of it.

Source: ``samples/journeys.csv`` is an excerpt of github.com/xxjwxc/caoguo (Apache-2.0): waybills left out, names and
telephones replaced, times counted from the first scan.
"""

import csv
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orderhub.domain.words import Carrier

_FILE = Path(__file__).parent / "samples" / "journeys.csv"
# From shipping to a journey's first scan; there is no such moment in the data.
FIRST_SCAN_SECONDS = 3600
MOST_PARCELS = 100_000


@dataclass(frozen=True)
class Step:
    """``seconds`` after shipping; ``label`` is the collectors' word for what happened, such as ``DELIVERED``."""

    seconds: int
    label: str
    text: str


@dataclass(frozen=True)
class Seen:
    """One scan; ``at`` in seconds of 1970."""

    at: int
    label: str
    text: str


@dataclass
class LabParcel:
    """``steps_shown`` None: all, as their time comes; a number holds the others back for good (a parcel gone lost)."""

    tracking_no: str
    carrier: Carrier | None
    shipped_at: int
    steps_shown: int | None = None


@cache
def journeys() -> dict[str, tuple[tuple[Step, ...], ...]]:
    """By carrier's word, each journey oldest scan first."""
    by_number: dict[str, list[Step]] = {}
    carriers: dict[str, str] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            step = Step(FIRST_SCAN_SECONDS + int(row["seconds"]), row["label"], row["text"])
            by_number.setdefault(row["journey"], []).append(step)
            carriers[row["journey"]] = row["carrier"]
    found: dict[str, list[tuple[Step, ...]]] = {}
    for number, steps in by_number.items():
        found.setdefault(carriers[number], []).append(tuple(steps))
    return {carrier: tuple(every) for carrier, every in found.items()}


def journey_of(tracking_no: str, carrier: Carrier | None = None) -> tuple[Step, ...]:
    """The same for the same number every time; of the carrier's own where there are any."""
    every = journeys()
    choice = every.get(carrier or "") or tuple(one for own in every.values() for one in own)
    return choice[int.from_bytes(hashlib.sha256(tracking_no.encode()).digest()[:8]) % len(choice)]


class Parcels:
    """Those the lab has heard of, the oldest forgotten first. ``pace`` 60 lets a day's way pass in 24 minutes."""

    def __init__(self, *, pace: float = 1.0) -> None:
        self.pace = pace
        self._standing: OrderedDict[str, LabParcel] = OrderedDict()

    def heard_of(self, tracking_no: str, carrier: Carrier | None, now: int) -> LabParcel:
        """Found, or shipped at this moment."""
        if tracking_no not in self._standing:
            self._standing[tracking_no] = LabParcel(tracking_no, carrier, now)
            if len(self._standing) > MOST_PARCELS:
                self._standing.popitem(last=False)
        return self._standing[tracking_no]

    def seen(self, parcel: LabParcel, now: int) -> list[Seen]:
        """What has been scanned until ``now``, oldest first."""
        steps = journey_of(parcel.tracking_no, parcel.carrier)[: parcel.steps_shown]
        every = [Seen(parcel.shipped_at + int(step.seconds / self.pace), step.label, step.text) for step in steps]
        return [one for one in every if one.at <= now]
