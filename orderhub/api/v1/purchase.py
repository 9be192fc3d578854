"""What is bought and what has come of it, for programs: an ERP drafts an order, a warehouse's program counts it.

To approve an order and to place it is left to people.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.once import ChangeAsked, IdempotencyKey, once
from orderhub.api.posted import Posted, posted, posted_schema
from orderhub.api.v1.given import REFUSALS, WRITE_REFUSALS, Code, CostFen, Cursor, Limit, Number, RowId, Text
from orderhub.domain import stock_upkeep
from orderhub.domain.purchase_order import (
    MOST_LINES,
    MOST_PIECES,
    LineDraft,
    PurchaseLine,
    PurchaseStatus,
    draft_purchase,
    lines_of,
    purchase_of,
)
from orderhub.domain.receipt import Counted, Receipt, ReceiptLine, receipts_of, receive
from orderhub.domain.stock import warehouse_coded
from orderhub.domain.supplier import supplier_coded
from orderhub.insights.program_pages import Asked, BoughtRow, purchase, purchases
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.money import MOST_FEN
from orderhub.kernel.sight import looking
from orderhub.kernel.veil import veiled, without_amounts

router = APIRouter(prefix="/api/v1/purchases", tags=["purchases"], responses=REFUSALS)

_DRAFT = {
    "supplier": "HZ-01",
    "warehouse": "east",
    "order_no": "ERP-2026-118",
    "note": "双十二备货",
    "lines": [{"sku_code": "BOX-40L", "quantity": 240, "price_fen": 1250, "promised_on": "2026-12-04"}],
}
_COUNTED = {"line_no": 1, "good": 232, "wrong": 2, "missing": 1, "defective": 5}
_LINE = _COUNTED | {
    "sku_code": "BOX-40L",
    "is_sku": True,
    "title": "收纳箱 40L",
    "quantity": 240,
    "price_fen": 1250,
    "promised_on": "2026-12-04",
    "settled_on": "2026-12-03",
}
_ORDER: dict[str, Any] = {
    "id": 12,
    "order_no": "ERP-2026-118",
    "supplier": "HZ-01",
    "warehouse": "east",
    "status": "received",
    "is_history": False,
    "ordered_on": "2026-11-24",
    "note": "双十二备货",
    "made_at": "2026-11-24T02:00:00Z",
    "made_by": "key:ERP",
    "lines": [_LINE],
}
_RECEIPT_POST = {"receipt_no": "RK-1", "received_on": "2026-12-03", "note": "", "counted": [_COUNTED]}
_RECEIPT: dict[str, Any] = _RECEIPT_POST | {"by": "key:WMS", "at": "2026-12-03T03:00:00Z"}

_Pieces = Annotated[int, Field(ge=0, le=MOST_PIECES)]

_CARD: dict[str, Any] = _ORDER | {"receipts": [_RECEIPT]}


class CountedPieces(Posted):
    """Of a line, so many pieces are in each state; every piece is said once."""

    line_no: int = Field(ge=1, le=MOST_LINES)
    good: _Pieces = Field(default=0, description="On the shelf from now on.")
    wrong: _Pieces = Field(default=0, description="Something else than was ordered.")
    missing: _Pieces = Field(default=0, description="Said to have come, and did not.")
    defective: _Pieces = 0


class LineOut(BaseModel):
    """``is_sku``: its code is a SKU of ours, so that it moves stock; ``settled_on``: nothing is to come any more."""

    line_no: int
    sku_code: str
    is_sku: bool
    title: str
    quantity: int
    price_fen: CostFen = Field(description="Of a piece; null where the key's owner may not see costs.")
    promised_on: date | None
    good: int
    wrong: int
    missing: int
    defective: int
    settled_on: date | None


class ReceiptOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_RECEIPT]})

    receipt_no: str
    received_on: date
    note: str
    by: str
    at: datetime
    counted: list[CountedPieces]


class PurchaseOut(BaseModel):
    """``warehouse`` is empty where it is for none of ours; ``is_history``: from before the hub, moves no stock.

    Amounts in ``note`` are left out where the key's owner may not see money.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    id: int
    order_no: str
    supplier: str = Field(description="Our code of the supplier.")
    warehouse: str
    status: PurchaseStatus
    is_history: bool
    ordered_on: date | None
    note: str
    made_at: datetime
    made_by: str
    lines: list[LineOut]


