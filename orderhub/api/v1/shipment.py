"""The parcels, for programs: which have left, and a warehouse's own program says that one has."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.once import ChangeAsked, IdempotencyKey, once
from orderhub.api.posted import Posted, posted, posted_schema
from orderhub.api.v1.given import REFUSALS, WRITE_REFUSALS, Code, Cursor, Limit, Number, RowId, ShopCode
from orderhub.automation.told_parcel import parcel_left
from orderhub.domain.order import Order
from orderhub.domain.words import Carrier
from orderhub.insights.program_pages import Asked, OfOrder, order_named, parcel, parcels
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import find, looking

router = APIRouter(prefix="/api/v1/shipments", tags=["shipments"], responses=REFUSALS)

_EXAMPLE = {
    "id": 7,
    "shop": "tb-flagship",
    "channel_order_no": "9000000000000748670",
    "carrier_code": "zto",
    "carrier_name": "中通快递",
    "tracking_no": "ZT0000000000001",
    "shipped_at": "2026-11-24T03:00:00Z",
    "shipped_by": "key:WMS",
}


class ShipmentOut(BaseModel):
    """``shipped_by`` is empty where only the channel told of the parcel; ``carrier_code`` is then the channel's."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    shop: str = Field(description="Our code of the shop.")
    channel_order_no: str
    carrier_code: str
    carrier_name: str
    tracking_no: str
    shipped_at: datetime | None
    shipped_by: str


class ShipmentList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"shipments": [_EXAMPLE], "next_cursor": ""}]})

    shipments: list[ShipmentOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


class ShipmentPost(Posted):
    """The parcel with exactly ``lines`` has left; without lines the order's only one, or all of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "shop": "tb-flagship",
                    "channel_order_no": "9000000000000748670",
                    "carrier": "zto",
                    "tracking_no": "ZT0000000000001",
                    "lines": ["1"],
                }
            ]
        }
    )

    shop: Code = Field(description="Our code of the shop.")
    channel_order_no: Code
    carrier: Carrier
    tracking_no: Code = Field(description="8 to 30 letters and digits.")
    lines: list[Code] = Field(default=[], max_length=200, description="`channel_line_no` of each line in it.")


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_SHIPMENT_READ))]
_Writer = Annotated[Signed, Depends(needs_key(Permission.API_SHIPMENT_WRITE))]


@router.get("")
def list_shipments(
    _reader: _Reader,
    *,
    shop: ShopCode = "",
    channel_order_no: Number = "",
    tracking_no: Number = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> ShipmentList:
    """Parcels that have left, the first one known first; a recalled one is not there any more."""
    with reading() as session:
        page = parcels(
            session, Asked(cursor, limit), shop=shop, channel_order_no=channel_order_no, tracking_no=tracking_no
        )
    return ShipmentList(shipments=[_shown(row) for row in page.rows], next_cursor=page.next_cursor)


@router.get("/{shipment_id}")
def get_shipment(_reader: _Reader, shipment_id: RowId) -> ShipmentOut:
    """One parcel."""
    with reading() as session:
        return _shown(parcel(session, shipment_id))


@router.post("", status_code=201, responses=WRITE_REFUSALS, openapi_extra=posted_schema(ShipmentPost))
def post_shipment(
    caller: _Writer,
    asked: Annotated[ShipmentPost, Depends(posted(ShipmentPost))],
    idempotency_key: IdempotencyKey = "",
) -> ShipmentOut:
    """A parcel has left, as if it was shipped on the warehouse's page; the channel is told. The same waybill once."""

    def ship(session: Session, now: datetime) -> ShipmentOut:
        with looking(session):
            named = order_named(session, asked.shop, asked.channel_order_no)
        order = find(session, Order, named.id, lock=True)
        if order is None:
            raise NotFound(f"shop {asked.shop!r} has no order {asked.channel_order_no!r}")
        left = parcel_left(
            session, order, asked.carrier, asked.tracking_no, line_nos=asked.lines, by=caller.name, now=now
        )
        session.flush()
        return _shown(OfOrder(left, asked.shop, order.channel_order_no))

    return once(
        ChangeAsked(caller, Permission.API_SHIPMENT_WRITE, "shipment", asked, idempotency_key), ShipmentOut, ship
    )


def _shown(found: OfOrder) -> ShipmentOut:
    names = ("id", "carrier_code", "carrier_name", "tracking_no", "shipped_at", "shipped_by")
    facts = {name: getattr(found.row, name) for name in names}
    return ShipmentOut.model_validate({"shop": found.shop, "channel_order_no": found.channel_order_no} | facts)
