"""What can be wrong, whose it is by default, and how long may it take to set right?"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from orderhub.domain.task import TaskKind


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AnomalyKind(StrEnum):
    UNKNOWN_STATUS_WORD = "unknown_status_word"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_SKU = "unknown_sku"
    UNKNOWN_SHOP = "unknown_shop"
    MAPPING_VALUE = "mapping_value"
    DEAD_LETTER = "dead_letter"
    FORGED_PUSH = "forged_push"
    SYNC_BEHIND = "sync_behind"
    SHOP_UNAUTHORISED = "shop_unauthorised"
    TOKEN_NEAR_EXPIRY = "token_near_expiry"  # noqa: S105
    ORDERS_MISSING = "orders_missing"
    AMOUNT_MISMATCH = "amount_mismatch"
    DUPLICATE_ORDER = "duplicate_order"
    ORDER_STUCK = "order_stuck"  # in one status past the time it is allowed there
    SHIP_BY_NEAR = "ship_by_near"
    SHIP_BY_PAST = "ship_by_past"
    PAYMENT_MISMATCH = "payment_mismatch"
    PAYMENT_WITHOUT_ORDER = "payment_without_order"
    REPAYMENT_STUCK = "repayment_stuck"
    SHIPPING_NOT_UPLOADED = "shipping_not_uploaded"
    UPLOAD_REFUSED = "upload_refused"
    SHIPPED_DESPITE_REFUND = "shipped_despite_refund"
    OVERSOLD = "oversold"
    LOW_STOCK = "low_stock"
    STOCK_DRIFT = "stock_drift"
    WAYBILL_REFUSED = "waybill_refused"
    WAYBILL_KEPT = "waybill_kept"  # nobody needs it, and its carrier does not take it back
    WAYBILL_TWICE = "waybill_twice"  # one number on parcels to different addresses
    CARRIER_UNAUTHORISED = "carrier_unauthorised"
    REFUND_NOT_ANSWERED = "refund_not_answered"  # its channel did not take the merchant's answer
    REFUND_ANSWER_LATE = "refund_answer_late"  # nobody has answered, and the channel's deadline is near or past
    SETTLEMENT_DIFFERENCE = "settlement_difference"
    NOT_SCANNED = "not_scanned"  # shipped, and no carrier has seen it for a day
    NO_MOVEMENT = "no_movement"  # 物流异常: nothing has moved it for two days
    PARCEL_LOST = "parcel_lost"
    PARCEL_REFUSED = "parcel_refused"
    RETURNED_TO_SENDER = "returned_to_sender"
    ADDRESS_UNREACHABLE = "address_unreachable"
    SCANS_REFUSED = "scans_refused"  # a carrier tells of the future, or of more than one parcel can go through
    FOREIGN_PARCEL = "foreign_parcel"  # somebody tells of a parcel that is none of ours
    TRACKING_REFUSED = "tracking_refused"  # whoever tells of its carrier does not take the number
    TRACKER_UNAUTHORISED = "tracker_unauthorised"
    TRACKER_QUOTA = "tracker_quota"  # no more questions today
    NOTICE_UNDELIVERABLE = "notice_undeliverable"
    ROBOT_REFUSED = "robot_refused"  # a group chat of the staff does not take what it is told
    WEBHOOK_OFF = "webhook_off"  # a program has taken no message for a day, and is told no more
    CUSTOM = "custom"  # a rule of the merchant's own


@dataclass(frozen=True)
class Handling:
    """``role`` has it first; ``within``: resolved later than that after its detection it is late.

    ``task``: somebody gets a task for it, which ends with it.
    """

    severity: Severity
    role: str
    within: timedelta
    task: TaskKind | None = None


_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

# Several kinds are told of by others already: their tasks hang on what they are about (short stock, SKU matching).
HANDLING: dict[AnomalyKind, Handling] = {
    AnomalyKind.UNKNOWN_STATUS_WORD: Handling(_MEDIUM, "operations", _DAY),
    AnomalyKind.UNKNOWN_FIELD: Handling(_LOW, "operations", 3 * _DAY),
    AnomalyKind.UNKNOWN_SKU: Handling(_MEDIUM, "operations", 8 * _HOUR),
    AnomalyKind.UNKNOWN_SHOP: Handling(_MEDIUM, "admin", _DAY),
    AnomalyKind.MAPPING_VALUE: Handling(_LOW, "operations", 3 * _DAY),
    AnomalyKind.DEAD_LETTER: Handling(_HIGH, "operations", 2 * _HOUR),
    AnomalyKind.FORGED_PUSH: Handling(_MEDIUM, "admin", _DAY),
    AnomalyKind.SYNC_BEHIND: Handling(_HIGH, "operations", 2 * _HOUR, TaskKind.SYNC_TROUBLE),
    AnomalyKind.SHOP_UNAUTHORISED: Handling(_HIGH, "operations", 2 * _HOUR, TaskKind.SYNC_TROUBLE),
    AnomalyKind.TOKEN_NEAR_EXPIRY: Handling(_HIGH, "operations", 2 * _HOUR, TaskKind.SYNC_TROUBLE),
    AnomalyKind.ORDERS_MISSING: Handling(_HIGH, "operations", 2 * _HOUR, TaskKind.SYNC_TROUBLE),
    AnomalyKind.AMOUNT_MISMATCH: Handling(_MEDIUM, "operations", 12 * _HOUR),
    AnomalyKind.DUPLICATE_ORDER: Handling(_MEDIUM, "service", 8 * _HOUR),
    AnomalyKind.ORDER_STUCK: Handling(_MEDIUM, "operations", 8 * _HOUR),
    AnomalyKind.SHIP_BY_NEAR: Handling(_MEDIUM, "warehouse", 2 * _HOUR),
    AnomalyKind.SHIP_BY_PAST: Handling(_HIGH, "warehouse", 12 * _HOUR),
    AnomalyKind.PAYMENT_MISMATCH: Handling(_HIGH, "finance", 12 * _HOUR),
    AnomalyKind.PAYMENT_WITHOUT_ORDER: Handling(_HIGH, "finance", 12 * _HOUR),
    AnomalyKind.REPAYMENT_STUCK: Handling(_HIGH, "finance", _DAY),
    AnomalyKind.SHIPPING_NOT_UPLOADED: Handling(_HIGH, "operations", 8 * _HOUR),
    AnomalyKind.UPLOAD_REFUSED: Handling(_HIGH, "operations", 8 * _HOUR),
    AnomalyKind.SHIPPED_DESPITE_REFUND: Handling(_HIGH, "service", 8 * _HOUR),
    AnomalyKind.OVERSOLD: Handling(_HIGH, "warehouse", _DAY),
    AnomalyKind.LOW_STOCK: Handling(_MEDIUM, "operations", 3 * _DAY),
    AnomalyKind.STOCK_DRIFT: Handling(_MEDIUM, "operations", _DAY),
    AnomalyKind.WAYBILL_REFUSED: Handling(_HIGH, "warehouse", 4 * _HOUR),
    AnomalyKind.WAYBILL_KEPT: Handling(_HIGH, "warehouse", _DAY),
    AnomalyKind.WAYBILL_TWICE: Handling(_HIGH, "warehouse", 4 * _HOUR),
    AnomalyKind.CARRIER_UNAUTHORISED: Handling(_HIGH, "admin", 2 * _HOUR, TaskKind.SYNC_TROUBLE),
    AnomalyKind.REFUND_NOT_ANSWERED: Handling(_HIGH, "service", 8 * _HOUR),
    AnomalyKind.REFUND_ANSWER_LATE: Handling(_HIGH, "service", 4 * _HOUR),
    AnomalyKind.SETTLEMENT_DIFFERENCE: Handling(_MEDIUM, "finance", 3 * _DAY),
    AnomalyKind.NOT_SCANNED: Handling(_LOW, "warehouse", 8 * _HOUR, TaskKind.LOGISTICS_FOLLOW_UP),
    AnomalyKind.NO_MOVEMENT: Handling(_MEDIUM, "operations", _DAY, TaskKind.LOGISTICS_FOLLOW_UP),
    AnomalyKind.PARCEL_LOST: Handling(_HIGH, "operations", _DAY, TaskKind.LOGISTICS_FOLLOW_UP),
    AnomalyKind.PARCEL_REFUSED: Handling(_MEDIUM, "service", _DAY),
    AnomalyKind.RETURNED_TO_SENDER: Handling(_MEDIUM, "service", 2 * _DAY),
    AnomalyKind.ADDRESS_UNREACHABLE: Handling(_HIGH, "service", _DAY, TaskKind.LOGISTICS_FOLLOW_UP),
    AnomalyKind.SCANS_REFUSED: Handling(_LOW, "operations", 3 * _DAY),
    AnomalyKind.FOREIGN_PARCEL: Handling(_LOW, "operations", 3 * _DAY),
    AnomalyKind.TRACKING_REFUSED: Handling(_LOW, "operations", 3 * _DAY),
    AnomalyKind.TRACKER_UNAUTHORISED: Handling(_HIGH, "admin", 8 * _HOUR, TaskKind.TRACKER_TROUBLE),
    AnomalyKind.TRACKER_QUOTA: Handling(_LOW, "operations", 3 * _DAY),
    AnomalyKind.NOTICE_UNDELIVERABLE: Handling(_LOW, "service", 2 * _DAY),
    AnomalyKind.ROBOT_REFUSED: Handling(_HIGH, "admin", 4 * _HOUR),
    AnomalyKind.WEBHOOK_OFF: Handling(_HIGH, "admin", _DAY),
    AnomalyKind.CUSTOM: Handling(_MEDIUM, "operations", _DAY),
}
if missing := set(AnomalyKind) - set(HANDLING):
    raise RuntimeError(f"nobody handles {sorted(missing)}")
