"""What is an order, and how far may its fulfilment have gone?

A status says only that. Money back is an after-sale, trouble an anomaly, a pause a hold, work a task.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.lifecycle import Lifecycle


class OrderStatus(StrEnum):
    PENDING_PAYMENT = "pending_payment"  # 待付款
    TO_REVIEW = "to_review"  # 待审核
    TO_ALLOCATE = "to_allocate"  # 待配货
    TO_SHIP = "to_ship"  # 待发货
    PARTLY_SHIPPED = "partly_shipped"  # 部分发货
    SHIPPED = "shipped"  # 已发货
    DELIVERED = "delivered"  # 已签收
    COMPLETED = "completed"  # 已完成
    CANCELLED = "cancelled"  # 已取消


_ONWARDS = [status for status in OrderStatus if status is not OrderStatus.CANCELLED]


def _later(status: OrderStatus) -> set[OrderStatus]:
    """Every later status: a channel's facts may skip steps that our own people would take."""
    return set(_ONWARDS[_ONWARDS.index(status) + 1 :])


# Back from SHIPPED and PARTLY_SHIPPED: a parcel is recalled (domain/leaving.py).
LIFECYCLE = Lifecycle(
    OrderStatus.PENDING_PAYMENT,
    {
        OrderStatus.PENDING_PAYMENT: _later(OrderStatus.PENDING_PAYMENT) | {OrderStatus.CANCELLED},
        OrderStatus.TO_REVIEW: _later(OrderStatus.TO_REVIEW) | {OrderStatus.CANCELLED},
        OrderStatus.TO_ALLOCATE: _later(OrderStatus.TO_ALLOCATE) | {OrderStatus.TO_REVIEW, OrderStatus.CANCELLED},
        OrderStatus.TO_SHIP: _later(OrderStatus.TO_SHIP) | {OrderStatus.TO_ALLOCATE, OrderStatus.CANCELLED},
        OrderStatus.PARTLY_SHIPPED: _later(OrderStatus.PARTLY_SHIPPED) | {OrderStatus.TO_SHIP, OrderStatus.CANCELLED},
        OrderStatus.SHIPPED: _later(OrderStatus.SHIPPED) | {OrderStatus.TO_SHIP, OrderStatus.PARTLY_SHIPPED},
        OrderStatus.DELIVERED: _later(OrderStatus.DELIVERED),
        OrderStatus.COMPLETED: set(),
        OrderStatus.CANCELLED: set(),
    },
)


def is_onwards(status: OrderStatus, target: OrderStatus) -> bool:
    """Whether a channel's fact may take an order from ``status`` to ``target``: never back, never out of an end."""
    if target is OrderStatus.CANCELLED:
        return LIFECYCLE.may(status, target)
    return status is not OrderStatus.CANCELLED and target in _later(status)


UNSHIPPED = (
    OrderStatus.TO_REVIEW,
    OrderStatus.TO_ALLOCATE,
    OrderStatus.TO_SHIP,
    OrderStatus.PARTLY_SHIPPED,
)

# Where a channel promises nothing, paid goods leave within this time.
SHIP_WITHIN = timedelta(hours=48)


# As text: a planner finds a partial index only where the query repeats its condition word for word.
TO_FORGET = text("forgotten_at IS NULL AND status IN ('completed', 'cancelled')")