class PurchaseCard(PurchaseOut):
    """One order with all that has come of it, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CARD]})

    receipts: list[ReceiptOut]


class PurchaseList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"purchases": [_ORDER], "next_cursor": ""}]})

    purchases: list[PurchaseOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


class LinePost(Posted):
    sku_code: Code = Field(description="Our SKU's, or the supplier's word for what is no SKU of ours.")
    quantity: int = Field(ge=1, le=MOST_PIECES)
    price_fen: int = Field(default=0, ge=0, le=MOST_FEN, description="Of a piece; 0: not known.")
    promised_on: date | None = None
    title: Text = ""


class PurchasePost(Posted):
    model_config = ConfigDict(json_schema_extra={"examples": [_DRAFT]})

    supplier: Code = Field(description="Our code of the supplier.")
    warehouse: Code | None = Field(default=None, description="Our code; none: for no warehouse of ours.")
    order_no: Code | None = Field(default=None, description="Yours, once for each supplier; else we give one.")
    note: Text = ""
    lines: list[LinePost] = Field(min_length=1, max_length=MOST_LINES)


class ReceiptPost(Posted):
    model_config = ConfigDict(json_schema_extra={"examples": [_RECEIPT_POST]})

    receipt_no: Code | None = Field(default=None, description="Yours: the same one again changes nothing.")
    received_on: date | None = Field(default=None, description="Today, where nothing is said.")
    note: Text = ""
    counted: list[CountedPieces] = Field(min_length=1, max_length=MOST_LINES)


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_PURCHASE_READ))]
_Buyer = Annotated[Signed, Depends(needs_key(Permission.API_PURCHASE_WRITE))]
_Counter = Annotated[Signed, Depends(needs_key(Permission.API_STOCK_WRITE))]


@router.get("")
def list_purchases(
    _reader: _Reader,
    *,
    supplier: Number = "",
    order_no: Number = "",
    warehouse: Number = "",
    status: PurchaseStatus | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> PurchaseList:
    """Purchase orders, the first one made first."""
    with reading() as session:
        page = purchases(
            session, Asked(cursor, limit), supplier=supplier, order_no=order_no, warehouse=warehouse, status=status
        )
        return veiled(
            PurchaseList(purchases=[PurchaseOut(**_facts(row)) for row in page.rows], next_cursor=page.next_cursor)
        )


@router.get("/{purchase_id}")
def get_purchase(_reader: _Reader, purchase_id: RowId) -> PurchaseCard:
    """One purchase order, with what has come of it."""
    with reading() as session:
        return veiled(_card(session, purchase_id))


@router.post("", status_code=201, responses=WRITE_REFUSALS, openapi_extra=posted_schema(PurchasePost))
def post_purchase(
    caller: _Buyer,
    asked: Annotated[PurchasePost, Depends(posted(PurchasePost))],
    idempotency_key: IdempotencyKey = "",
) -> PurchaseCard:
    """A draft, which people approve and place. A number that the supplier's orders hold already is refused."""

    def draft(session: Session, now: datetime) -> PurchaseCard:
        with looking(session):
            supplier = supplier_coded(session, asked.supplier)
            place = warehouse_coded(session, asked.warehouse) if asked.warehouse else None
        lines = [
            LineDraft(one.sku_code, one.quantity, one.price_fen, one.promised_on, one.title) for one in asked.lines
        ]
        made = draft_purchase(
            session, supplier, place, lines, order_no=asked.order_no or "", note=asked.note, by=caller.name, now=now
        )
        return _card(session, made.id)

    return once(
        ChangeAsked(caller, Permission.API_PURCHASE_WRITE, "purchase", asked, idempotency_key), PurchaseCard, draft
    )


@router.post(
    "/{purchase_id}/receipts", status_code=201, responses=WRITE_REFUSALS, openapi_extra=posted_schema(ReceiptPost)
)
def post_receipt(
    caller: _Counter,
    purchase_id: RowId,
    asked: Annotated[ReceiptPost, Depends(posted(ReceiptPost))],
    idempotency_key: IdempotencyKey = "",
) -> ReceiptOut:
    """What has come of a placed order; good pieces are on the shelf. Without a number and a key, repeating adds up."""

    def count(session: Session, now: datetime) -> ReceiptOut:
        lines = lines_of(session, purchase_of(session, purchase_id).id)
        made = receive(
            session,
            purchase_id,
            _counted(lines, asked.counted),
            receipt_no=asked.receipt_no or "",
            received_on=asked.received_on,
            note=asked.note,
            by=caller.name,
            now=now,
        )
        stock_upkeep.serve_waiting(session, now=now)
        return next(one for one in _receipts(session, purchase_id, lines) if one.receipt_no == made.receipt_no)

    operation = f"receipt {purchase_id}"
    return once(ChangeAsked(caller, Permission.API_STOCK_WRITE, operation, asked, idempotency_key), ReceiptOut, count)


def _counted(lines: Sequence[PurchaseLine], asked: Sequence[CountedPieces]) -> list[Counted]:
    """Raises: BadInput: it names the first line that the order has not."""
    known = {line.place: line.id for line in lines}
    for index, one in enumerate(asked):
        if one.line_no not in known:
            field = f"counted.{index}.line_no"
            raise BadInput(f"{field}: the order has no line {one.line_no}", field=field, problem="receipt_lines")
    return [Counted(known[one.line_no], **one.model_dump(exclude={"line_no"})) for one in asked]


def _card(session: Session, purchase_id: int) -> PurchaseCard:
    row = purchase(session, purchase_id)
    return PurchaseCard(**_facts(row), receipts=_receipts(session, purchase_id, row.lines))


def _facts(row: BoughtRow) -> dict[str, Any]:
    names = ("id", "order_no", "status", "is_history", "ordered_on", "made_at", "made_by")
    facts = {name: getattr(row.order, name) for name in names} | {"note": without_amounts(row.order.note)}
    return facts | {"supplier": row.supplier, "warehouse": row.warehouse, "lines": list(map(_line, row.lines))}


def _line(line: PurchaseLine) -> LineOut:
    facts = line.model_dump(include=set(LineOut.model_fields))
    return LineOut(line_no=line.place, sku_code=line.code, is_sku=line.sku_id > 0, **facts)


def _receipts(session: Session, purchase_id: int, lines: Sequence[PurchaseLine]) -> list[ReceiptOut]:
    places = {line.id: line.place for line in lines}
    return [_receipt(receipt, inside, places) for receipt, inside in receipts_of(session, purchase_id)]


def _receipt(receipt: Receipt, inside: Sequence[ReceiptLine], places: Mapping[int, int]) -> ReceiptOut:
    states = ("good", "wrong", "missing", "defective")
    counted = [
        CountedPieces(line_no=places[one.line_id], **{state: getattr(one, state) for state in states}) for one in inside
    ]
    facts = receipt.model_dump(include=set(ReceiptOut.model_fields) - {"note"})
    return ReceiptOut(**facts, note=without_amounts(receipt.note), counted=counted)
