"""A mini-program shop with a merchant number, payments of its orders, and bills that speak of them."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from orderhub.domain.order import Order
from orderhub.domain.payment import Payment, PaymentAccount
from orderhub.domain.repayment import Repayment
from orderhub.domain.settlement import Difference, LineKind, Statement, StatementSource
from orderhub.domain.settlement_book import Delivery
from orderhub.domain.settlement_match import Line
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel, PaymentStatus, RepaymentStatus
from orderhub.kernel.clock import business_day
from tests import builders
from tests.builders import NOW

MERCHANT = "1900000001"
YESTERDAY = NOW - timedelta(days=1)
DAY = business_day(YESTERDAY)
TOTAL_FEN = 13940


def merchant_shop(session: Session, code: str = "my-mp", merchant_no: str = MERCHANT) -> Shop:
    shop = builders.shop(session, code, Channel.MINIPROGRAM)
    if session.get(PaymentAccount, shop.id) is None:
        session.add(PaymentAccount(shop_id=shop.id, merchant_no=merchant_no, serial_no="A1", connected_at=YESTERDAY))
        session.flush()
    return shop


def paid_order(
    session: Session, number: str, *, at: datetime = YESTERDAY, amount_fen: int = TOTAL_FEN, **changes: Any
) -> Payment:
    """An order and its payment; ``order=False``: the payment only."""
    shop = changes.pop("of", None) or merchant_shop(session)
    order = builders.order(session, number, of=shop) if changes.pop("order", True) else None
    payment = Payment(
        shop_id=shop.id,
        order_id=order.id if isinstance(order, Order) else None,
        merchant_order_no=number,
        transaction_no=f"42{number}",
        status=PaymentStatus.PAID,
        status_word="SUCCESS",
        amount_fen=amount_fen,
        currency="CNY",
        paid_at=at,
        recorded_at=at,
    )
    session.add(payment)
    session.flush()
    return payment


def sent_back(session: Session, payment: Payment, number: str, amount_fen: int, *, at: datetime = YESTERDAY) -> None:
    session.add(
        Repayment(
            payment_id=payment.id,
            repayment_no=number,
            service_no=f"50{number}",
            amount_fen=amount_fen,
            status=RepaymentStatus.SUCCEEDED,
            wanted_at=at,
        )
    )
    session.flush()


def receipt(number: str, amount_fen: int = TOTAL_FEN, *, at: datetime = YESTERDAY, **changes: Any) -> Line:
    return Line(LineKind.RECEIPT, number, amount_fen, at, **({"entry_no": f"42{number}"} | changes))


def refund(number: str, refund_no: str, amount_fen: int, *, at: datetime = YESTERDAY) -> Line:
    return Line(LineKind.REFUND, number, -amount_fen, at, entry_no=f"50{refund_no}", refund_no=refund_no)


def bill(*lines: Line, day: date = DAY, account: str = MERCHANT) -> Delivery:
    return Delivery(StatementSource.WECHAT_PAY, account, lines, frozenset({day}), f"bill {day}")


def differing(session: Session, *, is_open: bool = True) -> list[tuple[str, str, int, int]]:
    """(cause, order, said, ours) of the open ones, or of those that are over."""
    wanted = select(Difference).where(
        col(Difference.resolved_at).is_(None) if is_open else col(Difference.resolved_at).is_not(None)
    )
    return sorted((one.cause, one.order_no, one.said_fen, one.ours_fen) for one in session.exec(wanted))


def book(session: Session, day: date = DAY) -> Statement:
    return session.exec(select(Statement).where(Statement.day == day)).one()
