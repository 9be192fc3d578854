"""How does a whole forecast come about? A back-test first, whose record then decides who speaks for each series."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from orderhub.domain.forecast_run import Model, Note, Stage
from orderhub.insights.forecast.answer import Reckoned
from orderhub.insights.forecast.backtest import backtest, choose, look, origins, spoken
from orderhub.insights.forecast.boosting import MOST_ROWS
from orderhub.insights.forecast.gathering import Goods
from orderhub.insights.forecast.panel import noted
from orderhub.insights.forecast.table import figures_of

FOLDS = 3
FOLD_DAYS = 28
RECENT_DAYS = 91
_PARTS = 5  # of one look, each a step of the progress

Say = Callable[[Stage, int, int], None]


def reckon(goods: Goods, ahead: int, say: Say, *, most_rows: int = MOST_ROWS) -> Reckoned:
    """The same goods give the same forecast."""
    panel = goods.panel
    folds = len(origins(panel.days, FOLD_DAYS, FOLDS))
    done = _Steps(say, (folds + 1) * _PARTS)
    tested = backtest(panel, FOLD_DAYS, most_folds=FOLDS, most_rows=most_rows, step=done.test)
    one = look(panel, ahead, most_rows=most_rows, step=done.forecast)
    chosen = choose(one, tested.record)
    mean, median, high = spoken(one, tested.record, chosen)
    panel.notes[Note.NEW] = int(one.is_new.sum())
    panel.notes[Note.SLOW] = int(one.is_slow.sum())
    arrays = {
        "sku_ids": np.array(goods.sku_ids, dtype=np.int64),
        "warehouse_ids": np.array(goods.warehouse_ids, dtype=np.int64),
        "mean": _milli(mean),
        "median": _milli(median),
        "high": _milli(high),
        "models": np.array([str(Model(model)) for model in chosen]),
        "first_sold": panel.first_sold + panel.first_day.toordinal(),
        "selling_days": (panel.sold > 0).sum(axis=1),
        "recent": np.round(panel.sold[:, -RECENT_DAYS:]).astype(np.int64),
    }
    sold = np.sum([fold.actual.sum(axis=1) * fold.counted for fold in tested.folds], axis=0) if tested.folds else None
    for model, missed in tested.record.missed.items():
        arrays[f"errors_{model}"] = np.round(missed / np.maximum(sold, 1e-9), 3) if sold is not None else missed
    first_day = (panel.last_day + timedelta(days=1)).toordinal()
    return Reckoned(first_day, arrays, figures_of(tested), noted(panel.notes), tested.common_milli)


def _milli(pieces: Any) -> Any:
    return np.round(np.asarray(pieces, dtype=np.float64) * 1000).astype(np.int64)


class _Steps:
    def __init__(self, say: Say, total: int) -> None:
        self._say, self._total, self._seen = say, total, 0

    def test(self) -> None:
        self._next(Stage.TESTING)

    def forecast(self) -> None:
        self._next(Stage.FORECASTING)

    def _next(self, stage: Stage) -> None:
        self._seen = min(self._seen + 1, self._total)
        self._say(stage, self._seen, self._total)
