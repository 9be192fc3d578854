"""What do the packing tables show, as the browser gets it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from orderhub.domain.box import Box
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.packing import name_of
from orderhub.domain.stock import Warehouse
from orderhub.domain.wave import LIFECYCLE, WaveStatus
from orderhub.domain.words import Carrier
from orderhub.insights.warehouse import (
    DeliveryRow,
    FloorQuery,
    Inside,
    Stage,
    WaveRow,
    delivery_page,
    stage_counts,
    table_of,
    wave_name,
    waves,
)
from orderhub.ui.board_rows import exact, unix
from orderhub.ui.numbers import number_of

PATH = "/warehouse"
_SHOWN_GOODS = 4


@dataclass
class InsideView:
    no: str
    channel: str
    href: str


@dataclass
class DeliveryView:
    """``due`` is unix seconds as text, ``packer`` who has it on the table, ``mark`` the kind of case it is for."""

    id: str
    mark: str
    number: str
    waybill: str
    carrier: str
    warehouse: str
    wave: str
    orders: list[InsideView]
    goods: str
    due: str
    due_exact: str
    packer: str
    packed_by: str
    left_by: str
    left: str
    left_exact: str
    is_held: bool
    is_urgent: bool


@dataclass
class WaveView:
    """``moves`` are the words it may go on with."""

    id: str
    name: str
    warehouse: str
    status: str
    deliveries: str
    packed: str
    by: str
    href: str
    moves: list[str]


@dataclass
class WarehouseView:
    id: str
    name: str
    href: str
    leaves_on_packing: bool


@dataclass
class FloorView:
    """``tabs`` are the stages' addresses, ``here`` what the list is narrowed to, as its address says it."""

    stage: str = Stage.TO_LABEL
    tabs: dict[str, str] = field(default_factory=lambda: dict.fromkeys(Stage, PATH))
    counts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(Stage, ""))
    rows: list[DeliveryView] = field(default_factory=list)
    total: str = "0"
    next: str = ""
    has_more: bool = False
    warehouses: list[WarehouseView] = field(default_factory=list)
    warehouse: str = ""
    every_warehouse: str = PATH
    carrier: str = ""
    wave: str = ""
    waves: list[WaveView] = field(default_factory=list)


@dataclass
class ItemView:
    code: str
    title: str
    packed: str
    pieces: str
    is_full: bool


@dataclass
class TableView:
    """What one person is packing; an empty ``id``: nothing."""

    id: str = ""
    number: str = ""
    carrier: str = ""
    orders: list[InsideView] = field(default_factory=list)
    goods: list[ItemView] = field(default_factory=list)
    packed: str = "0"
    pieces: str = "0"
    has_begun: bool = False


def read_floor(given: Mapping[str, str]) -> FloorQuery:
    """What an address asks for; what it does not know is left out."""
    stage, carrier = given.get("stage", ""), given.get("carrier", "")
    return FloorQuery(
        stage=Stage(stage) if stage in list(Stage) else Stage.TO_LABEL,
        warehouse_id=number_of(given.get("warehouse", "")),
        carrier=Carrier(carrier) if carrier in list(Carrier) else None,
        wave_id=number_of(given.get("wave", "")),
        before=number_of(given.get("before", "")),
    )


def floor_address(query: FloorQuery) -> str:
    parts = {
        "stage": "" if query.stage is Stage.TO_LABEL else query.stage,
        "warehouse": query.warehouse_id or "",
        "carrier": query.carrier or "",
        "wave": query.wave_id or "",
        "before": query.before or "",
    }
    kept = urlencode({name: value for name, value in parts.items() if value})
    return f"{PATH}?{kept}" if kept else PATH


def floor_view(session: Session, query: FloorQuery) -> FloorView:
    counts = stage_counts(session, query)
    rows, has_more = delivery_page(session, query)
    places = session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.rank)))
    return FloorView(
        stage=query.stage,
        tabs={stage: floor_address(replace(query, before=0, stage=stage)) for stage in Stage},
        counts={stage: f"{counts[stage]:,}" if counts.get(stage) else "" for stage in Stage},
        rows=[_delivery(row) for row in rows],
        total=f"{counts.get(query.stage, len(rows)):,}",
        next=floor_address(replace(query, before=rows[-1].delivery.id)) if has_more and _reads_on(query) else "",
        has_more=has_more,
        warehouses=[
            WarehouseView(
                str(one.id),
                one.name,
                floor_address(replace(query, before=0, warehouse_id=one.id)),
                one.leaves_on_packing,
            )
            for one in places
        ],
        warehouse=str(query.warehouse_id or ""),
        every_warehouse=floor_address(replace(query, before=0, warehouse_id=0)),
        carrier=query.carrier or "",
        wave=str(query.wave_id or ""),
        waves=[_wave(row, query) for row in waves(session, query.warehouse_id)],
    )


def table_view(session: Session, name: str) -> TableView:
    found = table_of(session, name)
    if not found:
        return TableView()
    row, box = found
    return TableView(
        id=str(row.delivery.id),
        number=name_of(row.delivery),
        carrier=row.delivery.carrier or "",
        orders=[_inside(one) for one in row.orders],
        goods=_items(box),
        packed=str(sum(item.packed for item in box.items)),
        pieces=str(sum(item.pieces for item in box.items)),
        has_begun=any(item.packed for item in box.items),
    )


def _reads_on(query: FloorQuery) -> bool:
    """What has left is read page by page; what waits is worked off from the front."""
    return query.stage is Stage.LEFT


def _delivery(row: DeliveryRow) -> DeliveryView:
    one = row.delivery
    more = " …" if len(row.goods) > _SHOWN_GOODS else ""
    is_here = one.status is not DeliveryStatus.LEFT
    return DeliveryView(
        id=str(one.id),
        mark=row.kind,
        number=f"D{one.id}",
        waybill=one.tracking_no,
        carrier=one.carrier or "",
        warehouse=row.warehouse,
        wave=row.wave,
        orders=[_inside(inside) for inside in row.orders],
        goods=", ".join(f"{code} ×{count}" for code, count in row.goods[:_SHOWN_GOODS]) + more,
        due=unix(one.ship_by) if is_here else "",
        due_exact=exact(one.ship_by),
        packer=one.packer,
        packed_by=one.packed_by,
        left_by=one.left_by,
        left=unix(one.left_at),
        left_exact=exact(one.left_at),
        is_held=any(inside.is_held for inside in row.orders),
        is_urgent=any(inside.is_urgent for inside in row.orders),
    )


def _inside(one: Inside) -> InsideView:
    return InsideView(one.channel_order_no, one.channel, f"/orders?tab=all&order={one.order_id}")


def _items(box: Box) -> list[ItemView]:
    """What is still to go in first."""
    in_order = sorted(box.items, key=lambda item: (item.left == 0, item.code))
    return [ItemView(item.code, item.title, str(item.packed), str(item.pieces), item.left == 0) for item in in_order]


def _wave(row: WaveRow, query: FloorQuery) -> WaveView:
    return WaveView(
        id=str(row.wave.id),
        name=wave_name(row.wave),
        warehouse=row.warehouse,
        status=row.wave.status,
        deliveries=f"{row.deliveries:,}",
        packed=f"{row.packed:,}",
        by=row.wave.made_by,
        href=floor_address(replace(query, before=0, stage=Stage.TO_PACK, wave_id=row.wave.id)),
        moves=[str(word) for word in WaveStatus if LIFECYCLE.may(row.wave.status, word)],
    )
