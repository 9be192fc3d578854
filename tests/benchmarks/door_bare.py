"""What could a door reach at most? The same server and the same checks of an order, and nothing is kept.

``python -m tests.benchmarks.door_bare <port> <bearer>``
"""

import os
import sys

from granian import Granian
from granian.constants import Interfaces
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from orderhub.connectors.channels import own
from orderhub.domain.acceptance import check
from orderhub.domain.words import Channel
from orderhub.kernel.clock import utc_now
from orderhub.kernel.strict_json import read_json


async def post(request: Request) -> JSONResponse:
    if request.headers.get("authorization") != f"Bearer {os.environ['BARE_BEARER']}":
        return JSONResponse({}, 401)
    body = read_json(await request.body())
    shop, now = body.pop("shop"), utc_now()
    draft = own.parse_order(body, Channel.MINIPROGRAM)
    check(draft, now)
    receipt = {"shop": shop, "channel_order_no": draft.channel_order_no, "updated_at": draft.updated_at.isoformat()}
    return JSONResponse(receipt, 202)


app = Starlette(routes=[Route("/api/v1/orders", post, methods=["POST"])])


if __name__ == "__main__":
    os.environ["BARE_BEARER"] = sys.argv[2]
    Granian(
        "tests.benchmarks.door_bare:app",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        workers=1,
        backlog=16_384,
        backpressure=16_384,
    ).serve()
