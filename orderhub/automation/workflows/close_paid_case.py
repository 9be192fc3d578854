"""Money that a case asked for is on its way or has arrived: a case that no channel decides moves with it."""

from sqlmodel import Session, select

from orderhub.domain.aftersale import Aftersale, move
from orderhub.domain.payment import Payment
from orderhub.domain.repayment import RepaymentMoved
from orderhub.domain.words import AftersaleStatus, RepaymentStatus
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of

KINDS = frozenset({kind_of(RepaymentMoved)})

_MOVES = {
    RepaymentStatus.PROCESSING: AftersaleStatus.REFUNDING,
    RepaymentStatus.SUCCEEDED: AftersaleStatus.CLOSED,
}


def run(session: Session, event: Event) -> str:
    """Safe to repeat: a case that has ended stays so. The repayment bears the case's number."""
    target = _MOVES.get(RepaymentStatus(event.body["status"]))
    payment = session.get_one(Payment, event.subject_id)
    if target is None or payment.order_id is None:
        return "no case moves with it"
    wanted = select(Aftersale).where(
        Aftersale.order_id == payment.order_id, Aftersale.channel_refund_no == event.body["repayment_no"]
    )
    case = session.exec(wanted.with_for_update()).one_or_none()
    if case is None:
        return "no case asked for it"
    move(session, case, target, by=SYSTEM, now=event.at)
    return f"the case is {case.status}"
