"""How does a wave's pick list reach a printer? By a native form that answers with a PDF."""

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.delivery import Delivery
from orderhub.insights.paper.pick_sheet import pick_sheets_pdf
from orderhub.insights.pick_list import pick_lists
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door
from orderhub.ui.warehouse_view import PATH


async def give_picks(request: Request, user: Signed) -> Response:
    content = await run_in_threadpool(_picks, number_of(request.query_params.get("wave", "")))
    headers = {"content-disposition": 'inline; filename="pick-list.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _picks(wave_id: int) -> bytes:
    """Raises: BadInput: nothing is in the wave."""
    inside = select(Delivery.id).where(Delivery.wave_id == wave_id, Delivery.wave_id != 0)
    with reading() as session:
        lists = pick_lists(session, session.exec(inside.order_by(col(Delivery.ship_by), col(Delivery.id))).all())
    if not lists:
        raise BadInput("wave: nothing is in it", field="wave", problem="none_selected")
    return pick_sheets_pdf(lists, printed_at=utc_now())


routes: list[Route] = [
    signed_door(give_picks, "/warehouse/picks", Permission.ORDER_SHIP, page=PATH, method="GET"),
]
