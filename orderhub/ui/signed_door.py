"""How is a form, an upload or a download answered? To who is signed in and may; a refusal leads back to its page."""

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access import sessions
from orderhub.access.acting import check_permission
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import NotAllowed, ProofNeeded, RuleBroken, TooMany
from orderhub.kernel.sight import see_as
from orderhub.ui import plain

Answer = Callable[[Request, Signed], Awaitable[Response]]


def signed_door(
    answer: Answer, path: str, permission: Permission, *, page: str, method: str = "POST", tells: tuple[str, ...] = ()
) -> Route:
    """``page`` says a refusal by ``said`` in its address, and by what the error knows of the names in ``tells``.

    Where a fresh second factor comes first the way leads over ``/prove``, to what was asked for or back to its form.

    Empty: what is given is no page of its own (a picture), and its status alone says no.
    """

    @wraps(answer)
    async def handler(request: Request) -> Response:
        user = await run_in_threadpool(sessions.signed_in, request.headers.get("cookie", ""), utc_now())
        if user is None:
            return plain.go("/login") if page else Response(status_code=NotAllowed.http_status)
        try:
            check_permission(user, permission)
            see_as(user.sight)
            return await answer(request, user)
        except ProofNeeded as error:
            return plain.go(_proving(request, page)) if page else Response(status_code=error.http_status)
        except (RuleBroken, TooMany) as error:
            if not page:
                return Response(status_code=error.http_status)
            known = {name: getattr(error, name, "") for name in tells}
            said = {"said": getattr(error, "problem", error.code)} | {name: at for name, at in known.items() if at}
            return plain.go(f"{page}?{urlencode(said)}")

    guarded = plain.own_posts_only(handler)
    guarded.needs = permission  # type: ignore[attr-defined]
    return Route(path, guarded, methods=[method])


def _proving(request: Request, page: str) -> str:
    """A file can be asked for again; a form has been lost and begins anew."""
    asked = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    known = {"next": asked, "back": page} if request.method == "GET" else {"back": page}
    return f"/prove?{urlencode(known)}"
