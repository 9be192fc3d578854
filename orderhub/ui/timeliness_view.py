"""What does the ranking of timeliness show, as the browser gets it?"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from orderhub.insights.reports.asked import ReportAsked
from orderhub.insights.reports.behind import Promise
from orderhub.insights.reports.timeliness import RankBy, TimelinessRow, timeliness
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.report_links import orders_href
from orderhub.ui.report_text import NONE, hours_text, share_text, signed

WANTED = 0.98
_SCALES = (0.9, 0.8, 0.5, 0.0)


@dataclass
class TimelinessRowView:
    """``name`` is a shop's, empty for a whole channel; hours as text, ``—`` where there are none."""

    key: str
    rank: str
    channel: str
    name: str
    on_time: str
    width: str
    kept: str
    late: str
    median: str
    p90: str
    deliver_median: str
    deliver_p90: str
    change: str
    is_better: bool
    kept_href: str
    late_href: str


@dataclass
class TimelinessView:
    """The bars begin at ``least`` percent; ``target`` is where along them the wanted share stands."""

    rows: list[TimelinessRowView] = field(default_factory=list)
    least: str = "90"
    target: str = "80%"


def timeliness_view(session: Session, query: ReportQuery, now: datetime) -> TimelinessView:
    """The scale begins where every bar can be told from nothing."""
    asked = query.asked(now)
    rows = timeliness(session, asked, now, RankBy(query.view_of(Report.TIMELINESS)))
    lowest = min((row.share for row in rows if row.share is not None), default=1.0)
    least = next(scale for scale in _SCALES if scale < lowest or not scale)
    return TimelinessView(
        [_row(row, asked, least) for row in rows],
        least=f"{least:.0%}".rstrip("%"),
        target=f"{_along(WANTED, least):.1%}",
    )


def _along(share: float, least: float) -> float:
    return max(0.0, (share - least) / (1 - least))


def _row(row: TimelinessRow, asked: ReportAsked, least: float) -> TimelinessRowView:
    of_it = replace(asked, channel=row.channel, shop=row.shop_code or asked.shop)
    change = row.change
    return TimelinessRowView(
        key=f"{row.channel} {row.shop_code}",
        rank=str(row.rank) if row.rank else NONE,
        channel=row.channel,
        name=row.shop_name,
        on_time=share_text(row.share),
        width=f"{_along(row.share or 0, least):.1%}",
        kept=f"{row.kept:,}",
        late=f"{row.late:,}",
        median=hours_text(row.to_ship_median),
        p90=hours_text(row.to_ship_p90),
        deliver_median=hours_text(row.to_deliver_median),
        deliver_p90=hours_text(row.to_deliver_p90),
        change=signed(None if change is None else change * 100, ".1f"),
        is_better=round((change or 0) * 100, 1) >= 0,
        kept_href=orders_href(of_it, promise=Promise.KEPT),
        late_href=orders_href(of_it, promise=Promise.BROKEN),
    )
