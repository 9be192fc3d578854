"""How do purchase lines leave the hub as a file?"""

from collections.abc import Iterator

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.purchase_history import SuppliesExported
from orderhub.insights.purchase import every_line
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.purchase_view import PATH, query_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text

_NAMES = (
    "purchase_no",
    "supplier_name",
    "warehouse",
    "purchase_status",
    "purchase_ordered_on",
    "sku",
    "goods_title",
    "purchase_quantity",
    "purchase_good",
    "purchase_wrong",
    "purchase_missing",
    "purchase_defective",
    "purchase_open",
    "purchase_promised",
    "purchase_settled",
    "purchase_price",
    "purchase_sum",
)
_GROUPS = {"purchase_price": FieldGroup.COST, "purchase_sum": FieldGroup.COST}


async def give_purchases(request: Request, user: Signed) -> Response:
    """The lines of the orders that the page narrows down to."""
    asked, query = asked_of(request, ("lines",), default="lines"), query_of(request.query_params)

    def rows(session: Session) -> Iterator[list[Cell]]:
        for row in every_line(session, text=query.text, status=query.status, supplier_id=query.supplier_id):
            line = row.line
            yield [
                row.order.order_no,
                row.supplier,
                row.warehouse,
                label_text(asked.lang, row.order.status),
                str(row.order.ordered_on or ""),
                line.code,
                line.title,
                line.quantity,
                line.good,
                line.wrong,
                line.missing,
                line.defective,
                line.open,
                str(line.promised_on or ""),
                str(line.settled_on or ""),
                Fen(line.price_fen),
                Fen(line.price_fen * line.quantity),
            ]

    made = Download("purchases", "purchase_lines_title", _NAMES, rows, Permission.SUPPLIER_READ, _happened, _GROUPS)
    return await give(made, asked, user)


def _happened(given: Given) -> SuppliesExported:
    return SuppliesExported(0, f"purchase_{given.what}", given.form, given.rows)


routes: list[Route] = [
    signed_door(give_purchases, "/purchases/download", Permission.SUPPLIER_READ, page=PATH, method="GET"),
]
