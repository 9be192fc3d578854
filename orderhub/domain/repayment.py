"""Which money goes back, and has it arrived? A row first, so that no answer is no loss."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import RepaymentDraft
from orderhub.domain.payment import Payment
from orderhub.domain.words import PaymentStatus, RepaymentStatus
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, Happening, record
from orderhub.kernel.ids import clean_no, shown_text

OPEN = (RepaymentStatus.WANTED, RepaymentStatus.PROCESSING, RepaymentStatus.UNKNOWN)
# Source: errors.json of the collected contracts: "query after 60 seconds".
ASK_AFTER = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
_RANK = {status: rank for rank, status in enumerate(RepaymentStatus)}


class Repayment(SQLModel, table=True):
    """``repayment_no`` is ours and makes a repeat harmless; ``service_no`` the payment service's, once it has one."""

    __table_args__ = (UniqueConstraint("payment_id", "repayment_no"),)

    id: int = own_id()
    payment_id: int = Field(foreign_key="payment.id", sa_type=BigId)
    repayment_no: str = Field(max_length=64, index=True)
    service_no: str = Field(default="", max_length=64)
    amount_fen: int = Field(sa_type=BigId)
    reason: str = Field(default="", max_length=80)
    status: RepaymentStatus = Field(default=RepaymentStatus.WANTED, sa_type=word(RepaymentStatus))
    wanted_at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    attempts: int = 0
    error: str = Field(default="", max_length=500)
    check_at: datetime | None = Field(default=None, sa_type=Moment, index=True)


class OverPaid(RuleBroken):
    code = "more_than_paid"


@dataclass(frozen=True)
class RepaymentWanted(Happening):
    subject_type: ClassVar[str] = "payment"
    repayment_no: str
    amount_fen: int


@dataclass(frozen=True)
class RepaymentMoved(Happening):
    subject_type: ClassVar[str] = "payment"
    repayment_no: str
    status: str


def want(
    session: Session, payment: Payment, *, repayment_no: str, amount_fen: int, reason: str, by: str, now: datetime
) -> Repayment:
    """Write down that money goes back; the same number again is the same repayment. One that the service refused,
    for want of balance say, may be wanted again.

    Raises:
        BadInput: no amount, or the number stands for another amount.
        RuleBroken: nothing was paid. OverPaid: more than is left would go back.
    """
    number = clean_no(repayment_no, field="repayment number")
    standing = session.exec(
        select(Repayment).where(Repayment.payment_id == payment.id, Repayment.repayment_no == number)
    ).one_or_none()
    if standing and standing.amount_fen != amount_fen:
        raise BadInput(f"{number}: is a repayment of {standing.amount_fen} fen already", field="repayment_no")
    if standing and not (standing.status is RepaymentStatus.CLOSED and not standing.service_no):
        return standing
    if not payment.is_settled:
        raise RuleBroken(f"{payment.merchant_order_no}: nothing was paid, nothing can go back")
    if amount_fen <= 0:
        raise BadInput("amount: needs more than 0", field="amount_fen")
    left_fen = payment.amount_fen - _gone_fen(session, payment)
    if amount_fen > left_fen:
        raise OverPaid(f"{payment.merchant_order_no}: {amount_fen} fen wanted, {left_fen} fen are left to pay back")
    placed = standing or Repayment(
        payment_id=payment.id,
        repayment_no=number,
        amount_fen=amount_fen,
        reason=shown_text(reason, 80),
        wanted_at=now,
    )
    placed.status, placed.check_at = RepaymentStatus.WANTED, now + ASK_AFTER
    session.add(placed)
    session.flush()
    record(session, RepaymentWanted(payment.id, number, amount_fen), actor=by, now=now)
    return placed


