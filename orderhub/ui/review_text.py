"""What are the words of the review called: why orders wait, and what is done about it?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.hold import HoldReason

Pair = tuple[str, str]

REVIEW_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    HoldReason: {
        HoldReason.BUYER_REMARK: ("备注未读", "Remark to read"),
        HoldReason.ADDRESS_DOUBTFUL: ("地址存疑", "Address doubtful"),
        HoldReason.PRICE_BELOW_FLOOR: ("低于底价", "Below floor price"),
        HoldReason.AMOUNT_MISMATCH: ("金额不符", "Amounts differ"),
        HoldReason.ZERO_YUAN: ("零元单", "Costs nothing"),
        HoldReason.OUT_OF_STOCK: ("缺货", "Out of stock"),
        HoldReason.SKU_NOT_MATCHED: ("SKU 未匹配", "SKU not matched"),
        HoldReason.REFUND_REQUESTED: ("退款申请", "Refund requested"),
        HoldReason.MANUAL: ("人工挂起", "Held by hand"),
        HoldReason.RISK: ("平台风控", "Channel risk check"),
        HoldReason.PRESALE: ("预售", "Presale"),
    },
}

REVIEW_EVENTS: dict[str, Pair] = {
    "order_held": ("挂起", "Held"),
    "hold_released": ("放行", "Released"),
    "hold_vouched": ("初审通过", "Vouched for"),
    "hold_sent_back": ("复核退回", "Sent back"),
}
