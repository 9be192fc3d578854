"""How soon does each report answer over a million orders of a year, and what do they cost an order's write?"""

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import text
from sqlmodel import Session

from jobs.counting import count_reports
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.fill import fill_year
from orderhub.insights.reports.anomaly_top import anomaly_top
from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.funnel import funnel
from orderhub.insights.reports.return_reasons import return_reasons
from orderhub.insights.reports.rows import order_rows
from orderhub.insights.reports.service_load import service_load
from orderhub.insights.reports.timeliness import timeliness
from orderhub.insights.reports.trend import Step, trend
from orderhub.kernel.clock import business_day, day_bounds, day_start
from orderhub.kernel.db import Database
from tests import builders
from tests.builders import NOW

from .measuring import Figure, p95_ms

ORDERS, DAYS = 1_000_000, 365
REPORT_MS, LIVE_MS = 300, 100
ROUNDS = 20
WRITES, DEARER_PERCENT = 300, 10
FILL_SECONDS, COUNT_SECONDS, MOST_MB = 900, 300, 100

Report = Callable[[Session, ReportAsked, datetime], object]

REPORTS: dict[str, Report] = {
    "trend": trend,
    "timeliness": timeliness,
    "anomaly top 10": anomaly_top,
    "service load": service_load,
    "return reasons": return_reasons,
    "funnel": funnel,
}
_DAY = timedelta(days=1)
_LAST = day_start(business_day(NOW)) + _DAY
PERIODS = {"30 days": ReportAsked(_LAST - 30 * _DAY, _LAST), "a year": ReportAsked(_LAST - 365 * _DAY, _LAST)}
_INDEXES = ("ix_orders_paid_at", "ix_aftersale_requested_at")


def run(database: Database) -> Iterator[Figure]:
    began = time.perf_counter()
    fill_year(database, ORDERS, days=DAYS, now=NOW)
    yield Figure(f"filling with {ORDERS:,} orders", time.perf_counter() - began, "s", FILL_SECONDS)
    began = time.perf_counter()
    count_reports(NOW)
    yield Figure("counting every day of it", time.perf_counter() - began, "s", COUNT_SECONDS)
    yield from figures(database)


def figures(database: Database) -> Iterator[Figure]:
    """Of a database that is filled and counted."""
    yield _memory(database)
    began = time.perf_counter()
    count_reports(NOW)
    yield Figure("counting the days that were touched", time.perf_counter() - began, "s")
    for period, asked in PERIODS.items():
        for name, report in REPORTS.items():
            yield _timed(database, f"{name}, {period}", report, asked)
    today = ReportAsked(*day_bounds(business_day(NOW)))
    yield _timed(database, "live trend of today by hour", trend, today, LIVE_MS)
    by_minute: Report = lambda session, asked, now: trend(session, asked, now, Step.MINUTE)  # noqa: E731
    yield _timed(database, "live trend of today by minute", by_minute, today, LIVE_MS)
    for name, report in REPORTS.items():
        yield _timed(database, f"{name}, today", report, today)
        of_one = replace(PERIODS["30 days"], channel=Channel.TAOBAO, warehouse="east")
        yield _timed(database, f"{name}, 30 days, one channel and warehouse", report, of_one)
    yield from _writes(database)


def _timed(database: Database, name: str, report: Report, asked: ReportAsked, limit: float = REPORT_MS) -> Figure:
    def call() -> None:
        with database.reading() as session:
            report(session, asked, NOW)

    return Figure(name, p95_ms(call, ROUNDS), "ms p95", limit)


def _memory(database: Database) -> Figure:
    """Of the whole process, while every order of the year goes by."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with database.reading() as session:
        count = sum(1 for _ in order_rows(session, PERIODS["a year"], NOW))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return Figure(f"memory grown while {count:,} orders go by", grown / 1024, "MB", MOST_MB)


def _writes(database: Database) -> Iterator[Figure]:
    """An order taken in, with what the reports added to the tables and without it."""
    kept = _write_ms(database, "kept")
    narrow = {"ix_orders_paid_at": "orders (paid_at, channel)"}
    with database.transaction() as session:
        for index in _INDEXES:
            session.connection().execute(text(f"DROP INDEX {index}"))
        session.connection().execute(text(f"CREATE INDEX ix_orders_paid_at ON {narrow['ix_orders_paid_at']}"))
    bare = _write_ms(database, "bare")
    yield Figure("an order's write with the reports, median", kept, "ms")
    yield Figure("an order's write without them, median", bare, "ms")
    yield Figure("dearer by", max(0.0, (kept / bare - 1) * 100), "%", DEARER_PERCENT)


def _write_ms(database: Database, mark: str) -> float:
    taken = []
    for turn in range(WRITES):
        began = time.perf_counter()
        with database.transaction() as session:
            builders.order(session, f"{mark}-{turn}", ChannelStatus.PAID)
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
