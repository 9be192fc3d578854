"""How much may one socket send, and whose tab may it take up?"""

# ruff: noqa: SLF001  (Reflex keeps its queues and running tasks private, and bounds neither)
import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import reflex as rx
import structlog
from reflex.app import EventNamespace
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError as Refused

from orderhub.access import sessions
from orderhub.access.visits import household
from orderhub.kernel.clock import utc_now

PER_SECOND = 20.0
BURST = 60.0
MOST_QUEUED = 40
MOST_SOCKETS = 30
MOST_PER_ADDRESS = 300  # an office behind one
_MOST_TIES = 10_000
_LONGEST_NAME = 200


class SocketGuard:
    """Drops frames before Reflex queues or logs them: too fast, too many waiting, malformed, of no known name.

    Reflex's queues have no bound and its log prints a malformed event whole, cookie header included. A tab's token is
    made by the browser and no secret: once a login has used it, no other login gets what is sent to it.
    """

    def __init__(self, app: rx.App) -> None:
        self._app = app
        self._buckets: dict[str, _Bucket] = {}
        self._marks: dict[str, str] = {}  # of each open socket
        self._addresses: dict[str, str] = {}  # of each open socket
        self._ties: dict[str, str] = {}  # tab token → login that used it last

    def install(self) -> None:
        namespace = self._app.event_namespace
        if namespace is None:
            raise RuntimeError("the app has no state and so no socket to guard")
        namespace.on_connect = self._connecting(namespace.on_connect)  # type: ignore[method-assign]
        namespace.on_event = self._guarded(namespace.on_event)  # type: ignore[method-assign]
        namespace.on_disconnect = self._forgetting(namespace.on_disconnect)  # type: ignore[method-assign]

    def _connecting(self, on_connect: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def connecting(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
            token = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0]
            mark, address = await self._admitted(environ), _address(environ)
            await self._check_tie(token, mark)
            self._marks[sid], self._addresses[sid] = mark, address
            try:
                await on_connect(sid, environ, auth)
            except Exception:
                self._forget(sid)
                raise
            self._tie(sid, mark)

        return connecting

    async def _admitted(self, environ: dict[str, Any]) -> str:
        """The mark of the login that opens this socket."""
        cookie = _cookie_header(environ)
        found = await asyncio.to_thread(sessions.signed_in, cookie, utc_now())
        if found is None:
            raise Refused("sign in first")
        if sum(mark == found.session_mark for mark in self._marks.values()) >= MOST_SOCKETS:
            raise Refused("too many pages are open")
        address = _address(environ)
        if sum(one == address for one in self._addresses.values()) >= MOST_PER_ADDRESS:
            raise Refused("too many pages are open at this address")
        return found.session_mark

    async def _check_tie(self, token: str, mark: str) -> None:
        tied = self._ties.get(token, mark)
        if tied == mark:
            return
        if await asyncio.to_thread(sessions.is_alive, tied, utc_now()):
            raise Refused("this tab belongs to another login")
        self._cancel_tasks(token)

    def _tie(self, sid: str, mark: str) -> None:
        namespace = self._app.event_namespace
        token = namespace.sid_to_token.get(sid) if namespace else None
        if token:
            self._ties.pop(token, None)
            self._ties[token] = mark
            if len(self._ties) > _MOST_TIES:
                del self._ties[next(iter(self._ties))]

    def _cancel_tasks(self, token: str) -> None:
        """What an ended login still has running would otherwise write into the next one's state."""
        processor = self._app._event_processor
        for task in list(processor._tasks.values()) if processor else ():
            if f"|{token}|" in task.get_name():
                task.cancel()

    def _guarded(self, on_event: Callable[[str, Any], Awaitable[None]]) -> Callable[[str, Any], Awaitable[None]]:
        async def guarded(sid: str, data: Any = None) -> None:
            if problem := self._problem(sid, data):
                structlog.get_logger().warning("frame_dropped", why=problem)
            else:
                await on_event(sid, data)

        return guarded

    def _forgetting(self, on_disconnect: Callable[[str], Any]) -> Callable[..., Any]:
        def forgetting(sid: str, *_reason: object) -> Any:
            self._forget(sid)
            return on_disconnect(sid)

        return forgetting

    def _forget(self, sid: str) -> None:
        for kept in (self._buckets, self._marks, self._addresses):
            kept.pop(sid, None)

    def _problem(self, sid: str, data: Any) -> str:
        if not self._buckets.setdefault(sid, _Bucket()).take(time.monotonic()):
            return "too fast"
        if not _is_event(data):
            return "not an event"
        if data["name"] not in RegistrationContext.get().event_handlers:
            return "no such handler"
        return "too many waiting" if self._waiting(sid) >= MOST_QUEUED else ""

    def _waiting(self, sid: str) -> int:
        namespace, processor = self._app.event_namespace, self._app._event_processor
        token = namespace.sid_to_token.get(sid) if namespace else None
        return len(processor._token_queues.get(token, ())) if processor and token else 0


class _Bucket:
    """``PER_SECOND`` events lastingly, ``BURST`` at once; time is monotonic seconds."""

    def __init__(self) -> None:
        self._left = BURST
        self._at: float | None = None

    def take(self, at: float) -> bool:
        passed = at - self._at if self._at is not None else 0.0
        self._left, self._at = min(BURST, self._left + passed * PER_SECOND), at
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _cookie_header(environ: dict[str, Any]) -> str:
    headers = dict(environ.get("asgi.scope", {}).get("headers", ()))
    return headers.get(b"cookie", b"").decode("latin-1")


def _address(environ: dict[str, Any]) -> str:
    client = environ.get("asgi.scope", {}).get("client")
    return household(client[0]) if client else ""


def _is_event(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("name"), str)
        and len(data["name"]) <= _LONGEST_NAME
        and isinstance(data.get("payload", {}), dict)
        and isinstance(data.get("router_data", {}), dict)
    )


async def send_to_login(app: rx.App, router_data: dict[str, Any]) -> None:
    """Make the browser load its page again: the server then answers with the way to ``/login``.

    Reflex's own redirect stays within the single page and its scripts need ``eval``; the reload of a front end that
    does not fit the server needs neither.
    """
    namespace, sid = app.event_namespace, router_data.get("sid")
    if isinstance(namespace, EventNamespace) and sid:
        await namespace.emit("state_mismatch", {"backend": "signed out", "reload_cooldown_ms": -1}, to=sid)
