"""Who sells to the merchant, for programs: their codes stand in purchase orders. Nobody's contact is in an answer."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.v1.given import REFUSALS, Cursor, Limit, Number
from orderhub.insights.program_pages import Asked, suppliers
from orderhub.kernel.db import reading

router = APIRouter(prefix="/api/v1/suppliers", tags=["purchases"], responses=REFUSALS)

_EXAMPLE = {"code": "HZ-01", "name": "杭州收纳制品厂", "lead_days": 10, "currency": "CNY", "is_active": True}


class SupplierOut(BaseModel):
    """``code`` is ours and stays; ``lead_days`` 0: nothing is agreed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    code: str
    name: str
    lead_days: int
    currency: str = Field(description="Prices of its orders are in hundredths of it.")
    is_active: bool


class SupplierList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"suppliers": [_EXAMPLE], "next_cursor": ""}]})

    suppliers: list[SupplierOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


@router.get("")
def list_suppliers(
    _reader: Annotated[Signed, Depends(needs_key(Permission.API_PURCHASE_READ))],
    *,
    code: Number = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> SupplierList:
    """Every supplier, the first one added first."""
    with reading() as session:
        page = suppliers(session, Asked(cursor, limit), code=code)
        shown = [SupplierOut.model_validate(one, from_attributes=True) for one in page.rows]
    return SupplierList(suppliers=shown, next_cursor=page.next_cursor)
