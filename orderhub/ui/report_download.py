"""How do reports leave the hub? One as CSV or a workbook, all six in one workbook, or printed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.paper.report_sheet import report_pdf
from orderhub.intake.files.workbook import Cell, Format, write_book
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.eventlog import Happening
from orderhub.ui.download import Asked, Download, Given, asked_of, give, give_file, paper_of, shown_rows, written
from orderhub.ui.report_address import PATH, Report, ReportQuery, facts, read_report_address
from orderhub.ui.report_paper import For, report_pages
from orderhub.ui.report_tables import ORDERS, table_of
from orderhub.ui.signed_door import signed_door

EVERY = "all"
_PERMISSION = Permission.REPORT_EXPORT


@dataclass(frozen=True)
class ReportsExported(Happening):
    """``what`` is a report or all of them, ``narrowed`` what the page's address asked for."""

    subject_type: ClassVar[str] = "audit_run"
    what: str
    form: str
    rows: int
    narrowed: str


async def give_report(request: Request, user: Signed) -> Response:
    """One, or the orders behind them, as CSV or as a workbook; all six as a workbook with a sheet each."""
    asked, now = asked_of(request, (EVERY, ORDERS, *Report), default=Report.TREND), utc_now()
    query = read_report_address(request.query_params)
    if asked.what != EVERY:
        return await give(_download(asked.what, query, asked, now), asked, user)

    def fill(path: Path) -> Happening:
        with reading() as session:
            made = [_download(report, replace(query, view=""), asked, now) for report in Report]
            count = write_book(path, [(paper_of(one, asked, user, now), shown_rows(one, session)) for one in made])
        return _happened(query, Given(EVERY, Format.XLSX, count))

    name = f"reports-{shanghai_text(now, '%Y%m%d-%H%M')}.xlsx"
    return await give_file(lambda: written(user, _PERMISSION, Format.XLSX, fill, now), name, Format.XLSX.media_type)


async def print_report(request: Request, user: Signed) -> Response:
    """A4 with pictures, in the browser's own viewer."""
    asked, now = asked_of(request, (EVERY, *Report), default=EVERY), utc_now()
    query = read_report_address(request.query_params)
    reports = tuple(Report) if asked.what == EVERY else (Report(asked.what),)

    def fill(path: Path) -> Happening:
        with reading() as session:
            pages = report_pages(session, reports, query, For(asked.lang, user.name), now)
        path.write_bytes(report_pdf(pages))
        return _happened(query, Given(asked.what, "pdf", sum(len(one.rows) for one in pages.parts)))

    name = f"reports-{asked.what}-{shanghai_text(now, '%Y%m%d-%H%M')}.pdf"
    return await give_file(lambda: written(user, _PERMISSION, "pdf", fill, now), name, "application/pdf", is_shown=True)


def _download(what: str, query: ReportQuery, asked: Asked, now: datetime) -> Download:
    table = table_of(what, query)

    def rows(session: Session) -> Iterator[list[Cell]]:
        return table.rows(session, query, now, asked.lang)

    def happened(given: Given) -> ReportsExported:
        return _happened(query, given)

    title = "rp_orders_of" if what == ORDERS else f"rp_{what}"
    return Download("report", title, table.names, rows, _PERMISSION, happened, table.groups)


def _happened(query: ReportQuery, given: Given) -> ReportsExported:
    narrowed = "&".join(f"{name}={value}" for name, value in facts(query).items())
    return ReportsExported(0, given.what, given.form, given.rows, narrowed)


routes: list[Route] = [
    signed_door(give_report, f"{PATH}/download", _PERMISSION, page=PATH, method="GET"),
    signed_door(print_report, f"{PATH}/paper", _PERMISSION, page=PATH, method="GET"),
]
