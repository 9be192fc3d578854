"""What does the heat of customer service's week show, as the browser gets it?"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from orderhub.insights.reports.service_load import LoadCell, service_load
from orderhub.ui.report_address import Report, ReportQuery, report_address
from orderhub.ui.report_links import cases_of_hour_href, tickets_of_hour_href

_DARKEST = 5
_BUSIEST = 20


@dataclass
class LoadCellView:
    """``level`` is 0 to 5, how dark it is; ``day`` 1 is Monday; a link is empty where nothing stands behind it."""

    day: str
    hour: str
    count: str
    level: str
    tickets: str
    cases: str
    href: str
    tickets_href: str
    cases_href: str


@dataclass
class LoadRowView:
    day: str
    cells: list[LoadCellView] = field(default_factory=list)


@dataclass
class ServiceLoadView:
    """``top`` is the highest cell's count, empty where there is nothing; ``busiest`` come first, or the one chosen."""

    rows: list[LoadRowView] = field(default_factory=list)
    busiest: list[LoadCellView] = field(default_factory=list)
    top: str = ""
    top_day: str = "1"
    top_hour: str = ""
    total: str = "0"


def service_load_view(session: Session, query: ReportQuery, now: datetime) -> ServiceLoadView:
    of = query.view_of(Report.SERVICE_LOAD)
    load = service_load(session, query.asked(now), now)
    highest = load.highest(of)
    if highest is None:
        return ServiceLoadView()
    most = getattr(highest, of)
    cells = [_cell(cell, query, now, of, most) for cell in load.cells]
    ordered = sorted(zip(load.cells, cells, strict=True), key=lambda pair: -getattr(pair[0], of))
    chosen = [cell for cell in cells if query.cell == _name(cell)]
    return ServiceLoadView(
        rows=[LoadRowView(cells[start].day, cells[start : start + 24]) for start in range(0, len(cells), 24)],
        busiest=chosen or [cell for one, cell in ordered[:_BUSIEST] if getattr(one, of)],
        top=f"{most:,}",
        top_day=str(highest.weekday + 1),
        top_hour=str(highest.hour),
        total=f"{sum(getattr(cell, of) for cell in load.cells):,}",
    )


def _cell(cell: LoadCell, query: ReportQuery, now: datetime, of: str, most: int) -> LoadCellView:
    """Of tickets and cases both the way leads over the report's own page, which tells them apart."""
    count, tickets, cases = getattr(cell, of), getattr(cell.tickets, of), getattr(cell.cases, of)
    asked, at = query.asked(now), (cell.weekday, cell.hour)
    to_tickets = tickets_of_hour_href(asked, of, at) if tickets else ""
    to_cases = cases_of_hour_href(asked, of, at) if cases else ""
    both = report_address(query, Report.SERVICE_LOAD, cell=f"{cell.weekday + 1}.{cell.hour}")
    return LoadCellView(
        day=str(cell.weekday + 1),
        hour=str(cell.hour),
        count=f"{count:,}",
        level=str(-(-count * _DARKEST // most)),
        tickets=f"{tickets:,}",
        cases=f"{cases:,}",
        href=both if tickets and cases else to_tickets or to_cases,
        tickets_href=to_tickets,
        cases_href=to_cases,
    )


def _name(cell: LoadCellView) -> str:
    return f"{cell.day}.{cell.hour}"
