"""What are the words of packing and sending called?"""

from enum import StrEnum
from typing import Any

from orderhub.automation.batch import BatchKind, BatchStep
from orderhub.domain.allocation import Lost
from orderhub.domain.allocation_decision import Stuck
from orderhub.domain.delivery import DeliveryStatus
from orderhub.domain.merge_partners import Apart
from orderhub.domain.merge_setting import MergeMode
from orderhub.domain.restock import RestockStatus
from orderhub.domain.shop import ReservesAt
from orderhub.domain.shortage_choice import Choice
from orderhub.domain.stock import Cause
from orderhub.domain.wave import WaveStatus
from orderhub.insights.warehouse import Stage

Pair = tuple[str, str]

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
        Cause.RETURNED: ("退货入库", "Returned"),
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
    Lost: {
        Lost.SHORT: ("缺", "short of"),
        Lost.NO_REACH: ("不到", "does not go to"),
        Lost.TOO_HEAVY: ("超重，单包最多", "too heavy, a parcel has at most"),
        Lost.FULL: ("今日已满", "full today"),
        Lost.NOT_DECIDED: ("规则指定了别的", "another one was decided"),
        Lost.TOO_LATE: ("赶不上发货时限", "misses the ship-by moment"),
        Lost.DEARER: ("贵", "dearer by"),
        Lost.FARTHER: ("更远", "farther away"),
        Lost.SCARCER: ("会搬空货架", "its shelf would be emptied"),
        Lost.BUSIER: ("今日更忙", "busier today"),
        Lost.RANKED_LOWER: ("排序靠后", "ranked lower"),
        Lost.UNKNOWN: ("没有这个仓库或快递", "there is no such warehouse or carrier"),
    },
    Stuck: {
        Stuck.NO_GOODS: ("没有锁定的库存", "no goods are reserved"),
        Stuck.NO_WAREHOUSE: ("没有仓库能发齐", "no warehouse has it all"),
        Stuck.NO_CARRIER: ("没有快递能送", "no carrier can take it"),
    },
    Apart: {
        Apart.BUYER: ("买家不同", "another buyer"),
        Apart.RECEIVER: ("收件人不同", "another receiver"),
        Apart.WAREHOUSE: ("仓库不同", "another warehouse"),
        Apart.TIME: ("付款时间相差太久", "paid too far apart"),
        Apart.GONE: ("已装箱或已发出", "packed or gone"),
        Apart.WAYBILL: ("已打单", "has a waybill"),
        Apart.CARRIER: ("快递不同", "another carrier"),
        Apart.HELD: ("有订单挂起", "an order is held"),
        Apart.TOO_HEAVY: ("合起来超重", "too heavy together"),
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
    MergeMode: {
        MergeMode.OFF: ("不合单", "Never"),
        MergeMode.SUGGEST: ("提示人工合单", "Suggest it"),
        MergeMode.AUTO: ("自动合单", "By itself"),
    },
}

WAREHOUSE_EVENTS: dict[str, Pair] = {
    "shortage_decided": ("缺货处理", "Shortage decided"),
    "order_allocated": ("已配货", "Allocated"),
    "order_not_allocated": ("暂时配不了货", "Cannot be allocated yet"),
}
