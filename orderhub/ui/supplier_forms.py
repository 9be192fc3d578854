"""How do suppliers' files get from a browser to the hub, and how do scorecards leave it? By form and file."""

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

from orderhub.access.acting import acting, check_permission, check_proof
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.purchase_history import SuppliesExported
from orderhub.domain.supplier import Supplier
from orderhub.insights.paper.scorecard_sheet import ScorecardPage, scorecard_pdf
from orderhub.insights.scorecard import Card, Part
from orderhub.insights.supplier import every_card, lines_behind, quarter_cards
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.intake.statements import uploads
from orderhub.intake.supplies.reading import BadSupplies, RowProblem
from orderhub.kernel.clock import business_day, shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.sight import FieldGroup, must_see
from orderhub.ui import plain
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.import_text import problem_words
from orderhub.ui.messages import MESSAGES
from orderhub.ui.refusals import problem_text, refusal_text
from orderhub.ui.signed_door import signed_door
from orderhub.ui.supplier_view import PATH, SupplierQuery, on_time, percent, query_of, score_text, signed_percent
from orderhub.ui.words import label_text, tr

_CARDS = (
    "supplier_code",
    "supplier_name",
    "supplier_quarter",
    "supplier_score",
    "supplier_few",
    "supplier_lines",
    "supplier_judged",
    "supplier_late_lines",
    "supplier_on_time",
    "supplier_between",
    "supplier_complete",
    "supplier_sound",
    "supplier_price_part",
)
_LINES = (
    "purchase_no",
    "sku",
    "goods_title",
    "purchase_quantity",
    "purchase_promised",
    "purchase_settled",
    "supplier_late",
    "purchase_wrong",
    "purchase_missing",
    "purchase_defective",
    "purchase_price",
)
_GROUPS: dict[str, FieldGroup] = dict.fromkeys(
    ("supplier_score", "supplier_price_part", "purchase_price"), FieldGroup.COST
)
_EVERY_LINE = 100_000

Rows = Iterator[list[Cell]]


async def take_file(request: Request, user: Signed) -> Response:
    """Keep the file; the page shows what is in it and asks whether to take it."""
    async with request.form(max_files=1, max_fields=5) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            raise BadInput("file: choose one", field="file", problem="file_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="file_too_large")
        mark = await run_in_threadpool(_kept, user, file)
    return plain.go(f"{PATH}?{urlencode({'file': mark})}")


async def give_suppliers(request: Request, user: Signed) -> Response:
    """Every card of a quarter, or the lines behind one supplier's."""
    asked = asked_of(request, ("cards", "lines"), default="cards")
    query = query_of(request.query_params, utc_now())

    def rows(session: Session) -> Rows:
        return (_lines if asked.what == "lines" else _cards)(session, query, asked.lang)

    names = _LINES if asked.what == "lines" else _CARDS
    title = f"supplier_{asked.what}_title"
    made = Download("suppliers", title, names, rows, Permission.SUPPLIER_READ, _happened, _GROUPS)
    return await give(made, asked, user)


async def give_card(request: Request, user: Signed) -> Response:
    """One supplier's scorecard on paper."""
    query = query_of(request.query_params, utc_now())
    lang = "en" if request.cookies.get("oh_lang") == "en" else "zh"
    content = await run_in_threadpool(_card_pdf, query, lang, user)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="scorecard-{query.supplier_id}-{query.quarter}.pdf"',
    }
    return Response(content, media_type="application/pdf", headers=headers)


def refusal_words(lang: str, error: RuleBroken) -> str:
    if isinstance(error, NotFound):
        return tr(lang, "settlement_gone")
    if isinstance(error, BadSupplies):
        return row_words(lang, error.problems[0])
    if isinstance(error, BadInput):
        return problem_text(lang, error.problem) or problem_words(lang, error.problem, str(error))
    return refusal_text(lang, error)


def row_words(lang: str, wrong: RowProblem) -> str:
    refused = f"refused_{wrong.problem}"
    plain_words = tr(lang, refused) if refused in MESSAGES and "{" not in MESSAGES[refused][0] else ""
    reason = problem_text(lang, wrong.problem) or plain_words or problem_words(lang, wrong.problem, wrong.problem)
    return tr(lang, "supplier_row_n", row=wrong.row, field=wrong.field, reason=reason)


def _kept(user: Signed, file: UploadFile) -> str:
    check_permission(user, Permission.PURCHASE_CHANGE)
    descriptor, name = tempfile.mkstemp()
    source = Path(name)
    try:
        with open(descriptor, "wb") as target:  # noqa: PTH123  (a descriptor, not a path)
            shutil.copyfileobj(file.file, target)
        return uploads.keep(source, (file.filename or "")[:200], shop="").mark
    finally:
        with suppress(OSError):
            source.unlink()


def _happened(given: Given) -> SuppliesExported:
    return SuppliesExported(0, given.what, given.form, given.rows)


