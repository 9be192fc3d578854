"""How much may one request bring, and how slowly? Asked before anything reads it."""

import asyncio
import re
import time
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orderhub.kernel.problem import AGAIN_SECONDS, MEDIA_TYPE, problem_body

MOST_BODY_BYTES = 1_000_000
# A form of ours that brings a file: read into a file, never into memory.
# What is too large for us is read all the same, so that its page can say so.
MOST_FILE_BYTES = {
    ("POST", "/import/file"): 51_000_000,
    ("POST", "/settlement/file"): 51_000_000,
    ("POST", "/freight/file"): 51_000_000,
    ("POST", "/suppliers/file"): 51_000_000,
    ("POST", "/returns/photo"): 31_000_000,
    ("POST", "/stock/import"): 11_000_000,
    ("POST", "/forecast/file"): 11_000_000,
    ("POST", "/studio/rollout/export"): 3_000_000,
}
MOST_TARGET_BYTES = 8_192
MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_768
LONGEST_SECONDS = 30
SLOWEST_BYTES_PER_SECOND = 50_000  # a phone's photo, an office's export

_MOST_DRAINED_BYTES = 20_000_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


async def pass_bounded(app: ASGIApp, scope: Scope, receive: Receive, send: Send, most: int) -> None:
    """``app``'s answer, or ours where the body turned out too large or too slow."""
    limited = _Limited(receive, most)
    is_begun = False

    async def sending(message: Message) -> None:
        nonlocal is_begun
        if not limited.problem or is_begun:
            is_begun = True
            await send(message)

    try:
        await app(scope, limited, sending)
    except ClientDisconnect:
        if not limited.problem:
            raise
    if limited.problem and not is_begun:
        if limited.problem.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            await drain(receive)
        await limited.problem(scope, receive, send)


def refusal(scope: Scope, most: int) -> JSONResponse | None:
    """What is said to a request whose address, headers or announced body are more than is read; the body is not."""
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(scope.get("query_string", b""))
    if target > MOST_TARGET_BYTES:
        return _problem(414, "too_long", f"an address has at most {MOST_TARGET_BYTES} bytes")
    if _CONTROL.search(scope["path"]):
        return _problem(404, "not_found", "no address here holds control characters")
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
        return _problem(431, "too_many_headers", f"{MOST_HEADERS} headers of {MOST_HEADER_BYTES} bytes in all are read")
    return _too_large(most) if _announced_bytes(scope) > most else None


def away() -> JSONResponse:
    """What is said when the database does not tell who asks."""
    answer = _problem(503, "database", "the database does not answer now: nothing was kept, send it again")
    answer.headers["retry-after"] = str(AGAIN_SECONDS)
    return answer


async def drain(receive: Receive) -> None:
    """Granian resets the connection of an answer sent before the body is read."""
    read, ends_at = 0, time.monotonic() + LONGEST_SECONDS
    while read < _MOST_DRAINED_BYTES:
        try:
            message = await asyncio.wait_for(receive(), ends_at - time.monotonic())
        except TimeoutError:
            return
        read += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


class _Limited:
    """A body ends at its limits, as if the sender had gone: what comes after is not read into memory.

    ``problem`` is then what to answer. The time for a body grows with what may come, not with what has.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self.problem: JSONResponse | None = None
        self._receive = receive
        self._most = most
        self._read = 0
        self._ends_at = time.monotonic() + LONGEST_SECONDS + most / SLOWEST_BYTES_PER_SECOND
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:  # now the app waits for the sender to go, however long its answer takes
            return await self._receive()
        try:
            async with asyncio.timeout(max(0, self._ends_at - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self.problem = _problem(408, "too_slow", "the body took too long")
            return {"type": "http.disconnect"}
        self._is_whole = not message.get("more_body")
        self._read += len(message.get("body", b""))
        if self._read > self._most:
            self.problem = _too_large(self._most)
            return {"type": "http.disconnect"}
        return message


def _announced_bytes(scope: Scope) -> int:
    length: Any = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _too_large(most: int) -> JSONResponse:
    return _problem(413, "too_large", f"a body has at most {most} bytes")


def _problem(status: int, code: str, detail: str) -> JSONResponse:
    return JSONResponse(problem_body(status, code, detail), status, {"connection": "close"}, media_type=MEDIA_TYPE)
