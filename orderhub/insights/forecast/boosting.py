"""What does one gradient-boosted model over all series expect, and how far may it be off?

scikit-learn's histogram trees, fitted on looks ahead from many past days: the mean by Poisson loss, the median and the
ninth decile by quantile loss, all as multiples of what the series sold a day when the look was taken.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from orderhub.insights.forecast.features import CATEGORIES, NAMES, Past
from orderhub.insights.forecast.panel import Flags, Floats, Panel, Whole

SEED = 20261127
MOST_ROWS = 300_000
_LEAST_AGE = 21
_FEWEST_ROWS, _FEW_ROWS = 500, 10_000
_AT_ONCE = 200_000
_MOST_TIMES = 12.0  # what sold beyond so many times its pace on an ordinary day teaches no more than that


@dataclass(frozen=True)
class Boosted:
    """By series and day ahead, pieces."""

    mean: Floats
    median: Floats
    high: Floats


def boosted(
    panel: Panel, ahead: int, *, most_rows: int = MOST_ROWS, step: Callable[[], None] = lambda: None
) -> Boosted | None:
    """None where there is too little to learn from. ``step`` is called after each of the four parts of the work."""
    past = Past(panel)
    taught = _taught(past, ahead, most_rows)
    if taught is None:
        return None
    features, times, weights, is_promoted = taught
    telling = _telling(features)
    features = features[:, telling]
    capped = np.where(is_promoted, times, np.minimum(times, _MOST_TIMES))
    models = []
    for loss in ({"loss": "poisson"}, {"loss": "quantile", "quantile": 0.5}, {"loss": "quantile", "quantile": 0.9}):
        by_pieces = weights if loss["loss"] == "poisson" else None
        # One thread: two that wait for each other by spinning are slower than one beside a hub at work.
        with threadpool_limits(1):
            models.append(_model(len(features), telling, **loss).fit(features, capped, sample_weight=by_pieces))
        step()
    found = _looked_ahead(past, ahead, models, telling)
    step()
    return Boosted(*found)


def _telling(features: Floats) -> Whole:
    """The places of features that differ at all: one that is unknown everywhere cannot be learnt from."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # nothing but NaN
        return np.flatnonzero(np.nanmax(features, axis=0) > np.nanmin(features, axis=0))


def _model(rows: int, telling: Whole, **loss: Any) -> HistGradientBoostingRegressor:
    # As a mapping: the library says its types in words of its documentation.
    settings: dict[str, Any] = dict(
        **loss,
        learning_rate=0.06,
        max_iter=150,
        max_leaf_nodes=31,
        min_samples_leaf=max(20, min(rows // 400, 200)),
        l2_regularization=1.0,
        max_bins=127,
        categorical_features=[NAMES[place] in CATEGORIES for place in telling],
        early_stopping=False,
        random_state=SEED,
    )
    return HistGradientBoostingRegressor(**settings)


def _taught(past: Past, ahead: int, most_rows: int) -> tuple[Floats, Floats, Floats, Flags] | None:
    """Looks ahead from days that are past, chosen by chance: features, multiples, weights, whether it was promoted."""
    panel, chance = past.panel, np.random.default_rng(SEED)
    begun = panel.first_sold + _LEAST_AGE
    room = np.clip(panel.days - 1 - begun, 0, None)
    if room.sum() * ahead < _FEWEST_ROWS:
        return None
    count = int(min(most_rows, max(room.sum() * 2, _FEW_ROWS), room.sum() * ahead / 2))
    series = chance.choice(len(room), size=count, p=room / room.sum())
    origin = begun[series] + (chance.random(count) * room[series]).astype(np.int64) + 1
    steps = np.minimum(ahead, panel.days - origin)
    rows = past.rows(series, origin, 1 + (chance.random(count) * steps).astype(np.int64))
    times = panel.sold[rows.series, rows.day] / rows.scale
    return rows.features, times, rows.scale, panel.drivers.promotion[rows.day] > 0


def _looked_ahead(past: Past, ahead: int, models: list[HistGradientBoostingRegressor], telling: Whole) -> list[Floats]:
    panel = past.panel
    count = len(panel.keys)
    found = [np.zeros((count, ahead), dtype=np.float32) for _ in models]
    at_once = max(_AT_ONCE // ahead, 1)
    for since in range(0, count, at_once):
        some = np.arange(since, min(since + at_once, count))
        series = np.repeat(some, ahead)
        rows = past.rows(series, np.full(len(series), panel.days), np.tile(np.arange(1, ahead + 1), len(some)))
        for kept, model in zip(found, models, strict=True):
            pieces = np.maximum(model.predict(rows.features[:, telling]), 0) * rows.scale
            kept[some] = pieces.reshape(len(some), ahead)
    return found
