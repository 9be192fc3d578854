"""What of the reports is sent to somebody who has not opened them? A workbook, a picture and the first figures."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress
from pathlib import Path

from sqlmodel import Session

from orderhub.domain.report_run import Made
from orderhub.insights.paper.picture import picture_of
from orderhub.insights.paper.report_sheet import report_pdf
from orderhub.intake.files.workbook import Cell, Paper, write_book
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.sight import sees
from orderhub.ui.report_address import Period, Report, ReportQuery, report_address
from orderhub.ui.report_paper import For, report_pages
from orderhub.ui.report_tables import table_of
from orderhub.ui.report_text import span_text
from orderhub.ui.tiles_view import tiles
from orderhub.ui.words import tr

Sheet = tuple[Paper, Iterable[list[Cell]]]


@dataclass(frozen=True)
class Wanted:
    """``days`` are the first and the last."""

    name: str
    reports: Sequence[Report]
    days: tuple[date, date]


def report_files(session: Session, wanted: Wanted, reader: For, now: datetime) -> Made:
    """A single day by the hour, more by the day. Not for the event loop."""
    first, last = wanted.days
    query = ReportQuery(Period.CUSTOM, first, last, view="hour" if first == last else "day")
    rows, workbook = _workbook(session, wanted.reports, query, reader, now)
    return Made(
        title=f"{wanted.name} · {span_text(first, last)}",
        address=report_address(replace(query, view="")),
        figures=[[tr(reader.lang, f"rp_tile_{one.name}"), one.value] for one in tiles(session, query, now)],
        rows=rows,
        workbook=workbook,
        picture=picture_of(report_pdf(report_pages(session, wanted.reports, query, reader, now))),
    )


def _workbook(
    session: Session, reports: Sequence[Report], query: ReportQuery, reader: For, now: datetime
) -> tuple[int, bytes]:
    with tempfile.TemporaryDirectory(prefix="orderhub-report-") as folder:
        path = Path(folder) / "reports.xlsx"
        count = write_book(path, [_sheet(session, report, query, reader, now) for report in reports])
        return count, path.read_bytes()


def _sheet(session: Session, report: Report, query: ReportQuery, reader: For, now: datetime) -> Sheet:
    table = table_of(report, query)
    shown = [name not in table.groups or sees(table.groups[name]) for name in table.names]
    paper = Paper(
        title=tr(reader.lang, f"rp_{report}"),
        names=[tr(reader.lang, name) for name in compress(table.names, shown)],
        about=tr(reader.lang, "download_about"),
        said=[tr(reader.lang, "settlement_exported", who=reader.who, when=shanghai_text(now))],
        by=reader.who,
        made_at=now,
    )
    return paper, (list(compress(row, shown)) for row in table.rows(session, query, now, reader.lang))
