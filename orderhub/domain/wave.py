"""Which parcels are picked in one walk? 波次: deliveries of one warehouse, the most pressing first.

A delivery is in one wave at most; one that is merged or cancelled leaves it (``move_delivery``), and what is on hold
never joins.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.order import Order
from orderhub.domain.stock import Warehouse
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.lifecycle import Lifecycle
from orderhub.kernel.sight import find, in_sight

MOST = 500
_NEVER = datetime.max.replace(tzinfo=UTC)


class WaveStatus(StrEnum):
    OPEN = "open"  # 待拣货
    PICKING = "picking"  # 拣货中
    DONE = "done"  # 已拣完
    CANCELLED = "cancelled"  # 已取消


LIFECYCLE = Lifecycle(
    WaveStatus.OPEN,
    {
        WaveStatus.OPEN: {WaveStatus.PICKING, WaveStatus.DONE, WaveStatus.CANCELLED},
        WaveStatus.PICKING: {WaveStatus.DONE, WaveStatus.CANCELLED},
        WaveStatus.DONE: set(),
        WaveStatus.CANCELLED: set(),
    },
)


class Wave(SQLModel, table=True):
    """The ``number``-th wave of its warehouse on ``day``, a day in Shanghai."""

    __table_args__ = (UniqueConstraint("warehouse_id", "day", "number"),)

    id: int = own_id()
    warehouse_id: int = Field(sa_type=BigId)
    day: date
    number: int
    status: WaveStatus = Field(default=WaveStatus.OPEN, sa_type=word(WaveStatus))
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class NothingToPick(RuleBroken):
    code = "nothing_to_pick"


@dataclass(frozen=True)
class WaveEvent(Happening):
    subject_type: ClassVar[str] = "wave"


@dataclass(frozen=True)
class WaveMade(WaveEvent):
    warehouse_id: int
    deliveries: int


@dataclass(frozen=True)
class WaveMoved(WaveEvent):
    source: str
    target: str


@dataclass(frozen=True)
class WaveWish:
    """Which deliveries a wave may take: all of a carrier, only those of one kind of goods, only urgent ones.

    ``only_labelled``: those that have their waybill. At most ``most``.
    """

    carrier: Carrier | None = None
    only_single: bool = False
    only_urgent: bool = False
    only_labelled: bool = False
    most: int = 100


@dataclass(frozen=True)
class Candidate:
    """A delivery as it is ranked; ``paid_fen`` is what its orders are worth, ``kinds`` how many SKUs it holds."""

    delivery_id: int
    carrier: Carrier | None
    is_labelled: bool
    is_urgent: bool
    is_held: bool
    ship_by: datetime | None
    paid_fen: int
    kinds: int


def chosen(wish: WaveWish, candidates: Iterable[Candidate]) -> list[int]:
    """Ids of the deliveries that make the wave, the most pressing first: urgent, then ship-by time, then money."""
    fitting = [
        one
        for one in candidates
        if not one.is_held
        and wish.carrier in (None, one.carrier)
        and (one.is_urgent or not wish.only_urgent)
        and (one.kinds == 1 or not wish.only_single)
        and (one.is_labelled or not wish.only_labelled)
    ]
    fitting.sort(key=_pressing)
    return [one.delivery_id for one in fitting[: max(0, min(wish.most, MOST))]]


def _pressing(one: Candidate) -> tuple[bool, datetime, int, int]:
    return not one.is_urgent, one.ship_by or _NEVER, -one.paid_fen, one.delivery_id


def make_wave(session: Session, warehouse_id: int, wish: WaveWish, *, by: str, now: datetime) -> Wave:
    """A wave of what waits at the warehouse and is in none yet.

    Raises:
        NothingToPick: nothing that waits there fits ``wish``.
    """
    find(session, Warehouse, warehouse_id, lock=True)  # two at once make two numbers
    ids = chosen(wish, candidates(session, warehouse_id))
    wanted = select(Delivery).where(
        col(Delivery.id).in_(ids), Delivery.status == DeliveryStatus.PLANNED, Delivery.wave_id == 0
    )
    joining = session.exec(wanted.order_by(col(Delivery.id)).with_for_update()).all()
    if not joining:
        raise NothingToPick("nothing that waits here fits: widen the choice, or make waybills first")
    day = business_day(now)
    of_day = select(func.max(Wave.number)).where(Wave.warehouse_id == warehouse_id, Wave.day == day)
    wave = Wave(
        warehouse_id=warehouse_id, day=day, number=(session.exec(of_day).one() or 0) + 1, made_by=by, made_at=now
    )
    session.add(wave)
    session.flush()
    for delivery in joining:
        delivery.wave_id, delivery.changed_at = wave.id, now
        session.add(delivery)
    record(session, WaveMade(wave.id, warehouse_id, len(joining)), actor=by, now=now)
    return wave


def candidates(session: Session, warehouse_id: int) -> list[Candidate]:
    """Every planned delivery of the warehouse that is in no wave, as it stands now."""
    wanted = (
        select(Delivery, DeliveryPiece.sku_id, DeliveryPiece.line_id, Order)
        .join(DeliveryPiece, col(DeliveryPiece.delivery_id) == Delivery.id)
        .join(Order, col(Order.id) == DeliveryPiece.order_id)
        .where(Delivery.warehouse_id == warehouse_id, Delivery.status == DeliveryStatus.PLANNED, Delivery.wave_id == 0)
    )
    orders: dict[int, dict[int, Order]] = {}
    goods: dict[int, set[tuple[int, int]]] = {}
    deliveries: dict[int, Delivery] = {}
    for delivery, sku_id, line_id, order in session.exec(in_sight(wanted)):
        deliveries[delivery.id] = delivery
        orders.setdefault(delivery.id, {})[order.id] = order
        goods.setdefault(delivery.id, set()).add((sku_id, 0 if sku_id else line_id))
    return [
        Candidate(
            delivery_id=delivery.id,
            carrier=delivery.carrier,
            is_labelled=bool(delivery.tracking_no),
            is_urgent=any(order.is_urgent for order in orders[delivery.id].values()),
            is_held=any(order.is_held for order in orders[delivery.id].values()),
            ship_by=delivery.ship_by,
            paid_fen=sum(order.paid_fen for order in orders[delivery.id].values()),
            kinds=len(goods[delivery.id]),
        )
        for delivery in deliveries.values()
    ]


def move_wave(session: Session, wave_id: int, target: WaveStatus, *, by: str, now: datetime) -> Wave:
    """Begin, finish or cancel it; what has not been packed leaves a wave that is cancelled.

    Raises:
        NotFound: no wave has this id. IllegalMove.
    """
    wave = find(session, Wave, wave_id, lock=True)
    if not wave:
        raise NotFound(f"wave {wave_id} does not exist")
    LIFECYCLE.check(wave.status, target)
    record(session, WaveMoved(wave.id, wave.status, target), actor=by, now=now)
    wave.status = target
    wave.ended_at = now if not LIFECYCLE.moves[target] else None
    session.add(wave)
    if target is WaveStatus.CANCELLED:
        inside = select(Delivery).where(Delivery.wave_id == wave_id, Delivery.status == DeliveryStatus.PLANNED)
        for delivery in session.exec(inside.order_by(col(Delivery.id)).with_for_update()):
            delivery.wave_id, delivery.changed_at = 0, now
            session.add(delivery)
    return wave
