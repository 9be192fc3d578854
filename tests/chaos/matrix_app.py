"""The hub as it is served, and beside it a way to what happens within it: other work, a worker's call, names.

Served by ``tests/chaos/matrix.py``; nothing of the hub is replaced but the resolver, which can lose the lab's name.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from orderhub.app import app as hub
from orderhub.domain.refund_answer import answer
from orderhub.domain.words import RefundDecision
from orderhub.intake.keyring import forget_connectors
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import AWAY, reading, transaction
from orderhub.kernel.patience import somebody_waits
from tests.flows.answering import WHY_NOT
from tests.flows.shipping import ship

_resolve = socket.getaddrinfo
_lost: set[str] = set()


def app() -> ASGIApp:
    served, drill = hub(), Starlette(routes=[Route(f"/drill/{one.__name__}", one, methods=["POST"]) for one in _DRILLS])

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"].startswith("/drill/")
        await (drill if is_ours else served)(scope, receive, send)

    socket.getaddrinfo = _resolved
    return serve


async def hold(request: Request) -> Response:
    """Other work takes ``readers`` and ``writers`` for ``seconds``; answered once it has them all."""
    asked = {name: int(value) for name, value in request.query_params.items()}
    doors = [reading] * asked["readers"] + [transaction] * asked["writers"]
    held = threading.Barrier(len(doors) + 1)
    for door in doors:
        threading.Thread(target=_hold, args=(door, held, asked["seconds"]), daemon=True).start()
    await run_in_threadpool(held.wait, 30)
    return PlainTextResponse("held")


async def ship_one(request: Request) -> Response:
    """What a worker calls when a parcel leaves."""
    return await _done(ship, request.query_params["order"], request.query_params["parcel"])


async def refuse_one(request: Request) -> Response:
    """What a person calls who answers a buyer's wish."""
    return await _done(_refuse, int(request.query_params["case"]))


async def lose(request: Request) -> Response:
    """``name`` resolves no more, and no connection that was made with it is left; empty: every name does again."""
    _lost.clear()
    _lost.add(request.query_params["name"])
    forget_connectors()
    return PlainTextResponse("so it is")


async def _done(work: Callable[..., object], *asked: object) -> Response:
    """Said as the API would say it."""
    somebody_waits()
    try:
        await run_in_threadpool(work, *asked)
    except AWAY as error:
        return PlainTextResponse(type(error).__name__, 503, {"retry-after": "1"})
    return PlainTextResponse("done")


_DRILLS = (hold, ship_one, refuse_one, lose)


def _refuse(case: int) -> None:
    with transaction() as session:
        answer(session, case, RefundDecision.REFUSE, WHY_NOT, by="ceshi-s", now=utc_now())


def _hold(door: Any, held: threading.Barrier, seconds: int) -> None:
    with ExitStack() as stack:
        session = stack.enter_context(door())
        session.connection()
        held.wait(30)
        time.sleep(seconds)


def _resolved(host: Any, *args: Any, **more: Any) -> Any:
    if host in _lost:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _resolve(host, *args, **more)
