"""What does the trend show, as the browser gets it? A figure for plotly in each language, and its rows under it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.trend import Step, TrendRow, trend
from orderhub.kernel.clock import business_day, day_bounds
from orderhub.kernel.money import money_text
from orderhub.kernel.veil import Money
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.report_links import orders_href
from orderhub.ui.report_plots import lines
from orderhub.ui.report_text import moment_text, signed, span_text
from orderhub.ui.words import tr

_MINUTES_SHOWN = timedelta(hours=3)
_WIDTHS = {Step.MINUTE: timedelta(minutes=1), Step.HOUR: timedelta(hours=1), Step.DAY: timedelta(days=1)}
_PATTERNS = {Step.MINUTE: "%H:%M", Step.HOUR: "%H:00", Step.DAY: "%m-%d"}


@dataclass
class TrendRowView:
    """``orders`` and ``paid`` are empty where the moment has not come; ``href`` leads to the orders."""

    moment: str
    orders: str
    before: str
    week: str
    paid: Money
    promotion: str
    href: str


@dataclass
class TrendView:
    """``change`` is against the day or period before at the same moment; ``rows`` go the way the picture does."""

    span: str = ""
    is_today: bool = False
    is_days: bool = False
    total: str = "0"
    change: str = ""
    promotion: str = ""
    rows: list[TrendRowView] = field(default_factory=list)
    figure: dict[str, Any] = field(default_factory=dict)
    figure_en: dict[str, Any] = field(default_factory=dict)


def trend_view(session: Session, query: ReportQuery, now: datetime) -> TrendView:
    """By the hour and minute it is the last day of the period that is shown."""
    step = Step(query.view_of(Report.TREND))
    asked = trend_asked(query, step, now)
    found = trend(session, asked, now, step)
    first, last = business_day(asked.since), business_day(asked.until - timedelta(microseconds=1))
    figure, figure_en = (_figure(found.rows, step, lang) for lang in ("zh", "en"))
    return TrendView(
        span=span_text(first, last),
        is_today=first == business_day(now),
        is_days=step is Step.DAY,
        total=f"{found.paid.orders:,}",
        change=signed(found.change),
        promotion=found.rows[-1].promotion if found.rows and step is not Step.DAY else "",
        rows=[_row(row, step, asked) for row in found.rows],
        figure=figure,
        figure_en=figure_en,
    )


def trend_asked(query: ReportQuery, step: Step, now: datetime) -> ReportAsked:
    asked = query.asked(now)
    if step is Step.DAY:
        return asked
    since, until = day_bounds(query.days(now)[1])
    if step is Step.HOUR:
        return asked.within(since, until)
    end = min(until, max(since + _MINUTES_SHOWN, now.replace(second=0, microsecond=0) + timedelta(minutes=1)))
    return asked.within(end - _MINUTES_SHOWN, end)


def _row(row: TrendRow, step: Step, asked: ReportAsked) -> TrendRowView:
    paid = row.paid
    return TrendRowView(
        moment=moment_text(row.at, _PATTERNS[step]),
        orders="" if paid is None else f"{paid.orders:,}",
        before=f"{row.before.orders:,}",
        week=f"{row.week_before.orders:,}",
        paid="" if paid is None else money_text(paid.fen),
        promotion=row.promotion,
        href=orders_href(asked.within(row.at, row.at + _WIDTHS[step])) if paid and paid.orders else "",
    )


def _figure(rows: Sequence[TrendRow], step: Step, lang: str) -> dict[str, Any]:
    pattern = "%-H时" if step is Step.HOUR and lang == "zh" else _PATTERNS[step]
    before = "rp_period_before" if step is Step.DAY else "rp_yesterday"
    series = (
        (tr(lang, "rp_week"), [row.week_before.orders for row in rows]),
        (tr(lang, before), [row.before.orders for row in rows]),
        (tr(lang, "rp_this"), [row.paid.orders if row.paid else None for row in rows]),
    )
    marks = {place: row.promotion for place, row in enumerate(rows) if row.promotion} if step is Step.DAY else {}
    return lines([moment_text(row.at, pattern) for row in rows], series, marks)
