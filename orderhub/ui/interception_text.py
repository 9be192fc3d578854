"""What are the words of interception called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.interception import Gate, InterceptionOutcome

Pair = tuple[str, str]

INTERCEPTION_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    InterceptionOutcome: {
        InterceptionOutcome.CAUGHT: ("已拦下", "Caught"),
        InterceptionOutcome.TOO_LATE: ("申请前已发出", "Left before"),
        InterceptionOutcome.LEAKED: ("漏拦", "Leaked"),
    },
    Gate: {
        Gate.REVIEW: ("待审核", "Review"),
        Gate.ALLOCATION: ("待配货", "Allocation"),
        Gate.WAYBILL: ("待打单", "Waybill"),
        Gate.PACKING: ("待装箱", "Packing"),
        Gate.PACKED: ("已装箱", "Packed"),
        Gate.UPLOAD: ("已出库未回传", "Left, channel not told"),
        Gate.GONE: ("已发出", "Gone"),
        Gate.OVER: ("订单已关闭", "Order closed"),
    },
}

INTERCEPTION_EVENTS: dict[str, Pair] = {
    "refund_heard": ("听到未发货退款", "A refund before shipping was heard of"),
    "goods_stopped": ("包裹已截回", "The parcel was stopped"),
    "refund_leaked": ("退款漏拦", "Shipped despite the refund"),
}