def _cards(session: Session, query: SupplierQuery, lang: str) -> Rows:
    for supplier, card in every_card(session, query.quarter, today=business_day(utc_now())):
        late = card.figures[Part.ON_TIME]
        yield [
            supplier.code,
            supplier.name,
            str(query.quarter),
            score_text(card),
            tr(lang, "supplier_few") if card.is_few else "",
            card.lines,
            late.base,
            late.bad,
            percent(on_time(card)),
            "" if late.share is None else f"{(1 - late.high) * 100:.0f}–{(1 - late.low) * 100:.0f}%",
            percent(card.figures[Part.COMPLETE].share),
            percent(card.figures[Part.SOUND].share),
            signed_percent(card.figures[Part.PRICE].share),
        ]


def _lines(session: Session, query: SupplierQuery, lang: str) -> Rows:
    today = business_day(utc_now())
    supplier = session.get(Supplier, query.supplier_id)
    if supplier is None:
        return
    for one in lines_behind(session, supplier.id, query.quarter, query.part, today=today, limit=_EVERY_LINE):
        line = one.line
        yield [
            one.order_no,
            line.code,
            line.title,
            line.quantity,
            str(line.promised_on or ""),
            str(line.settled_on or ""),
            tr(lang, "supplier_late") if one.is_late else "",
            line.wrong,
            line.missing,
            line.defective,
            Fen(line.price_fen),
        ]


def _card_pdf(query: SupplierQuery, lang: str, user: Signed) -> bytes:
    check_proof(user)
    must_see(FieldGroup.COST)
    now = utc_now()
    with reading() as session:
        supplier = session.get(Supplier, query.supplier_id)
        if supplier is None:
            raise NotFound("there is no such supplier")
        quarters = [query.quarter]
        while len(quarters) < 4:
            quarters.append(quarters[-1].before)
        found = quarter_cards(session, quarters, today=business_day(now), supplier_ids=[supplier.id])
        behind = lines_behind(session, supplier.id, query.quarter, None, today=business_day(now))
    cards = {str(one): found[one][supplier.id] for one in reversed(quarters)}
    page = ScorecardPage(
        title=tr(lang, "supplier_card"),
        name=f"{supplier.name} · {supplier.code}",
        quarter=str(query.quarter),
        said=tr(lang, "settlement_exported", who=user.name, when=shanghai_text(now)),
        parts=_part_rows(cards[str(query.quarter)], lang),
        heads=[tr(lang, name) for name in ("supplier_part", "supplier_share", "supplier_between", "supplier_counts")]
        + [tr(lang, "supplier_points")],
        score=score_text(cards[str(query.quarter)]) or "–",
        caution=tr(lang, "supplier_few_hint") if cards[str(query.quarter)].is_few else "",
        trend=[(quarter, score_text(card), f"{card.lines:,}") for quarter, card in cards.items()],
        trend_heads=[tr(lang, name) for name in ("supplier_quarter", "supplier_score", "supplier_lines")],
        lines=[
            (one.order_no, one.line.code, str(one.line.promised_on or ""), str(one.line.settled_on or ""),
             f"{one.line.wrong} / {one.line.missing} / {one.line.defective}")
            for one in behind
            if one.is_late or one.line.wrong or one.line.missing or one.line.defective
        ],
        line_heads=[
            *(tr(lang, name) for name in ("purchase_no", "supplier_supply", "purchase_promised", "purchase_settled")),
            " / ".join(tr(lang, name) for name in ("purchase_wrong", "purchase_missing", "purchase_defective")),
        ],
        behind=tr(lang, "supplier_behind"),
    )  # fmt: skip
    content = scorecard_pdf(page)
    with acting(user, Permission.SUPPLIER_READ) as session:
        record(session, SuppliesExported(supplier.id, "card", "pdf", 1), actor=user.name, now=now)
    return content


def _part_rows(card: Card, lang: str) -> list[tuple[str, ...]]:
    rows = []
    for part in Part:
        figure, is_price = card.figures[part], part is Part.PRICE
        rows.append(
            (
                label_text(lang, part),
                (signed_percent if is_price else percent)(figure.share) or "–",
                "" if is_price or figure.share is None else f"{figure.low * 100:.0f}–{figure.high * 100:.0f}%",
                f"{figure.lines:,}" if is_price else f"{figure.bad:,} / {figure.base:,}",
                "–" if figure.points is None else f"{figure.points:.0f}",
            )
        )
    return rows


routes: list[Route] = [
    signed_door(take_file, "/suppliers/file", Permission.PURCHASE_CHANGE, page=PATH),
    signed_door(give_suppliers, "/suppliers/download", Permission.SUPPLIER_READ, page=PATH, method="GET"),
    signed_door(give_card, "/suppliers/card.pdf", Permission.SUPPLIER_READ, page=PATH, method="GET"),
]
