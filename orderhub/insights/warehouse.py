"""What waits at the packing tables, and in which state? Deliveries by what is to be done with them next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from orderhub.domain.box import Box
from orderhub.domain.delivery import OPEN, Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.order import Order, OrderLine
from orderhub.domain.packing import box_of, on_table
from orderhub.domain.sku import Sku
from orderhub.domain.stock import Warehouse
from orderhub.domain.wave import Wave, WaveStatus
from orderhub.domain.words import Carrier
from orderhub.insights.replacement import case_kinds

PAGE = 100
MOST_CHOSEN = 2000
_RECENT_WAVES = 12


class Stage(StrEnum):
    """What is to be done next with a delivery."""

    TO_LABEL = "to_label"  # 待打单
    TO_PICK = "to_pick"  # 待拣货
    TO_PACK = "to_pack"  # 待装箱
    TO_LEAVE = "to_leave"  # 待发出
    LEFT = "left"  # 已发出


@dataclass(frozen=True)
class FloorQuery:
    """``warehouse_id`` and ``wave_id`` 0: of any; ``carrier`` None: of any, and those without one."""

    stage: Stage = Stage.TO_LABEL
    warehouse_id: int = 0
    carrier: Carrier | None = None
    wave_id: int = 0
    before: int = 0


@dataclass(frozen=True)
class Inside:
    """An order with pieces in a delivery."""

    order_id: int
    channel_order_no: str
    channel: str
    is_held: bool
    is_urgent: bool
    status: str


@dataclass(frozen=True)
class DeliveryRow:
    """``goods`` are (code, pieces), the most pieces first; ``kind`` of the case it is sent for, empty for an order."""

    delivery: Delivery
    warehouse: str
    wave: str
    orders: tuple[Inside, ...]
    goods: tuple[tuple[str, int], ...]
    kind: str = ""


@dataclass(frozen=True)
class WaveRow:
    """``deliveries`` are in it, ``packed`` of them packed or gone."""

    wave: Wave
    warehouse: str
    deliveries: int
    packed: int


def wave_name(wave: Wave) -> str:
    """``1126-3``: the third of 26 November."""
    return f"{wave.day:%m%d}-{wave.number}"


def stage_counts(session: Session, query: FloorQuery) -> dict[Stage, int]:
    """How many deliveries are in each stage; what has left is not counted."""
    where = _narrowed(query)
    stage = case(*[(_IN[one], one.value) for one in Stage if one is not Stage.LEFT])
    wanted = select(stage, func.count()).where(col(Delivery.status).in_(OPEN), *where).group_by(stage)
    return {Stage(word): count for word, count in session.exec(wanted)}


def delivery_page(session: Session, query: FloorQuery) -> tuple[list[DeliveryRow], bool]:
    """The stage's deliveries, those to leave first first, and whether there are more; what has left, newest first."""
    wanted = _of(query)
    if query.stage is Stage.LEFT:
        if query.before:
            wanted = wanted.where(Delivery.id < query.before)
        wanted = wanted.order_by(col(Delivery.id).desc())
    else:
        wanted = wanted.order_by(col(Delivery.ship_by).is_(None), col(Delivery.ship_by), col(Delivery.id))
    found = list(session.exec(wanted.limit(PAGE + 1)))
    return _rows(session, found[:PAGE]), len(found) > PAGE


def chosen_ids(session: Session, query: FloorQuery) -> list[int]:
    """Every delivery the query names, at most ``MOST_CHOSEN``, those to leave first first."""
    in_order = _of(query).order_by(col(Delivery.ship_by).is_(None), col(Delivery.ship_by), col(Delivery.id))
    return [delivery.id for delivery in session.exec(in_order.limit(MOST_CHOSEN))]


def waves(session: Session, warehouse_id: int) -> list[WaveRow]:
    """Those that go on first, then the newest."""
    is_over = col(Wave.status).in_((WaveStatus.DONE, WaveStatus.CANCELLED))
    wanted = select(Wave).order_by(is_over, col(Wave.id).desc()).limit(_RECENT_WAVES)
    if warehouse_id:
        wanted = wanted.where(Wave.warehouse_id == warehouse_id)
    found = list(session.exec(wanted))
    packed = func.sum(case((col(Delivery.status) == DeliveryStatus.PLANNED, 0), else_=1))
    inside = select(Delivery.wave_id, func.count(), packed).where(col(Delivery.wave_id).in_([one.id for one in found]))
    counts = {number: (count, done) for number, count, done in session.exec(inside.group_by(col(Delivery.wave_id)))}
    names = warehouse_names(session)
    return [WaveRow(one, names.get(one.warehouse_id, ""), *counts.get(one.id, (0, 0))) for one in found]


