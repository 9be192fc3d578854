"""What is everything called, in Chinese and English? Without Reflex: a report that leaves by itself says it too.

``tr`` says a sentence by its key, ``label_text`` names a word of the domain; ``text.py`` does the same in the browser.
"""

from enum import StrEnum
from typing import Any

from orderhub.access.permissions import Role
from orderhub.domain.custom_field import FieldType
from orderhub.domain.former import Difference, Stage
from orderhub.domain.hold import HoldReason
from orderhub.domain.mapped import MAPPING
from orderhub.domain.order import OrderStatus
from orderhub.domain.rules.ruling import RULES
from orderhub.domain.rules.words import Priority, Stock
from orderhub.domain.shop import Rollout
from orderhub.domain.task import TaskKind
from orderhub.domain.words import Channel
from orderhub.intake.inbox import MessageKind
from orderhub.intake.mapping.rerun import RerunState
from orderhub.intake.mapping.transforms import Reason, Transform
from orderhub.intake.mapping.versions import VersionState
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.job_runs import RunState
from orderhub.ui.anomaly_text import ANOMALY_LABELS
from orderhub.ui.assignment_text import ASSIGNMENT_EVENTS, ASSIGNMENT_LABELS
from orderhub.ui.desk_text import DESK_EVENTS, DESK_LABELS
from orderhub.ui.finance_text import FINANCE_EVENTS, FINANCE_LABELS
from orderhub.ui.flow_text import FLOW_LABELS
from orderhub.ui.forecast_text import FORECAST_LABELS
from orderhub.ui.freight_text import FREIGHT_LABELS
from orderhub.ui.import_text import IMPORT_LABELS
from orderhub.ui.interception_text import INTERCEPTION_EVENTS, INTERCEPTION_LABELS
from orderhub.ui.messages import MESSAGES
from orderhub.ui.notice_text import NOTICE_EVENTS, NOTICE_LABELS
from orderhub.ui.outbox_text import OUTBOX_LABELS
from orderhub.ui.pressure_text import PRESSURE_LABELS
from orderhub.ui.privacy_text import PRIVACY_EVENTS, PRIVACY_LABELS
from orderhub.ui.refund_text import REFUND_EVENTS, REFUND_LABELS
from orderhub.ui.replacement_text import REPLACEMENT_EVENTS, REPLACEMENT_LABELS
from orderhub.ui.review_text import REVIEW_EVENTS, REVIEW_LABELS
from orderhub.ui.robot_text import ROBOT_LABELS
from orderhub.ui.rule_names import RULE_NAMES, WEEKDAYS
from orderhub.ui.schedule_text import SCHEDULE_LABELS
from orderhub.ui.settlement_text import SETTLEMENT_LABELS
from orderhub.ui.supplier_text import SUPPLIER_LABELS
from orderhub.ui.ticket_text import TICKET_LABELS
from orderhub.ui.track_text import TRACK_EVENTS, TRACK_LABELS
from orderhub.ui.tracker_text import TRACKER_LABELS
from orderhub.ui.warehouse_text import WAREHOUSE_EVENTS, WAREHOUSE_LABELS
from orderhub.ui.waybill_text import WAYBILL_LABELS
from orderhub.ui.webhook_text import WEBHOOK_LABELS

Pair = tuple[str, str]

LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    OrderStatus: {
        OrderStatus.PENDING_PAYMENT: ("待付款", "Unpaid"),
        OrderStatus.TO_REVIEW: ("待审核", "To review"),
        OrderStatus.TO_ALLOCATE: ("待配货", "To allocate"),
        OrderStatus.TO_SHIP: ("待发货", "To ship"),
        OrderStatus.PARTLY_SHIPPED: ("部分发货", "Partly shipped"),
        OrderStatus.SHIPPED: ("已发货", "Shipped"),
        OrderStatus.DELIVERED: ("已签收", "Delivered"),
        OrderStatus.COMPLETED: ("已完成", "Completed"),
        OrderStatus.CANCELLED: ("已取消", "Cancelled"),
    },
    Rollout: {
        Rollout.OFF: ("关闭", "Off"),
        Rollout.SHADOW: ("影子", "Shadow"),
        Rollout.PILOT: ("试点", "Pilot"),
        Rollout.LIVE: ("全量", "Live"),
    },
    Stage: {
        Stage.UNPAID: ("待付款", "Unpaid"),
        Stage.WAITING: ("待发货", "Waiting"),
        Stage.TROUBLED: ("有问题", "In trouble"),
        Stage.SHIPPED: ("已发货", "Shipped"),
        Stage.CANCELLED: ("已取消", "Cancelled"),
    },
    Difference: {
        Difference.MISSING: ("这里没有", "Not here"),
        Difference.STATUS: ("状态", "Status"),
        Difference.WAREHOUSE: ("仓库", "Warehouse"),
        Difference.CARRIER: ("快递", "Carrier"),
        Difference.SHIPPED_AT: ("发货时间", "Shipped time"),
    },
    MessageKind: {
        MessageKind.ORDER: ("订单", "Order"),
        MessageKind.REFUND: ("退款", "Refund"),
        MessageKind.PUSH: ("推送", "Push"),
        MessageKind.PAYMENT: ("收款通知", "Payment notice"),
    },
    RunState: {
        RunState.RUNNING: ("运行中", "Running"),
        RunState.DONE: ("完成", "Done"),
        RunState.FAILED: ("失败", "Failed"),
        RunState.LOST: ("中断", "Cut off"),
    },
    Channel: {
        Channel.TAOBAO: ("淘宝", "Taobao"),
        Channel.JD: ("京东", "JD"),
        Channel.PINDUODUO: ("拼多多", "Pinduoduo"),
        Channel.DOUYIN: ("抖音", "Douyin"),
        Channel.MINIPROGRAM: ("小程序", "Mini-program"),
    },
    TaskKind: {
        TaskKind.REFUND_REVIEW: ("退款", "Refund"),
        TaskKind.LOGISTICS_FOLLOW_UP: ("物流", "Logistics"),
        TaskKind.STOCK_OUT: ("缺货", "Stock"),
        TaskKind.SKU_MATCHING: ("映射", "SKU match"),
        TaskKind.AFTERSALE_TICKET: ("售后", "After-sale"),
        TaskKind.ADDRESS_CHANGE: ("改地址", "Address"),
        TaskKind.PRICE_CHECK: ("价格", "Price"),
        TaskKind.SYNC_TROUBLE: ("同步", "Sync"),
        TaskKind.WORKFLOW_TROUBLE: ("自动流程", "Workflow"),
        TaskKind.TRACKER_TROUBLE: ("物流查询", "Tracker"),
        TaskKind.ROLLOUT: ("灰度", "Rollout"),
        TaskKind.REPLACEMENT_TO_TELL: ("换货填单", "Replacement"),
        TaskKind.REVEALS_UNUSUAL: ("查看异常", "Unusual looks"),
        TaskKind.PRESSURE: ("系统压力", "Pressure"),
    },
    FieldType: {
        FieldType.TEXT: ("文字", "Text"),
        FieldType.NUMBER: ("数字", "Number"),
        FieldType.MONEY: ("金额", "Money"),
        FieldType.DATE: ("日期", "Date"),
        FieldType.CHOICE: ("选项", "Choice"),
    },
    Transform: {
        Transform.TEXT: ("原文", "As it is"),
        Transform.NUMBER: ("数字", "Number"),
        Transform.MONEY: ("金额", "Money"),
        Transform.DATE: ("日期", "Date"),
        Transform.LOOKUP: ("对照表", "Lookup table"),
        Transform.KEYWORDS: ("关键词", "Keywords"),
        Transform.TEMPLATE: ("模板", "Template"),
    },
    Reason: {
        Reason.NOT_NUMBER: ("不是数字", "not a number"),
        Reason.NOT_MONEY: ("不是金额", "not an amount"),
        Reason.NOT_DATE: ("不是日期", "not a date"),
        Reason.NOT_IN_TABLE: ("对照表里没有", "not in the table"),
        Reason.NOT_CHOICE: ("不在选项里", "none of the choices"),
        Reason.SEVERAL: ("取到多个值", "several values"),
        Reason.NO_VALUE: ("路径停在对象上，请写到具体字段", "the path ends at an object"),
        Reason.CIPHER: ("密文，不能映射", "enciphered: cannot be mapped"),
        Reason.TOO_LONG: ("太长", "too long"),
        Reason.BAD_TEXT: ("有不能用的字符", "characters that cannot be used"),
        Reason.BAD_PATH: ("路径在这条数据上算不出", "the path cannot be followed here"),
        Reason.NO_FIELD: ("没有这个自定义字段", "no such custom field"),
    },
    VersionState: {
        VersionState.DRAFT: ("草稿", "Draft"),
        VersionState.LIVE: ("线上", "Live"),
        VersionState.PAST: ("历史", "Past"),
    },
    RerunState: {
        RerunState.RUNNING: ("补跑中", "Running"),
        RerunState.DONE: ("已补跑", "Done"),
        RerunState.CANCELLED: ("已取消", "Cancelled"),
    },
    Role: {
        Role.ADMIN: ("管理员", "Administrator"),
        Role.MANAGER: ("管理层", "Manager"),
        Role.OPERATIONS: ("运营专员", "Operations"),
        Role.SERVICE: ("客服", "Customer service"),
        Role.WAREHOUSE: ("仓库", "Warehouse"),
        Role.FINANCE: ("财务", "Finance"),
    },
    **RULE_NAMES,
}

