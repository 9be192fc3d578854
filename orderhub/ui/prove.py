"""How does somebody who is signed in show again that it is them? A plain form, sent by itself or by a dialog's script.

The code never passes through an event of the single-page app (docs/decisions/login-pages.md).
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orderhub.access import proof, sessions
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, TooMany
from orderhub.ui import plain

PROVED = "proved"


async def prove(request: Request) -> Response:
    """``next`` in its address is a file to go for, ``back`` the page it belongs to."""
    user = await run_in_threadpool(sessions.signed_in, request.headers.get("cookie", ""), utc_now())
    if user is None:
        return plain.go("/login")
    if request.method == "GET":
        return await _form(request, user)
    given = (await plain.fields(request, "proof"))["proof"]
    address = request.client.host[:45] if request.client else ""
    try:
        await run_in_threadpool(proof.prove, user, given, address, utc_now())
    except (BadInput, TooMany) as error:
        if _is_script(request):
            return JSONResponse({"said": plain.told(request, error)}, error.http_status)
        return await _form(request, user, error)
    return JSONResponse({}) if _is_script(request) else _onwards(request)


async def _form(request: Request, user: Signed, error: BadInput | TooMany | None = None) -> Response:
    factor = await run_in_threadpool(proof.factor_of, user)
    return plain.page(request, "prove.html", factor=factor, back=_back(request), error=error)


def _onwards(request: Request) -> Response:
    """A file leaves the page that asked for it standing, so that one says what happens; a form is filled in anew."""
    wanted, back = plain.local_path(request.query_params.get("next", "/")), _back(request)
    if wanted != "/":
        return plain.page(request, "proved.html", wanted=wanted, back=back)
    return plain.go(f"{back}{'&' if '?' in back else '?'}said={PROVED}")


def _back(request: Request) -> str:
    return plain.local_path(request.query_params.get("back", "/"))


def _is_script(request: Request) -> bool:
    return request.headers.get("accept", "") == "application/json"


_guarded = plain.own_posts_only(prove)
_guarded.needs = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
routes: list[Route] = [Route("/prove", _guarded, methods=["GET", "POST"])]