class Order(SQLModel, table=True):
    """One order of one shop; unique by the shop and the channel's number.

    ``channel_status`` and ``channel_updated_at`` repeat what the channel said last, ``content_digest`` tells two
    contents of one moment apart. ``is_held`` is true while a hold is open, ``changed_at`` is our last change,
    ``stage_since`` when it came into its status.
    ``forgotten_at`` is when the buyer was taken out of it (automation/forgetting.py): only figures are left.
    ``goods_text`` is the first line as ``title ×quantity``; ``kind_count`` lines hold ``piece_count`` pieces in all.
    ``seller_remark`` is the channel's, ``staff_remark`` ours, ``mapped_remark`` what mappings make of its body.
    """

    __tablename__ = "orders"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("shop_id", "channel_order_no"),
        CheckConstraint("total_fen >= 0", name="total_not_negative"),
        Index(
            "ix_orders_channel_order_no", "channel_order_no", postgresql_ops={"channel_order_no": "text_pattern_ops"}
        ),
        # The board walks one of these per status (insights/keyset.py); the first also answers its counts by itself.
        Index(
            "ix_orders_due",
            "status",
            "ship_by",
            "id",
            "channel",
            "shop_id",
            "total_fen",
            "is_held",
            "paid_fen",
            "shipped_at",
        ),
        Index("ix_orders_at_risk", "status", "paid_fen", "id"),
        Index("ix_orders_status_placed_at", "status", "placed_at", "id"),
        Index("ix_orders_status_paid_at", "status", "paid_at", "id"),
        Index("ix_orders_status_changed_at", "status", "changed_at", "id"),
        Index("ix_orders_stage_since", "status", "stage_since", "paid_fen"),
        Index("ix_orders_changed_at", "changed_at", "id"),
        # The order trend of today is counted from this one alone.
        Index("ix_orders_paid_at", "paid_at", "channel", "shop_id", "paid_fen"),
        Index("ix_orders_shipped_at", "shipped_at", "paid_at"),
        Index("ix_orders_receiver_phone_tail", "receiver_phone_tail"),
        Index("ix_orders_shop_id_placed_at", "shop_id", "placed_at"),
        Index("ix_orders_to_forget", "channel", "changed_at", sqlite_where=TO_FORGET, postgresql_where=TO_FORGET),
    )

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    channel: Channel = Field(sa_type=word(Channel))
    channel_order_no: str = Field(max_length=64)
    status: OrderStatus = Field(sa_type=word(OrderStatus))
    channel_status: ChannelStatus = Field(sa_type=word(ChannelStatus))
    channel_status_word: str = Field(max_length=64)
    channel_updated_at: datetime = Field(sa_type=Moment)
    content_digest: str = Field(max_length=64)

    placed_at: datetime = Field(sa_type=Moment)
    paid_at: datetime | None = Field(default=None, sa_type=Moment)
    ship_by: datetime | None = Field(default=None, sa_type=Moment)
    shipped_at: datetime | None = Field(default=None, sa_type=Moment)
    completed_at: datetime | None = Field(default=None, sa_type=Moment)
    accepted_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    forgotten_at: datetime | None = Field(default=None, sa_type=Moment)
    stage_since: datetime | None = Field(default=None, sa_type=Moment)

    total_fen: int = Field(sa_type=BigId)
    freight_fen: int = Field(default=0, sa_type=BigId)
    discount_fen: int = Field(default=0, sa_type=BigId)
    paid_fen: int = Field(default=0, sa_type=BigId)

    buyer_token: str = Field(default="", max_length=200, index=True)
    buyer_masked: str = Field(default="", max_length=64)
    receiver_token: str = Field(default="", max_length=500)
    receiver_name_masked: str = Field(default="", max_length=64)
    receiver_phone_masked: str = Field(default="", max_length=32)
    receiver_phone_tail: str = Field(default="", max_length=4)
    receiver_region: str = Field(default="", max_length=100)
    receiver_address_masked: str = Field(default="", max_length=200)
    buyer_remark: str = Field(default="", max_length=1000)
    seller_remark: str = Field(default="", max_length=1000)
    seller_flag: str = Field(default="", max_length=16)

    staff_remark: str = Field(default="", max_length=500)
    mapped_remark: str = Field(default="", max_length=500)

    goods_text: str = Field(default="", max_length=240)
    kind_count: int = 0
    piece_count: int = 0
    is_presale: bool = False
    is_urgent: bool = False
    is_held: bool = False


# Whatever of an order speaks of a person; the region stays, since freight and forecasts are reckoned by it.
PERSONAL = (
    "buyer_token",
    "buyer_masked",
    "receiver_token",
    "receiver_name_masked",
    "receiver_phone_masked",
    "receiver_phone_tail",
    "receiver_address_masked",
    "buyer_remark",
    "seller_remark",
)