def take_repayment(session: Session, payment: Payment, draft: RepaymentDraft, *, by: str, now: datetime) -> Repayment:
    """What the payment service says of a repayment, ours or one made in its own back office. Safe to repeat.

    Raises:
        BadInput: it speaks of another amount than we asked for.
    """
    wanted = select(Repayment).where(Repayment.payment_id == payment.id, Repayment.repayment_no == draft.repayment_no)
    standing = session.exec(wanted.with_for_update()).one_or_none()
    if standing is None:
        standing = Repayment(
            payment_id=payment.id, repayment_no=draft.repayment_no, amount_fen=draft.amount_fen, wanted_at=now
        )
    if standing.amount_fen != draft.amount_fen:
        said = f"{draft.repayment_no}: {draft.amount_fen} fen went back, {standing.amount_fen} fen were asked for"
        raise BadInput(said, field="amount.refund", problem="amounts_differ")
    standing.service_no = draft.service_no
    if _RANK[draft.status] > _RANK[standing.status] or standing.status is RepaymentStatus.WANTED:
        standing.status, standing.settled_at, standing.error = draft.status, draft.settled_at, ""
        record(session, RepaymentMoved(payment.id, draft.repayment_no, draft.status), actor=by, now=now)
    _look_again(standing, now)
    session.add(standing)
    session.flush()
    _tell(session, payment, standing, now)
    return standing


def due_repayments(session: Session, now: datetime, *, limit: int = 100) -> list[Repayment]:
    """Those whose fate is open and due to be asked for, the longest waiting first."""
    wanted = select(Repayment).where(col(Repayment.check_at) <= now, col(Repayment.status).in_(OPEN))
    return list(session.exec(wanted.order_by(col(Repayment.check_at)).limit(limit)))


def refused(session: Session, repayment_id: int, why: str, *, is_final: bool, now: datetime) -> Repayment:
    """The service did not do it: a final no closes what it has never taken on, anything else is tried again later."""
    standing = session.get(Repayment, repayment_id, with_for_update=True)
    if standing is None:
        raise NotFound(f"no repayment has the id {repayment_id}")
    standing.error = why[:500]
    if is_final and not standing.service_no:
        standing.status, standing.check_at = RepaymentStatus.CLOSED, None
        moved = RepaymentMoved(standing.payment_id, standing.repayment_no, RepaymentStatus.CLOSED)
        record(session, moved, actor=SYSTEM, now=now)
    else:
        _look_again(standing, now)
    session.add(standing)
    return standing


def _look_again(repayment: Repayment, now: datetime) -> None:
    wait = min(ASK_AFTER * 2 ** min(repayment.attempts, 12), _LONGEST_WAIT)
    repayment.check_at = now + wait if repayment.status in OPEN else None


def _gone_fen(session: Session, payment: Payment) -> int:
    """What went back or may still: only a closed repayment leaves its money with us."""
    total = select(func.coalesce(func.sum(Repayment.amount_fen), 0)).where(
        Repayment.payment_id == payment.id, Repayment.status != RepaymentStatus.CLOSED
    )
    return int(session.exec(total).one())


def _tell(session: Session, payment: Payment, repayment: Repayment, now: datetime) -> None:
    about = ("payment", payment.id)
    if repayment.status is RepaymentStatus.ABNORMAL:
        note = f"{payment.merchant_order_no}: repayment {repayment.repayment_no} cannot reach the buyer's account"
        open_anomaly(
            session,
            AnomalyKind.REPAYMENT_STUCK,
            about=about,
            occurred_at=now,
            now=now,
            note=note,
            at_risk_fen=repayment.amount_fen,
            order_id=payment.order_id,
        )
    elif repayment.status is RepaymentStatus.SUCCEEDED:
        resolve_anomaly(session, AnomalyKind.REPAYMENT_STUCK, about=about, by=SYSTEM, now=now)
        _count_returned(session, payment, now)


def _count_returned(session: Session, payment: Payment, now: datetime) -> None:
    """Money that is back is no trouble any more, whatever it was paid for."""
    arrived = select(func.coalesce(func.sum(Repayment.amount_fen), 0)).where(
        Repayment.payment_id == payment.id, Repayment.status == RepaymentStatus.SUCCEEDED
    )
    payment.returned_fen = int(session.exec(arrived).one())
    payment.status = PaymentStatus.REFUNDED
    session.add(payment)
    if payment.is_returned:
        about = ("payment", payment.id)
        resolve_anomaly(session, AnomalyKind.PAYMENT_WITHOUT_ORDER, about=about, by=SYSTEM, now=now)
        if payment.order_id:
            about = ("order", payment.order_id)
            resolve_anomaly(session, AnomalyKind.PAYMENT_MISMATCH, about=about, by=SYSTEM, now=now)
