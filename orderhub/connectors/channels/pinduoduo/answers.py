"""How is Pinduoduo told what the merchant answers? Source: API pages as kept by lywzx/pdd-node-sdk, read 2026-11.

It has no API for a refusal. What is asked stands in one object, ``request``, written as text like any nested parameter.
"""

import json

from orderhub.connectors import fields
from orderhub.connectors.channels.contract import AnswerNotice, Body
from orderhub.connectors.http import told
from orderhub.domain.words import RefundDecision
from orderhub.kernel.errors import PartnerRefused

ANSWERS = frozenset({RefundDecision.APPROVE, RefundDecision.AGREE_RETURN, RefundDecision.CONFIRM_GOODS})


def call_for(notice: AnswerNotice) -> tuple[str, dict[str, str]]:
    asked = {"after_sales_id": int(notice.channel_refund_no), "order_sn": notice.channel_order_no}
    if notice.decision.pays:
        return "pdd.refund.agree", {"request": json.dumps(asked | {"operate_desc": notice.words})}
    wanted = asked | {"operate_desc": notice.words, "return_address_id": notice.address_no}
    return "pdd.refund.returngoods.agree", {"request": json.dumps(wanted)}


def check_done(answer: Body, partner: str) -> None:
    """Success is called ``succ`` by one page and ``success`` by the other; either may be missing.

    Raises: PartnerRefused: with the code of the answer, or what it says.
    """
    result = fields.child(answer, "result")
    flags = [str(part.get(name)).lower() for part in (answer, result) for name in ("succ", "success")]
    if "true" in flags and "false" not in flags:
        return
    said = told(result.get("message") or answer.get("error_msg"))
    code = fields.text(answer, "error_code")
    raise PartnerRefused(f"{partner} refused: {said}"[:200], partner=partner, partner_code=code or said[:64])
