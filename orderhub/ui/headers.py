"""What stands around every answer of the server? Headers, limits on requests, and no page without a login."""

import base64
import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orderhub.access import sessions
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import AWAY
from orderhub.kernel.patience import somebody_waits
from orderhub.kernel.settings import settings
from orderhub.ui.away import ForPeople
from orderhub.ui.limits import MOST_BODY_BYTES, MOST_FILE_BYTES, away, drain, pass_bounded, refusal

FRONT_END = Path(".web/build/client")

_CLOSED_ANONYMOUS = 4401
_CLOSED_AWAY = 1013  # try again later
# Answered without a login: the way in, programs (they bring keys), the buyer's page, liveness, and files of the build.
_PUBLIC_PREFIXES = ("/login/", "/api/", "/t/", "/assets/")
_PUBLIC_PATHS = frozenset({"/login", "/setup", "/logout", "/ping", "/_health"})
_PUBLIC_FILE = re.compile(r"/[\w.-]+\.(?:css|js|svg|ico|png|webmanifest|txt)")
_HASHED_FILE = re.compile(r"/assets/.+-[\w-]{8,}\.\w+$")
# Programs' answers and hashed files: the pages' policy is 4 kB of hashes, more than most of them.
_NO_PAGES = ("/api/", "/assets/")
_NO_PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'"
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


class Shield:
    """Pure ASGI around the whole server, static files and sockets included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            somebody_waits()
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            somebody_waits()
            await self._answer(scope, receive, ForPeople(scope, receive, _Dressed(scope, send)))
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        code = _CLOSED_ANONYMOUS
        try:
            is_let_in = refusal(scope, MOST_BODY_BYTES) is None and await _is_signed_in(scope)
        except AWAY:
            is_let_in, code = False, _CLOSED_AWAY
        if is_let_in:
            await self._app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": code})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = MOST_FILE_BYTES.get((scope["method"], scope["path"]), MOST_BODY_BYTES)
        if refused := refusal(scope, most):
            await drain(receive)
            await refused(scope, receive, send)
        elif turned_away := await _turned_away(scope):
            await drain(receive)
            await turned_away(scope, receive, send)
        else:
            await pass_bounded(self._app, scope, receive, send, most)


class _Dressed:
    """Adds the headers to an answer as it goes out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._path = scope["path"]
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower(): value for name, value in message.get("headers", ())}
            is_page = not self._path.startswith(_NO_PAGES) or given.get(b"content-type", b"").startswith(b"text/html")
            added = _headers(
                content_security_policy() if is_page else _NO_PAGE_POLICY,
                is_secure=settings().origin.startswith("https://"),
                stays=message["status"] == 200 and bool(_HASHED_FILE.match(self._path)),
            )
            message["headers"] = [*message.get("headers", ()), *(one for one in added if one[0] not in given)]
        await self._send(message)


@lru_cache(maxsize=16)
def _headers(policy: str, *, is_secure: bool, stays: bool) -> tuple[tuple[bytes, bytes], ...]:
    transport = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),) if is_secure else ()
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
        *transport,
        (b"cache-control", b"public, max-age=31536000, immutable" if stays else b"no-cache"),
    )


@cache
def content_security_policy() -> str:
    """Scripts: our files, and the inline ones of the built pages by hash; no eval, no other host."""
    scripts = " ".join(["'self'", *inline_script_hashes(FRONT_END)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def inline_script_hashes(built: Path) -> list[str]:
    """``'sha256-…'`` of every inline script in the pages of a build, sorted; none without a build."""
    found = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for page in built.rglob("*.html")
        for script in _INLINE_SCRIPT.findall(page.read_text("utf-8"))
    }
    return [f"'sha256-{one}'" for one in sorted(found)]


def _is_public(path: str) -> bool:
    return path in _PUBLIC_PATHS or path.startswith(_PUBLIC_PREFIXES) or bool(_PUBLIC_FILE.fullmatch(path))


async def _turned_away(scope: Scope) -> Response | None:
    """What is said to whoever may not come in, or of whom nobody knows now whether they may."""
    try:
        return None if _is_public(scope["path"]) or await _is_signed_in(scope) else _to_login(scope)
    except AWAY:
        return away()


async def _is_signed_in(scope: Scope) -> bool:
    cookie = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    now = utc_now()
    if sessions.remembered(cookie, now):
        return True
    return await run_in_threadpool(sessions.signed_in, cookie, now) is not None


def _to_login(scope: Scope) -> RedirectResponse:
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)
