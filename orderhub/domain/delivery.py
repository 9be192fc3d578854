"""What does a warehouse pack? 发货单: the pieces of one parcel, of one order or of several that were merged.

An order that is allocated has one delivery per warehouse it leaves from; splitting gives it more, merging lets pieces
of several orders leave in one. Every piece remembers the delivery it was planned in, so that merging can be undone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.words import Carrier
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.lifecycle import Lifecycle
from orderhub.kernel.sight import find


class DeliveryStatus(StrEnum):
    PLANNED = "planned"  # 待装箱
    PACKED = "packed"  # 已装箱
    LEFT = "left"  # 已发出
    MERGED = "merged"  # 已合并: its pieces leave in another one
    CANCELLED = "cancelled"  # 已作废


# Back from LEFT: somebody said so too early (domain/leaving.py).
LIFECYCLE = Lifecycle(
    DeliveryStatus.PLANNED,
    {
        DeliveryStatus.PLANNED: {
            DeliveryStatus.PACKED,
            DeliveryStatus.LEFT,
            DeliveryStatus.MERGED,
            DeliveryStatus.CANCELLED,
        },
        DeliveryStatus.PACKED: {DeliveryStatus.PLANNED, DeliveryStatus.LEFT, DeliveryStatus.CANCELLED},
        DeliveryStatus.LEFT: {DeliveryStatus.PACKED},
        DeliveryStatus.MERGED: {DeliveryStatus.PLANNED, DeliveryStatus.CANCELLED},
        DeliveryStatus.CANCELLED: set(),
    },
)
OPEN = (DeliveryStatus.PLANNED, DeliveryStatus.PACKED)


class Delivery(SQLModel, table=True):
    """``warehouse_id`` is 0 where the hub keeps no stock. ``tracking_no`` is empty while no waybill is known.

    ``into_id`` is the delivery its pieces were merged into, else 0; ``ship_by`` the earliest of its lines'.
    ``carrier`` is None until somebody or the allocation chose one, ``service_id`` (0: none) by which of its services.
    ``wave_id`` is 0 outside a wave; ``packer`` is who has it on the table at this moment. ``aftersale_id`` is the case
    it replaces goods for (domain/replacement.py), 0: the order's own goods are in it.
    """

    __table_args__ = (
        Index("ix_delivery_open", "status", "ship_by", "id"),
        Index(
            "uq_delivery_tracking_no",
            "tracking_no",
            unique=True,
            sqlite_where=text("tracking_no <> '' AND status <> 'cancelled'"),
            postgresql_where=text("tracking_no <> '' AND status <> 'cancelled'"),
        ),
        Index("ix_delivery_service_id", "service_id", "planned_at"),
    )

    id: int = own_id()
    warehouse_id: int = Field(default=0, sa_type=BigId)
    status: DeliveryStatus = Field(default=DeliveryStatus.PLANNED, sa_type=word(DeliveryStatus))
    carrier: Carrier | None = Field(default=None, sa_type=word(Carrier))
    service_id: int = Field(default=0, sa_type=BigId)
    tracking_no: str = Field(default="", max_length=64)
    into_id: int = Field(default=0, sa_type=BigId, index=True)
    wave_id: int = Field(default=0, sa_type=BigId, index=True)
    packer: str = Field(default="", max_length=64)
    aftersale_id: int = Field(default=0, sa_type=BigId, index=True)
    ship_by: datetime | None = Field(default=None, sa_type=Moment)
    planned_at: datetime = Field(sa_type=Moment)
    packed_at: datetime | None = Field(default=None, sa_type=Moment)
    packed_by: str = Field(default="", max_length=64)
    left_at: datetime | None = Field(default=None, sa_type=Moment)
    left_by: str = Field(default="", max_length=64)
    changed_at: datetime = Field(sa_type=Moment)


class DeliveryPiece(SQLModel, table=True):
    """So many of a SKU for an order's line; ``sku_id`` 0 counts the line's own quantity, where no stock is kept.

    ``home_id`` is the delivery it was planned in, ``delivery_id`` the one it leaves in.
    """

    __tablename__ = "delivery_piece"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("home_id", "line_id", "sku_id"),
        CheckConstraint("quantity > 0", name="some"),
        Index("ix_delivery_piece_delivery_id", "delivery_id", "order_id"),
    )

    id: int = own_id()
    delivery_id: int = Field(foreign_key="delivery.id", sa_type=BigId)
    home_id: int = Field(foreign_key="delivery.id", sa_type=BigId)
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    line_id: int = Field(sa_type=BigId)
    sku_id: int = Field(default=0, sa_type=BigId)
    quantity: int = Field(sa_type=BigId)


class PackingScan(SQLModel, table=True):
    """So many ``pieces`` of the goods called ``code`` have been put into its box (domain/packing.py)."""

    __tablename__ = "packing_scan"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    delivery_id: int = Field(foreign_key="delivery.id", sa_type=BigId, index=True)
    code: str = Field(max_length=64)
    pieces: int
    by: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class DeliveryEvent(Happening):
    subject_type: ClassVar[str] = "delivery"


@dataclass(frozen=True)
class DeliveryPlanned(DeliveryEvent):
    warehouse_id: int
    order_ids: tuple[int, ...]


@dataclass(frozen=True)
class DeliveryMoved(DeliveryEvent):
    """``tracking_no``: the waybill it bears, which is worth nothing any more once the delivery is cancelled."""

    source: str
    target: str
    tracking_no: str


def delivery_of(session: Session, delivery_id: int) -> Delivery:
    """The delivery itself, locked until the transaction ends. Lock its orders first (``lock_orders``).

    Raises:
        NotFound: no delivery has this id.
    """
    found = find(session, Delivery, delivery_id, lock=True)
    if not found:
        raise NotFound(f"delivery {delivery_id} does not exist")
    return found


def lock_orders(session: Session, delivery_ids: Iterable[int]) -> list[Order]:
    """The orders with pieces in these deliveries, locked by id as everything locks them that changes many."""
    inside = select(DeliveryPiece.order_id).where(col(DeliveryPiece.delivery_id).in_(list(delivery_ids)))
    wanted = select(Order).where(col(Order.id).in_(inside)).order_by(col(Order.id)).with_for_update()
    return list(session.exec(wanted.execution_options(populate_existing=True)))


def deliveries_of(
    session: Session, order_id: int, *statuses: DeliveryStatus, case_id: int | None = 0
) -> list[Delivery]:
    """Those its own pieces leave in, of ``statuses`` (none: of any), oldest first; else those of a case (None: all)."""
    inside = select(DeliveryPiece.delivery_id).where(DeliveryPiece.order_id == order_id)
    wanted = select(Delivery).where(col(Delivery.id).in_(inside)).order_by(col(Delivery.id))
    if case_id is not None:
        wanted = wanted.where(Delivery.aftersale_id == case_id)
    if statuses:
        wanted = wanted.where(col(Delivery.status).in_(statuses))
    return list(session.exec(wanted))


def pieces_in(session: Session, delivery_id: int) -> list[DeliveryPiece]:
    """Oldest first."""
    wanted = select(DeliveryPiece).where(DeliveryPiece.delivery_id == delivery_id).order_by(col(DeliveryPiece.id))
    return list(session.exec(wanted))


def planned_pieces(session: Session, order_id: int, *statuses: DeliveryStatus) -> Counter[tuple[int, int, int]]:
    """Its own pieces by (line, SKU, warehouse) that are in deliveries of ``statuses``; no case's are among them."""
    wanted = (
        select(DeliveryPiece.line_id, DeliveryPiece.sku_id, Delivery.warehouse_id, DeliveryPiece.quantity)
        .join(Delivery, col(Delivery.id) == DeliveryPiece.delivery_id)
        .where(DeliveryPiece.order_id == order_id, Delivery.aftersale_id == 0, col(Delivery.status).in_(statuses))
    )
    found: Counter[tuple[int, int, int]] = Counter()
    for line_id, sku_id, warehouse_id, quantity in session.exec(wanted):
        found[line_id, sku_id, warehouse_id] += quantity
    return found


