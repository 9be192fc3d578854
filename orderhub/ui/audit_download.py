"""How does the audit leave the hub as a file? As the page is narrowed down, row by row; the log says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.audit import AuditPart, Kept, every_row
from orderhub.intake.files.workbook import Cell
from orderhub.kernel.eventlog import Event, Happening
from orderhub.ui.audit_text import kind_text, subject_text
from orderhub.ui.audit_view import PATH, audit_query, row_cells
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import tr

_NAMES = (
    "audit_id",
    "audit_at",
    "audit_who",
    "audit_address",
    "audit_before",
    "audit_after",
    "audit_facts",
    "audit_why",
    "audit_kind",
    "audit_about",
    "audit_number",
)


@dataclass(frozen=True)
class AuditExported(Happening):
    subject_type: ClassVar[str] = "audit_run"
    what: str
    form: str
    rows: int


async def give_audit(request: Request, user: Signed) -> Response:
    asked, query = asked_of(request, tuple(AuditPart), default=AuditPart.EVENTS), audit_query(request.query_params)

    def rows(session: Session) -> Iterator[list[Cell]]:
        for row in every_row(session, query.asked()):
            yield [*row_cells(row), *_about(row, asked.lang)]

    return await give(Download("audit", "audit_title", _NAMES, rows, Permission.AUDIT_EXPORT, _happened), asked, user)


def _about(row: Kept, lang: str) -> list[str]:
    if isinstance(row, Event):
        return [kind_text(lang, row.kind), subject_text(lang, row.subject_type), str(row.subject_id or "")]
    return [tr(lang, f"access_{row.kind}"), "", ", ".join(map(str, row.order_ids))]


def _happened(given: Given) -> AuditExported:
    return AuditExported(0, given.what, given.form, given.rows)


routes: list[Route] = [signed_door(give_audit, f"{PATH}/download", Permission.AUDIT_EXPORT, page=PATH, method="GET")]
