"""On which days are people free, and which festival is it? China's published calendar, and what the merchant says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import chinese_calendar
import numpy as np

from orderhub.domain.forecast_run import Note
from orderhub.insights.forecast.panel import Drivers, Notes

_NAMES = {name: place for place, name in enumerate(chinese_calendar.Holiday, start=1)}
_OTHER = len(_NAMES) + 1


@dataclass(frozen=True)
class Overrides:
    """By day whether people are free: it goes before the published calendar."""

    off: Mapping[date, float] = field(default_factory=dict)


def drivers_of(
    first_day: date, days: int, overrides: Overrides | None, notes: Notes, *, chinese: bool = True
) -> Drivers:
    """The calendar of ``days`` from ``first_day``; a year not published yet has weekends alone, which is noted."""
    off, work, festival = (np.zeros(days, dtype=np.float32) for _ in range(3))
    unknown = 0
    said = overrides.off if overrides else {}
    for place in range(days):
        day = first_day + timedelta(days=place)
        weekend = float(day.weekday() >= 5)
        off[place] = weekend
        if chinese:
            try:
                is_off, name = chinese_calendar.get_holiday_detail(day)
            except NotImplementedError:
                unknown += 1
            else:
                off[place] = float(is_off)
                work[place] = float(weekend and not is_off)
                festival[place] = _festival(name) if is_off else 0
        if day in said:
            is_off = said[day] > 0
            off[place] = max(float(is_off), 0.0 if chinese else weekend)
            work[place] = float(weekend and not is_off) if chinese else 0.0
            festival[place] = festival[place] or (_OTHER if is_off else 0)
    if unknown:
        notes[Note.NO_HOLIDAYS] += unknown
    return Drivers(off, work, festival, np.zeros(days, dtype=np.float32))


def _festival(name: str | None) -> int:
    return next((place for holiday, place in _NAMES.items() if holiday.value == name), 0)
