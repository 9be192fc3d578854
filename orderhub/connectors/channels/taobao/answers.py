"""How is TOP told what the merchant answers? Source: official API metadata and the comments of its SDKs, read 2026-11.

A version goes with each answer, so that nothing is agreed to that the buyer has changed meanwhile.
"""

from orderhub.connectors import fields
from orderhub.connectors.channels.contract import AnswerNotice, Body
from orderhub.connectors.http import told
from orderhub.domain.words import RefundDecision
from orderhub.kernel.errors import PartnerRefused

ANSWERS = frozenset(
    {RefundDecision.APPROVE, RefundDecision.REFUSE, RefundDecision.AGREE_RETURN, RefundDecision.CONFIRM_GOODS}
)
NEEDS_CODE = "needs-code"

_CODE_WORD = "验证码"


def call_for(notice: AnswerNotice, refund: Body) -> tuple[str, dict[str, str]]:
    """The method and what it is asked, from the case as it stands."""
    version, phase = fields.number(refund, "refund_version"), fields.text(refund, "refund_phase")
    if notice.decision.pays:
        facts = (notice.channel_refund_no, str(notice.amount_fen), version, phase)
        return "taobao.rp.refunds.agree", {"refund_infos": "|".join(filter(None, facts))}
    asked = {"refund_id": notice.channel_refund_no, "refund_phase": phase, "refund_version": version}
    if notice.decision is RefundDecision.AGREE_RETURN:
        wanted = {"seller_address_id": notice.address_no, "remark": notice.words}
        return "taobao.rp.returngoods.agree", asked | {name: value for name, value in wanted.items() if value}
    named = {"tid": fields.number(refund, "tid"), "oid": fields.number(refund, "oid")}
    reason = {"refuse_reason_id": notice.reason_code} if notice.reason_code else {}
    return "taobao.refund.refuse", asked | named | reason | {"refuse_message": notice.words}


def check_done(answer: Body, partner: str) -> None:
    """Money is agreed to in lists: what is wrong with the only row stands in it, as text without a code.

    Raises: PartnerRefused: with ``needs-code`` where TOP has sent a code to the seller's phone.
    """
    rows = fields.rows(fields.child(answer, "results"), "refund_mapping_result")
    said = " ".join(filter(None, (fields.text(part, "message") for part in (answer, *rows))))
    flags = [part.get(name) for part in (answer, *rows) for name in ("succ", "is_success", "result")]
    if False not in flags and "false" not in flags:
        return
    code = NEEDS_CODE if _CODE_WORD in said else fields.text(answer, "msg_code")
    raise PartnerRefused(f"{partner} refused: {told(said)}"[:200], partner=partner, partner_code=code)
