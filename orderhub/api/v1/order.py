"""The orders, for programs: list and get. Buyers' data is masked or a token here as everywhere."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.v1.given import REFUSALS, Cursor, Fen, Limit, ShopCode, as_moment
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.insights.order_pages import OrderPage, changed_orders, order_by_number
from orderhub.kernel.access_log import AccessKind, note_looked
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.sight import FieldGroup
from orderhub.kernel.veil import veiled

router = APIRouter(prefix="/api/v1/orders", tags=["orders"], responses=REFUSALS)

BuyerText = Annotated[str | None, FieldGroup.BUYER]
ReceiverText = Annotated[str | None, FieldGroup.RECEIVER]

_LINE = {
    "channel_line_no": "1",
    "sku_code": "BOX-40L",
    "title": "收纳箱 40L",
    "spec": "白色",
    "quantity": 1,
    "unit_price_fen": 13940,
    "total_fen": 13940,
}
_EXAMPLE = {
    "id": 9,
    "shop": "tb-flagship",
    "channel": "taobao",
    "channel_order_no": "9000000000000748670",
    "status": "to_ship",
    "channel_status": "paid",
    "placed_at": "2026-11-24T02:00:00Z",
    "paid_at": "2026-11-24T02:01:00Z",
    "ship_by": "2026-11-26T02:01:00Z",
    "shipped_at": None,
    "completed_at": None,
    "changed_at": "2026-11-24T02:01:05Z",
    "total_fen": 13940,
    "freight_fen": 0,
    "discount_fen": 0,
    "paid_fen": 13940,
    "buyer_token": "buyer-0001",
    "receiver_token": "oaid-0001",
    "receiver_name_masked": "测**",
    "receiver_phone_masked": "138****0000",
    "receiver_region": "测试省 测试市 测试区",
    "buyer_remark": "",
    "seller_remark": "",
    "mapped_remark": "",
    "is_urgent": False,
    "is_held": False,
    "custom": {},
    "lines": [_LINE],
}


class LineOut(BaseModel):
    """Amounts are fen; ``total_fen`` = unit price × quantity, before discounts. Null: not for this key's owner."""

    channel_line_no: str
    sku_code: str
    title: str
    spec: str
    quantity: int
    unit_price_fen: Fen
    total_fen: Fen


class OrderOut(BaseModel):
    """Amounts are fen, moments ISO 8601 in UTC; ``ship_by`` is when the goods must leave.

    A field is null where the owner of the key may not see it: amounts, the buyer's, the receiver's.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    shop: str = Field(description="Our code of the shop.")
    channel: Channel
    channel_order_no: str
    status: OrderStatus
    channel_status: ChannelStatus
    placed_at: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    shipped_at: datetime | None
    completed_at: datetime | None
    changed_at: datetime
    total_fen: Fen
    freight_fen: Fen
    discount_fen: Fen
    paid_fen: Fen
    buyer_token: BuyerText
    receiver_token: ReceiverText
    receiver_name_masked: ReceiverText
    receiver_phone_masked: ReceiverText
    receiver_region: ReceiverText
    buyer_remark: BuyerText
    seller_remark: str
    mapped_remark: BuyerText
    is_urgent: bool
    is_held: bool
    custom: dict[str, str | int] = Field(
        description="The merchant's own fields by name: money in fen, unless it is not for the owner; the rest as text."
    )
    lines: list[LineOut]


class OrderList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"orders": [_EXAMPLE], "next_cursor": ""}]})

    orders: list[OrderOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_ORDER_READ))]


@router.get("")
def list_orders(
    reader: _Reader,
    *,
    status: OrderStatus | None = None,
    channel: Channel | None = None,
    shop: ShopCode = "",
    changed_since: Annotated[AwareDatetime | None, BeforeValidator(as_moment)] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> OrderList:
    """Orders by the moment they last changed, oldest change first; read on with ``cursor`` to keep a copy in step."""
    with reading() as session:
        page = changed_orders(
            session, status=status, channel=channel, shop=shop, since=changed_since, cursor=cursor, size=limit
        )
        return OrderList(orders=_given(page, reader), next_cursor=page.next_cursor)


@router.get("/{shop}/{channel_order_no}")
def get_order(reader: _Reader, shop: str, channel_order_no: str) -> OrderOut:
    """One order by our code of its shop and the channel's number."""
    with reading() as session:
        return _given(order_by_number(session, shop, channel_order_no), reader)[0]


def _given(page: OrderPage, reader: Signed) -> list[OrderOut]:
    """A program that reads orders is handed them: the log of accesses says which."""
    order_ids = [order.id for order in page.orders]
    note_looked(AccessKind.READ_BY_PROGRAM, order_ids, actor=reader.name, address=reader.address, now=utc_now())
    return [_order(order, page) for order in page.orders]


def _order(order: Order, page: OrderPage) -> OrderOut:
    lines = [LineOut.model_validate(line.model_dump()) for line in page.lines[order.id]]
    custom = {one.name: one.plain for one in page.customs.get(order.id, ())}
    more = {"shop": page.shop_codes[order.shop_id], "lines": lines, "custom": custom}
    return veiled(OrderOut.model_validate(order.model_dump() | more))