def promise(session: Session, delivery: Delivery) -> None:
    """Its ``ship_by`` is the earliest of its pieces' lines, as the channel says it now; a case's is left alone."""
    if delivery.aftersale_id:
        return
    inside = (
        select(func.min(func.coalesce(OrderLine.ship_by, Order.ship_by)))
        .select_from(DeliveryPiece)
        .join(Order, col(Order.id) == DeliveryPiece.order_id)
        .outerjoin(OrderLine, col(OrderLine.id) == DeliveryPiece.line_id)
        .where(DeliveryPiece.delivery_id == delivery.id)
    )
    delivery.ship_by = session.exec(inside).one()


def move_delivery(session: Session, delivery: Delivery, target: DeliveryStatus, *, by: str, now: datetime) -> None:
    """What is merged or cancelled leaves its wave; what goes back is packed anew. Raises: IllegalMove."""
    LIFECYCLE.check(delivery.status, target)
    moved = DeliveryMoved(delivery.id, delivery.status, target, delivery.tracking_no)
    record(session, moved, actor=by, now=now)
    delivery.status, delivery.changed_at = target, now
    if target in (DeliveryStatus.MERGED, DeliveryStatus.CANCELLED):
        delivery.wave_id = 0
    if target not in (DeliveryStatus.PACKED, DeliveryStatus.LEFT):
        empty_box(session, delivery)
    session.add(delivery)


def empty_box(session: Session, delivery: Delivery) -> None:
    """Nothing is inside, and nobody has it on the table. Safe to repeat."""
    session.exec(delete(PackingScan).where(col(PackingScan.delivery_id) == delivery.id))
    delivery.packer, delivery.packed_at, delivery.packed_by = "", None, ""
    session.add(delivery)


def add_delivery(
    session: Session,
    warehouse_id: int,
    pieces: Sequence[tuple[int, int, int, int]],
    *,
    ship_by: datetime | None,
    by: str,
    now: datetime,
    carrier: Carrier | None = None,
    service_id: int = 0,
    aftersale_id: int = 0,
) -> Delivery:
    """A new delivery of ``pieces``: (order, line, SKU, how many)."""
    made = Delivery(warehouse_id=warehouse_id, ship_by=ship_by, planned_at=now, changed_at=now)
    made.carrier, made.service_id, made.aftersale_id = carrier, service_id, aftersale_id
    session.add(made)
    session.flush()
    session.add_all(
        DeliveryPiece(
            delivery_id=made.id, home_id=made.id, order_id=order_id, line_id=line_id, sku_id=sku_id, quantity=quantity
        )
        for order_id, line_id, sku_id, quantity in pieces
    )
    session.flush()
    order_ids = tuple(sorted({order_id for order_id, _, _, _ in pieces}))
    record(session, DeliveryPlanned(made.id, warehouse_id, order_ids), actor=by, now=now)
    return made