for _labels in (
    ANOMALY_LABELS,
    ASSIGNMENT_LABELS,
    DESK_LABELS,
    FINANCE_LABELS,
    FLOW_LABELS,
    FREIGHT_LABELS,
    IMPORT_LABELS,
    INTERCEPTION_LABELS,
    NOTICE_LABELS,
    OUTBOX_LABELS,
    PRESSURE_LABELS,
    PRIVACY_LABELS,
    FORECAST_LABELS,
    REFUND_LABELS,
    REPLACEMENT_LABELS,
    REVIEW_LABELS,
    ROBOT_LABELS,
    WEBHOOK_LABELS,
    SCHEDULE_LABELS,
    SETTLEMENT_LABELS,
    SUPPLIER_LABELS,
    TICKET_LABELS,
    TRACKER_LABELS,
    TRACK_LABELS,
    WAREHOUSE_LABELS,
    WAYBILL_LABELS,
):
    LABELS |= _labels

SUBJECTS: dict[str, Pair] = {
    "order": ("订单", "Order"),
    "shop": ("店铺", "Shop"),
    "channel": ("渠道", "Channel"),
    "message": ("消息", "Message"),
    "outbox": ("回传", "Upload"),
    "mapping": ("映射", "Mapping"),
    "payment": ("收款", "Payment"),
    "sku": ("商品", "SKU"),
    "delivery": ("发货单", "Delivery"),
    "carrier_account": ("面单账号", "Carrier account"),
    "tracker_account": ("物流查询账号", "Tracker account"),
    "aftersale": ("售后单", "After-sale case"),
    "channel_item": ("渠道货号", "Channel item"),
    "statement": ("账单", "Statement"),
    "track": ("包裹", "Parcel"),
    "notifier_account": ("通知账号", "Account for notices"),
    "robot": ("机器人", "Robot"),
}

CHANNEL_SIGNS = {
    Channel.TAOBAO: "淘",
    Channel.JD: "京",
    Channel.PINDUODUO: "拼",
    Channel.DOUYIN: "抖",
    Channel.MINIPROGRAM: "微",
}

