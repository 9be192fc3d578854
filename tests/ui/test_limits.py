"""Does a body that drips, or never ends, let go of the hub?"""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from orderhub.ui import limits


async def reading(scope: Any, receive: Any, send: Any) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


async def answered(parts: list[Any], most: int = 1000) -> tuple[int, bytes]:
    """``parts`` are bodies, or seconds to wait before the next; more is always promised until they are through."""
    sent: list[Any] = []
    waiting = iter(parts)

    async def receive() -> Any:
        for part in waiting:
            if isinstance(part, bytes):
                return {"type": "http.request", "body": part, "more_body": True}
            await asyncio.sleep(part)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    await limits.pass_bounded(reading, scope, receive, send, most)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_a_body_within_its_limits_is_read():
    assert await answered([b"x" * 500, b"y" * 500]) == (200, b"1000")


async def test_one_byte_more_is_refused():
    status, body = await answered([b"x" * 500, b"y" * 501])
    assert (status, b"too_large" in body) == (413, True)


async def test_a_body_that_drips_is_ended(monkeypatch):
    monkeypatch.setattr(limits, "LONGEST_SECONDS", 0.05)
    status, body = await answered([b"x", 5, b"y"])
    assert (status, b"too_slow" in body) == (408, True)


def test_control_characters_name_nothing():
    refused = limits.refusal({"type": "http", "path": "/api/a\nb", "headers": []}, 1000)
    assert refused
    assert refused.status_code == 404
