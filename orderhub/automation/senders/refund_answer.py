"""What the merchant answers goes to the channel; where none decides, money leaves by WeChat Pay or by hand."""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.outbox import Taken
from orderhub.automation.senders.contract import GO, Verdict
from orderhub.automation.senders.shops import ShopSender, read_shop, shop_of
from orderhub.connectors.channels import refusals
from orderhub.connectors.channels.contract import AnswerNotice
from orderhub.domain.aftersale import Aftersale, move
from orderhub.domain.hand_payment import is_paid_by_hand
from orderhub.domain.order import Order
from orderhub.domain.payment import SETTLED, Payment
from orderhub.domain.refund_answer import AnswerState, RefundAnswer, is_newest, overtaken, refused, told
from orderhub.domain.rollout import goes_out
from orderhub.domain.words import AftersaleStatus, RefundDecision, UploadProblem
from orderhub.intake.keyring import connector_of
from orderhub.intake.repaying import repay
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import PartnerRefused, RuleBroken

# Where a case goes that no channel decides; the end of a payment moves it on (workflows/close_paid_case.py).
_DECIDED_HERE = {
    RefundDecision.APPROVE: AftersaleStatus.REFUNDING,
    RefundDecision.REFUSE: AftersaleStatus.REJECTED,
    RefundDecision.AGREE_RETURN: AftersaleStatus.AWAITING_RETURN,
    RefundDecision.CONFIRM_GOODS: AftersaleStatus.REFUNDING,
    RefundDecision.REFUSE_GOODS: AftersaleStatus.REJECTED,
}
_NO_MONEY = "no-money"


class RefundAnswerSender(ShopSender):
    def may_go(self, session: Session, message: Taken) -> Verdict:
        given, case = _read(session, message)
        shop, order = shop_of(session, message), session.get_one(Order, case.order_id)
        if not is_newest(session, given):
            return Verdict(UploadProblem.ANSWERED_ALREADY, "a later answer was given", is_final=True)
        if not goes_out(shop, order.channel_order_no):
            reason = f"{shop.code} is {shop.rollout}: the present system answers"
            return Verdict(UploadProblem.NOT_ROLLED_OUT, reason, is_final=True)
        # What an earlier attempt did is for the channel to say: it is read before it is told again.
        if message.attempts == 1 and not given.decision.fits(case.kind, case.status):
            return Verdict(UploadProblem.ANSWERED_ALREADY, f"the case is {case.status} already", is_final=True)
        return GO

    def send(self, message: Taken) -> None:
        shop = read_shop(message)
        with reading() as session:
            given, case = _read(session, message)
            order = session.get_one(Order, case.order_id)
        if case.is_ours:
            if given.decision.pays and not is_paid_by_hand(case):
                _pay(case, given, utc_now())
            return
        notice = AnswerNotice(
            channel_refund_no=case.channel_refund_no,
            channel_order_no=order.channel_order_no,
            decision=given.decision,
            amount_fen=given.amount_fen,
            reason_code=given.reason_code,
            words=given.words,
            picture=given.picture,
            address_no=given.address_no,
        )
        connector_of(shop).answer_refund(notice)

    def problem_of(self, session: Session, message: Taken, error: PartnerRefused) -> UploadProblem:
        return refusals.answer_problem_of(shop_of(session, message).channel, error.partner_code)

    def kept_back(self, session: Session, message: Taken, verdict: Verdict, now: datetime) -> None:
        given, _ = _read(session, message)
        if given.state is AnswerState.OPEN:
            overtaken(session, given, verdict.problem, now=now)

    def sent(self, session: Session, message: Taken, answer: None, now: datetime) -> None:
        given, case = _read(session, message)
        told(session, given, now=now)
        if case.is_ours:
            move(session, case, _DECIDED_HERE[given.decision], by=given.answered_by, now=now)

    def refused(
        self, session: Session, message: Taken, problem: UploadProblem, partner_code: str, now: datetime
    ) -> None:
        given, _ = _read(session, message)
        refused(session, given, problem, partner_code, now=now)


def _read(session: Session, message: Taken) -> tuple[RefundAnswer, Aftersale]:
    return session.get_one(RefundAnswer, message.body["answer_id"]), session.get_one(Aftersale, message.about_id)


def _pay(case: Aftersale, given: RefundAnswer, now: datetime) -> None:
    """Raises: PartnerRefused: nothing was paid, or less is left than is to go back."""
    with reading() as session:
        wanted = select(Payment.id).where(Payment.order_id == case.order_id, col(Payment.status).in_(SETTLED))
        payment_id = session.exec(wanted.order_by(col(Payment.id).desc())).first()
    if payment_id is None:
        raise PartnerRefused(f"{case.channel_refund_no}: no payment of its order is known", partner_code=_NO_MONEY)
    try:
        repay(
            payment_id,
            repayment_no=case.channel_refund_no,
            amount_fen=given.amount_fen,
            reason=case.reason or "退款",
            by=given.answered_by,
            now=now,
        )
    except RuleBroken as error:
        raise PartnerRefused(str(error), partner_code=_NO_MONEY) from error
