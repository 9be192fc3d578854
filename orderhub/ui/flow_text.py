"""What are the words of the flow map called?"""

from enum import StrEnum
from typing import Any

from orderhub.access.permissions import Role
from orderhub.domain.flow_diff import FlowAspect
from orderhub.domain.flow_stage import NOBODY, Automation, StageAction, StageClock
from orderhub.domain.order import OrderStatus

Pair = tuple[str, str]

FLOW_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    StageClock: {
        StageClock.NONE: ("不计时", "None"),
        StageClock.STAY: ("停留时间", "Time in the stage"),
        StageClock.SHIP_BY: ("平台时限", "Platform deadline"),
        StageClock.SILENCE: ("包裹停滞", "Parcel without movement"),
    },
    StageAction: {
        StageAction.APPROVE: ("审核通过", "Approve"),
        StageAction.HOLD: ("挂起", "Hold"),
        StageAction.RELEASE: ("放行", "Release"),
        StageAction.ALLOCATE: ("改仓、改快递", "Change warehouse or carrier"),
        StageAction.SPLIT: ("拆单", "Split"),
        StageAction.MERGE: ("合单", "Merge"),
        StageAction.WAYBILL: ("取运单号", "Get a waybill"),
        StageAction.PRINT: ("打印面单", "Print labels"),
        StageAction.SHIP: ("发货", "Ship"),
        StageAction.RECALL: ("撤回发货", "Recall a parcel"),
        StageAction.OPEN_CASE: ("开售后单", "Open an after-sale case"),
    },
    Automation: {
        Automation.RELEASE_UNPAID: ("超时释放库存", "Free stock of unpaid orders"),
        Automation.APPROVE_BY_RULE: ("按规则免审", "Approve by rule"),
        Automation.RELEASE_HOLDS: ("挂起到期放行", "End holds that are due"),
        Automation.ALLOCATE: ("分仓选快递", "Choose warehouse and carrier"),
        Automation.MERGE_DELIVERIES: ("同收件人合单", "Merge for one receiver"),
        Automation.REPORT_LATE: ("超时报异常", "Report late shipping"),
        Automation.UPLOAD_SHIPMENT: ("回传平台", "Tell the platform"),
        Automation.FOLLOW_PARCEL: ("跟踪物流轨迹", "Follow the parcel"),
        Automation.REMIND_UNSCANNED: ("无揽收提醒仓库", "Remind: no first scan"),
        Automation.ALARM_STALLED: ("停滞报物流异常", "Alarm: no movement"),
        Automation.ALARM_LOST: ("按丢件处理", "Alarm: lost"),
        Automation.RECYCLE_WAYBILL: ("回收运单号", "Give waybills back"),
        Automation.REVIEW_REFUND: ("退款转财务审核", "Refunds to finance"),
        Automation.ANSWER_REFUND: ("答复回传平台", "Answer at the platform"),
        Automation.FOLLOW_REPLACEMENT: ("换货补发跟进", "Follow replacements"),
        Automation.CLOSE_PAID_CASE: ("退款到账结单", "Close paid cases"),
    },
    FlowAspect: {
        FlowAspect.OWNER_ROLE: ("负责角色", "Owner role"),
        FlowAspect.CLOCK: ("计时方式", "Clock"),
        FlowAspect.MINUTES: ("时限", "Time allowed"),
        FlowAspect.LEAD_MINUTES: ("提前量", "Lead"),
        FlowAspect.ACTION: ("允许的动作", "Permitted action"),
        FlowAspect.AUTOMATION: ("自动化", "Automation"),
        FlowAspect.HOURS: ("小时数", "Hours"),
    },
}
OWNER_NAMES: dict[str, Pair] = {
    NOBODY: ("系统", "System"),
    Role.ADMIN: ("管理员", "Administrator"),
    Role.MANAGER: ("管理层", "Manager"),
    Role.OPERATIONS: ("运营", "Operations"),
    Role.SERVICE: ("客服", "Service"),
    Role.WAREHOUSE: ("仓库", "Warehouse"),
    Role.FINANCE: ("财务", "Finance"),
}
# How an order leaves a stage: what becomes true, and where it goes.
EXITS: dict[OrderStatus, tuple[tuple[Pair, OrderStatus], ...]] = {
    OrderStatus.PENDING_PAYMENT: (
        (("买家付款", "The buyer pays"), OrderStatus.TO_REVIEW),
        (("平台关闭", "The platform closes it"), OrderStatus.CANCELLED),
    ),
    OrderStatus.TO_REVIEW: (
        (("审核通过", "It is approved"), OrderStatus.TO_ALLOCATE),
        (("整单退款", "All of it is refunded"), OrderStatus.CANCELLED),
    ),
    OrderStatus.TO_ALLOCATE: (
        (("分好仓和快递", "It has a warehouse and a carrier"), OrderStatus.TO_SHIP),
        (("整单退款", "All of it is refunded"), OrderStatus.CANCELLED),
    ),
    OrderStatus.TO_SHIP: (
        (("全部行已发", "All lines have left"), OrderStatus.SHIPPED),
        (("部分行已发", "Some lines have left"), OrderStatus.PARTLY_SHIPPED),
        (("整单退款", "All of it is refunded"), OrderStatus.CANCELLED),
    ),
    OrderStatus.PARTLY_SHIPPED: (
        (("剩余行已发", "The rest has left"), OrderStatus.SHIPPED),
        (("撤回发货", "The parcel is recalled"), OrderStatus.TO_SHIP),
    ),
    OrderStatus.SHIPPED: (
        (("平台显示签收", "The platform says delivered"), OrderStatus.DELIVERED),
        (("撤回发货", "The parcel is recalled"), OrderStatus.TO_SHIP),
    ),
    OrderStatus.DELIVERED: ((("平台显示完成", "The platform says completed"), OrderStatus.COMPLETED),),
    OrderStatus.COMPLETED: (),
    OrderStatus.CANCELLED: (),
}


def duration_pair(minutes: int) -> Pair:
    """``48 时``, ``15 天``, ``30 分``: the largest unit that is whole; two days and less in hours."""
    if minutes % 1440 == 0 and minutes > 2 * 1440:
        return f"{minutes // 1440} 天", f"{minutes // 1440} d"
    if minutes % 60 == 0 and minutes:
        return f"{minutes // 60} 时", f"{minutes // 60} h"
    return f"{minutes} 分", f"{minutes} min"


def round_duration_pair(minutes: float) -> Pair:
    """As people say it: ``3.6 时``."""
    if minutes >= 2 * 1440:
        return f"{minutes / 1440:.1f} 天", f"{minutes / 1440:.1f} d"
    if minutes >= 60:
        return f"{minutes / 60:.1f} 时", f"{minutes / 60:.1f} h"
    return f"{minutes:.0f} 分", f"{minutes:.0f} min"
