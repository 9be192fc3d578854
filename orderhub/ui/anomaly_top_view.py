"""What do the ten worst kinds of anomalies show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from orderhub.insights.reports.anomaly_top import AnomalyTopRow, TopBy, anomaly_top
from orderhub.insights.reports.asked import ReportAsked
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, sees
from orderhub.kernel.veil import Money
from orderhub.ui.report_address import Report, ReportQuery
from orderhub.ui.report_links import anomalies_href
from orderhub.ui.report_text import signed

_DAY = timedelta(days=1)


@dataclass
class AnomalyTopRowView:
    """``risk`` and ``age`` are of those that are open, empty where none is; ``age`` counts days."""

    rank: str
    kind: str
    count: str
    late: str
    risk: Money
    age: str
    change: str
    is_better: bool
    late_width: str
    rest_width: str
    href: str


@dataclass
class AnomalyTopView:
    by: str = TopBy.COUNT
    total: str = "0"
    late: str = "0"
    rows: list[AnomalyTopRowView] = field(default_factory=list)


def anomaly_top_view(session: Session, query: ReportQuery, now: datetime) -> AnomalyTopView:
    asked, by = query.asked(now), TopBy(query.view_of(Report.ANOMALY_TOP))
    if by is TopBy.MONEY and not sees(FieldGroup.MONEY):
        by = TopBy.COUNT  # the lengths of bars would tell
    found = anomaly_top(session, asked, now, by)
    longest = max((_weight(row, by, now) for row in found.rows), default=0.0)
    return AnomalyTopView(
        by=by,
        total=f"{found.count:,}",
        late=f"{found.overdue:,}",
        rows=[_row(row, asked, now, _weight(row, by, now) / longest if longest else 0.0) for row in found.rows],
    )


def _weight(row: AnomalyTopRow, by: TopBy, now: datetime) -> float:
    """What the length of its bar stands for; money only where whoever looks may see it."""
    if by is TopBy.AGE:
        return (row.age(now) or timedelta()) / _DAY
    return float(row.at_risk_fen if by is TopBy.MONEY else row.count)


def _row(row: AnomalyTopRow, asked: ReportAsked, now: datetime, length: float) -> AnomalyTopRowView:
    late = row.overdue / row.count * length
    age = row.age(now)
    return AnomalyTopRowView(
        rank=str(row.rank),
        kind=row.kind,
        count=f"{row.count:,}",
        late=f"{row.overdue:,}",
        risk=money_text(row.at_risk_fen),
        age="" if age is None else f"{age / _DAY:,.1f}",
        change=signed(row.change),
        is_better=(row.change or 0) <= 0,
        late_width=f"{late:.1%}",
        rest_width=f"{length - late:.1%}",
        href=anomalies_href(asked, row.kind),
    )
