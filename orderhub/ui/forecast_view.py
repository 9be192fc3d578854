"""What does the page of forecasts show, as the browser gets it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from orderhub.domain.forecast_run import ForecastRun, Model, Note, newest_done, open_run
from orderhub.domain.stock import Warehouse
from orderhub.insights.forecast.kept import ForecastDay, together
from orderhub.insights.forecast.shown import Asked, Shown, days_of, one_series, series_shown
from orderhub.kernel.clock import shanghai_text
from orderhub.ui.numbers import number_of
from orderhub.ui.weather_view import WeatherView, weather_view

PATH = "/forecast"
_WIDTH, _HEIGHT, _EDGE = 720.0, 180.0, 6.0
_CHOSEN = "chosen"


@dataclass
class ForecastRow:
    key: str
    href: str
    sku: str
    title: str
    warehouse: str
    p50: str
    p90: str
    model: str
    missed: str
    is_on: bool


@dataclass
class WeekRow:
    day: str
    p50: str
    p90: str


@dataclass
class ErrorRow:
    model: str
    missed: str
    is_chosen: bool


@dataclass
class ScoreRow:
    model: str
    is_chosen: bool
    wmape: str
    wmape_day: str
    bias: str
    held: str
    share: str


@dataclass
class NoteRow:
    note: str
    count: str


@dataclass
class HouseRow:
    id: str
    name: str


@dataclass
class SeriesView:
    """``sold``, ``mean`` and ``band`` are SVG paths; ``sku`` is empty where none is open."""

    sku: str = ""
    title: str = ""
    warehouse: str = ""
    model: str = ""
    selling_days: str = ""
    sold: str = ""
    mean: str = ""
    band: str = ""
    today: str = ""
    most: str = ""
    since: str = ""
    until: str = ""
    weeks: list[WeekRow] = field(default_factory=list)
    errors: list[ErrorRow] = field(default_factory=list)


@dataclass
class OpenView:
    """The run under way; ``id`` is empty where none is."""

    id: str = ""
    state: str = ""
    stage: str = ""
    seen: str = ""
    total: str = ""
    width: str = "0%"


@dataclass
class ForecastView:
    run: str = ""
    made: str = ""
    first: str = ""
    last: str = ""
    last_state: str = ""
    trouble: str = ""
    total: str = "0"
    words: str = ""
    warehouse: str = ""
    better: str = ""
    is_worse: bool = False
    losing: str = "0"
    judged: str = "0"
    opened: OpenView = field(default_factory=OpenView)
    detail: SeriesView = field(default_factory=SeriesView)
    rows: list[ForecastRow] = field(default_factory=list)
    scores: list[ScoreRow] = field(default_factory=list)
    notes: list[NoteRow] = field(default_factory=list)
    houses: list[HouseRow] = field(default_factory=list)
    weather: WeatherView = field(default_factory=WeatherView)


@dataclass(frozen=True)
class ForecastQuery:
    words: str = ""
    warehouse_id: int = 0
    sku_id: int = 0
    of: int = 0

    def address(self, sku_id: int, warehouse_id: int) -> str:
        facts = {"q": self.words, "warehouse": self.warehouse_id or "", "sku": sku_id, "of": warehouse_id}
        return f"{PATH}?{urlencode({name: value for name, value in facts.items() if value})}"


def forecast_query(given: Mapping[str, str]) -> ForecastQuery:
    numbers = (number_of(given.get(name, "")) for name in ("warehouse", "sku", "of"))
    return ForecastQuery(given.get("q", "").strip()[:64], *numbers)


def forecast_view(session: Session, query: ForecastQuery) -> ForecastView:
    view = ForecastView(
        words=query.words,
        warehouse=str(query.warehouse_id or ""),
        opened=_opened(open_run(session)),
        houses=[HouseRow(str(one.id), one.name) for one in _houses(session)],
        weather=weather_view(session),
    )
    newest = session.exec(select(ForecastRun).order_by(col(ForecastRun.id).desc()).limit(1)).one_or_none()
    if newest:
        view.last_state, view.trouble = newest.state, newest.trouble
    run = newest_done(session)
    if run is None:
        return view
    rows, total = series_shown(session, run.id, Asked(query.words, query.warehouse_id))
    view.run, view.total, view.made = str(run.id), f"{total:,}", shanghai_text(run.made_at, "%Y-%m-%d %H:%M")
    view.first, view.last = str(run.first_day), str(run.last_day)
    view.rows = [_row(one, query) for one in rows]
    _tell_test(view, run)
    sku_id, house_id = (query.sku_id, query.of) if query.sku_id else _first(rows)
    if shown := one_series(session, run.id, sku_id, house_id):
        view.detail = _detail(shown, days_of(session, run.id, sku_id, house_id), run.common_milli)
    return view


def pieces_text(milli: int) -> str:
    """``1,234`` pieces, and ``0.3`` where it is few."""
    return f"{milli / 1000:,.1f}" if 0 < milli < 10_000 else f"{round(milli / 1000):,}"


def _houses(session: Session) -> Sequence[Warehouse]:
    return session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.rank))).all()


def _first(rows: Sequence[Shown]) -> tuple[int, int]:
    return (rows[0].series.sku_id, rows[0].series.warehouse_id) if rows else (0, 0)


def _opened(run: ForecastRun | None) -> OpenView:
    if run is None:
        return OpenView()
    share = run.seen / run.total if run.total else 0.0
    return OpenView(str(run.id), run.state, run.stage, str(run.seen), str(run.total), f"{share:.0%}")


def _row(one: Shown, query: ForecastQuery) -> ForecastRow:
    series = one.series
    missed = series.errors.get(series.model)
    return ForecastRow(
        key=f"{series.sku_id}-{series.warehouse_id}",
        href=query.address(series.sku_id, series.warehouse_id),
        sku=one.sku_code,
        title=one.title,
        warehouse=one.warehouse,
        p50=pieces_text(series.p50_milli),
        p90=pieces_text(series.p90_milli),
        model=series.model,
        missed="" if missed is None else f"{missed:.0%}",
        is_on=(series.sku_id, series.warehouse_id) == (query.sku_id, query.of),
    )


def _tell_test(view: ForecastView, run: ForecastRun) -> None:
    figures = run.figures
    view.scores = [_score(one) for one in figures.get("scores", ())]
    better = figures.get("better")
    view.better, view.is_worse = ("", False) if better is None else (f"{abs(better):.1%}", better < 0)
    view.losing, view.judged = (f"{figures.get(name, 0):,}" for name in ("losing", "judged"))
    view.notes = [NoteRow(Note(one["note"]), f"{one['count']:,}") for one in run.notes]


def _score(one: Mapping[str, float | str | None]) -> ScoreRow:
    is_chosen = one["model"] == _CHOSEN
    share, covered = one.get("share"), one.get("covered")
    return ScoreRow(
        model="" if is_chosen else Model(str(one["model"])),
        is_chosen=is_chosen,
        wmape=f"{one['wmape']:.1%}",
        wmape_day=f"{one['wmape_by_day']:.1%}",
        bias=f"{one['bias']:+.1%}",
        held="" if covered is None else f"{covered:.1%}",
        share=f"{share:.0%}" if share else "",
    )


def _detail(one: Shown, days: Sequence[ForecastDay], common_milli: int) -> SeriesView:
    series = one.series
    sold = [float(pieces) for pieces in series.recent]
    mean, high = ([getattr(day, name) / 1000 for day in days] for name in ("mean_milli", "p90_milli"))
    most = max([1.0, *sold, *high])
    step = (_WIDTH - 2 * _EDGE) / max(len(sold) + len(days) - 1, 1)

    def place(number: int, value: float) -> str:
        return f"{_EDGE + number * step:.1f} {_HEIGHT - _EDGE - value / most * (_HEIGHT - 2 * _EDGE):.1f}"

    def line(values: Sequence[float], since: int) -> str:
        return "M" + "L".join(place(since + number, value) for number, value in enumerate(values)) if values else ""

    begun = len(sold)
    back = [place(begun + number, value) for number, value in reversed(list(enumerate(mean)))]
    errors = sorted(series.errors.items(), key=lambda item: item[1])
    return SeriesView(
        sku=one.sku_code,
        title=one.title,
        warehouse=one.warehouse,
        model=series.model,
        selling_days=f"{series.selling_days:,}",
        sold=line(sold, 0),
        mean=line(mean, begun),
        band=line(high, begun) + "L" + "L".join(back) + "Z" if days else "",
        today=f"{_EDGE + begun * step:.1f}",
        most=pieces_text(round(most * 1000)),
        since=str(_back(days[0].day, begun)) if days else "",
        until=str(days[-1].day) if days else "",
        weeks=[_week(days[start : start + 7], common_milli) for start in range(0, len(days), 7)],
        errors=[ErrorRow(Model(model), f"{missed:.0%}", model == series.model) for model, missed in errors],
    )


def _week(days: Sequence[ForecastDay], common_milli: int) -> WeekRow:
    both = together([(day.mean_milli, day.p50_milli, day.p90_milli) for day in days], common_milli)
    return WeekRow(str(days[0].day), pieces_text(both.p50_milli), pieces_text(both.p90_milli))


def _back(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() - days)
