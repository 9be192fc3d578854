"""May goods leave for an exchange or a resend? Asked when they are promised, labelled, packed, and when they leave.

The order has left before and stays as it is; what stops its case's goods is the case, a hold, or money that is asked
back for the same line.
"""

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.aftersale_line import AftersaleLine
from orderhub.domain.hold import HoldReason, StillHeld, open_holds
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.refund_answer import AnswerState, answers_of
from orderhub.domain.words import AftersaleKind
from orderhub.kernel.errors import IllegalMove, RuleBroken

SENDS = (AftersaleKind.EXCHANGE, AftersaleKind.RESEND)
_HAS_LEFT = (OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)


class CaseOver(RuleBroken):
    code = "case_over"


class LineRefundOpen(RuleBroken):
    code = "line_refund_open"


def check_may_send(session: Session, order: Order, case: Aftersale) -> None:
    """The gates of what ``case`` sends under ``order``.

    Raises:
        CaseOver: it was taken back, refused or closed, or is answered with a no.
        IllegalMove: nothing of the order has left yet.
        StillHeld: somebody holds the order; a hold that follows from the case itself does not count.
        LineRefundOpen: money is asked back for one of its lines.
    """
    number = case.channel_refund_no
    newest = next(iter(answers_of(session, case.id)), None)
    refuses = newest and newest.decision.refuses and newest.state in (AnswerState.OPEN, AnswerState.TOLD)
    if case.status in ENDED or refuses:
        raise CaseOver(f"{number} is {'refused' if refuses else case.status}: nothing is sent for it any more")
    if order.status not in _HAS_LEFT:
        raise IllegalMove(f"{order.channel_order_no} is {order.status}: nothing of it has left that could be replaced")
    held = [one.reason for one in open_holds(session, order.id) if one.reason is not HoldReason.REFUND_REQUESTED]
    if held:
        raise StillHeld(f"{order.channel_order_no} is held ({', '.join(held)}): release it first")
    if other := _refund_of_its_lines(session, case):
        raise LineRefundOpen(f"{number}: {other} asks money back for the same goods; answer it first", number=other)


def _refund_of_its_lines(session: Session, case: Aftersale) -> str | None:
    """The number of an open case about money for one of the lines."""
    lines = select(AftersaleLine.line_id).where(AftersaleLine.aftersale_id == case.id)
    wanted = (
        select(Aftersale.channel_refund_no)
        .join(AftersaleLine, col(AftersaleLine.aftersale_id) == Aftersale.id)
        .where(
            Aftersale.order_id == case.order_id,
            Aftersale.id != case.id,
            col(Aftersale.kind).not_in(SENDS),
            col(Aftersale.status).not_in(ENDED),
            col(AftersaleLine.line_id).in_(lines),
        )
    )
    return session.exec(wanted.order_by(col(Aftersale.id)).limit(1)).first()
