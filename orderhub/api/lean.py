"""How is the busiest route answered at less cost? Before all others are searched for a path that fits.

FastAPI describes the route as every other and would answer it too; looking through every route of the hub and
collecting parameters takes it longer than reading, checking and sealing the order.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from orderhub.api.problems import as_problem

Answer = Callable[[Request], Awaitable[Response]]


class LeanApi(FastAPI):
    """``lean`` answers by method and exact path; what it raises is answered as everywhere."""

    def __init__(self, lean: Mapping[tuple[str, str], Answer], **described: Any) -> None:
        super().__init__(**described)
        self._lean = lean

    def is_lean(self, scope: Scope) -> bool:
        return scope["type"] == "http" and (scope["method"], scope["path"]) in self._lean

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.is_lean(scope):
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        request = Request(scope, receive)
        try:
            answer = await self._lean[scope["method"], scope["path"]](request)
        except Exception as error:  # noqa: BLE001  (each becomes an answer)
            answer = await as_problem(request, error)
        await answer(scope, receive, send)
