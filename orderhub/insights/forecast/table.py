"""How is a back-test written down: kept with a run, and printed by a command?"""

from collections.abc import Sequence
from typing import Any

from orderhub.domain.forecast_run import Model, Note
from orderhub.insights.forecast.backtest import CHOSEN, NAIVES, Score, Tested
from orderhub.insights.forecast.panel import Notes, Panel

_HEAD = ("model", "wmape", "wmape by day", "bias", "P50 holds", "P90 holds", "chosen for")
_MODELS = {
    CHOSEN: "chosen per series",
    Model.NAIVE: "last 14 days again (naive)",
    Model.SEASONAL: "last week again (naive)",
    Model.SMOOTHED: "smoothed level",
    Model.SLOW: "slow sellers (TSB)",
    Model.BOOSTED: "gradient boosting",
    Model.BLENDED: "blend",
    Model.KIN: "kin of new ones",
}
_NOTES = {
    Note.NEGATIVE: "negative quantities: a day's balance below nothing counts as nothing sold",
    Note.CANCELLED: "cancellations: the sale they match within 30 days is taken away",
    Note.UNMATCHED: "cancellations without such a sale: left out",
    Note.REPEATED: "lines that repeat another one word for word: counted once",
    Note.NOT_GOODS: "lines of postage, fees and samples: left out",
    Note.NO_PRICE: "lines without a price: left out",
    Note.UNREADABLE: "rows without a day, a SKU or a number: left out",
    Note.GAP: "days without any row: taken as days on which nothing was sold",
    Note.NO_SALES: "SKUs that never sold: not forecast",
    Note.SHORT: "days of history, less than a year: the season cannot be learnt",
    Note.FEW_SELLING_DAYS: "SKUs sold on too few days: left out of the back-test",
    Note.UNKNOWN_SKU: "rows of SKUs the hub does not know: left out",
    Note.UNKNOWN_REGION: "pieces whose receiver no warehouse serves: left out",
    Note.OUTSIDE: "rows of days outside of what is forecast or learnt from: left out",
    Note.NEW: "new series (under 28 days): forecast by what their kin sold at that age",
    Note.SLOW: "slow series (sold on fewer than one day of four)",
    Note.NO_HOLIDAYS: "days of a year whose holidays are not published: weekends alone",
    Note.WEATHER_FILE: "days of a region's weather from a file",
    Note.WEATHER_MEASURED: "days of a region's weather as it was (Open-Meteo)",
    Note.WEATHER_FORECAST: "days of a region's weather as it is forecast (Open-Meteo)",
    Note.WEATHER_USUAL: "days of a region's weather unknown: as usual for the season",
    Note.NO_WEATHER: "regions without any weather: forecast without it",
}


def figures_of(tested: Tested) -> dict[str, Any]:
    """As it is kept with a run: plain numbers."""
    return {
        "scores": [vars(score) for score in tested.scores],
        "grain": tested.grain,
        "folds": [fold.origin for fold in tested.folds],
        "better": better_than_naive(tested.scores),
        "losing": tested.losing,
        "judged": tested.judged,
    }


def better_than_naive(scores: Sequence[Score], *, by_day: bool = False) -> float | None:
    """By what share the chosen models miss less than the better of the two naives; None without folds."""
    wmape = {score.model: score.wmape_by_day if by_day else score.wmape for score in scores}
    naive = min((wmape[one] for one in NAIVES if one in wmape), default=0.0)
    return 1 - wmape[CHOSEN] / naive if CHOSEN in wmape and naive else None


def backtest_text(panel: Panel, tested: Tested, ahead: int) -> str:
    """What a command prints."""
    by = "day" if tested.grain == 1 else f"{tested.grain} days together"
    history = f"{len(panel.keys)} series, {panel.days} days from {panel.first_day} to {panel.last_day}"
    lines = [f"{history}; {len(tested.folds)} folds of {ahead} days; wmape by {by}"]
    if not tested.folds:
        lines.append("too short for a back-test: it needs 56 days before the first fold")
        return "\n".join([*lines, *note_lines(panel.notes)])
    rows = [_HEAD, *(_row(score) for score in tested.scores)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    for row in rows:
        name, *figures = row
        lines.append(
            "  ".join([name.ljust(widths[0]), *(one.rjust(w) for one, w in zip(figures, widths[1:], strict=True))])
        )
    gain, daily = better_than_naive(tested.scores), better_than_naive(tested.scores, by_day=True)
    lines.append(
        f"against the better naive: {_change(gain)} by {by}"
        + (f", {_change(daily)} by day" if tested.grain > 1 else "")
    )
    lines.append(f"worse than the better naive of its own: {tested.losing} of {tested.judged} series")
    return "\n".join([*lines, *note_lines(panel.notes)])


def note_lines(notes: Notes) -> list[str]:
    """What was found in the input, and what was done with it."""
    return [f"note: {count:,} {_NOTES[note]}" for note, count in notes.items() if count]


def _row(score: Score) -> tuple[str, ...]:
    held = ("" if one is None else f"{one:.1%}" for one in (score.covered_50, score.covered))
    share = f"{score.share:.1%}" if score.share else ""
    name = _MODELS[CHOSEN if score.model == CHOSEN else Model(score.model)]
    return name, f"{score.wmape:.1%}", f"{score.wmape_by_day:.1%}", f"{score.bias:+.1%}", *held, share


def _change(gain: float | None) -> str:
    if gain is None:
        return "nothing to compare"
    return f"{gain:.1%} less is missed" if gain >= 0 else f"{-gain:.1%} MORE is missed"
