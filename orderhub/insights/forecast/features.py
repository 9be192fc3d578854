"""What does the model see of a day to come? Only what was known on the day from which it looks ahead."""

from dataclasses import dataclass

import numpy as np

from orderhub.insights.forecast.panel import Floats, Panel, Whole, weekdays, with_usual_weather

NAMES = (
    *("ahead", "weekday", "day_of_month", "season_sin", "season_cos", "off", "work", "festival"),
    *("off_before", "off_after", "promotion", "promotion_in", "promotion_since"),
    *("last_7", "last_14", "last_28", "last_91", "last_182", "same_weekday_4", "same_weekday_8"),
    *("trend", "selling", "pace", "age", "year_ago", "year_ago_day", "total_7", "total_trend", "total_year_ago"),
    *("advertising", "temperature", "rain", "wind", "region"),
)
CATEGORIES = ("weekday", "festival")
_YEAR = 364  # whole weeks
_FAR = 30.0


@dataclass(frozen=True)
class Rows:
    """One look ahead each: of ``series``, from the day before ``origin``, to ``day``. ``scale`` is pieces a day."""

    series: Whole
    origin: Whole
    day: Whole
    features: Floats
    scale: Floats


class Past:
    """The panel's sums from its beginning, so that any window's mean is two look-ups; the last row is all series."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        sold = np.vstack([panel.sold, panel.sold.sum(axis=0, keepdims=True)])
        self.sold = sold
        self.first = np.append(panel.first_sold, 0)
        self._sums = np.concatenate([np.zeros((len(sold), 1)), np.cumsum(sold, axis=1, dtype=np.float64)], axis=1)
        selling = np.cumsum(sold > 0, axis=1, dtype=np.int32)
        self._selling = np.concatenate([np.zeros((len(sold), 1), dtype=np.int32), selling], axis=1)
        self._calendar = _calendar(panel)
        self._advertising = _advertising(panel)
        weather = panel.drivers.weather
        self._weather = None if weather is None else with_usual_weather(weather, panel.days)
        self._regions = panel.regions

    def mean(self, series: Whole, since: Whole, until: Whole) -> Floats:
        """Pieces a day from ``since`` to before ``until``, of the days since it was first sold; NaN where none."""
        since = np.clip(np.maximum(since, self.first[series]), 0, self.panel.days)
        until = np.clip(until, 0, self.panel.days)
        days = until - since
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (self._sums[series, until] - self._sums[series, since]) / days
        return np.where(days > 0, means, np.nan).astype(np.float32)

    def scale(self, series: Whole, origin: Whole) -> Floats:
        """What a series sells a day, so that large and small ones learn from each other."""
        lately = np.nan_to_num(self.mean(series, origin - 56, origin))
        ever = np.nan_to_num(self.mean(series, origin - 365, origin))
        return np.maximum(np.maximum(lately, ever / 4), 0.02).astype(np.float32)

    def rows(self, series: Whole, origin: Whole, ahead: Whole) -> Rows:
        day = origin + ahead - 1
        scale = self.scale(series, origin)
        columns = [*self._of_day(day, ahead), *self._of_series(series, origin, day, scale)]
        columns += self._of_drivers(series, day)
        return Rows(series, origin, day, np.column_stack(columns).astype(np.float32), scale)

    def _of_day(self, day: Whole, ahead: Whole) -> list[Floats]:
        return [ahead.astype(np.float32), *self._calendar[:, day]]

    def _of_series(self, series: Whole, origin: Whole, day: Whole, scale: Floats) -> list[Floats]:
        total = np.full_like(series, len(self.sold) - 1)
        all_scale = self.scale(total, origin)
        lately = [self.mean(series, origin - days, origin) / scale for days in (7, 14, 28, 91, 182)]
        alike = [self._same_weekday(series, origin, day, weeks) / scale for weeks in (4, 8)]
        since = np.clip(origin - 56, 0, None)
        selling = (self._selling[series, origin] - self._selling[series, since]) / np.maximum(origin - since, 1)
        return [
            *lately,
            *alike,
            self._trend(series, origin),
            selling.astype(np.float32),
            np.log(scale),
            np.minimum(origin - self.first[series], 400).astype(np.float32),
            *self._year_ago(series, origin, day),
            self.mean(total, origin - 7, origin) / all_scale,
            self._trend(total, origin),
            self._year_ago(total, origin, day)[0],
        ]

    def _of_drivers(self, series: Whole, day: Whole) -> list[Floats]:
        nothing = np.full(len(series), np.nan, dtype=np.float32)
        advertising = self._advertising
        spent = nothing if advertising is None else advertising[series if len(advertising) > 1 else 0, day]
        weather = [nothing] * 3 if self._weather is None else list(self._weather[self._regions[series], day].T)
        return [spent, *weather, self._regions[series].astype(np.float32)]

    def _same_weekday(self, series: Whole, origin: Whole, day: Whole, weeks: int) -> Floats:
        newest = day - 7 * ((day - origin) // 7 + 1)
        places = newest[:, None] - 7 * np.arange(weeks)
        is_there = places >= self.first[series][:, None]
        values = self.sold[series[:, None], np.clip(places, 0, None)] * is_there
        with np.errstate(invalid="ignore"):
            return (values.sum(axis=1) / np.where(is_there.any(axis=1), is_there.sum(axis=1), np.nan)).astype(
                np.float32
            )

    def _trend(self, series: Whole, origin: Whole) -> Floats:
        now, before = self.mean(series, origin - 28, origin), self.mean(series, origin - 56, origin - 28)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.clip(now / np.maximum(before, 0.02), 0, 5).astype(np.float32)

    def _year_ago(self, series: Whole, origin: Whole, day: Whole) -> tuple[Floats, Floats]:
        """How the days around it, and the day itself, stood to the eight weeks before the origin: a year ago."""
        has_year = (origin - _YEAR - 28 >= self.first[series]) & (day < origin + _YEAR - 4)
        level = np.maximum(self.mean(series, origin - _YEAR - 56, origin - _YEAR), 0.02)
        around = self.mean(series, day - _YEAR - 3, day - _YEAR + 4) / level
        that_day = self.sold[series, np.clip(day - _YEAR, 0, self.panel.days - 1)] / level
        clipped = (np.where(has_year, np.clip(one, 0, 10), np.nan).astype(np.float32) for one in (around, that_day))
        return next(clipped), next(clipped)


def _calendar(panel: Panel) -> Floats:
    """By feature and day, those to come as well."""
    drivers = panel.drivers
    days = len(drivers.off)
    ordinals = [panel.first_day.toordinal() + place for place in range(days)]
    dates = [panel.first_day.fromordinal(one) for one in ordinals]
    season = np.array([one.timetuple().tm_yday for one in dates]) * (2 * np.pi / 365.25)
    promotion = drivers.promotion > 0
    return np.vstack(
        [
            weekdays(panel.first_day, days),
            [one.day for one in dates],
            np.sin(season),
            np.cos(season),
            drivers.off,
            drivers.work,
            drivers.festival,
            _since(drivers.festival > 0),
            _since((drivers.festival > 0)[::-1])[::-1],
            drivers.promotion,
            _since(promotion[::-1])[::-1],
            _since(promotion),
        ]
    ).astype(np.float32)


def _since(flags: np.ndarray) -> Floats:
    """Days since the last flagged one, 0 on it, never more than thirty."""
    counted, last = np.full(len(flags), _FAR, dtype=np.float32), None
    for place, flag in enumerate(flags):
        last = place if flag else last
        if last is not None:
            counted[place] = min(place - last, _FAR)
    return counted


def _advertising(panel: Panel) -> Floats | None:
    """What is spent on a day against what was usually spent; by series, or one row for all."""
    spent = panel.drivers.advertising
    if spent is None:
        return None
    usual = np.maximum(spent[:, : panel.days].mean(axis=1, keepdims=True), 1.0)
    return np.log1p(np.nan_to_num(spent) / usual).astype(np.float32)
