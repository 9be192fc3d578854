"""How does a program post an order, and how does it hear what became of it? Answered once it is kept durably."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.body import bounded_body
from orderhub.api.keys import caller_of, needs_key
from orderhub.api.posted import whole_schema
from orderhub.api.problems import Problem
from orderhub.api.v1.given import REFUSALS
from orderhub.connectors.channels.own import OrderIn
from orderhub.intake.posted import take_posted
from orderhub.intake.posted_state import PostedState, posted_state
from orderhub.intake.room import room
from orderhub.intake.rush import rush
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.level import check_may_write

router = APIRouter(prefix="/api/v1/orders", tags=["orders"], responses=REFUSALS)


_ORDER = {
    "shop": "mp-own",
    "channel_order_no": "MP20261124000001",
    "created_at": "2026-11-24T10:00:00+08:00",
    "paid_at": "2026-11-24T10:01:00+08:00",
    "total": "139.40",
    "lines": [{"title": "收纳箱 40L", "sku": "BOX-40L", "quantity": 1, "unit_price": "139.40"}],
}
_NAMED = {"shop": "mp-own", "channel_order_no": "MP20261124000001"}
_RECEIPT = _NAMED | {
    "message": "订单已接收,正在处理中",
    "updated_at": "2026-11-24T02:01:00Z",
    "state_path": "/api/v1/orders/mp-own/MP20261124000001/state",
    "expected_seconds": 0,
}
_STATE = _NAMED | {
    "state": "accepted",
    "received_at": "2026-11-24T02:01:00Z",
    "order_id": 9,
    "reason": "",
    "expected_seconds": 0,
}


class OrderPost(OrderIn):
    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    shop: str = Field(description="Our code of the shop.", max_length=32)


class ReceiptOut(BaseModel):
    """The same for every repeat, ``expected_seconds`` aside; the order is understood a moment later."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RECEIPT]})

    message: str = "订单已接收,正在处理中"
    shop: str
    channel_order_no: str
    updated_at: datetime
    state_path: str = Field(description="Where to ask what became of it.")
    expected_seconds: int = Field(description="How long what waits will take; 0 while little waits.")


class PostedOut(BaseModel):
    """``order_id`` is ours once the order is accepted; ``reason`` says why it is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STATE]})

    shop: str
    channel_order_no: str
    state: PostedState
    received_at: datetime
    order_id: int | None
    reason: str
    expected_seconds: int = Field(description="As when it was posted; 0 once it is over.")


POST_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such shop."},
    409: {"model": Problem, "description": "The same `updated_at`, or the same `Idempotency-Key`, with other content."},
    413: {"model": Problem, "description": "More than 1 MB."},
    422: {"model": Problem, "description": "Against a rule of intake; `field` is the path of the offending field."},
    429: {"model": Problem, "description": "Too many calls, or too much waits: nothing was stored; see `Retry-After`."},
    503: {
        "model": Problem,
        "description": "It cannot be kept, or the hub is read-only; send it again with the same key.",
    },
}
_SHAPE = OrderPost.model_json_schema()
_BODY = {"required": True, "content": {"application/json": {"schema": whole_schema(_SHAPE, _SHAPE.get("$defs", {}))}}}

_Writer = Annotated[Signed, Depends(needs_key(Permission.API_ORDER_WRITE))]
_Key = Annotated[str, Header(max_length=255, description="Repeats within 72 h change nothing.")]


@router.post("", status_code=202, responses=POST_REFUSALS, openapi_extra={"requestBody": _BODY})
async def post_order(request: Request, caller: _Writer, idempotency_key: _Key = "") -> ReceiptOut:
    """Take an order of your own shop or mini-program in, or its newer version. Kept durably before it is answered."""
    check_may_write()
    raw = await bounded_body(request)
    receipt = await take_posted(raw, by=caller.session_mark, key=idempotency_key, now=utc_now())
    return ReceiptOut(
        shop=receipt.shop,
        channel_order_no=receipt.channel_order_no,
        updated_at=receipt.updated_at,
        state_path=f"/api/v1/orders/{quote(receipt.shop, '')}/{quote(receipt.channel_order_no, '')}/state",
        expected_seconds=room.expected_seconds(),
    )


async def post_leanly(request: Request) -> Response:
    """``post_order`` without FastAPI's search for parameters."""
    caller = await caller_of(request, Permission.API_ORDER_WRITE)
    with rush.waiting():
        answer = await post_order(request, caller, request.headers.get("idempotency-key", ""))
    return Response(answer.model_dump_json(), 202, media_type="application/json")


@router.get(
    "/{shop}/{channel_order_no}/state",
    responses={404: {"model": Problem, "description": "No such order was posted."}},
)
def get_posted(_writer: _Writer, shop: str, channel_order_no: str) -> PostedOut:
    """What became of the version of an order that was posted last, by our code of its shop and the channel's number."""
    with reading() as session:
        found = posted_state(session, shop, channel_order_no)
    is_over = found.state in (PostedState.ACCEPTED, PostedState.REFUSED)
    return PostedOut(
        shop=shop,
        channel_order_no=found.number,
        state=found.state,
        received_at=found.received_at,
        order_id=found.order_id,
        reason=found.reason,
        expected_seconds=0 if is_over else room.expected_seconds(),
    )
