"""What do the warehouses have to pack? For a warehouse's own program, which says by ``/shipments`` what has left."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.v1.given import REFUSALS, Cursor, Limit, Number
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.words import Carrier
from orderhub.insights.program_pages import Asked, DeliveryRow, deliveries
from orderhub.kernel.db import reading

router = APIRouter(prefix="/api/v1/deliveries", tags=["shipments"], responses=REFUSALS)

_EXAMPLE = {
    "id": 12,
    "status": "planned",
    "warehouse": "east",
    "carrier": "zto",
    "tracking_no": "",
    "ship_by": "2026-11-26T02:00:00Z",
    "pieces": [
        {
            "shop": "tb-flagship",
            "channel_order_no": "9000000000000748670",
            "channel_line_no": "1",
            "sku_code": "BOX-40L",
            "quantity": 2,
        }
    ],
}


class PieceOut(BaseModel):
    shop: str = Field(description="Our code of the shop.")
    channel_order_no: str
    channel_line_no: str
    sku_code: str
    quantity: int


class DeliveryOut(BaseModel):
    """``warehouse`` is empty where the hub keeps no stock; ``carrier`` and ``tracking_no`` are so until known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    status: DeliveryStatus
    warehouse: str
    carrier: Carrier | None
    tracking_no: str
    ship_by: datetime | None
    pieces: list[PieceOut]


class DeliveryList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"deliveries": [_EXAMPLE], "next_cursor": ""}]})

    deliveries: list[DeliveryOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


@router.get("")
def list_deliveries(
    _reader: Annotated[Signed, Depends(needs_key(Permission.API_SHIPMENT_READ))],
    *,
    status: DeliveryStatus = DeliveryStatus.PLANNED,
    warehouse: Number = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> DeliveryList:
    """Parcels as they are planned, the first one planned first. Of an order that is held or refunded none may leave."""
    with reading() as session:
        page = deliveries(session, Asked(cursor, limit), status=status, warehouse=warehouse)
        return DeliveryList(deliveries=[_shown(row) for row in page.rows], next_cursor=page.next_cursor)


def _shown(row: DeliveryRow) -> DeliveryOut:
    facts = {name: getattr(row.delivery, name) for name in ("id", "status", "carrier", "tracking_no", "ship_by")}
    return DeliveryOut(warehouse=row.warehouse, pieces=[PieceOut(**vars(one)) for one in row.pieces], **facts)
