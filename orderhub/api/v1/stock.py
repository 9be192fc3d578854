"""How many pieces are where, for programs; a warehouse's own program says what it counted or changed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.api.keys import needs_key
from orderhub.api.once import ChangeAsked, IdempotencyKey, once
from orderhub.api.posted import Posted, posted, posted_schema
from orderhub.api.v1.given import REFUSALS, WRITE_REFUSALS, Code, Cursor, Limit, Number, Text
from orderhub.domain import stock_upkeep
from orderhub.domain.sku import Sku
from orderhub.domain.stock import StockLevel, Warehouse, adjust, count
from orderhub.insights.program_pages import Asked, StockRow, levels
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput
from orderhub.kernel.sight import in_sight

router = APIRouter(prefix="/api/v1/stock", tags=["stock"], responses=REFUSALS)

_MOST_AT_ONCE = 200
_EXAMPLE = {"sku": "BOX-40L", "warehouse": "east", "on_hand": 120, "reserved": 8, "available": 112}
_AT = "2026-11-24T02:00:00Z"


class LevelOut(BaseModel):
    """``available`` = on hand − reserved; ``counted_at`` is when somebody counted last."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | {"threshold": 10, "counted_at": _AT}]})

    sku: str
    warehouse: str
    on_hand: int
    reserved: int
    available: int
    threshold: int
    counted_at: datetime


class LevelList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"levels": [_EXAMPLE | {"threshold": 10, "counted_at": _AT}], "next_cursor": ""}]
        }
    )

    levels: list[LevelOut]
    next_cursor: str = Field(description="Give it as `cursor` to read on; empty at the end.")


