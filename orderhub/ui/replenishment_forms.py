"""How does a sheet of what to buy leave the hub as a file? Each row with the sentences that explain it."""

from collections.abc import Iterator

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.replenishment import LeftOut, ReplenishmentExported, newest_run
from orderhub.insights.replenishment_sheet import sheet_rows
from orderhub.intake.files.workbook import Cell, Fen
from orderhub.kernel.sight import FieldGroup
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.replenishment_view import PATH, amount_text, place_of, step_texts
from orderhub.ui.signed_door import signed_door
from orderhub.ui.words import label_text

_NAMES = (
    "sku",
    "goods_title",
    "supplier",
    "replenish_lasts",
    "replenish_wanted",
    "replenish_quantity",
    "supplier_pack",
    "supplier_price",
    "replenish_cost",
    "replenish_left_out",
    "replenish_ordered",
    "replenish_why",
)
_GROUPS = {"supplier_price": FieldGroup.COST, "replenish_cost": FieldGroup.COST}


async def give_sheet(request: Request, user: Signed) -> Response:
    """The newest sheet of a warehouse."""
    asked, place = asked_of(request, ("sheet",), default="sheet"), place_of(request.query_params)

    def rows(session: Session) -> Iterator[list[Cell]]:
        run = newest_run(session, place)
        for row in sheet_rows(session, run) if run else ():
            line = row.line
            yield [
                row.sku.code,
                row.sku.title,
                row.supplier,
                "" if line.lasts_days is None else line.lasts_days,
                line.wanted,
                line.quantity,
                line.pack_size,
                Fen(line.price_fen),
                Fen(line.price_fen * line.quantity),
                "" if line.left_out is LeftOut.NONE else label_text(asked.lang, line.left_out),
                row.order_no,
                _why(asked.lang, line.steps),
            ]

    title, permission = "replenish_sheet_title", Permission.SUPPLIER_READ
    made = Download("replenishment", title, _NAMES, rows, permission, _happened, _GROUPS)
    return await give(made, asked, user)


def _why(lang: str, steps: list) -> str:
    told = [(*step_texts(lang, kept), amount_text(kept["amount"])) for kept in steps]
    return "\n".join(f"{name} {amount}: {why}" for name, why, amount in told)


def _happened(given: Given) -> ReplenishmentExported:
    return ReplenishmentExported(0, given.what, given.form, given.rows)


routes: list[Route] = [
    signed_door(give_sheet, "/replenishment/download", Permission.SUPPLIER_READ, page=PATH, method="GET"),
]
