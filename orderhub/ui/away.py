"""What do people see while the hub cannot answer them? A page that says so, and asks again where nothing was sent."""

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from orderhub.ui import plain

_CANNOT_NOW = 503


class ForPeople:
    """In an answer's way out: where it is 503, whoever came with a browser gets a page; programs get what was said."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._is_told = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _CANNOT_NOW and self._is_person():
            self._is_told = True
            await self._tell(dict(message.get("headers", ())).get(b"retry-after", b"").decode())
        elif not self._is_told:
            await self._send(message)

    def _is_person(self) -> bool:
        wanted = dict(self._scope["headers"]).get(b"accept", b"")
        return b"text/html" in wanted and not self._scope["path"].startswith("/api/")

    async def _tell(self, retry_after: str) -> None:
        again = retry_after if self._scope["method"] == "GET" else ""  # what a form sent is not sent again unasked
        page = plain.page(Request(self._scope), "away.html", status=_CANNOT_NOW, again=again)
        if retry_after:
            page.headers["retry-after"] = retry_after
        await page(self._scope, self._receive, self._send)