class LevelsChanged(BaseModel):
    """In the order in which they were asked for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"levels": [_EXAMPLE | {"threshold": 10, "counted_at": _AT}]}]}
    )

    levels: list[LevelOut]


class Place(Posted):
    sku: Code
    warehouse: Code


Wanted = TypeVar("Wanted", bound=Place)


class Counted(Place):
    pieces: int = Field(ge=0, le=1_000_000_000, description="On the shelf, those that are reserved included.")


class Adjusted(Place):
    change: int = Field(ge=-1_000_000_000, le=1_000_000_000, description="So many more, or less; not 0.")


class CountPost(Posted):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "盘点", "counts": [{"sku": "BOX-40L", "warehouse": "east", "pieces": 120}]}]
        }
    )

    reason: Text = Field(min_length=1)
    counts: list[Counted] = Field(min_length=1, max_length=_MOST_AT_ONCE)


class AdjustmentPost(Posted):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "破损", "adjustments": [{"sku": "BOX-40L", "warehouse": "east", "change": -1}]}]
        }
    )

    reason: Text = Field(min_length=1)
    adjustments: list[Adjusted] = Field(min_length=1, max_length=_MOST_AT_ONCE)


_Reader = Annotated[Signed, Depends(needs_key(Permission.API_STOCK_READ))]
_Writer = Annotated[Signed, Depends(needs_key(Permission.API_STOCK_WRITE))]


@router.get("")
def list_levels(
    _reader: _Reader, *, sku: Number = "", warehouse: Number = "", cursor: Cursor = "", limit: Limit = 50
) -> LevelList:
    """Every level: a SKU at a warehouse."""
    with reading() as session:
        page = levels(session, Asked(cursor, limit), sku=sku, warehouse=warehouse)
    return LevelList(levels=[_shown(row) for row in page.rows], next_cursor=page.next_cursor)


@router.post("/counts", responses=WRITE_REFUSALS, openapi_extra=posted_schema(CountPost))
def post_counts(
    caller: _Writer,
    asked: Annotated[CountPost, Depends(posted(CountPost))],
    idempotency_key: IdempotencyKey = "",
) -> LevelsChanged:
    """盘点: set what is on the shelf, of up to 200 levels; all of them or, where one is refused, none."""

    def change(session: Session, now: datetime) -> LevelsChanged:
        def one(sku_id: int, warehouse: Warehouse, wanted: Counted) -> StockLevel:
            return count(session, sku_id, warehouse, wanted.pieces, reason=asked.reason, by=caller.name, now=now)

        return _all(session, asked.counts, "counts", one, now)

    return once(ChangeAsked(caller, Permission.API_STOCK_WRITE, "count", asked, idempotency_key), LevelsChanged, change)


@router.post("/adjustments", responses=WRITE_REFUSALS, openapi_extra=posted_schema(AdjustmentPost))
def post_adjustments(
    caller: _Writer,
    asked: Annotated[AdjustmentPost, Depends(posted(AdjustmentPost))],
    idempotency_key: IdempotencyKey = "",
) -> LevelsChanged:
    """So many more or less on the shelf, of up to 200 levels; all of them or none. Send a key: repeating adds up."""

    def change(session: Session, now: datetime) -> LevelsChanged:
        def one(sku_id: int, warehouse: Warehouse, wanted: Adjusted) -> StockLevel:
            return adjust(session, sku_id, warehouse, wanted.change, reason=asked.reason, by=caller.name, now=now)

        return _all(session, asked.adjustments, "adjustments", one, now)

    return once(
        ChangeAsked(caller, Permission.API_STOCK_WRITE, "adjustment", asked, idempotency_key), LevelsChanged, change
    )


def _places(session: Session, asked: Sequence[Place], field: str) -> list[tuple[int, Warehouse]]:
    """Raises: BadInput: it names the first SKU or warehouse that is not there, or a place that is named twice."""
    skus = select(Sku).where(col(Sku.code).in_({one.sku for one in asked}), col(Sku.id) > 0)
    known = {sku.code: sku.id for sku in session.exec(skus)}
    named = select(Warehouse).where(col(Warehouse.code).in_({one.warehouse for one in asked}))
    places = {place.code: place for place in session.exec(in_sight(named))}
    seen = set()
    for index, one in enumerate(asked):
        at = f"{field}.{index}"
        if one.sku not in known:
            raise BadInput(f"{at}.sku: there is no SKU {one.sku!r}", field=f"{at}.sku", problem="unknown_sku")
        if one.warehouse not in places:
            said = f"{at}.warehouse: there is no warehouse {one.warehouse!r}"
            raise BadInput(said, field=f"{at}.warehouse", problem="unknown_warehouse")
        if (one.sku, one.warehouse) in seen:
            raise BadInput(f"{at}: {one.sku} at {one.warehouse} stands here twice", field=at, problem="twice")
        seen.add((one.sku, one.warehouse))
    return [(known[one.sku], places[one.warehouse]) for one in asked]


def _all(
    session: Session,
    asked: Sequence[Wanted],
    field: str,
    change: Callable[[int, Warehouse, Wanted], StockLevel],
    now: datetime,
) -> LevelsChanged:
    """Changed by SKU and warehouse as everybody locks them; shown once orders that waited have been served."""
    places = _places(session, asked, field)
    turns = sorted(range(len(asked)), key=lambda turn: (places[turn][0], places[turn][1].id))
    changed = {turn: change(*places[turn], asked[turn]) for turn in turns}
    stock_upkeep.serve_waiting(session, now=now)
    session.flush()
    for level in changed.values():
        session.refresh(level)
    rows = [StockRow(changed[turn], one.sku, one.warehouse) for turn, one in enumerate(asked)]
    return LevelsChanged(levels=[_shown(row) for row in rows])


def _shown(row: StockRow) -> LevelOut:
    level = row.level
    return LevelOut(
        sku=row.sku,
        warehouse=row.warehouse,
        on_hand=level.on_hand,
        reserved=level.reserved,
        available=level.available,
        threshold=level.threshold,
        counted_at=level.counted_at,
    )
