"""How do the books leave the hub as a file? Days, differences or the lines of a day; settlement fields and no buyer."""

from collections.abc import Callable, Iterator

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.settlement import SettlementExported
from orderhub.insights.settlement import day_rows, every_difference, every_line
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.settlement_view import PATH, SettlementQuery, query_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text

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
_LINES = (
    "settlement_day",
    "settlement_source",
    "settlement_account",
    "settlement_kind",
    "order_no",
    "settlement_refund_no",
    "settlement_entry_no",
    "settlement_amount",
    "settlement_fees",
    "settlement_word",
    "settlement_moved_at",
    "settlement_correction",
    "settlement_counts",
)
_GROUPS: dict[str, FieldGroup] = dict.fromkeys(
    (
        "settlement_receipts",
        "settlement_refunds",
        "settlement_fees",
        "settlement_other",
        "settlement_gap",
        "settlement_corrections",
        "settlement_said",
        "settlement_ours",
        "settlement_amount",
    ),
    FieldGroup.SETTLEMENT,
)

Rows = Iterator[list[Cell]]
_Reader = Callable[[Session, SettlementQuery, str], Rows]


async def give_books(request: Request, user: Signed) -> Response:
    """What the page shows, as it is narrowed down."""
    asked = asked_of(request, _WHAT, default="days")
    names, reader = _WHAT[asked.what]
    query = query_of(request.query_params)

    def rows(session: Session) -> Rows:
        return reader(session, query, asked.lang)

    title = f"settlement_{asked.what}_title"
    made = Download("settlement", title, names, rows, Permission.SETTLEMENT_READ, _happened, _GROUPS)
    return await give(made, asked, user)


def _happened(given: Given) -> SettlementExported:
    return SettlementExported(0, given.what, given.form, given.rows)


def _days(session: Session, query: SettlementQuery, lang: str) -> Rows:
    for row in day_rows(session, query.until):
        one = row.statement
        yield [
            str(one.day),
            label_text(lang, one.source),
            one.account,
            one.lines,
            *map(Fen, (one.receipts_fen, one.refunds_fen, one.fees_fen, one.other_fen)),
            row.open_count,
            Fen(row.gap_fen),
            shanghai_text(one.closed_at) if one.closed_at else "",
            Fen(one.corrected_fen) if one.corrections else "",
        ]


def _differences(session: Session, query: SettlementQuery, lang: str) -> Rows:
    for one, day in every_difference(session, query.differences):
        yield [
            str(day),
            label_text(lang, one.source),
            one.account,
            label_text(lang, one.cause),
            label_text(lang, one.kind),
            one.order_no,
            one.refund_no,
            *map(Fen, (one.said_fen, one.ours_fen, one.gap_fen)),
            shanghai_text(one.found_at),
            one.resolved_by,
            one.reason,
        ]


def _lines(session: Session, query: SettlementQuery, lang: str) -> Rows:
    for one, statement in every_line(session, query.differences.statement_id):
        yield [
            str(statement.day),
            label_text(lang, statement.source),
            statement.account,
            label_text(lang, one.kind),
            one.order_no,
            one.refund_no,
            one.entry_no,
            Fen(one.amount_fen),
            Fen(one.fee_fen),
            one.word,
            shanghai_text(one.moved_at),
            int(one.is_correction),
            int(one.is_live),
        ]


_WHAT: dict[str, tuple[tuple[str, ...], _Reader]] = {
    "days": (_DAYS, _days),
    "differences": (_DIFFERENCES, _differences),
    "lines": (_LINES, _lines),
}

routes: list[Route] = [
    signed_door(give_books, "/settlement/download", Permission.SETTLEMENT_READ, page=PATH, method="GET"),
]
