"""Somebody wants money back: finance is asked at once, anew when the request is, and no longer once it is decided."""

from sqlmodel import Session

from orderhub.automation.answering import may_answer
from orderhub.domain.aftersale import Aftersale, AftersaleMoved, RefundRequested, StageMoved, case_of
from orderhub.domain.auto_refund import decides, facts_of, policy_of
from orderhub.domain.finance_review import approve, follow, open_review
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import (
    RefundAnswered,
    RefundAnswerOvertaken,
    RefundAnswerRefused,
)
from orderhub.domain.rules.ruling import RULES
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import Event, kind_of

KINDS = frozenset(
    map(
        kind_of,
        (RefundRequested, AftersaleMoved, StageMoved, RefundAnswered, RefundAnswerRefused, RefundAnswerOvertaken),
    )
)


def run(session: Session, event: Event) -> str:
    """Safe to repeat: it looks at the case as it stands now, whatever the event said."""
    order, case = case_of(session, event.subject_id)
    done = follow(session, case, by=event.actor, now=event.at)
    return _by_rule(session, order, case) or done


def _by_rule(session: Session, order: Order, case: Aftersale) -> str:
    """Empty where a person decides: of a request that was put again, or that one of us made, always."""
    review = open_review(session, case.id)
    if review is None or review.turn > 1 or case.opened_by:
        return ""
    policy = policy_of(session, case.kind)
    if not policy.is_on or not any(decision.pays for decision in may_answer(case)):
        return ""
    now = utc_now()
    reason = decides(policy, facts_of(session, order, case), now)
    if reason is None:
        return ""
    try:
        approve(session, review.id, note=reason, is_by_rule=True, by=RULES, now=now)
    except RuleBroken as refusal:  # nothing was changed: a person looks at it
        return f"no rule decides: {refusal.code}"
    return "approved by rule"
