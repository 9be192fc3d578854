"""May a case be answered so? Looked at before every answer, so that a repeat tells nothing twice."""

from collections.abc import Collection

from orderhub.connectors.channels.contract import AnswerNotice
from orderhub.domain.drafts import RefundDraft
from orderhub.domain.words import RefundDecision
from orderhub.kernel.errors import PartnerRefused

NOT_DOCUMENTED = "not-documented"
ANSWERED_ALREADY = "answered-already"
AMOUNT_CHANGED = "amount-changed"


def check_documented(notice: AnswerNotice, documented: Collection[RefundDecision], partner: str) -> None:
    """Raises: PartnerRefused: nobody knows how ``partner`` is told such a thing."""
    if notice.decision not in documented:
        raise undocumented(notice, partner)


def undocumented(notice: AnswerNotice, partner: str) -> PartnerRefused:
    message = f"{partner} documents no {notice.decision} of {notice.channel_refund_no[:64]}: answer in its back office"
    return PartnerRefused(message, partner=partner, partner_code=NOT_DOCUMENTED)


def is_answered(notice: AnswerNotice, standing: RefundDraft, partner: str) -> bool:
    """Whether the case is already where the answer would bring it: by an earlier attempt, or by the channel alone.

    Raises: PartnerRefused: it went elsewhere, or money would go back that nobody has agreed to.
    """
    if notice.decision.is_reached(standing.status):
        return True
    number = notice.channel_refund_no[:64]
    if not notice.decision.fits(standing.kind, standing.status):
        message = f"{number}: {partner} holds it as {standing.status}"
        raise PartnerRefused(message, partner=partner, partner_code=ANSWERED_ALREADY)
    if notice.decision.pays and standing.amount_fen != notice.amount_fen:
        message = f"{number}: it is about {standing.amount_fen} fen now, {notice.amount_fen} fen were answered"
        raise PartnerRefused(message, partner=partner, partner_code=AMOUNT_CHANGED)
    return False
