"""What are the words of packing and sending called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.restock import RestockStatus
from orderhub.domain.shop import ReservesAt
from orderhub.domain.shortage_choice import Choice
from orderhub.domain.stock import Cause

Pair = tuple[str, str]

WAREHOUSE_EVENTS: dict[str, Pair] = {
    "shortage_decided": ("缺货处理", "Shortage decided"),
}

WAREHOUSE_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    Cause: {
        Cause.IMPORTED: ("导入", "Imported"),
        Cause.COUNTED: ("盘点", "Counted"),
        Cause.ADJUSTED: ("调整", "Adjusted"),
        Cause.RECEIVED: ("到货", "Received"),
        Cause.RESERVED: ("锁库存", "Reserved"),
        Cause.RELEASED: ("释放", "Released"),
        Cause.SHIPPED: ("出库", "Shipped"),
        Cause.RECALLED: ("撤回出库", "Recalled"),
    },
    DeliveryStatus: {
        DeliveryStatus.PLANNED: ("待装箱", "To pack"),
        DeliveryStatus.PACKED: ("已装箱", "Packed"),
        DeliveryStatus.LEFT: ("已发出", "Left"),
        DeliveryStatus.MERGED: ("已合并", "Merged"),
        DeliveryStatus.CANCELLED: ("已作废", "Cancelled"),
    },
    RestockStatus: {
        RestockStatus.PLANNED: ("在途", "On its way"),
        RestockStatus.ARRIVED: ("已到货", "Arrived"),
        RestockStatus.CANCELLED: ("已取消", "Cancelled"),
    },
    Choice: {
        Choice.WAIT: ("等货", "Wait"),
        Choice.LATER: ("先发其余", "Send the rest now"),
        Choice.SWAPPED: ("换商品", "Swap"),
        Choice.REFUND: ("退款", "Refund"),
    },
    ReservesAt: {
        ReservesAt.PAID: ("付款时", "When paid"),
        ReservesAt.PLACED: ("下单时", "When placed"),
    },
}
