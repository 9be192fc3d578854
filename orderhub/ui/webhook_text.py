"""What are the words of webhooks called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.webhook import WebhookKind

Pair = tuple[str, str]

WEBHOOK_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    WebhookKind: {
        WebhookKind.ORDER_RECEIVED: ("订单进入", "Order received"),
        WebhookKind.ORDER_PAID: ("订单付款", "Order paid"),
        WebhookKind.ORDER_CHANGED: ("订单内容变更", "Order changed"),
        WebhookKind.ORDER_STATUS: ("订单状态变更", "Order's status changed"),
        WebhookKind.SHIPMENT_LEFT: ("包裹发出", "Parcel has left"),
        WebhookKind.SHIPMENT_RECALLED: ("包裹撤回", "Parcel recalled"),
        WebhookKind.AFTERSALE_REQUESTED: ("售后申请", "After-sale requested"),
        WebhookKind.AFTERSALE_STAGE: ("售后进度变更", "After-sale moved"),
        WebhookKind.ANOMALY_OPENED: ("异常出现", "Anomaly opened"),
        WebhookKind.ANOMALY_RESOLVED: ("异常解决", "Anomaly resolved"),
    },
}
