"""How wrong would each model have been? Asked from several days of the past, knowing only what was known then.

Which model speaks for a series is decided from earlier folds alone, so the figures of ``chosen`` are those that whoever
had trusted it would have seen.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orderhub.domain.forecast_run import Model, Note
from orderhub.insights.forecast import simple
from orderhub.insights.forecast.boosting import MOST_ROWS, Boosted, boosted
from orderhub.insights.forecast.panel import Flags, Floats, Panel

NAIVES = (Model.NAIVE, Model.SEASONAL)
CHOSEN = "chosen"
LEAST_DAYS = 56  # what has to be known before the first day from which it looks ahead
_STEPS = 6
_BETTER = 0.75  # a model has to miss by so much less than the blend to speak instead of it
_LEAST_FOLDS = 3  # and in as many folds
_SLOW_BELOW = 0.25  # sold on fewer of its days than that: slow

Step = Callable[[], None]


@dataclass(frozen=True)
class Look:
    """What each model expects of the days ahead, by series and day; ``median`` and ``high`` are the boosted one's."""

    models: dict[Model, Floats]
    boosted: Boosted | None
    is_new: Flags
    is_slow: Flags


@dataclass(frozen=True)
class Fold:
    """A look from after the first ``origin`` days, and what came: ``counted`` series had been sold before."""

    origin: int
    look: Look
    actual: Floats
    counted: Flags


@dataclass
class Record:
    """What is learnt from ``folds``: how much each model missed by series, in pieces, and how wide deciles must be."""

    missed: dict[Model, Floats] = field(default_factory=dict)
    widen: float = 1.0
    folds: int = 0


@dataclass(frozen=True)
class Score:
    """``wmape``: pieces missed of all pieces sold, by ``grain`` days together; ``bias``: forecast too much, of them."""

    model: str
    wmape: float
    wmape_by_day: float
    bias: float
    share: float = 0.0
    covered: float | None = None
    covered_50: float | None = None


@dataclass(frozen=True)
class Tested:
    scores: list[Score]
    record: Record
    folds: list[Fold]
    common_milli: int
    grain: int
    losing: int
    judged: int


def look(panel: Panel, ahead: int, *, most_rows: int = MOST_ROWS, step: Step = lambda: None) -> Look:
    """Every model's word about the ``ahead`` days after the panel."""
    age = panel.days - panel.first_sold
    selling = (panel.sold > 0).sum(axis=1) / np.maximum(age, 1)
    models = {
        Model.NAIVE: simple.repeated(panel, ahead),
        Model.SEASONAL: simple.seasonal(panel, ahead),
        Model.SMOOTHED: simple.smoothed(panel, ahead),
        Model.SLOW: simple.slow(panel, ahead),
        Model.KIN: simple.kin(panel, ahead),
    }
    step()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=UserWarning)
        found = boosted(panel, ahead, most_rows=most_rows, step=step)
    if found:
        models[Model.BOOSTED] = found.mean
    return Look(models, found, (age > 0) & (age < simple.NEW_DAYS), selling < _SLOW_BELOW)


def said(one: Look, model: Model) -> Floats:
    """The blend is the mean of the smoothed level, the slow sellers' one and, twice, the boosted model."""
    if model is not Model.BLENDED:
        return one.models[model]
    parts = [one.models[Model.SMOOTHED], one.models[Model.SLOW]]
    if Model.BOOSTED in one.models:
        parts += [one.models[Model.BOOSTED]] * 2
    return np.stack(parts).mean(axis=0, dtype=np.float32)


def choose(one: Look, record: Record) -> NDArray[np.object_]:
    """By series, who speaks: the blend, unless another one has missed clearly less; kin for new ones."""
    count = len(one.is_new)
    chosen = np.full(count, Model.BLENDED, dtype=object)
    if record.folds >= _LEAST_FOLDS:
        least = record.missed[Model.BLENDED] * _BETTER
        for model in (Model.SMOOTHED, Model.SLOW, Model.BOOSTED, *NAIVES):
            if model in record.missed:
                better = (record.missed[model] < least) & (record.missed[Model.BLENDED] > 0)
                if model in NAIVES:  # of what sells once in a while, nothing at all is missed least, and of no use
                    better &= ~one.is_slow
                chosen[better] = model
                least = np.where(better, record.missed[model], least)
    chosen[one.is_new] = Model.KIN
    return chosen


def spoken(one: Look, record: Record, chosen: NDArray[np.object_]) -> tuple[Floats, Floats, Floats]:
    """Mean, median and ninth decile of each day, by whoever was chosen.

    How wide the deciles lie is the boosted model's word, widened by what the folds before have taught.
    """
    mean = np.zeros_like(one.models[Model.NAIVE])
    for model in {Model(one) for one in chosen}:
        mine = chosen == model
        mean[mine] = said(one, model)[mine]
    if one.boosted is None:
        spread = np.sqrt(np.maximum(mean, 0.05)) * 1.3
        return mean, np.maximum(mean - spread / 8, 0), mean + record.widen * spread
    floor = np.maximum(one.boosted.mean, 0.02)
    low = np.clip(one.boosted.median / floor, 0, 1.5)
    high = np.clip(one.boosted.high / floor - 1, 0.05, 20)
    high_of = mean * (1 + record.widen * high)
    return mean, np.minimum(mean * low, high_of), high_of


def by_grain(days: Floats, grain: int) -> Floats:
    """Sums of ``grain`` days; what is left over at the end is a sum of its own."""
    return np.add.reduceat(days, np.arange(0, days.shape[1], grain), axis=1)


def origins(days: int, ahead: int, most: int) -> list[int]:
    """From which days it looks ahead, oldest first: as many as fit, each ``ahead`` days after the one before."""
    latest = days - ahead
    return [one for one in (latest - ahead * back for back in range(most)) if one >= LEAST_DAYS][::-1]


