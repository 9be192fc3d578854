"""How is money sent back? Written down first, then asked of the payment service, as often as it takes, once."""

from datetime import datetime

from sqlmodel import Session

from orderhub.connectors.payments.wechat_pay import RepaymentWish
from orderhub.domain import repayment as repayments
from orderhub.domain.drafts import RepaymentDraft
from orderhub.domain.order import Order
from orderhub.domain.payment import Payment
from orderhub.domain.repayment import Repayment, take_repayment
from orderhub.domain.rollout import check_goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.words import RepaymentStatus
from orderhub.intake.lease import reason_of
from orderhub.intake.payment_account import payer_of
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import NotFound, PartnerError, PartnerRefused, PartnerUnauthorised
from orderhub.kernel.settings import settings


def repay(payment_id: int, *, repayment_no: str, amount_fen: int, reason: str, by: str, now: datetime) -> Repayment:
    """Send ``amount_fen`` back to who paid. Safe to repeat with the same ``repayment_no``, also after no answer:
    the number (up to 64 characters, of the after-sale case) is WeChat Pay's ``out_refund_no``.

    Returns the repayment as it stands now; the clock asks on while it is not settled.

    Raises:
        NotOurs: by the shop's rollout the present system acts on this order; nothing is sent.
        RuleBroken: nothing was paid, more than is left, or the number stands for another amount; nothing is sent.
        PartnerError: the service did not do it; the row says why, and whether it will be tried again.
    """
    with transaction() as session:
        payment, shop = _paid(session, payment_id)
        order = session.get(Order, payment.order_id) if payment.order_id else None
        check_goes_out(shop, order.channel_order_no if order else payment.merchant_order_no)
        wanted = repayments.want(
            session, payment, repayment_no=repayment_no, amount_fen=amount_fen, reason=reason, by=by, now=now
        )
    if wanted.status not in repayments.OPEN:
        return wanted
    return settle_repayment(wanted.id, now=now)


def settle_repayment(repayment_id: int, *, now: datetime) -> Repayment:
    """Ask for what is not known to be asked for, and after what is. Raises as ``repay`` does."""
    with transaction() as session:
        repayment = session.get(Repayment, repayment_id, with_for_update=True)
        if repayment is None:
            raise NotFound(f"no repayment has the id {repayment_id}")
        payment, shop = _paid(session, repayment.payment_id)
        repayment.attempts += 1
        session.add(repayment)
    try:
        said = _ask(shop, payment, repayment)
    except PartnerError as error:
        # Where the service says no for good, no money moves; its silence says nothing.
        is_final = isinstance(error, PartnerRefused) and not isinstance(error, PartnerUnauthorised)
        with transaction() as session:
            repayments.refused(session, repayment_id, reason_of(error), is_final=is_final, now=now)
        raise
    with transaction() as session:
        payment, shop = _paid(session, payment.id)
        return take_repayment(session, payment, said, by=shop.channel, now=now)


def _ask(shop: Shop, payment: Payment, repayment: Repayment) -> RepaymentDraft:
    payer = payer_of(shop)
    if repayment.status is not RepaymentStatus.WANTED:
        return payer.repayment(repayment.repayment_no)
    return payer.repay(
        RepaymentWish(
            transaction_no=payment.transaction_no,
            repayment_no=repayment.repayment_no,
            amount_fen=repayment.amount_fen,
            total_fen=payment.amount_fen,
            reason=repayment.reason,
            notice_url=_notice_url(shop),
        )
    )


def _notice_url(shop: Shop) -> str:
    """WeChat Pay sends to https only; a hub without such an address asks after the repayment instead."""
    origin = settings().origin
    return f"{origin}/api/push/wechat-pay/{shop.code}" if origin.startswith("https://") else ""


def _paid(session: Session, payment_id: int) -> tuple[Payment, Shop]:
    payment = session.get(Payment, payment_id, with_for_update=True)
    if payment is None:
        raise NotFound(f"no payment has the id {payment_id}")
    return payment, session.get_one(Shop, payment.shop_id)
