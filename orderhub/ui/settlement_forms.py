"""How does a statement get from a browser to the hub, and the books back? By a native form and downloads."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.settlement import Difference, SettlementExported, Statement
from orderhub.domain.shop import shop_named
from orderhub.insights.settlement import day_rows, every_difference
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.safe_cells import safe_cell
from orderhub.intake.statements import uploads
from orderhub.intake.statements.reading import BadStatementRow
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.money import yuan_text
from orderhub.ui import plain
from orderhub.ui.import_text import PROBLEMS
from orderhub.ui.refusals import refusal_text
from orderhub.ui.settlement_view import PATH, SettlementQuery, query_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.text import label_text, tr

_DAYS = (
    "settlement_day",
    "settlement_source",
    "settlement_account",
    "settlement_lines",
    "settlement_receipts",
    "settlement_refunds",
    "settlement_fees",
    "settlement_other",
    "settlement_differences",
    "settlement_gap",
    "settlement_closed_at",
    "settlement_corrections",
)
_DIFFERENCES = (
    "settlement_day",
    "settlement_source",
    "settlement_account",
    "settlement_cause",
    "settlement_kind",
    "order_no",
    "settlement_refund_no",
    "settlement_said",
    "settlement_ours",
    "settlement_gap",
    "settlement_found_at",
    "settlement_resolved_by",
    "reason",
)


async def take_file(request: Request, user: Signed) -> Response:
    """Keep the file; the page shows what is in it and asks whether to take it."""
    async with request.form(max_files=1, max_fields=5) as form:
        file, shop = form.get("file"), form.get("shop", "")
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            raise BadInput("file: choose one", field="file", problem="file_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="file_too_large")
        mark = await run_in_threadpool(_kept, user, file, shop[:64] if isinstance(shop, str) else "")
    return plain.go(f"{PATH}?{urlencode({'file': mark})}")


async def give_books(request: Request, user: Signed) -> Response:
    """The days shown, or the differences, as CSV; the first line says who took it away and when."""
    lang = "en" if request.cookies.get("oh_lang") == "en" else "zh"
    what = "differences" if request.query_params.get("what") == "differences" else "days"
    query = query_of(request.query_params)
    text = await run_in_threadpool(_exported, user, what, query, lang, utc_now())
    headers = {"content-disposition": f'attachment; filename="settlement-{what}.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def refusal_words(lang: str, error: RuleBroken) -> str:
    """A row that cannot be read is named, with the reason."""
    if isinstance(error, BadStatementRow):
        reason = error.__cause__
        said = refusal_words(lang, reason) if isinstance(reason, BadInput) else str(error)
        return tr(lang, "statement_row_n", row=error.row, reason=said)
    if isinstance(error, NotFound):
        return tr(lang, "problem_statement_shop_unknown")
    if isinstance(error, BadInput) and (pair := PROBLEMS.get(error.problem)):
        return pair[lang == "en"]
    return refusal_text(lang, error)


def _kept(user: Signed, file: UploadFile, shop: str) -> str:
    descriptor, name = tempfile.mkstemp()
    source = Path(name)
    try:
        with open(descriptor, "wb") as target:  # noqa: PTH123  (a descriptor, not a path)
            shutil.copyfileobj(file.file, target)
        with acting(user, Permission.SETTLEMENT_CHANGE) as session:
            if shop:
                shop_named(session, shop)
            return uploads.keep(source, (file.filename or "")[:200], shop=shop).mark
    finally:
        with suppress(OSError):
            source.unlink()


def _exported(user: Signed, what: str, query: SettlementQuery, lang: str, now: datetime) -> str:
    with acting(user, Permission.SETTLEMENT_READ) as session:
        record(session, SettlementExported(0, what), actor=user.name, now=now)
        rows = _differences(session, query, lang) if what == "differences" else _days(session, query, lang)
        names = _DIFFERENCES if what == "differences" else _DAYS
        made = io.StringIO()
        table = csv.writer(made)
        table.writerow([safe_cell(tr(lang, "settlement_exported", who=user.name, when=shanghai_text(now)))])
        table.writerow([tr(lang, name) for name in names])
        table.writerows([safe_cell(cell) for cell in row] for row in rows)
    return f"\ufeff{made.getvalue()}"


def _days(session: Session, query: SettlementQuery, lang: str) -> Iterator[list[str]]:
    for row in day_rows(session, query.until):
        one: Statement = row.statement
        sums = (one.receipts_fen, one.refunds_fen, one.fees_fen, one.other_fen)
        yield [
            str(one.day),
            label_text(lang, one.source),
            one.account,
            str(one.lines),
            *map(yuan_text, sums),
            str(row.open_count),
            yuan_text(row.gap_fen),
            shanghai_text(one.closed_at) if one.closed_at else "",
            yuan_text(one.corrected_fen) if one.corrections else "",
        ]


def _differences(session: Session, query: SettlementQuery, lang: str) -> Iterator[list[str]]:
    for one, day in every_difference(session, query.differences):
        yield [*_told(one, day, lang), shanghai_text(one.found_at), one.resolved_by, one.reason]


def _told(one: Difference, day: date, lang: str) -> list[str]:
    words = [label_text(lang, one.source), one.account, label_text(lang, one.cause), label_text(lang, one.kind)]
    money = [yuan_text(fen) for fen in (one.said_fen, one.ours_fen, one.gap_fen)]
    return [str(day), *words, one.order_no, one.refund_no, *money]


routes: list[Route] = [
    signed_door(take_file, "/settlement/file", Permission.SETTLEMENT_CHANGE, page=PATH),
    signed_door(give_books, "/settlement/download", Permission.SETTLEMENT_READ, page=PATH, method="GET"),
]
