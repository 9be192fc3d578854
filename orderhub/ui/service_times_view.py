"""What does the page of customer service's times show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session

from orderhub.insights.service_times import (
    LONGEST,
    CaseTimes,
    Grouping,
    Spread,
    TimesRow,
    case_times,
    service_times,
    total_of,
)
from orderhub.kernel.clock import business_day, day_bounds, day_start
from orderhub.ui.service_view import PATH as SERVICE_PATH

PATH = f"{SERVICE_PATH}/times"
_BY_ITSELF = timedelta(days=27)
MOST_SHOWN = 100


@dataclass(frozen=True)
class TimesQuery:
    """Both days are whole days in Shanghai; None where the address says none."""

    since: date | None
    until: date | None
    by: Grouping

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        until = self.until or business_day(now)
        since = self.since or until - _BY_ITSELF
        return max(day_start(min(since, until)), day_start(until) - LONGEST), day_bounds(until)[1]


@dataclass
class TimesRowView:
    """Times are ``h:mm:ss`` or ``—``."""

    key: str
    opened: str
    decided: str
    reply_median: str
    reply_p95: str
    decision_median: str
    decision_p95: str
    late: str
    right_first: str


@dataclass
class TimesView:
    by: str = Grouping.KIND
    since: str = ""
    until: str = ""
    total: TimesRowView = field(default_factory=lambda: TimesRowView("", *["—"] * 8))
    rows: list[TimesRowView] = field(default_factory=list)
    returns: str = "—"
    returns_p95: str = "—"
    returns_count: str = "0"
    returns_under: str = "0"


def times_query(given: Mapping[str, str]) -> TimesQuery:
    by = given.get("by", "")
    return TimesQuery(
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        by=Grouping(by) if by in list(Grouping) else Grouping.KIND,
    )


def times_view(session: Session, query: TimesQuery, now: datetime) -> TimesView:
    since, until = query.bounds(now)
    returns = case_times(session, since, until)
    return TimesView(
        by=query.by,
        since=str(business_day(since)),
        until=str(business_day(until - timedelta(seconds=1))),
        total=_row(total_of(session, since, until)),
        rows=[_row(row) for row in service_times(session, since, until, query.by)[:MOST_SHOWN]],
        **_returns(returns),
    )


def clock_text(seconds: int | None) -> str:
    """``1:02:03``; days are hours."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _row(row: TimesRow) -> TimesRowView:
    share = f"{row.right_first / row.decision.count:.0%}" if row.decision.count else "—"
    return TimesRowView(
        row.key,
        f"{row.opened:,}",
        f"{row.decision.count:,}",
        *_both(row.reply),
        *_both(row.decision),
        f"{row.late:,}",
        share,
    )


def _both(spread: Spread) -> tuple[str, str]:
    return clock_text(spread.median), clock_text(spread.p95)


def _returns(times: CaseTimes) -> dict[str, str]:
    return {
        "returns": clock_text(times.spread.median),
        "returns_p95": clock_text(times.spread.p95),
        "returns_count": f"{times.spread.count:,}",
        "returns_under": f"{times.under_before:,}",
    }


def _day(text: str) -> date | None:
    """None for what is no day of the years the hub knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
