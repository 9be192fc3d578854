"""Which answers may be offered for a case? Those that fit it now and that its channel can be told."""

from orderhub.connectors.channels.registry import module
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.refund_answer import fitting
from orderhub.domain.words import RefundDecision
from orderhub.kernel.errors import RuleBroken


class NotTellable(RuleBroken):
    code = "not_tellable"


def may_answer(case: Aftersale) -> list[RefundDecision]:
    """All that fit where the merchant pays by its own hand; what is missing is done in the channel's back office."""
    tellable = frozenset(RefundDecision) if case.is_ours else module(case.channel).ANSWERS
    return [decision for decision in fitting(case) if decision in tellable]


def check_tellable(case: Aftersale, *, pays: bool) -> None:
    """Whether its channel can be told the yes or the no that fits; where none fits it is not ours to say.

    Raises:
        NotTellable: its channel takes this answer in its own back office only.
    """
    wanted = [decision for decision in fitting(case) if (decision.pays if pays else decision.refuses)]
    if wanted and not set(wanted) & set(may_answer(case)):
        raise NotTellable(f"{case.channel} takes {wanted[0]} in its own back office only")
