"""How much does the API read? A body is bounded before it is kept in memory."""

from fastapi import Request
from starlette.requests import ClientDisconnect

from orderhub.kernel.errors import BadInput
from orderhub.kernel.level import check_can_keep

MOST_BYTES = 1_000_000


class TooLarge(BadInput):
    http_status = 413


async def pushed_body(request: Request) -> bytes:
    """The raw body of a push, which nobody asked for. Raises: TooLarge; ReadOnly: it could not be kept durably now."""
    check_can_keep()
    return await bounded_body(request)


async def bounded_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """The raw body; a larger one is read to its end, so that the sender hears the answer, and refused.

    Raises:
        TooLarge: more than ``most_bytes``.
    """
    parts, size, is_more = [], 0, True
    while is_more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part, is_more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= most_bytes:
            parts.append(part)
    if size > most_bytes:
        raise TooLarge(f"the body has {size} bytes, at most {most_bytes} are read", problem="too_large")
    return b"".join(parts)
