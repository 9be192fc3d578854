"""What are the words of after-sale cases, of answers to them and of buyers' reasons called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.aftersale import CaseOrigin
from orderhub.domain.refund_answer import AnswerState
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision

Pair = tuple[str, str]

REFUND_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    AftersaleKind: {
        AftersaleKind.REFUND_BEFORE_SHIPPING: ("仅退款（未发货）", "Refund before shipping"),
        AftersaleKind.REFUND_AFTER_SHIPPING: ("仅退款（已发货）", "Refund after shipping"),
        AftersaleKind.RETURN_AND_REFUND: ("退货退款", "Return and refund"),
        AftersaleKind.EXCHANGE: ("换货", "Exchange"),
        AftersaleKind.RESEND: ("补发", "Resend"),
        AftersaleKind.REFUSED_PARCEL: ("拒收退回", "Refused parcel"),
        AftersaleKind.UNKNOWN: ("未知", "Unknown"),
    },
    AftersaleStatus: {
        AftersaleStatus.UNKNOWN: ("未知", "Unknown"),
        AftersaleStatus.REQUESTED: ("待处理", "Requested"),
        AftersaleStatus.APPROVED: ("已同意", "Approved"),
        AftersaleStatus.REJECTED: ("已拒绝", "Rejected"),
        AftersaleStatus.AWAITING_RETURN: ("待买家退货", "Awaiting return"),
        AftersaleStatus.RETURNED: ("退货中", "On its way back"),
        AftersaleStatus.INSPECTED: ("已验货", "Inspected"),
        AftersaleStatus.FINANCE_REVIEW: ("财务待审", "Finance review"),
        AftersaleStatus.REFUNDING: ("退款中", "Refunding"),
        AftersaleStatus.CLOSED: ("已完结", "Closed"),
        AftersaleStatus.WITHDRAWN: ("已撤销", "Withdrawn"),
    },
    CaseOrigin: {
        CaseOrigin.CHANNEL: ("平台", "Channel"),
        CaseOrigin.FILE: ("文件", "File"),
        CaseOrigin.HAND: ("人工", "By hand"),
    },
    RefundDecision: {
        RefundDecision.APPROVE: ("同意退款", "Pay back"),
        RefundDecision.REFUSE: ("拒绝", "Refuse"),
        RefundDecision.AGREE_RETURN: ("同意退货", "Agree to the return"),
        RefundDecision.CONFIRM_GOODS: ("确认收货并退款", "Goods are back, pay"),
        RefundDecision.REFUSE_GOODS: ("拒收退货", "Refuse the goods"),
    },
    AnswerState: {
        AnswerState.OPEN: ("待送达", "On its way"),
        AnswerState.TOLD: ("已送达", "Told"),
        AnswerState.REFUSED: ("未被接受", "Not taken"),
        AnswerState.OVERTAKEN: ("未发出", "Did not leave"),
    },
    ReasonKind: {
        ReasonKind.NO_REASON: ("无理由", "No reason"),
        ReasonKind.AGREED: ("协商一致", "Agreed with the shop"),
        ReasonKind.QUALITY: ("质量问题", "Quality"),
        ReasonKind.NOT_AS_DESCRIBED: ("描述不符", "Not as described"),
        ReasonKind.WRONG_ITEM: ("发错货", "Wrong item"),
        ReasonKind.SHORT_OR_MISSING: ("少件漏发", "Short or missing"),
        ReasonKind.DAMAGED: ("破损", "Damaged"),
        ReasonKind.COUNTERFEIT: ("假冒", "Counterfeit"),
        ReasonKind.LATE_SHIPMENT: ("发货太慢或缺货", "Shipped late or out of stock"),
        ReasonKind.LOGISTICS: ("物流问题", "Carrier trouble"),
        ReasonKind.PARCEL_REFUSED: ("拒签", "Parcel refused"),
        ReasonKind.FREIGHT: ("退运费", "Freight"),
        ReasonKind.INVOICE: ("发票问题", "Invoice"),
        ReasonKind.OTHER: ("其他", "Other"),
    },
}

REFUND_EVENTS: dict[str, Pair] = {
    "stage_moved": ("售后进度变更", "Case came on"),
    "refund_answered": ("已答复售后", "Case answered"),
    "refund_answer_told": ("平台已收到答复", "The channel took the answer"),
    "refund_answer_refused": ("平台未接受答复", "The channel did not take the answer"),
    "refund_answer_overtaken": ("答复未发出", "The answer did not leave"),
}
