"""Which agreed refunds does nobody pay by itself? 线下打款: of cases that people opened on a platform."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.aftersale import Aftersale, AftersaleEvent, CaseOrigin, case_of, move
from orderhub.domain.refund_answer import AnswerState, answers_of
from orderhub.domain.words import AftersaleStatus, Channel
from orderhub.kernel.columns import BigId, Moment, own_id
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record
from orderhub.kernel.ids import clean_text

LONGEST_REFERENCE = 64


class HandPayment(SQLModel, table=True):
    """``reference`` is the bank's or the wallet's own number of the transfer."""

    __tablename__ = "hand_payment"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("aftersale_id"),)

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId)
    amount_fen: int = Field(sa_type=BigId)
    reference: str = Field(max_length=LONGEST_REFERENCE)
    paid_by: str = Field(max_length=64)
    paid_at: datetime = Field(sa_type=Moment, index=True)


class NothingToPay(RuleBroken):
    code = "nothing_to_pay"


class PaidAlready(RuleBroken):
    code = "paid_already"


@dataclass(frozen=True)
class RefundPaidByHand(AftersaleEvent):
    amount_fen: int
    reference: str


def is_to_pay(case: Aftersale) -> bool:
    """Agreed to, and no channel nor payment service brings the money back."""
    return is_paid_by_hand(case) and case.status is AftersaleStatus.REFUNDING


def is_paid_by_hand(case: Aftersale) -> bool:
    return case.origin is CaseOrigin.HAND and case.channel.is_asked


def to_pay_conditions() -> list:
    """``is_to_pay`` as the database reads it."""
    asked = [channel for channel in Channel if channel.is_asked]
    return [
        col(Aftersale.status) == AftersaleStatus.REFUNDING,
        col(Aftersale.origin) == CaseOrigin.HAND,
        col(Aftersale.channel).in_(asked),
    ]


def confirm_paid(session: Session, case_id: int, reference: str, *, by: str, now: datetime) -> HandPayment:
    """The money has left by hand; the case is over. Safe to repeat with the same reference.

    Raises:
        NotFound: there is no such case. BadInput: there is no reference.
        NothingToPay: nobody agreed to it yet, or its money goes another way. PaidAlready: by whom is said.
    """
    number = clean_text(reference, most=LONGEST_REFERENCE, field="reference").strip()
    if not number:
        raise BadInput("reference: the transfer's number is wanted", field="reference", problem="payment_reference")
    _, case = case_of(session, case_id)
    standing = session.exec(select(HandPayment).where(HandPayment.aftersale_id == case_id)).one_or_none()
    if standing:
        if standing.reference == number:
            return standing
        raise PaidAlready(f"{standing.paid_by} paid it already", who=standing.paid_by)
    if not is_to_pay(case):
        raise NothingToPay(f"{case.channel_refund_no} is {case.status}: nothing is to be paid by hand")
    paid = HandPayment(
        aftersale_id=case.id, amount_fen=agreed_fen(session, case), reference=number, paid_by=by, paid_at=now
    )
    session.add(paid)
    session.flush()
    record(session, RefundPaidByHand(case.id, case.order_id, paid.amount_fen, number), actor=by, now=now)
    move(session, case, AftersaleStatus.CLOSED, by=by, now=now)
    return paid


def agreed_fen(session: Session, case: Aftersale) -> int:
    """What was agreed to, else what the case asks for."""
    agreed = [one for one in answers_of(session, case.id) if one.decision.pays and one.state is AnswerState.TOLD]
    return agreed[0].amount_fen if agreed else case.amount_fen
