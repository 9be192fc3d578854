"""Which payments have we not heard of? Asked for by the clock, since a notice may be lost on its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.payment import Payment, PaymentAccount, ask_again, find_without_order
from orderhub.domain.repayment import due_repayments
from orderhub.domain.shop import Rollout, Shop
from orderhub.intake import trouble
from orderhub.intake.lease import reason_of
from orderhub.intake.payment import take_payment
from orderhub.intake.payment_account import payer_of
from orderhub.intake.repaying import settle_repayment
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import OrderHubError, PartnerUnauthorised, PartnerUnavailable

UNPAID_FOR = timedelta(minutes=5)
# Source: contracts/services, section 1: a WeChat Pay order lives 7 days.
ASKED_FOR = timedelta(days=7)
_AT_ONCE = 100

log = structlog.get_logger()


@dataclass(frozen=True)
class CheckResult:
    shop_code: str
    asked: int
    paid: int
    error: str = ""


def check_payments(now: datetime) -> list[CheckResult]:
    """Ask for every order that has been unpaid for five minutes and is due, shop by shop."""
    with reading() as session:
        wanted = select(Shop).join(PaymentAccount, col(PaymentAccount.shop_id) == Shop.id)
        shops = session.exec(wanted.where(Shop.rollout != Rollout.OFF).order_by(col(Shop.id))).all()
    return [_check_shop(shop, now) for shop in shops]


def find_payments_without_order(now: datetime) -> int:
    with transaction() as session:
        return find_without_order(session, now)


def check_repayments(now: datetime) -> int:
    """Ask after money that is on its way back; returns how many were asked for."""
    with reading() as session:
        due = due_repayments(session, now)
    for repayment in due:
        try:
            settle_repayment(repayment.id, now=now)
        except OrderHubError as error:
            log.warning("repayment_not_settled", repayment=repayment.id, error=type(error).__name__)
    return len(due)


def _check_shop(shop: Shop, now: datetime) -> CheckResult:
    with reading() as session:
        numbers = _due_numbers(session, shop, now)
    asked, paid = 0, 0
    for number in numbers:
        try:
            paid += _check_one(shop, number, now)
            asked += 1
        except (PartnerUnavailable, PartnerUnauthorised) as error:
            return _broken_off(shop, CheckResult(shop.code, asked, paid, reason_of(error)), error, now)
        except OrderHubError as error:  # one order's trouble never stops the others
            log.warning("payment_not_checked", shop=shop.code, error=type(error).__name__)
            _postpone(shop, number, now)
    if asked:
        with transaction() as session:
            trouble.settle(session, shop, AnomalyKind.SHOP_UNAUTHORISED, result="WeChat Pay answers again", now=now)
    return CheckResult(shop.code, asked, paid)


def _due_numbers(session: Session, shop: Shop, now: datetime) -> list[str]:
    """Never asked for first, then the longest due."""
    wanted = (
        select(Order.channel_order_no)
        .outerjoin(
            Payment,
            (col(Payment.shop_id) == Order.shop_id) & (col(Payment.merchant_order_no) == Order.channel_order_no),
        )
        .where(Order.shop_id == shop.id, Order.status == OrderStatus.PENDING_PAYMENT)
        .where(Order.placed_at <= now - UNPAID_FOR, Order.placed_at > now - ASKED_FOR)
        .where(col(Payment.id).is_(None) | (col(Payment.check_at) <= now))
        .order_by(col(Payment.check_at).is_not(None), col(Payment.check_at), col(Order.id))
        .limit(_AT_ONCE)
    )
    return list(session.exec(wanted))


def _check_one(shop: Shop, number: str, now: datetime) -> bool:
    said = payer_of(shop).payment(number)
    with transaction() as session:
        payment = take_payment(session, shop, said, now=now)
        ask_again(payment, now)
        return payment.is_settled


def _postpone(shop: Shop, number: str, now: datetime) -> None:
    with transaction() as session:
        standing = select(Payment).where(Payment.shop_id == shop.id, Payment.merchant_order_no == number)
        if payment := session.exec(standing).one_or_none():
            ask_again(payment, now)
            session.add(payment)


def _broken_off(shop: Shop, result: CheckResult, error: OrderHubError, now: datetime) -> CheckResult:
    log.warning("payments_not_checked", shop=shop.code, error=type(error).__name__)
    if isinstance(error, PartnerUnauthorised):
        with transaction() as session:
            trouble.report(
                session,
                shop,
                AnomalyKind.SHOP_UNAUTHORISED,
                note=result.error,
                title=f"{shop.name}: 微信支付拒绝了我们的签名,请重新接入商户号",
                occurred_at=now,
                now=now,
            )
    return result
