"""How does somebody sign in by way of the merchant's identity provider? Out with a sealed cookie, back with a code."""

import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access import oidc, throttle
from orderhub.access.doors import open_to_strangers
from orderhub.access.sign_in import Turn, Visitor
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotSignedIn, PartnerRefused, PartnerUnavailable, TooMany
from orderhub.kernel.secrets import seal, unseal
from orderhub.kernel.settings import settings
from orderhub.ui import plain
from orderhub.ui.login import onwards, visitor_of

PATH, BACK = "/login/oidc", "/login/oidc/back"
_GOOD_FOR = timedelta(minutes=10)
_PLACE = "oidc:attempt"


class Provider(Protocol):
    """What ``connectors/oidc.py`` does; this room does not know it, so ``app.py`` brings it along."""

    def begin(self) -> tuple[str, dict[str, str]]:
        """Where to send the browser, and what must come back with it."""
        ...

    def end(self, code: str, attempt: dict[str, str]) -> oidc.Vouched: ...


def routes(provider: Callable[[], Provider]) -> list[Route]:
    """``provider`` makes one for this moment's settings."""

    async def out(request: Request) -> Response:
        if not settings().oidc_issuer:
            return plain.go("/login")
        try:
            await run_in_threadpool(_count_try, visitor_of(request), utc_now())
            where, attempt = await run_in_threadpool(provider().begin)
        except (PartnerRefused, PartnerUnavailable, TooMany) as error:
            return _refused(error)
        wanted = plain.local_path(request.query_params.get("next", "/"))
        answer = plain.go(where)
        answer.set_cookie(
            _cookie(), _sealed(attempt | {"next": wanted}), max_age=int(_GOOD_FOR.total_seconds()), **_safe()
        )
        return answer

    async def back(request: Request) -> Response:
        try:
            attempt = _opened(request)
            turn = await run_in_threadpool(_judged, provider(), request, attempt)
        except (NotSignedIn, PartnerRefused, PartnerUnavailable, TooMany) as error:
            return _refused(error)
        answer = await onwards(request, turn, plain.local_path(attempt.get("next", "/")))
        answer.delete_cookie(_cookie(), **_safe())
        return answer

    return [
        Route(path, open_to_strangers("the way in")(page), methods=["GET"])
        for path, page in ((PATH, out), (BACK, back))
    ]


def _judged(provider: Provider, request: Request, attempt: dict[str, str]) -> Turn:
    given, visitor, now = request.query_params, visitor_of(request), utc_now()
    _count_try(visitor, now)
    if not hmac.compare_digest(given.get("state", "").encode(), attempt["state"].encode()) or not given.get("code"):
        raise NotSignedIn("this answer is not to what was asked")
    return oidc.sign_in_vouched(provider.end(given["code"], attempt), visitor, now)


def _count_try(visitor: Visitor, now: datetime) -> None:
    with transaction() as session:
        throttle.take_address_try(session, visitor.address, now)


def _sealed(attempt: dict[str, str]) -> str:
    return seal(json.dumps(attempt | {"until": str((utc_now() + _GOOD_FOR).timestamp())}), _PLACE)


def _opened(request: Request) -> dict[str, str]:
    try:
        attempt: dict[str, str] = json.loads(unseal(request.cookies.get(_cookie(), ""), _PLACE))
    except Exception as error:
        raise NotSignedIn("this sign-in was not begun here") from error
    if float(attempt["until"]) < utc_now().timestamp():
        raise NotSignedIn("this sign-in is over: begin again")
    return attempt


def _refused(error: Exception) -> Response:
    """One answer for all: a stranger learns neither who works here nor what was wrong with a token."""
    structlog.get_logger().warning("oidc_refused", why=str(error)[:200])
    said = "oidc_unavailable" if isinstance(error, PartnerUnavailable) else "oidc_refused"
    answer = plain.go(f"/login?said={quote(said)}")
    answer.delete_cookie(_cookie(), **_safe())
    return answer


def _safe() -> dict[str, Any]:
    return {"path": "/", "secure": plain.is_https(), "httponly": True, "samesite": "lax"}


def _cookie() -> str:
    return "__Host-oh_oidc" if plain.is_https() else "oh_oidc"
