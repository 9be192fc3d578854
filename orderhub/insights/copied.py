"""How does an order read when it is pasted into a chat? Chinese, one fact a line, masked as the channel masked it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orderhub.domain.hold import HoldReason
from orderhub.domain.order import Order, OrderLine, OrderStatus, Shipment
from orderhub.domain.words import Channel
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sight import FieldGroup, seen


@dataclass(frozen=True)
class MoneyLine:
    """``what`` is goods, freight, discount, total or paid."""

    what: str
    fen: int


_CHANNELS = {
    Channel.TAOBAO: "淘宝/天猫",
    Channel.JD: "京东",
    Channel.PINDUODUO: "拼多多",
    Channel.DOUYIN: "抖音",
    Channel.MINIPROGRAM: "小程序",
}
_STATUSES = {
    OrderStatus.PENDING_PAYMENT: "待付款",
    OrderStatus.TO_REVIEW: "待审核",
    OrderStatus.TO_ALLOCATE: "待配货",
    OrderStatus.TO_SHIP: "待发货",
    OrderStatus.PARTLY_SHIPPED: "部分发货",
    OrderStatus.SHIPPED: "已发货",
    OrderStatus.DELIVERED: "已签收",
    OrderStatus.COMPLETED: "已完成",
    OrderStatus.CANCELLED: "已取消",
}
_HOLDS = {
    HoldReason.BUYER_REMARK: "备注待读",
    HoldReason.ADDRESS_DOUBTFUL: "地址存疑",
    HoldReason.PRICE_BELOW_FLOOR: "低于底价",
    HoldReason.AMOUNT_MISMATCH: "金额不符",
    HoldReason.ZERO_YUAN: "零元单",
    HoldReason.OUT_OF_STOCK: "缺货",
    HoldReason.SKU_NOT_MATCHED: "SKU 未匹配",
    HoldReason.REFUND_REQUESTED: "退款申请",
    HoldReason.MANUAL: "人工挂起",
    HoldReason.RISK: "平台风控",
    HoldReason.PRESALE: "预售",
}
_MONEY = {"goods": "商品", "freight": "运费", "discount": "优惠", "total": "合计", "paid": "实付"}


def copied(
    order: Order,
    *,
    heading: str,
    tags: Sequence[str],
    holds: Sequence[HoldReason],
    money: Iterable[MoneyLine],
    lines: Iterable[OrderLine],
    parcels: Iterable[Shipment],
) -> str:
    facts = [
        ("订单", heading),
        (_CHANNELS[order.channel], order.channel_order_no),
        ("状态", _STATUSES[order.status]),
        ("标签", "、".join(tags)),
        ("挂起", "、".join(_HOLDS[hold] for hold in holds)),
        ("下单", _moment(order.placed_at)),
        ("付款", _moment(order.paid_at)),
        ("发货时限", _moment(order.ship_by)),
        *[("商品", _line(line)) for line in lines],
        ("金额", seen(FieldGroup.MONEY, "，".join(f"{_MONEY[part.what]} {money_text(part.fen)}" for part in money))),
        ("收件", seen(FieldGroup.RECEIVER, _receiver(order))),
        *[("包裹", f"{parcel.carrier_name or parcel.carrier_code} {parcel.tracking_no}".strip()) for parcel in parcels],
        ("买家备注", seen(FieldGroup.BUYER, order.buyer_remark)),
        ("卖家备注", order.seller_remark),
        ("内部备注", order.staff_remark),
    ]
    return "\n".join(f"{name}：{said}" for name, said in facts if said)


def _moment(moment: datetime | None) -> str:
    return shanghai_text(moment, "%Y-%m-%d %H:%M") if moment else ""


def _line(line: OrderLine) -> str:
    named = " ".join(part for part in (line.title, line.spec, f"[{line.sku_code}]" if line.sku_code else "") if part)
    return f"{named} ×{line.quantity} {seen(FieldGroup.MONEY, money_text(line.total_fen))}".rstrip()


def _receiver(order: Order) -> str:
    parts = (
        order.receiver_name_masked,
        order.receiver_phone_masked,
        order.receiver_region,
        order.receiver_address_masked,
    )
    return " ".join(part for part in parts if part)
