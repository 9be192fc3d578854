"""Which answers may be offered for a case? Those that fit it now and that its channel can be told."""

from orderhub.connectors.channels.registry import module
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.refund_answer import fitting
from orderhub.domain.words import Channel, RefundDecision


def may_answer(case: Aftersale) -> list[RefundDecision]:
    """All that fit where the merchant pays by its own hand; what is missing is done in the channel's back office."""
    tellable = frozenset(RefundDecision) if case.is_ours else module(case.channel).ANSWERS
    return [decision for decision in fitting(case) if decision in tellable]


def can_be_refused(channel: Channel) -> bool:
    """Whether a refusal can be told to ``channel`` at all; where the hub alone decides it can."""
    return not channel.is_asked or RefundDecision.REFUSE in module(channel).ANSWERS
