"""How does a view of the reports stand in a URL? A copied link, back and forward show the same because of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from orderhub.domain.words import Channel
from orderhub.insights.reports.asked import ReportAsked
from orderhub.kernel.clock import business_day, day_bounds, day_start

PATH = "/reports"
PROMOTIONS_PATH = f"{PATH}/promotions"
MOST_DAYS = 366
_CELL = re.compile(r"[1-7]\.\d{1,2}")


class Report(StrEnum):
    """In the order of the page."""

    TREND = "trend"
    FUNNEL = "funnel"
    TIMELINESS = "timeliness"
    ANOMALY_TOP = "anomaly-top"
    SERVICE_LOAD = "service-load"
    RETURN_REASONS = "return-reasons"


class Period(StrEnum):
    TODAY = "today"
    WEEK = "7d"
    THIRTY = "30d"
    MONTH = "month"
    CUSTOM = "custom"


# How a report may be looked at on its own page; the first is the one among the others. No word stands twice.
VIEWS: dict[Report, tuple[str, ...]] = {
    Report.TREND: ("hour", "minute", "day"),
    Report.FUNNEL: (),
    Report.TIMELINESS: ("channel", "shop"),
    Report.ANOMALY_TOP: ("count", "money", "age"),
    Report.SERVICE_LOAD: ("opened", "answered", "waiting"),
    Report.RETURN_REASONS: ("reason", "by_channel", "sku", "months"),
}


@dataclass(frozen=True)
class ReportQuery:
    """``since`` and ``until`` are whole days in Shanghai, both counted, and said for a period of one's own only.

    ``shop`` and ``warehouse`` are codes; ``view`` is one of ``VIEWS`` of the report that stands alone, ``cell`` an hour
    of the week as ``3.10`` (Wednesday).
    """

    period: Period = Period.THIRTY
    since: date | None = None
    until: date | None = None
    channel: Channel | None = None
    shop: str = ""
    warehouse: str = ""
    view: str = ""
    cell: str = ""

    def days(self, now: datetime) -> tuple[date, date]:
        """First and last; a period of one's own without a day is the last thirty, and a year at most."""
        today = business_day(now)
        if self.period is Period.CUSTOM and self.since and self.until:
            first, last = sorted((self.since, self.until))
            return max(first, last - timedelta(days=MOST_DAYS - 1)), last
        if self.period is Period.MONTH:
            return today.replace(day=1), today
        back = {Period.TODAY: 0, Period.WEEK: 6}.get(self.period, 29)
        return today - timedelta(days=back), today

    def asked(self, now: datetime) -> ReportAsked:
        first, last = self.days(now)
        return ReportAsked(day_start(first), day_bounds(last)[1], self.channel, self.shop, self.warehouse)

    def view_of(self, report: Report) -> str:
        known = VIEWS[report]
        return self.view if self.view in known else next(iter(known), "")


def read_report_address(given: Mapping[str, str]) -> ReportQuery:
    """What a link asks for; what it cannot mean is left out, because links are typed and cut by people."""
    given = {name: text.replace("\0", "") for name, text in given.items()}  # no database compares it
    period, channel = given.get("period"), given.get("channel")
    view, cell = given.get("view", ""), given.get("cell", "")
    asked = Period(period) if period in list(Period) else Period.THIRTY
    own = asked is Period.CUSTOM
    return ReportQuery(
        period=asked,
        since=_day(given.get("since", "")) if own else None,
        until=_day(given.get("until", "")) if own else None,
        channel=Channel(channel) if channel in list(Channel) else None,
        shop=given.get("shop", "").strip()[:64],
        warehouse=given.get("warehouse", "").strip()[:64],
        view=view if any(view in known for known in VIEWS.values()) else "",
        cell=cell if _CELL.fullmatch(cell) else "",
    )


def facts(query: ReportQuery) -> dict[str, str]:
    """Only what differs from the plain page, always in the same order."""
    parts = {
        "period": query.period if query.period is not Period.THIRTY else "",
        "since": query.since or "",
        "until": query.until or "",
        "channel": query.channel or "",
        "shop": query.shop,
        "warehouse": query.warehouse,
        "view": query.view,
        "cell": query.cell,
    }
    return {name: str(value) for name, value in parts.items() if value}


def report_address(query: ReportQuery, report: Report | None = None, **changes: Any) -> str:
    """The link to ``query``, changed; of one report alone where one is named."""
    said = urlencode(facts(replace(query, **changes)))
    path = f"{PATH}/{report}" if report else PATH
    return f"{path}?{said}" if said else path


def _day(text: str) -> date | None:
    """None for what is no day of the years the hub knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
