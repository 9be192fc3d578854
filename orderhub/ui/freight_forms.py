"""How does a freight bill get from a browser to the hub, and how do charges and claims leave it? By form and file."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.freight_bill import FreightExported
from orderhub.domain.words import Carrier
from orderhub.insights.freight import every_claim, every_line
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.intake.statements import uploads
from orderhub.intake.statements.freight import RowProblem
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.sight import FieldGroup
from orderhub.ui import plain
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.freight_view import PATH, FreightQuery, query_of
from orderhub.ui.import_text import problem_words
from orderhub.ui.refusals import problem_text, refusal_text
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text, tr

_LINES = (
    "freight_carrier",
    "freight_day",
    "freight_waybill",
    "freight_word",
    "freight_cause",
    "freight_their_weight",
    "freight_our_weight",
    "freight_their_zone",
    "freight_our_zone",
    "freight_charged",
    "freight_expected",
    "freight_gap",
)
_CLAIMS = (
    *_LINES,
    "freight_claimed_fen",
    "freight_status",
    "freight_note",
    "freight_answer",
    "freight_accepted_fen",
    "freight_credited_fen",
    "freight_claimed_at",
    "freight_claimed_by",
)
_GROUPS: dict[str, FieldGroup] = dict.fromkeys(
    (
        "freight_charged",
        "freight_expected",
        "freight_gap",
        "freight_claimed_fen",
        "freight_accepted_fen",
        "freight_credited_fen",
    ),
    FieldGroup.COST,
)

Rows = Iterator[list[Cell]]


async def take_file(request: Request, user: Signed) -> Response:
    """Keep the file; the page shows what is in it and asks whether to take it."""
    async with request.form(max_files=1, max_fields=5) as form:
        file, carrier = form.get("file"), form.get("carrier", "")
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            raise BadInput("file: choose one", field="file", problem="file_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="file_too_large")
        given = carrier if isinstance(carrier, str) and carrier in list(Carrier) else ""
        mark = await run_in_threadpool(_kept, user, file, given)
    return plain.go(f"{PATH}?{urlencode({'file': mark})}")


async def give_freight(request: Request, user: Signed) -> Response:
    """Charges as the page narrows them down, agreed or not; or the claims, as they go to a carrier."""
    asked = asked_of(request, ("lines", "claims"), default="lines")
    query = query_of(request.query_params)

    def rows(session: Session) -> Rows:
        return (_claims if asked.what == "claims" else _lines)(session, query, asked.lang)

    names = _CLAIMS if asked.what == "claims" else _LINES
    title = f"freight_{asked.what}_title"
    made = Download("freight", title, names, rows, Permission.SETTLEMENT_READ, _happened, _GROUPS)
    return await give(made, asked, user)


def refusal_words(lang: str, error: RuleBroken) -> str:
    if isinstance(error, NotFound):
        return tr(lang, "settlement_gone")
    if isinstance(error, BadInput):
        return problem_text(lang, error.problem) or problem_words(lang, error.problem, str(error))
    return refusal_text(lang, error)


def row_words(lang: str, wrong: RowProblem) -> str:
    reason = problem_text(lang, wrong.problem) or problem_words(lang, wrong.problem, wrong.problem)
    return tr(lang, "freight_row_n", row=wrong.row, field=wrong.field, reason=reason)


def _kept(user: Signed, file: UploadFile, carrier: str) -> str:
    check_permission(user, Permission.SETTLEMENT_CHANGE)
    descriptor, name = tempfile.mkstemp()
    source = Path(name)
    try:
        with open(descriptor, "wb") as target:  # noqa: PTH123  (a descriptor, not a path)
            shutil.copyfileobj(file.file, target)
        return uploads.keep(source, (file.filename or "")[:200], shop=carrier).mark
    finally:
        with suppress(OSError):
            source.unlink()


def _happened(given: Given) -> FreightExported:
    return FreightExported(0, given.what, given.form, given.rows)


def _lines(session: Session, query: FreightQuery, lang: str) -> Rows:
    for row in every_line(session, query.lines):
        line, check = row.line, row.check
        yield [
            Carrier(line.carrier).trade_name,
            str(line.day),
            line.tracking_no,
            line.word,
            label_text(lang, check.cause),
            line.grams or "",
            check.our_grams or "",
            line.zone,
            check.our_province,
            *map(Fen, (line.charged_fen, check.expected_fen, check.gap_fen)),
        ]


def _claims(session: Session, query: FreightQuery, lang: str) -> Rows:
    for row in every_claim(session, utc_now(), query.lines.carrier, is_over=query.is_over):
        line, check, claim = row.line, row.check, row.claim
        yield [
            Carrier(line.carrier).trade_name,
            str(line.day),
            line.tracking_no,
            line.word,
            label_text(lang, check.cause),
            line.grams or "",
            check.our_grams or "",
            line.zone,
            check.our_province,
            *map(Fen, (line.charged_fen, check.expected_fen, check.gap_fen)),
            Fen(claim.claimed_fen),
            label_text(lang, claim.status),
            claim.note,
            claim.answer,
            Fen(claim.accepted_fen),
            Fen(row.credit.amount_fen) if row.credit else "",
            shanghai_text(claim.claimed_at),
            claim.claimed_by,
        ]


routes: list[Route] = [
    signed_door(take_file, "/freight/file", Permission.SETTLEMENT_CHANGE, page=PATH),
    signed_door(give_freight, "/freight/download", Permission.SETTLEMENT_READ, page=PATH, method="GET"),
]