def backtest(
    panel: Panel,
    ahead: int,
    *,
    most_folds: int = 6,
    grain: int = 7,
    most_rows: int = MOST_ROWS,
    seen_weather: bool = False,
    step: Step = lambda: None,
) -> Tested:
    folds: list[Fold] = []
    for origin in origins(panel.days, ahead, most_folds):
        known = panel.until(origin, seen_weather=seen_weather)
        counted = panel.first_sold < origin
        actual = panel.sold[:, origin : origin + ahead]
        folds.append(Fold(origin, look(known, ahead, most_rows=most_rows, step=step), actual, counted))
    return judged(panel, folds, grain)


def judged(panel: Panel, folds: list[Fold], grain: int) -> Tested:
    """What the folds say; the first one, from which only is learnt, is judged with the blend for all."""
    sums, shares = _Sums(grain), {}
    losing = np.zeros(len(panel.keys)), np.zeros(len(panel.keys)), np.zeros(len(panel.keys))
    spans: list[tuple[Floats, Floats, Floats]] = []
    for place, fold in enumerate(folds):
        record = learnt(folds[:place], grain)
        chosen = choose(fold.look, record)
        mean, median, high = spoken(fold.look, record, chosen)
        mine = fold.counted
        sums.add(CHOSEN, mean[mine], fold.actual[mine], median[mine], high[mine])
        for model in (*fold.look.models, Model.BLENDED):
            sums.add(model, said(fold.look, model)[mine], fold.actual[mine])
        for model in chosen[mine]:
            shares[model] = shares.get(model, 0) + 1
        for missed, expected in zip(losing, (mean, *(fold.look.models[one] for one in NAIVES)), strict=True):
            missed[:] += np.abs(by_grain(expected - fold.actual, grain)).sum(axis=1) * mine
        spans.append((mean[mine], high[mine], fold.actual[mine]))
    total = max(sum(shares.values()), 1)
    scores = sums.scores({str(model): count / total for model, count in shares.items()})
    record = learnt(folds, grain)
    panel.notes[Note.NEW] = int(((panel.days - panel.first_sold) < simple.NEW_DAYS).sum())
    best_naive = np.minimum(losing[1], losing[2])
    return Tested(
        scores, record, folds, _common(spans), grain, int((losing[0] > best_naive).sum()), int((best_naive > 0).sum())
    )


def learnt(folds: list[Fold], grain: int) -> Record:
    """From folds that are over."""
    record = Record(folds=len(folds))
    if not folds:
        return record
    everyone = [*folds[-1].look.models, Model.BLENDED]
    record.missed = {
        model: np.sum([_missed(fold, said(fold.look, model), grain) for fold in folds], axis=0)
        for model in everyone
        if all(model in fold.look.models for fold in folds) or model is Model.BLENDED
    }
    record.widen = _widening(folds, record)
    return record


def _missed(fold: Fold, expected: Floats, grain: int) -> Floats:
    return np.abs(by_grain(expected - fold.actual, grain)).sum(axis=1) * fold.counted


def _widening(folds: list[Fold], record: Record) -> float:
    """How far the ninth decile has to move from the mean to hold nine of ten days."""
    needed = []
    for fold in folds:
        mean, _, high = spoken(fold.look, Record(record.missed, folds=record.folds), choose(fold.look, record))
        mine = fold.counted
        needed.append(((fold.actual[mine] - mean[mine]) / np.maximum(high[mine] - mean[mine], 1e-3)).ravel())
    return float(np.clip(np.quantile(np.concatenate(needed), 0.9), 0.5, 3.0)) if needed else 1.0


def _common(spans: list[tuple[Floats, Floats, Floats]]) -> int:
    """What share of their errors the days have in common, so that nine of ten whole horizons are held."""
    for common in range(0, 1001, 50):
        held = total = 0
        for mean, high, actual in spans:
            spread = np.maximum(high - mean, 0)
            both = common / 1000 * spread.sum(axis=1) ** 2 + (1 - common / 1000) * (spread**2).sum(axis=1)
            held += int((actual.sum(axis=1) <= mean.sum(axis=1) + np.sqrt(both)).sum())
            total += len(mean)
        if total and held / total >= 0.9:
            return common
    return 1000 if spans else 0


class _Sums:
    """What the folds add up to, by model."""

    def __init__(self, grain: int) -> None:
        self._grain = grain
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._covered = np.zeros(3)

    def add(
        self, model: str, expected: Floats, came: Floats, median: Floats | None = None, high: Floats | None = None
    ) -> None:
        missed = float(np.abs(by_grain(expected - came, self._grain)).sum())
        by_day = float(np.abs(expected - came).sum())
        more = np.array([missed, by_day, float((expected - came).sum()), float(came.sum())])
        self._sums[str(model)] = self._sums.get(str(model), np.zeros(4)) + more
        if median is not None and high is not None:
            self._covered += [(came <= median).sum(), (came <= high).sum(), came.size]

    def scores(self, shares: dict[str, float]) -> list[Score]:
        """The chosen first, then by what they missed."""
        found = []
        for model, (missed, by_day, bias, sold) in self._sums.items():
            wmape, wmape_by_day, too_much = (float(one / max(sold, 1e-9)) for one in (missed, by_day, bias))
            covered = self._covered[:2] / max(self._covered[2], 1) if model == CHOSEN else (None, None)
            held = [None if one is None else float(one) for one in covered]
            found.append(Score(model, wmape, wmape_by_day, too_much, shares.get(model, 0.0), held[1], held[0]))
        return sorted(found, key=lambda one: (one.model != CHOSEN, one.wmape))
