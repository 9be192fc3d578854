"""How is JD told what the merchant answers? Source: official field comments as kept by public SDKs, read 2026-11.

An application is approved or not (`replyRefund`); of a service order only the refusal can be told from what is public:
to take goods back JD wants a whole address and the goods' state in words of its own, which stand on no public page.
"""

from typing import Any

from orderhub.connectors import fields
from orderhub.connectors.channels.answering import undocumented
from orderhub.connectors.channels.contract import AnswerNotice, Body
from orderhub.domain.words import RefundDecision

ANSWERS = frozenset({RefundDecision.APPROVE, RefundDecision.REFUSE})

_APPROVED, _NOT_APPROVED = 1, 2
_OPERATOR = "orderhub"


def answer_application(notice: AnswerNotice) -> tuple[str, dict[str, Any], str]:
    """The method, what it is asked, and the key of its result. JD wants a remark with either answer."""
    status = _NOT_APPROVED if notice.decision.refuses else _APPROVED
    asked: dict[str, Any] = {"id": int(notice.channel_refund_no), "status": status, "checkUserName": _OPERATOR}
    asked["remark"] = notice.words or "同意退款"
    if notice.decision.refuses and notice.reason_code.isdecimal():
        asked["rejectType"] = int(notice.reason_code)
    return "jingdong.pop.afs.soa.refundapply.replyRefund", asked, "replyResult"


def answer_service(notice: AnswerNotice, service: Body, partner: str) -> tuple[str, dict[str, Any], str]:
    """Raises: PartnerRefused: it is not a refusal."""
    if not notice.decision.refuses:
        raise undocumented(notice, partner)
    asked = {
        "serviceId": fields.number(service, "serviceId"),
        "orderId": fields.number(service, "orderId"),
        "approveNotes": notice.words,
        "sysVersion": fields.whole(service, "sysVersion"),
        "approveReasonCid1": notice.reason_code,
    }
    return "jingdong.asc.audit.refuse", asked, "result"
