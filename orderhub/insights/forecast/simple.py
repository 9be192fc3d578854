"""What do the plain methods expect? Repeats, smoothed levels, slow sellers, new ones: each in a few lines of numpy."""

from collections.abc import Sequence

import numpy as np

from orderhub.insights.forecast.panel import Floats, Panel, Whole, weekdays

NEW_DAYS = 28  # a series that was first sold less than so many days ago is new
_ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.35)
_PROFILE_WEEKS = 12
_PROFILE_PRIOR = 20.0  # so many pieces of everything's weekdays go into a series' own
_SLOW_ALPHA = 0.06
_OWN_DAYS = 14  # how many days of its own a new one needs to count as much as its kin
_JUDGED_DAYS = 182


def repeated(panel: Panel, ahead: int, days: int = 14) -> Floats:
    """The last ``days`` once more, and again."""
    place = panel.days - days + np.arange(ahead) % days
    return np.where(place >= 0, panel.sold[:, np.clip(place, 0, None)], 0).astype(np.float32)


def seasonal(panel: Panel, ahead: int) -> Floats:
    """What the same weekday sold last."""
    return repeated(panel, ahead, 7)


def smoothed(panel: Panel, ahead: int) -> Floats:
    """A level that follows by exponential smoothing, each series as quickly as suited it best, times its weekdays."""
    profile = _profile(panel)
    day_of = weekdays(panel.first_day, panel.days + ahead)
    with np.errstate(invalid="ignore", divide="ignore"):
        even = panel.sold / np.maximum(profile[:, day_of[: panel.days]], 0.1)
    levels = _best_levels(even, panel.first_sold, ahead)
    return (levels[:, None] * profile[:, day_of[panel.days :]]).astype(np.float32)


def slow(panel: Panel, ahead: int) -> Floats:
    """Croston's idea as Teunter, Syntetos and Babai mend it: how often it sells, times how much then.

    Both are smoothed, and how often falls on every day without a sale, so that what has died out is forecast less.
    """
    sold, first = panel.sold, panel.first_sold
    is_sold = sold > 0
    often, much = is_sold.mean(axis=1), sold.sum(axis=1) / np.maximum(is_sold.sum(axis=1), 1)
    for day in range(panel.days):
        alive, hit = first <= day, is_sold[:, day]
        often = np.where(alive, often + _SLOW_ALPHA * (hit - often), often)
        much = np.where(hit, much + _SLOW_ALPHA * (sold[:, day] - much), much)
    day_of = weekdays(panel.first_day, panel.days + ahead)[panel.days :]
    return ((often * much)[:, None] * _profile(panel)[:, day_of]).astype(np.float32)


def kin(panel: Panel, ahead: int) -> Floats:
    """For new ones: their own pace, drawn towards what others of their group sold at the same age.

    A group is one region's SKUs whose codes begin alike (before the first dash); alone in it, all there are.
    """
    age = np.clip(panel.days - panel.first_sold, 0, None)
    own = panel.sold.sum(axis=1)
    early = _early_pace(panel)
    others = own / np.maximum(age, 1)  # where nobody is older
    if (age >= NEW_DAYS).any():
        for place in _grouped(panel):
            grown = place[age[place] >= NEW_DAYS]
            others[place] = early[grown if len(grown) else age >= NEW_DAYS].mean()
    pace = (own + _OWN_DAYS * others) / (age + _OWN_DAYS)
    day_of = weekdays(panel.first_day, panel.days + ahead)[panel.days :]
    return (pace[:, None] * _profile(panel)[:, day_of]).astype(np.float32)


def _profile(panel: Panel) -> Floats:
    """How a series' weekdays stand to their mean, drawn towards everybody's where it has sold little."""
    days = min(_PROFILE_WEEKS * 7, panel.days // 7 * 7)
    if not days:
        return np.ones((len(panel.keys), 7), dtype=np.float32)
    lately = panel.sold[:, panel.days - days :].reshape(len(panel.sold), -1, 7).sum(axis=1, dtype=np.float64)
    first = (weekdays(panel.first_day, panel.days)[-1] + 1) % 7
    by_weekday = np.roll(lately, first, axis=1)
    everybody = by_weekday.sum(axis=0)
    everybody = everybody / max(everybody.mean(), 1e-9) if everybody.any() else np.ones(7)
    drawn = by_weekday + _PROFILE_PRIOR * everybody / 7
    return (drawn / np.maximum(drawn.mean(axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _best_levels(even: Floats, first: Whole, ahead: int) -> Floats:
    """The last level by the speed that would have missed least over the last half year, looking ``ahead`` days on."""
    count, days = even.shape
    sums = np.concatenate([np.zeros((count, 1)), np.cumsum(even, axis=1, dtype=np.float64)], axis=1)
    begun = np.clip(first, 0, max(days - 1, 0))
    start = np.minimum(begun + 14, days)
    initial = (sums[np.arange(count), start] - sums[np.arange(count), begun]) / np.maximum(start - begun, 1)
    levels, missed = [], []
    for alpha in _ALPHAS:
        level, miss = initial.copy(), np.zeros(count)
        for day in range(days):
            if day >= days - _JUDGED_DAYS and day + ahead <= days and not (days - day) % 7:
                known = day > first
                miss += np.where(known, np.abs(level * ahead - (sums[:, day + ahead] - sums[:, day])), 0)
            level = np.where(day >= first, level + alpha * (even[:, day] - level), level)
        levels.append(level)
        missed.append(miss)
    best = np.argmin(missed, axis=0)
    settled = np.array(levels)[best, np.arange(count)]
    nothing_judged = np.min(missed, axis=0) <= 0
    return np.where(nothing_judged, np.mean(levels, axis=0), (settled + np.mean(levels, axis=0)) / 2)


def _early_pace(panel: Panel) -> Floats:
    """Pieces a day in the first four weeks after the first sale."""
    sums = np.concatenate([np.zeros((len(panel.sold), 1)), np.cumsum(panel.sold, axis=1, dtype=np.float64)], axis=1)
    since = np.clip(panel.first_sold, 0, panel.days)
    until = np.minimum(since + NEW_DAYS, panel.days)
    every = np.arange(len(since))
    return (sums[every, until] - sums[every, since]) / np.maximum(until - since, 1)


def _grouped(panel: Panel) -> Sequence[Whole]:
    groups: dict[tuple[str, str], list[int]] = {}
    for place, (sku, region) in enumerate(panel.keys):
        groups.setdefault((sku.split("-")[0], region), []).append(place)
    return [np.array(places) for places in groups.values()]
