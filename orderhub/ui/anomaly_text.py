"""What is wrong, in the reader's words."""

from enum import StrEnum
from typing import Any

from orderhub.domain.anomaly_kind import AnomalyKind, Severity

ANOMALY_LABELS: dict[type[StrEnum], dict[Any, tuple[str, str]]] = {
    AnomalyKind: {
        AnomalyKind.UNKNOWN_STATUS_WORD: ("未知状态词", "Unknown status word"),
        AnomalyKind.UNKNOWN_FIELD: ("未知字段", "Unknown field"),
        AnomalyKind.AMOUNT_MISMATCH: ("金额不符", "Amounts differ"),
        AnomalyKind.DEAD_LETTER: ("消息处理失败", "Message not understood"),
        AnomalyKind.UNKNOWN_SHOP: ("未知店铺", "Unknown shop"),
        AnomalyKind.SYNC_BEHIND: ("同步滞后", "Sync behind"),
        AnomalyKind.SHOP_UNAUTHORISED: ("店铺授权失效", "Shop not authorised"),
        AnomalyKind.TOKEN_NEAR_EXPIRY: ("授权即将到期", "Authorisation ends soon"),
        AnomalyKind.SHIP_BY_PAST: ("发货超时", "Ship-by time past"),
        AnomalyKind.FORGED_PUSH: ("推送验签失败", "Push with a bad signature"),
        AnomalyKind.MAPPING_VALUE: ("映射取值失败", "Value not mapped"),
        AnomalyKind.ORDERS_MISSING: ("订单缺失", "Orders missing"),
        AnomalyKind.PAYMENT_MISMATCH: ("收款与订单不符", "Payment differs from the order"),
        AnomalyKind.PAYMENT_WITHOUT_ORDER: ("有收款无订单", "Payment without an order"),
        AnomalyKind.REPAYMENT_STUCK: ("退款未到账", "Repayment stuck"),
        AnomalyKind.SHIPPING_NOT_UPLOADED: ("发货信息未上传", "Shipment not told to the channel"),
        AnomalyKind.UPLOAD_REFUSED: ("回传被拒", "Upload refused"),
        AnomalyKind.SHIPPED_DESPITE_REFUND: ("退款中已发货", "Shipped despite a refund"),
        AnomalyKind.OVERSOLD: ("超卖缺货", "Sold without stock"),
        AnomalyKind.LOW_STOCK: ("缺货预警", "Stock is low"),
        AnomalyKind.WAYBILL_REFUSED: ("取号失败", "Waybill refused"),
        AnomalyKind.WAYBILL_KEPT: ("面单未能回收", "Waybill not taken back"),
        AnomalyKind.CARRIER_UNAUTHORISED: ("面单账号失效", "Carrier account refused"),
        AnomalyKind.REFUND_NOT_ANSWERED: ("售后答复未成", "Answer to a case not taken"),
        AnomalyKind.STOCK_DRIFT: ("渠道库存不符", "Channel stock differs"),
        AnomalyKind.SETTLEMENT_DIFFERENCE: ("对账差异", "Settlement differs"),
        AnomalyKind.NOT_SCANNED: ("发货无揽收", "Shipped, not scanned"),
        AnomalyKind.NO_MOVEMENT: ("物流异常", "No movement"),
        AnomalyKind.PARCEL_LOST: ("疑似丢件", "Parcel lost"),
        AnomalyKind.UNKNOWN_SKU: ("商品未匹配", "SKU not matched"),
        AnomalyKind.DUPLICATE_ORDER: ("疑似重复订单", "Perhaps ordered twice"),
        AnomalyKind.ORDER_STUCK: ("订单滞留", "Order stuck"),
        AnomalyKind.SHIP_BY_NEAR: ("即将发货超时", "Ship-by time near"),
        AnomalyKind.WAYBILL_TWICE: ("运单号重复使用", "Waybill used twice"),
        AnomalyKind.REFUND_ANSWER_LATE: ("售后未及时答复", "Case not answered in time"),
        AnomalyKind.PARCEL_REFUSED: ("买家拒收", "Parcel refused"),
        AnomalyKind.RETURNED_TO_SENDER: ("包裹退回", "Returned to sender"),
        AnomalyKind.ADDRESS_UNREACHABLE: ("地址不可达", "Address unreachable"),
        AnomalyKind.SCANS_REFUSED: ("轨迹不可信", "Scans not believed"),
        AnomalyKind.FOREIGN_PARCEL: ("非本店包裹", "Parcel of somebody else"),
        AnomalyKind.NOTICE_UNDELIVERABLE: ("通知未送达", "Notice not delivered"),
        AnomalyKind.ROBOT_REFUSED: ("机器人消息未送达", "Robot not heard"),
        AnomalyKind.CUSTOM: ("自定义", "Custom"),
    },
    Severity: {
        Severity.LOW: ("低", "Low"),
        Severity.MEDIUM: ("中", "Medium"),
        Severity.HIGH: ("高", "High"),
    },
}
