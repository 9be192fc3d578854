"""How is Douyin told what the merchant answers? Source: comments of its SDKs and their error table, read 2026-11.

One API for all answers; ``type`` says which. 201 and 202 stand in a public SDK, 101, 301 and 111 in the comments of the
fields that go with them; that the refusals end in 2 and that money before shipping is 121 and 122 is inferred.
"""

from typing import Any

from orderhub.connectors import fields
from orderhub.connectors.channels.answering import undocumented
from orderhub.connectors.channels.contract import AnswerNotice, Body
from orderhub.connectors.http import told
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.words import AftersaleKind, RefundDecision
from orderhub.kernel.errors import PartnerRefused

ANSWERS = frozenset(RefundDecision)

_TYPES = {
    AftersaleKind.REFUND_BEFORE_SHIPPING: {RefundDecision.APPROVE: 121, RefundDecision.REFUSE: 122},
    AftersaleKind.REFUND_AFTER_SHIPPING: {RefundDecision.APPROVE: 201, RefundDecision.REFUSE: 202},
    AftersaleKind.RETURN_AND_REFUND: {
        RefundDecision.AGREE_RETURN: 101,
        RefundDecision.REFUSE: 102,
        RefundDecision.CONFIRM_GOODS: 111,
        RefundDecision.REFUSE_GOODS: 112,
    },
    AftersaleKind.EXCHANGE: {
        RefundDecision.AGREE_RETURN: 301,
        RefundDecision.REFUSE: 302,
        RefundDecision.REFUSE_GOODS: 312,
    },
}
_PICTURE = 1


def call_for(notice: AnswerNotice, standing: RefundDraft, case: Body, partner: str) -> tuple[str, dict[str, Any]]:
    """Raises: PartnerRefused: no type is known for such an answer to a case of this kind."""
    kind = _TYPES.get(standing.kind, {}).get(notice.decision)
    if kind is None:
        raise undocumented(notice, partner)
    item: dict[str, Any] = {"aftersale_id": notice.channel_refund_no, "update_time": fields.whole(case, "update_time")}
    if notice.decision.refuses:
        item |= {"reason": notice.words, "remark": notice.words, "evidence": _evidence(notice)}
        item |= {"reject_reason_code": int(notice.reason_code)} if notice.reason_code.isdecimal() else {}
    elif notice.decision is RefundDecision.AGREE_RETURN and notice.address_no.isdecimal():
        item["logistics"] = {"receiver_address_id": int(notice.address_no)}
    return "afterSale.operate", {"type": kind, "items": [item]}


def check_done(answer: Body, partner: str) -> None:
    """Raises: PartnerRefused: the only item has a code of its own."""
    for item in fields.rows(answer, "items"):
        if code := fields.whole(item, "status_code", 0):
            said = {"partner": partner, "partner_code": f"item:{code}"}
            raise PartnerRefused(f"{partner} refused: {told(item.get('status_msg'))}"[:200], **said)


def _evidence(notice: AnswerNotice) -> list[dict[str, Any]]:
    return [{"type": _PICTURE, "url": notice.picture, "desc": ""}] if notice.picture else []
