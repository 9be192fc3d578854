"""Goods and warehouses to begin a stock test with, and what must be true of them at any moment."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.reservation import Reservation
from orderhub.domain.sku import Sku, put_sku
from orderhub.domain.stock import StockEntry, StockLevel, Warehouse, count, put_warehouse
from tests.builders import NOW

EAST, SOUTH = "east", "south"


def warehouses(session: Session, now: datetime = NOW) -> dict[str, Warehouse]:
    return {
        EAST: put_warehouse(session, EAST, name="华东仓", provinces="上海 江苏 浙江", rank=1, now=now),
        SOUTH: put_warehouse(session, SOUTH, name="华南仓", provinces="广东 福建", rank=2, now=now),
    }


def stocked(session: Session, now: datetime = NOW, **pieces: int | tuple[int, int]) -> dict[str, Sku]:
    """SKUs by code (``A_18`` is A-18) with so many pieces in the east, or in (east, south)."""
    every = warehouses(session, now)
    made = {}
    for name, given in pieces.items():
        code = name.replace("_", "-")
        made[code] = put_sku(session, code, title=f"测试 {code}", by="tester", now=now)
        for place, on_hand in zip((EAST, SOUTH), given if isinstance(given, tuple) else (given,), strict=False):
            count(session, made[code].id, every[place], on_hand, reason="开仓", by="tester", now=now)
    return made


def level(session: Session, code: str, warehouse: str = EAST) -> tuple[int, int]:
    """(on hand, reserved)"""
    wanted = (
        select(StockLevel.on_hand, StockLevel.reserved)
        .join(Sku, col(Sku.id) == StockLevel.sku_id)
        .join(Warehouse, col(Warehouse.id) == StockLevel.warehouse_id)
        .where(Sku.code == code, Warehouse.code == warehouse)
    )
    return tuple(session.exec(wanted).one())  # type: ignore[return-value]


def assert_sound(session: Session) -> None:
    """Nothing is negative, the ledger's sums are the counters, and what is reserved is somebody's."""
    sums = select(
        StockEntry.sku_id, StockEntry.warehouse_id, func.sum(StockEntry.on_hand_change),
        func.sum(StockEntry.reserved_change),
    ).group_by(col(StockEntry.sku_id), col(StockEntry.warehouse_id))  # fmt: skip
    entered = {(sku, place): (int(on_hand), int(reserved)) for sku, place, on_hand, reserved in session.exec(sums)}
    held: dict[tuple[int, int], int] = {}
    for one in session.exec(select(Reservation).where(Reservation.quantity > 0)):
        held[one.sku_id, one.warehouse_id] = held.get((one.sku_id, one.warehouse_id), 0) + one.quantity
    for one in session.exec(select(StockLevel)):
        place = (one.sku_id, one.warehouse_id)
        assert (one.on_hand, one.reserved) == entered.pop(place, (0, 0))
        assert one.reserved == held.pop(place, 0)
        assert 0 <= one.reserved <= one.on_hand
    assert (entered, held) == ({}, {})
