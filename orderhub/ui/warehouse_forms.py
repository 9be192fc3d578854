"""How do labels and pick lists get to a printer? By native forms that answer with a PDF."""

from collections.abc import Sequence

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.automation.batch import MOST
from orderhub.automation.printing import print_labels
from orderhub.domain.delivery import Delivery
from orderhub.insights.paper.label import labels_pdf
from orderhub.insights.paper.pick_sheet import pick_sheets_pdf
from orderhub.insights.pick_list import pick_lists
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.warehouse_view import PATH


async def give_labels(request: Request, user: Signed) -> Response:
    async with request.form(max_files=0, max_fields=4) as form:
        ids, reason = _ids(str(form.get("ids", ""))), str(form.get("reason", ""))
    return _pdf("labels", await run_in_threadpool(_labels, user, ids, reason))


async def give_picks(request: Request, user: Signed) -> Response:
    async with request.form(max_files=0, max_fields=4) as form:
        ids = _ids(str(form.get("ids", "")))
    return _pdf("pick-list", await run_in_threadpool(_picks, ids))


async def give_wave_picks(request: Request, user: Signed) -> Response:
    ids = await run_in_threadpool(_in_wave, number_of(request.query_params.get("wave", "")))
    return _pdf("pick-list", await run_in_threadpool(_picks, ids))


def _labels(user: Signed, ids: Sequence[int], reason: str) -> bytes:
    with acting(user, Permission.ORDER_SHIP) as session:
        labels = print_labels(session, ids, reason=reason, by=user.name, now=utc_now())
    return labels_pdf(labels)


def _picks(ids: Sequence[int]) -> bytes:
    with reading() as session:
        lists = pick_lists(session, ids)
    if not lists:
        raise BadInput("ids: choose at least one", field="ids", problem="nothing_chosen")
    return pick_sheets_pdf(lists, printed_at=utc_now())


def _in_wave(wave_id: int) -> list[int]:
    wanted = select(Delivery.id).where(Delivery.wave_id == wave_id, Delivery.wave_id != 0)
    with reading() as session:
        return list(session.exec(wanted.order_by(col(Delivery.ship_by), col(Delivery.id))))


def _ids(text: str) -> list[int]:
    """In the order given. Raises: BadInput."""
    ids = [number for one in text.split(",")[: MOST + 1] if (number := number_of(one))]
    if len(ids) > MOST:
        raise BadInput(f"ids: at most {MOST} at once", field="ids", problem="too_many_chosen")
    return list(dict.fromkeys(ids))


def _pdf(name: str, content: bytes) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


routes: list[Route] = [
    signed_door(give_labels, "/warehouse/labels", Permission.ORDER_SHIP, page=PATH),
    signed_door(give_picks, "/warehouse/picks", Permission.ORDER_SHIP, page=PATH),
    signed_door(give_wave_picks, "/warehouse/picks", Permission.ORDER_SHIP, page=PATH, method="GET"),
]
