"""What of each report is printed, in the reader's words? Its picture and its table, as its page shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any

from sqlmodel import Session

from orderhub.domain.words import Channel
from orderhub.insights.paper.report_sheet import MOST_ROWS, ReportSheets, SheetPart
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import sees
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.report_tables import table_of
from orderhub.ui.report_text import span_text
from orderhub.ui.rule_names import WEEKDAYS
from orderhub.ui.service_load_view import service_load_view
from orderhub.ui.trend_view import trend_view
from orderhub.ui.words import label_text, tr

# Which column a row's bar stands for.
_BARS = {Report.FUNNEL: 1, Report.ANOMALY_TOP: 1, Report.RETURN_REASONS: 2}
_BUSIEST = 20


@dataclass(frozen=True)
class For:
    """Who prints, and in which language."""

    lang: str
    who: str


def report_pages(
    session: Session, reports: Sequence[Report], query: ReportQuery, reader: For, now: datetime
) -> ReportSheets:
    lang = reader.lang

    def page(number: int) -> str:
        return tr(lang, "rp_page", n=number)

    at = shanghai_text(now, "%Y-%m-%d %H:%M")
    return ReportSheets(
        title=tr(lang, "reports"),
        narrowed=_narrowed(query, lang, now),
        printed=tr(lang, "rp_printed", who=reader.who, when=at, at=at),
        page=page,
        parts=[_part(session, report, query, lang, now) for report in reports],
    )


def _part(session: Session, report: Report, query: ReportQuery, lang: str, now: datetime) -> SheetPart:
    table = table_of(report, query)
    shown = [name not in table.groups or sees(table.groups[name]) for name in table.names]
    rows = [list(compress(row, shown)) for row in table.rows(session, query, now, lang)]
    extra = _EXTRAS[report](session, query, lang, now) if report in _EXTRAS else {}
    if report is Report.SERVICE_LOAD:
        rows = sorted(rows, key=_work, reverse=True)[:_BUSIEST]
    return SheetPart(
        title=tr(lang, f"rp_{report}"),
        about=span_text(*query.days(now)),
        names=[tr(lang, name) for name in compress(table.names, shown)],
        rows=[[_text(cell) for cell in row] for row in rows[:MOST_ROWS]],
        bars=_bars(rows[:MOST_ROWS], _BARS[report]) if report in _BARS else (),
        more=tr(lang, "rp_more_rows", n=len(rows) - MOST_ROWS) if len(rows) > MOST_ROWS else "",
        **extra,
    )


def _work(row: Sequence[Cell]) -> int:
    """Of an hour of the week, after its day and hour."""
    return sum(cell for cell in row[2:] if isinstance(cell, int))


def _text(cell: Cell) -> str:
    if isinstance(cell, Fen):
        return money_text(cell)
    return f"{cell:,}" if isinstance(cell, int) else cell


def _bars(rows: Sequence[Sequence[Cell]], place: int) -> list[float]:
    counts = [row[min(place, len(row) - 1)] for row in rows]
    numbers = [one if isinstance(one, int) else 0 for one in counts]
    most = max(numbers, default=0) or 1
    return [one / most for one in numbers]


def _lines(session: Session, query: ReportQuery, lang: str, now: datetime) -> dict[str, Any]:
    view = trend_view(session, query, now)
    drawn = (view.figure_en if lang == "en" else view.figure)["data"]
    return {"labels": [row.moment for row in view.rows], "series": [(one["name"], one["y"]) for one in drawn]}


def _heat(session: Session, query: ReportQuery, lang: str, now: datetime) -> dict[str, Any]:
    rows = service_load_view(session, query, now).rows
    return {"heat": [(WEEKDAYS[row.day][lang == "en"], [int(cell.level) for cell in row.cells]) for row in rows]}


_EXTRAS: dict[Report, Callable[[Session, ReportQuery, str, datetime], dict[str, Any]]] = {
    Report.TREND: _lines,
    Report.SERVICE_LOAD: _heat,
}


def _narrowed(query: ReportQuery, lang: str, now: datetime) -> str:
    channel = label_text(lang, Channel(query.channel)) if query.channel else tr(lang, "rp_all_channels")
    return tr(
        lang,
        "rp_narrowed",
        period=span_text(*query.days(now)),
        channel=channel,
        shop=query.shop or tr(lang, "rp_all_shops"),
        warehouse=query.warehouse or tr(lang, "rp_all_warehouses"),
    )
