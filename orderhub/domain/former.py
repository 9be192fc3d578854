"""What did the present system decide, order by order, and would the hub have decided the same?

Its export is uploaded as a table; the hub's own decision is what it would do with the order at this moment.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.rules.decided import RuleDecision
from orderhub.domain.shop import Shop
from orderhub.kernel.columns import BigId, Moment, own_id, word

# The two systems look at their own clocks, and exports round.
SAME_SHIPPING = timedelta(hours=1)
_TO_COMPARE = text("compared_at IS NULL")


class Stage(StrEnum):
    """How far an order is, in words both systems share."""

    UNPAID = "unpaid"
    WAITING = "waiting"
    TROUBLED = "troubled"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class Difference(StrEnum):
    MISSING = "missing"  # the present system has the order, the hub has not
    STATUS = "status"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    SHIPPED_AT = "shipped_at"


class FormerOrder(SQLModel, table=True):
    """One order as the present system exported it last.

    ``differences`` names the fields on which the hub differs, by commas; ``compared_at`` None: not compared yet.
    ``is_compared`` False after comparing: nothing of it could be set against the hub.
    """

    __tablename__ = "former_order"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("shop_id", "channel_order_no"),
        Index("ix_former_order_to_compare", "id", sqlite_where=_TO_COMPARE, postgresql_where=_TO_COMPARE),
        Index("ix_former_order_uploaded_at", "shop_id", "uploaded_at"),
    )

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    channel_order_no: str = Field(max_length=64)
    status_word: str = Field(default="", max_length=64)
    stage: Stage | None = Field(default=None, sa_type=word(Stage))
    warehouse: str = Field(default="", max_length=64)
    carrier: str = Field(default="", max_length=64)
    paid_at: datetime | None = Field(default=None, sa_type=Moment)
    shipped_at: datetime | None = Field(default=None, sa_type=Moment)
    uploaded_at: datetime = Field(sa_type=Moment)
    uploaded_by: str = Field(default="", max_length=64)
    compared_at: datetime | None = Field(default=None, sa_type=Moment)
    is_compared: bool = False
    differences: str = Field(default="", max_length=100)


@dataclass(frozen=True)
class Decision:
    """What the hub does with an order, or would do; warehouse and carrier are empty where nothing chooses one."""

    stage: Stage
    warehouse: str
    carrier: str
    shipped_at: datetime | None


def decide(shop: Shop, order: Order, ruling: RuleDecision | None = None) -> Decision:
    """``ruling``: what the merchant's rules chose for the order; the shop's defaults serve what they leave open."""
    warehouse = (ruling.warehouse if ruling else "") or shop.default_warehouse
    carrier = (ruling.carrier if ruling else "") or shop.default_carrier
    return Decision(_stage(order), warehouse, carrier, order.shipped_at)


def rulings(session: Session, orders: Iterable[Order]) -> dict[int, RuleDecision]:
    """What the rules decided of each, by the order's id; those no rule has looked at are left out."""
    ids = [order.id for order in orders]
    found = session.exec(select(RuleDecision).where(col(RuleDecision.order_id).in_(ids))).all()
    return {ruling.order_id: ruling for ruling in found}


def compare(former: FormerOrder, ours: Decision | None, *, must_be_here: bool) -> tuple[Difference, ...] | None:
    """On what the hub differs; None when nothing could be compared.

    ``must_be_here``: the order is of a time the hub has taken in whole, so it lacks what it does not hold. A field is
    compared where both have said something; what we shipped after the upload was still waiting at its time.
    """
    if ours is None:
        return (Difference.MISSING,) if must_be_here else None
    if former.stage is None and not (former.warehouse or former.carrier or former.shipped_at):
        return None
    stage, shipped_at = ours.stage, ours.shipped_at
    if shipped_at and shipped_at > former.uploaded_at:
        stage, shipped_at = (Stage.WAITING if stage is Stage.SHIPPED else stage), None
    pairs = {
        Difference.STATUS: former.stage is not None and former.stage is not stage,
        Difference.WAREHOUSE: _differ(_plain(former.warehouse), _plain(ours.warehouse)),
        Difference.CARRIER: _differ(carrier_name(former.carrier), carrier_name(ours.carrier)),
        Difference.SHIPPED_AT: bool(
            former.shipped_at and shipped_at and abs(former.shipped_at - shipped_at) > SAME_SHIPPING
        ),
    }
    return tuple(field for field, differs in pairs.items() if differs)


def stage_of(status_word: str) -> Stage | None:
    """None for a word that nobody has told us about."""
    plain = _plain(status_word)
    return next((stage for stage, words in _STAGE_WORDS if any(one in plain for one in words)), None)


def carrier_name(name: str) -> str:
    """One spelling for each carrier: 中通快递, 中通 and ZTO are the same."""
    plain = re.sub(r"快递|速递|快运|物流|速运|express|\s", "", _plain(name))
    return next((one for one, words in _CARRIERS.items() if plain in words), plain)


# Looked through from the top: 部分发货 before 发货, 待发货 before both.
_STAGE_WORDS: tuple[tuple[Stage, tuple[str, ...]], ...] = (
    (Stage.CANCELLED, ("取消", "关闭", "作废", "cancel", "closed")),
    (Stage.TROUBLED, ("异常", "挂起", "缺货", "问题", "失败", "hold", "trouble", "error")),
    (Stage.UNPAID, ("待付款", "未付款", "unpaid")),
    (Stage.WAITING, ("待发", "未发", "待审", "待配", "待拣", "待打", "待处理", "已付款", "to_", "waiting", "paid")),
    (Stage.SHIPPED, ("发货", "签收", "完成", "交易成功", "出库", "揽收", "运输", "shipped", "delivered", "completed")),
)
_CARRIERS = {
    "zto": ("zto", "中通"),
    "yto": ("yto", "圆通"),
    "sto": ("sto", "申通"),
    "yunda": ("yunda", "yd", "韵达"),
    "sf": ("sf", "顺丰", "shunfeng"),
    "jtexpress": ("jt", "jtsd", "极兔"),
    "ems": ("ems", "邮政", "中国邮政"),
    "jd": ("jd", "京东"),
    "deppon": ("dbl", "deppon", "德邦"),
}


def _stage(order: Order) -> Stage:
    if order.status is OrderStatus.CANCELLED:
        return Stage.CANCELLED
    if order.status is OrderStatus.PENDING_PAYMENT:
        return Stage.UNPAID
    if order.status in (OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP):
        return Stage.TROUBLED if order.is_held else Stage.WAITING
    return Stage.SHIPPED


def _differ(former: str, ours: str) -> bool:
    return bool(former and ours) and former != ours


def _plain(name: str) -> str:
    return name.strip().casefold()
