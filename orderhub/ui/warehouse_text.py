"""What are the words of packing and sending called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.stock import Cause

Pair = tuple[str, str]

WAREHOUSE_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    Cause: {
        Cause.IMPORTED: ("导入", "Imported"),
        Cause.COUNTED: ("盘点", "Counted"),
        Cause.ADJUSTED: ("调整", "Adjusted"),
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
}
