"""What are the words of packing and sending called?"""

from enum import StrEnum
from typing import Any

from orderhub.automation.batch import BatchKind, BatchStep
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.stock import Cause
from orderhub.domain.wave import WaveStatus
from orderhub.insights.warehouse import Stage

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
    WaveStatus: {
        WaveStatus.OPEN: ("待拣货", "Open"),
        WaveStatus.PICKING: ("拣货中", "Being picked"),
        WaveStatus.DONE: ("已拣完", "Picked"),
        WaveStatus.CANCELLED: ("已取消", "Cancelled"),
    },
    Stage: {
        Stage.TO_LABEL: ("待打单", "To label"),
        Stage.TO_PICK: ("待拣货", "To pick"),
        Stage.TO_PACK: ("待装箱", "To pack"),
        Stage.TO_LEAVE: ("待发出", "To leave"),
        Stage.LEFT: ("已发出", "Left"),
    },
    BatchKind: {
        BatchKind.LABEL: ("批量取号", "Make waybills"),
        BatchKind.LEAVE: ("批量发货", "Ship parcels"),
        BatchKind.SHIP_OUT: ("审核→取号→发货", "Review, label, ship"),
    },
    BatchStep: {
        BatchStep.APPROVE: ("待审核", "to review"),
        BatchStep.ALLOCATE: ("待配货", "to allocate"),
        BatchStep.LABEL: ("待取号", "to label"),
        BatchStep.AWAIT: ("等快递给号", "at the carrier"),
        BatchStep.LEAVE: ("待发货", "to leave"),
        BatchStep.NONE: ("完成", "done"),
    },
}