class OrderLine(SQLModel, table=True):
    """``total_fen`` = unit price × quantity, before discounts."""

    __tablename__ = "order_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("order_id", "channel_line_no"),
        Index("ix_order_line_sku_code", "sku_code", "order_id", postgresql_ops={"sku_code": "text_pattern_ops"}),
        Index("ix_order_line_title", "title", "order_id"),
    )

    id: int = own_id()
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId)
    channel_line_no: str = Field(max_length=64)
    sku_code: str = Field(default="", max_length=64)
    title: str = Field(max_length=200)
    spec: str = Field(default="", max_length=200)
    channel_item_no: str = Field(default="", max_length=64)
    channel_sku_no: str = Field(default="", max_length=64)
    quantity: int
    unit_price_fen: int = Field(sa_type=BigId)
    total_fen: int = Field(sa_type=BigId)
    ship_by: datetime | None = Field(default=None, sa_type=Moment)


class OrderTag(SQLModel, table=True):
    """服务标签: a word on an order, put there ``by`` a user or ``system``."""

    __tablename__ = "order_tag"  # pyright: ignore[reportAssignmentType]

    order_id: int = Field(foreign_key="orders.id", primary_key=True, sa_type=BigId)
    tag: str = Field(primary_key=True, max_length=32, index=True)
    by: str = Field(max_length=64)


class Shipment(SQLModel, table=True):
    """包裹: a parcel of an order; ``shipped_by`` is who of ours sent it, empty where only the channel told us of it.

    ``aftersale_id`` is the case whose goods are in it, 0: the order's own.
    """

    __table_args__ = (
        UniqueConstraint("order_id", "tracking_no"),
        Index("ix_shipment_tracking_no", "tracking_no", "order_id", postgresql_ops={"tracking_no": "text_pattern_ops"}),
    )

    id: int = own_id()
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId)
    tracking_no: str = Field(max_length=64)
    carrier_code: str = Field(default="", max_length=32)
    carrier_name: str = Field(default="", max_length=64)
    shipped_at: datetime | None = Field(default=None, sa_type=Moment)
    shipped_by: str = Field(default="", max_length=64)
    aftersale_id: int = Field(default=0, sa_type=BigId)


@dataclass(frozen=True)
class OrderEvent(Happening):
    subject_type: ClassVar[str] = "order"


@dataclass(frozen=True)
class OrderReceived(OrderEvent):
    """An order the hub had not seen before; ``status`` is where it entered."""

    channel: str
    status: str
    total_fen: int


@dataclass(frozen=True)
class OrderPaid(OrderEvent):
    paid_fen: int
    paid_at: str


@dataclass(frozen=True)
class OrderMoved(OrderEvent):
    source: str
    target: str


@dataclass(frozen=True)
class AllocationDue(OrderEvent):
    """The order may be allocated: it has passed its review, and nothing holds it."""


@dataclass(frozen=True)
class OrderShipped(OrderEvent):
    """Our own people sent a parcel of the order: its channel does not know of it yet.

    ``line_nos`` are the channel's numbers of the lines it is the first parcel of, since a channel takes one parcel for
    a line. ``is_first``: nothing left before; ``is_last``: nothing is left now.
    """

    shipment_id: int
    carrier: str
    tracking_no: str
    line_nos: tuple[str, ...]
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class OrderChanged(OrderEvent):
    """The channel changed ``fields`` (names only: values may be a buyer's)."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class OrderTagged(OrderEvent):
    tag: str
    reason: str


@dataclass(frozen=True)
class OrderUntagged(OrderEvent):
    tag: str


@dataclass(frozen=True)
class OrderRemarked(OrderEvent):
    """Our own remark changed; its text stays with the order."""


@dataclass(frozen=True)
class OrderMapped(OrderEvent):
    """Mappings made something else of the order's body: ``tags``, ``remark``, names of custom fields; never a value."""

    fields: tuple[str, ...]