def warehouse_names(session: Session) -> dict[int, str]:
    wanted = select(Warehouse.id, Warehouse.name).where(col(Warehouse.id) > 0)
    return dict(session.exec(wanted.order_by(col(Warehouse.rank), col(Warehouse.id))).all())


def table_of(session: Session, name: str) -> tuple[DeliveryRow, Box] | None:
    """What the person called ``name`` has on the table."""
    delivery = on_table(session, name)
    return (_rows(session, [delivery])[0], box_of(session, delivery.id)) if delivery else None


def delivery_row(session: Session, delivery_id: int) -> DeliveryRow:
    return _rows(session, [session.get_one(Delivery, delivery_id)])[0]


_PLANNED = col(Delivery.status) == DeliveryStatus.PLANNED
_LABELLED = col(Delivery.tracking_no) != ""
_IN_WAVE = col(Delivery.wave_id) != 0
_IN: dict[Stage, ColumnElement[bool]] = {
    Stage.TO_LABEL: and_(_PLANNED, ~_LABELLED),
    Stage.TO_PICK: and_(_PLANNED, _LABELLED, ~_IN_WAVE),
    Stage.TO_PACK: and_(_PLANNED, _LABELLED, _IN_WAVE),
    Stage.TO_LEAVE: col(Delivery.status) == DeliveryStatus.PACKED,
    Stage.LEFT: col(Delivery.status) == DeliveryStatus.LEFT,
}


def _of(query: FloorQuery) -> SelectOfScalar[Delivery]:
    return select(Delivery).where(_IN[query.stage], *_narrowed(query))


def _narrowed(query: FloorQuery) -> list[ColumnElement[bool]]:
    where = []
    if query.warehouse_id:
        where.append(col(Delivery.warehouse_id) == query.warehouse_id)
    if query.carrier:
        where.append(col(Delivery.carrier) == query.carrier)
    if query.wave_id:
        where.append(col(Delivery.wave_id) == query.wave_id)
    return where


def _rows(session: Session, deliveries: Sequence[Delivery]) -> list[DeliveryRow]:
    ids = [delivery.id for delivery in deliveries]
    wanted = (
        select(DeliveryPiece, Order, Sku.code)
        .join(Order, col(Order.id) == DeliveryPiece.order_id)
        .outerjoin(Sku, col(Sku.id) == DeliveryPiece.sku_id)
        .where(col(DeliveryPiece.delivery_id).in_(ids))
        .order_by(col(DeliveryPiece.id))
    )
    found = session.exec(wanted).all()
    lines = _line_codes(session, [piece.line_id for piece, _, code in found if not code])
    orders: dict[int, dict[int, Inside]] = {one: {} for one in ids}
    goods: dict[int, dict[str, int]] = {one: {} for one in ids}
    for piece, order, code in found:
        orders[piece.delivery_id][order.id] = Inside(
            order.id, order.channel_order_no, order.channel, order.is_held, order.is_urgent, order.status
        )
        inside, name = goods[piece.delivery_id], code or lines.get(piece.line_id, "")
        inside[name] = inside.get(name, 0) + piece.quantity
    names, kinds = warehouse_names(session), case_kinds(session, deliveries)
    wave_ids = {delivery.wave_id for delivery in deliveries if delivery.wave_id}
    wave_names = {one.id: wave_name(one) for one in session.exec(select(Wave).where(col(Wave.id).in_(wave_ids)))}
    return [
        DeliveryRow(
            delivery,
            names.get(delivery.warehouse_id, ""),
            wave_names.get(delivery.wave_id, ""),
            tuple(orders[delivery.id].values()),
            tuple(sorted(goods[delivery.id].items(), key=lambda one: (-one[1], one[0]))),
            kinds.get(delivery.aftersale_id, ""),
        )
        for delivery in deliveries
    ]


def _line_codes(session: Session, line_ids: Sequence[int]) -> dict[int, str]:
    wanted = select(OrderLine.id, OrderLine.sku_code, OrderLine.title).where(col(OrderLine.id).in_(line_ids))
    return {line_id: code or title for line_id, code, title in session.exec(wanted)}
