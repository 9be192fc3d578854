"""Which cases wait for the merchant's answer while their channel's deadline is near or past?

Past it the channel decides alone, mostly for the buyer. An answer that is on its way ends the waiting; one that its
channel refused does not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import OPEN
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order
from orderhub.domain.refund_answer import AnswerState, RefundAnswer
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.standing_fact import AT_ONCE, Detector, Fact, Page, is_known
from orderhub.domain.words import AftersaleKind, AftersaleStatus, RefundDecision
from orderhub.kernel.clock import shanghai_text

NEAR = timedelta(hours=4)
_KIND = AnomalyKind.REFUND_ANSWER_LATE


def _is_our_turn() -> ColumnElement[bool]:
    """Some answer fits where the case stands at its channel."""
    turns = []
    for kind in AftersaleKind:
        asked = [one for one in AftersaleStatus if any(answer.fits(kind, one) for answer in RefundDecision)]
        if asked:
            turns.append(and_(col(Aftersale.kind) == kind, col(Aftersale.status).in_(asked)))
    return or_(*turns)


def _is_answered() -> ColumnElement[bool]:
    """As ``refund_answer.standing_answer`` says it: on its way, or taken and nothing has happened since."""
    is_told = and_(
        col(RefundAnswer.state) == AnswerState.TOLD, col(RefundAnswer.told_at) >= col(Aftersale.channel_updated_at)
    )
    standing = select(RefundAnswer.id).where(
        RefundAnswer.aftersale_id == Aftersale.id, or_(col(RefundAnswer.state) == AnswerState.OPEN, is_told)
    )
    return standing.exists()


def _newly(session: Session, now: datetime, after_id: int) -> Page:
    wanted = (
        select(Aftersale, Order, Shop)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .join(Shop, col(Shop.id) == Aftersale.shop_id)
        .where(col(Aftersale.stage).in_(OPEN), col(Aftersale.deadline) <= now + NEAR, col(Aftersale.id) > after_id)
        .where(_is_our_turn(), ~_is_answered(), ~is_known(_KIND, "aftersale", col(Aftersale.id)))
    )
    found = session.exec(wanted.order_by(col(Aftersale.id)).limit(AT_ONCE)).all()
    facts = [_fact(case, now) for case, order, shop in found if goes_out(shop, order.channel_order_no)]
    return Page(facts, found[-1][0].id if found else 0)


def _fact(case: Aftersale, now: datetime) -> Fact:
    deadline = case.deadline or now
    note = f"{case.channel_refund_no} is to be answered by {shanghai_text(deadline)}"
    became = min(max(deadline - NEAR, case.requested_at), now)
    return Fact(case.id, became, note, case.amount_fen, order_id=case.order_id, channel=case.channel)


def _over(session: Session, now: datetime) -> Sequence[int]:
    is_far = or_(col(Aftersale.deadline).is_(None), col(Aftersale.deadline) > now + NEAR)
    wanted = (
        select(Aftersale.id)
        .join(Anomaly, (col(Anomaly.subject_id) == Aftersale.id) & (col(Anomaly.subject_type) == "aftersale"))
        .where(Anomaly.kind == _KIND, col(Anomaly.resolved_at).is_(None))
        .where(or_(~_is_our_turn(), _is_answered(), is_far))
    )
    return session.exec(wanted.order_by(col(Aftersale.id))).all()


REFUND_ANSWER_LATE = Detector(_KIND, "aftersale", _newly, _over, "it is answered, decided, or not due yet")
