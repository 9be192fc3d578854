"""What are the words of freight called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.freight import FreightCause
from orderhub.domain.freight_claim import ClaimStatus

Pair = tuple[str, str]

FREIGHT_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    FreightCause: {
        FreightCause.UNKNOWN_WAYBILL: ("不是我们的运单", "Waybill not ours"),
        FreightCause.CHARGED_TWICE: ("重复收费", "Charged twice"),
        FreightCause.NOT_SHIPPED: ("未发出或已撤回", "Not shipped or recalled"),
        FreightCause.SURCHARGE: ("附加费", "Surcharge"),
        FreightCause.NO_CARD: ("没有价格表", "No rate card"),
        FreightCause.WEIGHT: ("重量偏高", "Weight above ours"),
        FreightCause.ZONE: ("目的地不符", "Zone differs"),
        FreightCause.PRICE: ("高于价格表", "Above the rate card"),
        FreightCause.AGREED: ("对得上", "Agrees"),
    },
    ClaimStatus: {
        ClaimStatus.CLAIMED: ("已提出", "Claimed"),
        ClaimStatus.ACCEPTED: ("已认可", "Accepted"),
        ClaimStatus.REFUSED: ("已拒绝", "Refused"),
        ClaimStatus.CREDITED: ("已退款", "Credited"),
    },
}
