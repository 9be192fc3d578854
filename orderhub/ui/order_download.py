"""How does the list of orders leave the hub as a file? As it is narrowed down, masked as its reader sees it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qsl

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.insights.board import BoardQuery, BoardRow, Tab, board_counts, board_page
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.kernel.clock import shanghai_text, utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.board_address import PATH, read_address
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text

# Half a day's work of a spreadsheet, and less than anybody should carry away at once.
MOST_ROWS = 50_000
_AT_ONCE = 500

_NAMES = (
    "order_no",
    "channel",
    "shop",
    "channel_no",
    "status",
    "placed_at",
    "paid_at",
    "ship_by",
    "shipped_at",
    "total",
    "paid",
    "goods",
    "pieces",
    "buyer",
    "receiver",
    "phone_tail",
    "tags",
    "holds",
    "carrier",
    "waybill",
)
_GROUPS = {
    "total": FieldGroup.MONEY,
    "paid": FieldGroup.MONEY,
    "buyer": FieldGroup.BUYER,
    "receiver": FieldGroup.RECEIVER,
    "phone_tail": FieldGroup.RECEIVER,
}


@dataclass(frozen=True)
class OrdersExported(Happening):
    """``what`` is the tab, ``address`` the whole narrowing as it stood in the page's address."""

    subject_type: ClassVar[str] = "audit_run"
    what: str
    form: str
    rows: int
    narrowed: str


async def give_orders(request: Request, user: Signed) -> Response:
    """Raises: BadInput: more than ``MOST_ROWS``; nothing is given."""
    asked, now = asked_of(request, tuple(Tab), default=Tab.OPEN), utc_now()
    narrowed = request.query_params.get("list", "").partition("?")[2][:500]
    query = replace(read_address(dict(parse_qsl(narrowed))), cursor="")
    if await run_in_threadpool(_count, query, now) > MOST_ROWS:
        raise BadInput(f"more than {MOST_ROWS:,} orders: narrow the list down", field="list", problem="export_too_many")

    def rows(session: Session) -> Iterator[list[Cell]]:
        for row in _every(session, query, now):
            yield _cells(row, asked.lang)

    def happened(given: Given) -> OrdersExported:
        return OrdersExported(0, query.tab, given.form, given.rows, narrowed)

    made = Download("orders", "orders", _NAMES, rows, Permission.ORDER_EXPORT, happened, _GROUPS)
    return await give(made, replace(asked, what=query.tab), user)


def _count(query: BoardQuery, now: datetime) -> int:
    with reading() as session:
        return board_counts(session, query, now)[query.tab]


def _every(session: Session, query: BoardQuery, now: datetime) -> Iterator[BoardRow]:
    page = board_page(session, query, now, _AT_ONCE)
    yield from page.rows
    while page.next_cursor:
        page = board_page(session, replace(query, cursor=page.next_cursor), now, _AT_ONCE)
        yield from page.rows


def _cells(row: BoardRow, lang: str) -> list[Cell]:
    return [
        row.order_no,
        label_text(lang, row.channel),
        row.shop_name,
        row.channel_order_no,
        label_text(lang, row.status),
        *map(_moment, (row.placed_at, row.paid_at, row.ship_by, row.shipped_at)),
        Fen(row.total_fen),
        Fen(row.paid_fen),
        row.goods_text,
        row.piece_count,
        row.buyer_masked,
        row.receiver_name_masked,
        row.receiver_phone_tail,
        _listed(row.tags),
        _listed([label_text(lang, reason) for reason in row.holds]),
        row.carrier_name,
        row.tracking_no,
    ]


def _moment(moment: datetime | None) -> str:
    return shanghai_text(moment) if moment else ""


def _listed(words: Sequence[str]) -> str:
    return "；".join(words)


routes: list[Route] = [signed_door(give_orders, f"{PATH}/download", Permission.ORDER_EXPORT, page=PATH, method="GET")]
