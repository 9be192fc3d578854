"""How does a person authorise a shop again? Out to the channel's page, and back with its code."""

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.intake.authorising import authorise, buy_token, page_for
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerError
from orderhub.kernel.settings import settings
from orderhub.ui import plain
from orderhub.ui.signed_door import signed_door

PAGE = "/system"
_BACK = "/channels/authorised"
_LONGEST = 2000


async def go_out(request: Request, user: Signed) -> Response:
    back, shop = f"{settings().origin}{_BACK}", request.query_params.get("shop", "")[:_LONGEST]
    page = await run_in_threadpool(page_for, shop, back=back, by=user.name, now=utc_now())
    return plain.go(page)


async def come_back(request: Request, user: Signed) -> Response:
    state, code = (request.query_params.get(name, "")[:_LONGEST] for name in ("state", "code"))
    try:
        await run_in_threadpool(_authorised, user, state, code)
    except PartnerError as error:
        structlog.get_logger().warning("shop_not_authorised", error=error.code)
        return plain.go(f"{PAGE}?said=authorisation_refused")
    return plain.go(f"{PAGE}?done=authorised")


def _authorised(user: Signed, state: str, code: str) -> None:
    shop_code, grant = buy_token(state, code, by=user.name, now=utc_now())
    with acting(user, Permission.SHOP_CONNECT) as session:
        authorise(session, shop_code, grant, by=user.name, now=utc_now())


routes: list[Route] = [
    signed_door(go_out, "/channels/authorise", Permission.SHOP_CONNECT, page=PAGE, method="GET"),
    signed_door(come_back, _BACK, Permission.SHOP_CONNECT, page=PAGE, method="GET"),
]
