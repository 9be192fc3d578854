"""What was sold of each SKU in each region, day by day, and what else is known of those days and of the next ones?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderhub.domain.forecast_run import Note

Floats = NDArray[np.floating[Any]]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

WEATHER = ("temperature", "rain", "wind")
_NORMAL_DAYS = 7  # to either side of the same day of other years
_LATELY = 14


Notes = Counter[Note]


def noted(notes: Notes) -> list[dict[str, Any]]:
    """As they are kept with a run."""
    return [{"note": str(note), "count": count} for note, count in notes.items() if count]


@dataclass(frozen=True)
class Drivers:
    """What moves demand, for the ``days`` of the panel and those after: day by day, NaN where it is not known.

    ``off``: people are free; ``work``: a weekend they work through; ``festival``: a number per holiday, 0 for none.
    ``advertising`` is fen by series or for all of them; ``weather`` is by region and ``WEATHER``.
    """

    off: Floats
    work: Floats
    festival: Floats
    promotion: Floats
    advertising: Floats | None = None
    weather: Floats | None = None


@dataclass(frozen=True)
class Panel:
    """``sold`` is pieces by series and day from ``first_day``; ``keys`` names the series as (SKU, region)."""

    keys: Sequence[tuple[str, str]]
    first_day: date
    sold: Floats
    drivers: Drivers
    notes: Notes = field(default_factory=Counter)

    @property
    def days(self) -> int:
        return self.sold.shape[1]

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def first_sold(self) -> Whole:
        """The place of each series' first selling day; beyond the last day where nothing was ever sold."""
        is_sold = self.sold > 0
        return np.where(is_sold.any(axis=1), is_sold.argmax(axis=1), self.days)

    @property
    def regions(self) -> Whole:
        """The place of each series' region among all regions, as ``drivers.weather`` counts them."""
        places = {name: place for place, name in enumerate(sorted({region for _, region in self.keys}))}
        return np.array([places[region] for _, region in self.keys], dtype=np.int64)

    def until(self, days: int, *, seen_weather: bool = False) -> "Panel":
        """What was known after the first ``days`` of it: sales, and weather unless ``seen_weather`` lets it be."""
        weather = self.drivers.weather
        if weather is not None and not seen_weather:
            weather = weather.copy()
            weather[:, days:] = np.nan
        return replace(self, sold=self.sold[:, :days], drivers=replace(self.drivers, weather=weather))


def with_usual_weather(weather: Floats, days: int) -> Floats:
    """Where it is not known yet, what the same days of earlier years were like, else what it was like lately."""
    filled = weather.copy()
    lately = np.nanmean(weather[:, max(days - _LATELY, 0) : days], axis=1) if days else np.zeros_like(weather[:, 0])
    for day in range(weather.shape[1]):
        if np.isnan(filled[:, day]).any():
            middle = day - 365
            around = weather[:, max(middle - _NORMAL_DAYS, 0) : max(middle + _NORMAL_DAYS + 1, 0)]
            has_years = around.shape[1] > _NORMAL_DAYS and not np.isnan(around).all(axis=1).any()
            usual = np.nanmean(around, axis=1) if has_years else lately
            filled[:, day] = np.where(np.isnan(filled[:, day]), usual, filled[:, day])
    return filled


def weekdays(first_day: date, days: int) -> Whole:
    """Monday is 0."""
    return (np.arange(days) + first_day.weekday()) % 7


def filled(
    rows: Iterable[tuple[str, str, date, float]], notes: Notes, *, last_day: date | None = None
) -> tuple[list[tuple[str, str]], date, Floats]:
    """The series of ``rows`` (SKU, region, day, pieces), a day without a row having sold nothing.

    What is negative on balance counts as nothing sold, and is noted; so are days between without any row.
    """
    found: dict[tuple[str, str], dict[int, float]] = {}
    for sku, region, day, pieces in rows:
        mine = found.setdefault((sku, region), {})
        mine[day.toordinal()] = mine.get(day.toordinal(), 0.0) + pieces
    if not found:
        return [], last_day or date.min, np.zeros((0, 0), dtype=np.float32)
    seen = {day for mine in found.values() for day in mine}
    first, last = min(seen), last_day.toordinal() if last_day else max(seen)
    sold = np.zeros((len(found), max(last - first + 1, 0)), dtype=np.float32)
    keys = sorted(found)
    for place, key in enumerate(keys):
        for day, pieces in found[key].items():
            if day <= last:
                sold[place, day - first] = pieces
    notes[Note.NEGATIVE] += int((sold < 0).sum())
    notes[Note.GAP] += last - first + 1 - len([day for day in seen if day <= last])
    return keys, date.fromordinal(first), np.maximum(sold, 0)
