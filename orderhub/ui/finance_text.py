"""What are the words of finance's review of refunds called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.finance_review import ReviewState

Pair = tuple[str, str]

FINANCE_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    ReviewState: {
        ReviewState.OPEN: ("待审", "To decide"),
        ReviewState.APPROVED: ("已同意", "Agreed"),
        ReviewState.REJECTED: ("已拒绝", "Refused"),
        ReviewState.OVERTAKEN: ("他方先处理", "Decided elsewhere"),
    },
}

FINANCE_EVENTS: dict[str, Pair] = {
    "refund_review_opened": ("提交财务审核", "Before finance"),
    "refund_review_ended": ("财务审核结束", "Finance's review ended"),
    "refund_paid_by_hand": ("已线下打款", "Paid by hand"),
}