EVENTS: dict[str, Pair] = {
    **REVIEW_EVENTS,
    **PRIVACY_EVENTS,
    **REFUND_EVENTS,
    **FINANCE_EVENTS,
    **REPLACEMENT_EVENTS,
    **INTERCEPTION_EVENTS,
    **TRACK_EVENTS,
    **WAREHOUSE_EVENTS,
    **DESK_EVENTS,
    **NOTICE_EVENTS,
    **ASSIGNMENT_EVENTS,
    "order_received": ("订单接收", "Order received"),
    "order_paid": ("已付款", "Paid"),
    "order_moved": ("状态变更", "Status changed"),
    "order_changed": ("渠道更新了订单", "Changed by the channel"),
    "order_tagged": ("打标", "Tagged"),
    "order_untagged": ("去标", "Untagged"),
    "order_remarked": ("修改备注", "Remark changed"),
    "order_mapped": ("字段映射更新", "Mapped fields changed"),
    "order_shipped": ("仓库发货", "Shipped by us"),
    "allocation_due": ("可以配货", "May be allocated"),
    "shipment_uploaded": ("已回传平台", "The channel was told"),
    "parcel_recalled": ("撤回发货", "Parcel recalled"),
    "shipment_refused": ("平台未接受回传", "The channel did not take it"),
    "order_decided": ("规则判定", "Decided by rules"),
    "rule_notified": ("规则通知", "Called by a rule"),
    "stock_reserved": ("锁库存", "Stock reserved"),
    "stock_released": ("释放库存", "Stock released"),
    "stock_shipped": ("出库", "Off the shelf"),
    "refund_requested": ("申请退款", "Refund requested"),
    "aftersale_moved": ("售后状态变更", "After-sale moved"),
    "anomaly_opened": ("发现异常", "Anomaly found"),
    "anomaly_resolved": ("异常已解决", "Anomaly resolved"),
    "task_opened": ("新待办", "Task opened"),
    "task_moved": ("待办流转", "Task moved"),
    "shop_connected": ("店铺已接入", "Shop connected"),
    "shop_authorised": ("店铺已重新授权", "Shop authorised again"),
    "shop_token_renewed": ("店铺授权已更新", "Shop authorisation renewed"),
    "rollout_changed": ("灰度已调整", "Rollout changed"),
    "plan_changed": ("默认仓库与快递已调整", "Default warehouse and carrier changed"),
    "former_uploaded": ("已上传现有系统导出", "Export of the present system uploaded"),
    "orders_missed": ("核单发现缺单", "Orders found missing"),
    "orders_refilled": ("缺单已补齐", "Missing orders fetched"),
    "payment_connected": ("收款已接入", "Payment service connected"),
    "payment_received": ("已收款", "Payment received"),
    "repayment_wanted": ("发起退款", "Repayment asked for"),
    "repayment_moved": ("退款状态变更", "Repayment moved"),
    "shipping_uploaded": ("发货信息已上传", "Shipment told to the channel"),
}


def tr(lang: str, key: str, **values: object) -> str:
    return MESSAGES[key][lang == "en"].format(**values)


def label_text(lang: str, word: StrEnum) -> str:
    return LABELS[type(word)][word][lang == "en"]


# Every word a rule's condition or action is chosen from; no two kinds share one.
RULE_CHOICES: dict[Any, Pair] = {
    **LABELS[Channel],
    **LABELS[HoldReason],
    **LABELS[Stock],
    **LABELS[Priority],
    **LABELS[Role],
    **WEEKDAYS,
}


def choice_text(lang: str, word: str) -> str:
    """The word itself where it is not one of ours."""
    return RULE_CHOICES[word][lang == "en"] if word in RULE_CHOICES else word


def actor_text(lang: str, actor: str) -> str:
    """As ``actor_name``, on the server."""
    if actor in list(Channel):
        return label_text(lang, Channel(actor))
    ours = {SYSTEM: "by_system", RULES: "by_rules", MAPPING: "mapping"}.get(actor)
    return tr(lang, ours) if ours else actor
