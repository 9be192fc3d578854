"""Which table is each report as a file? The figures of its page, unrounded, in the reader's words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.words import Channel
from orderhub.insights.reports.anomaly_top import TopBy, anomaly_top
from orderhub.insights.reports.funnel import funnel
from orderhub.insights.reports.return_reasons import ReturnReasons, return_reasons
from orderhub.insights.reports.rows import order_rows
from orderhub.insights.reports.service_load import service_load
from orderhub.insights.reports.timeliness import RankBy, timeliness
from orderhub.insights.reports.trend import Step, trend
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.rule_names import WEEKDAYS
from orderhub.ui.trend_view import trend_asked
from orderhub.ui.words import label_text, tr

Rows = Iterator[list[Cell]]
Reader = Callable[[Session, ReportQuery, datetime, str], Rows]

ORDERS = "orders"

_MINUTE = 60
_MOST_KINDS = 1000


@dataclass(frozen=True)
class Table:
    """``names`` are messages; columns in ``groups`` are only for who may see such fields."""

    names: Sequence[str]
    rows: Reader
    groups: Mapping[str, FieldGroup] = field(default_factory=dict)


def table_of(what: str, query: ReportQuery) -> Table:
    """Of a report, as its own page is looked at, or of the ``ORDERS`` behind them all."""
    if what == ORDERS:
        return _ORDERS
    report = Report(what)
    return _REASONS[query.view_of(report)] if report is Report.RETURN_REASONS else _TABLES[report]


def _trend(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    step = Step(query.view_of(Report.TREND))
    pattern = "%Y-%m-%d" if step is Step.DAY else "%Y-%m-%d %H:%M"
    for row in trend(session, trend_asked(query, step, now), now, step).rows:
        paid = row.paid
        yield [
            shanghai_text(row.at, pattern),
            paid.orders if paid else "",
            Fen(paid.fen) if paid else "",
            row.before.orders,
            Fen(row.before.fen),
            row.week_before.orders,
            Fen(row.week_before.fen),
            row.promotion,
        ]


def _funnel(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    for row in funnel(session, query.asked(now), now):
        yield [tr(lang, f"rp_step_{row.step}"), row.orders, row.lost, row.waiting, row.cancelled, row.refunded]


def _timeliness(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    by = RankBy(query.view_of(Report.TIMELINESS))
    for row in timeliness(session, query.asked(now), now, by):
        times = (row.to_ship_median, row.to_ship_p90, row.to_deliver_median, row.to_deliver_p90)
        yield [
            label_text(lang, row.channel),
            row.shop_name,
            row.kept,
            row.late,
            row.shipped,
            row.delivered,
            *("" if one is None else round(one / _MINUTE) for one in times),
        ]


def _anomalies(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    by = TopBy(query.view_of(Report.ANOMALY_TOP))
    for row in anomaly_top(session, query.asked(now), now, by, _MOST_KINDS).rows:
        oldest = shanghai_text(row.oldest_at) if row.oldest_at else ""
        yield [
            label_text(lang, row.kind),
            row.count,
            row.open,
            row.overdue,
            Fen(row.at_risk_fen),
            oldest,
            row.before,
        ]


def _load(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    for cell in service_load(session, query.asked(now), now).cells:
        parts = [getattr(of, name) for of in (cell.tickets, cell.cases) for name in ("opened", "answered", "waiting")]
        yield [WEEKDAYS[str(cell.weekday + 1)][lang == "en"], cell.hour, *parts]


def _found(session: Session, query: ReportQuery, now: datetime) -> ReturnReasons:
    return return_reasons(session, query.asked(now), now)


def _by_reason(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    for row in _found(session, query, now).rows:
        channels = [row.by_channel.get(channel, 0) for channel in Channel]
        yield [label_text(lang, row.kind), row.own_name, row.count, Fen(row.fen), *channels]


def _by_channel(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    rows = _found(session, query, now).rows
    for channel in Channel:
        yield [label_text(lang, channel), sum(row.by_channel.get(channel, 0) for row in rows)]


def _by_sku(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    for row in _found(session, query, now).skus:
        yield [row.sku_code, row.count, row.own_name or label_text(lang, row.kind)]


def _by_month(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    for row in _found(session, query, now).months:
        yield [row.month, row.count]


def _orders(session: Session, query: ReportQuery, now: datetime, lang: str) -> Rows:
    """Read as they are written: a million of them are never in memory."""
    for row in order_rows(session, query.asked(now), now):
        yield [
            label_text(lang, row.channel),
            row.shop_code,
            row.channel_order_no,
            label_text(lang, row.status),
            *(shanghai_text(at) if at else "" for at in (row.paid_at, row.ship_by, row.shipped_at, row.completed_at)),
            Fen(row.paid_fen),
            row.piece_count,
            row.goods_text,
        ]


def _money(*names: str) -> dict[str, FieldGroup]:
    return dict.fromkeys(names, FieldGroup.MONEY)


_ORDERS = Table(
    (
        "channel",
        "shop",
        "channel_no",
        "status",
        "paid_at",
        "ship_by",
        "shipped_at",
        "rp_completed_at",
        "paid",
        "pieces",
        "goods",
    ),
    _orders,
    _money("paid"),
)
_TABLES = {
    Report.TREND: Table(
        (
            "rp_moment",
            "rp_orders",
            "rp_paid",
            "rp_before_line",
            "rp_before_paid",
            "rp_week",
            "rp_week_paid",
            "rp_promotion",
        ),
        _trend,
        _money("rp_paid", "rp_before_paid", "rp_week_paid"),
    ),
    Report.FUNNEL: Table(
        ("rp_funnel_step", "rp_orders", "rp_lost", "rp_lost_waiting", "rp_lost_cancelled", "rp_lost_refunded"), _funnel
    ),
    Report.TIMELINESS: Table(
        (
            "rp_channel",
            "rp_shop",
            "rp_kept",
            "rp_late",
            "rp_shipped",
            "rp_delivered",
            "rp_ship_median_minutes",
            "rp_ship_p90_minutes",
            "rp_deliver_median_minutes",
            "rp_deliver_p90_minutes",
        ),
        _timeliness,
    ),
    Report.ANOMALY_TOP: Table(
        ("rp_kind", "rp_count", "rp_still_open", "rp_late", "rp_risk", "rp_oldest_at", "rp_count_before"),
        _anomalies,
        _money("rp_risk"),
    ),
    Report.SERVICE_LOAD: Table(
        (
            "rp_weekday",
            "rp_hour",
            "rp_tickets_opened",
            "rp_tickets_answered",
            "rp_tickets_waiting",
            "rp_cases_opened",
            "rp_cases_answered",
            "rp_cases_waiting",
        ),
        _load,
    ),
}
_REASONS = {
    "reason": Table(
        ("rp_reason", "rp_own_reason", "rp_count", "rp_case_amount", *(f"rp_of_{channel}" for channel in Channel)),
        _by_reason,
        _money("rp_case_amount"),
    ),
    "by_channel": Table(("rp_channel", "rp_count"), _by_channel),
    "sku": Table(("rp_sku", "rp_count", "rp_commonest"), _by_sku),
    "months": Table(("rp_month_col", "rp_count"), _by_month),
}
