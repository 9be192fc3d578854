"""What is fetched from the shelves for these deliveries, and into which box does each piece go?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from orderhub.domain.delivery import Delivery
from orderhub.domain.label import Goods, goods_in, orders_in
from orderhub.domain.stock import Warehouse


@dataclass(frozen=True)
class PickRow:
    """One SKU; ``boxes`` are (number of the box, pieces)."""

    code: str
    title: str
    pieces: int
    boxes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PickBox:
    number: int
    delivery_id: int
    order_nos: tuple[str, ...]
    tracking_no: str
    pieces: int


@dataclass(frozen=True)
class PickList:
    warehouse: str
    rows: tuple[PickRow, ...]
    boxes: tuple[PickBox, ...]

    @property
    def pieces(self) -> int:
        return sum(row.pieces for row in self.rows)


def pick_lists(session: Session, delivery_ids: Sequence[int]) -> list[PickList]:
    """One for each warehouse, by rank; boxes are numbered in the order of ``delivery_ids``, SKUs stand by code."""
    wanted = select(Delivery).where(col(Delivery.id).in_(list(delivery_ids)))
    known = {delivery.id: delivery for delivery in session.exec(wanted)}
    orders, goods = orders_in(session, delivery_ids), goods_in(session, delivery_ids)
    by_warehouse: dict[int, list[Delivery]] = {}
    for delivery_id in dict.fromkeys(delivery_ids):
        if delivery_id in known:
            by_warehouse.setdefault(known[delivery_id].warehouse_id, []).append(known[delivery_id])
    warehouses = {one.id: one for one in session.exec(select(Warehouse).where(col(Warehouse.id).in_(by_warehouse)))}
    ranked = sorted(by_warehouse, key=lambda number: warehouses[number].rank if number in warehouses else -1)
    found = []
    for number in ranked:
        boxes = tuple(
            PickBox(
                position,
                delivery.id,
                tuple(order.channel_order_no for order in orders.get(delivery.id, ())),
                delivery.tracking_no,
                sum(one.pieces for one in goods.get(delivery.id, ())),
            )
            for position, delivery in enumerate(by_warehouse[number], start=1)
        )
        name = warehouses[number].name if number in warehouses else ""
        found.append(PickList(name, _rows(boxes, goods), boxes))
    return found


def _rows(boxes: Sequence[PickBox], goods: Mapping[int, Sequence[Goods]]) -> tuple[PickRow, ...]:
    inside: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for box in boxes:
        for one in goods.get(box.delivery_id, ()):
            inside.setdefault((one.code, one.title), []).append((box.number, one.pieces))
    return tuple(
        PickRow(code, title, sum(pieces for _, pieces in given), tuple(given))
        for (code, title), given in sorted(inside.items())
    )
