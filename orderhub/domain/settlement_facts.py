"""What money moved by our books, for these orders? Payments and repayments first, then what orders say themselves."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order
from orderhub.domain.payment import SETTLED, Payment, PaymentAccount
from orderhub.domain.repayment import Repayment
from orderhub.domain.settlement import LineKind, StatementSource
from orderhub.domain.settlement_match import Fact
from orderhub.domain.shop import Shop, shop_named
from orderhub.domain.words import AftersaleStatus, RepaymentStatus
from orderhub.kernel.clock import business_day, day_bounds
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import in_sight

# Money that the payment service has taken on to send back.
_ON_ITS_WAY = (RepaymentStatus.PROCESSING, RepaymentStatus.ABNORMAL, RepaymentStatus.SUCCEEDED)


def shops_of(session: Session, source: StatementSource, account: str, *, lock: bool = False) -> list[Shop]:
    """The shops whose money goes through ``account``; ``lock``: nobody else settles them until the transaction ends.

    Raises:
        NotFound: the account belongs to no shop.
    """
    if source is StatementSource.WECHAT_PAY:
        wanted = select(Shop).join(PaymentAccount, col(PaymentAccount.shop_id) == Shop.id)
        wanted = wanted.where(PaymentAccount.merchant_no == account).order_by(col(Shop.id))
        shops = list(session.exec(wanted.with_for_update(of=Shop) if lock else wanted))
        if not session.exec(in_sight(wanted).limit(1)).first():
            raise NotFound(f"merchant number {account}: no shop is paid through it: run `orderhub connect-pay` first")
        return shops
    shop = shop_named(session, account)
    return [session.get_one(Shop, shop.id, with_for_update=True)] if lock else [shop]


def facts_of(session: Session, source: StatementSource, shops: Sequence[Shop], numbers: Collection[str]) -> list[Fact]:
    """Of the orders with these numbers; a source by day is told of each refund, the others of each order's sum."""
    shop_ids = [shop.id for shop in shops]
    orders = _orders(session, shop_ids, numbers)
    by_day = source.is_by_day
    facts = {fact.group: fact for fact in _of_orders(session, orders, by_day=by_day)}
    facts |= {fact.group: fact for fact in _of_payments(session, shop_ids, numbers, by_day=by_day)}
    if source is StatementSource.WECHAT_FUNDS:
        facts |= {fact.group: fact for fact in _by_own_numbers(session, shop_ids, numbers)}
    return list(facts.values())


def numbers_moved(session: Session, shops: Sequence[Shop], days: Iterable[date]) -> set[str]:
    """Numbers of the payments and repayments that these days' bills must show."""
    shop_ids = [shop.id for shop in shops]
    found: set[str] = set()
    for day in days:
        start, end = day_bounds(day)
        paid = select(Payment.merchant_order_no).where(
            col(Payment.shop_id).in_(shop_ids), col(Payment.paid_at) >= start, col(Payment.paid_at) < end
        )
        back = select(Payment.merchant_order_no).join(Repayment, col(Repayment.payment_id) == Payment.id)
        back = back.where(
            col(Payment.shop_id).in_(shop_ids), col(Repayment.wanted_at) >= start, col(Repayment.wanted_at) < end
        )
        found |= set(session.exec(paid)) | set(session.exec(back))
    return found


def _orders(session: Session, shop_ids: list[int], numbers: Collection[str]) -> list[tuple[int, str, int]]:
    wanted = select(Order.id, Order.channel_order_no, Order.paid_fen).where(
        col(Order.shop_id).in_(shop_ids), col(Order.channel_order_no).in_(numbers)
    )
    return list(session.exec(wanted))


def _of_orders(session: Session, orders: list[tuple[int, str, int]], *, by_day: bool) -> Iterator[Fact]:
    names: dict[int, str] = {}
    for order_id, number, paid_fen in orders:
        names[order_id] = number
        yield Fact(LineKind.RECEIPT, number, paid_fen, order_id=order_id)
    wanted = select(Aftersale.order_id, Aftersale.channel_refund_no, Aftersale.amount_fen).where(
        col(Aftersale.order_id).in_(names), Aftersale.status == AftersaleStatus.CLOSED
    )
    sums: dict[tuple[int, str], int] = {}
    for order_id, refund_no, fen in session.exec(wanted):
        key = order_id, refund_no if by_day else ""
        sums[key] = sums.get(key, 0) + fen
    for (order_id, refund_no), fen in sums.items():
        yield Fact(LineKind.REFUND, names[order_id], -fen, refund_no, order_id=order_id)


def _of_payments(session: Session, shop_ids: list[int], numbers: Collection[str], *, by_day: bool) -> Iterator[Fact]:
    wanted = select(Payment.id, Payment.merchant_order_no, Payment.amount_fen, Payment.paid_at, Payment.order_id).where(  # type: ignore[call-overload]
        col(Payment.shop_id).in_(shop_ids),
        col(Payment.merchant_order_no).in_(numbers),
        col(Payment.status).in_(SETTLED),
    )
    paid: dict[int, tuple[str, int | None]] = {}
    for payment_id, number, fen, paid_at, order_id in session.exec(wanted):
        paid[payment_id] = number, order_id
        on = business_day(paid_at) if by_day and paid_at else None
        yield Fact(LineKind.RECEIPT, number, fen, on=on, order_id=order_id)
    back = select(Repayment.payment_id, Repayment.repayment_no, Repayment.amount_fen, Repayment.wanted_at).where(
        col(Repayment.payment_id).in_(paid), col(Repayment.status).in_(_ON_ITS_WAY)
    )
    sums: dict[int, int] = {}
    for payment_id, refund_no, fen, wanted_at in session.exec(back):
        sums[payment_id] = sums.get(payment_id, 0) + fen
        if by_day:
            number, order_id = paid[payment_id]
            yield Fact(LineKind.REFUND, number, -fen, refund_no, business_day(wanted_at), order_id)
    if not by_day:
        for payment_id, fen in sums.items():
            number, order_id = paid[payment_id]
            yield Fact(LineKind.REFUND, number, -fen, order_id=order_id)


def _by_own_numbers(session: Session, shop_ids: list[int], numbers: Collection[str]) -> Iterator[Fact]:
    """An account's flow names a refund by the repayment's number where a receipt has the order's."""
    wanted = select(Repayment.repayment_no, Repayment.amount_fen, Payment.order_id)
    wanted = wanted.join(Payment, col(Payment.id) == Repayment.payment_id).where(
        col(Payment.shop_id).in_(shop_ids),
        col(Repayment.repayment_no).in_(numbers),
        col(Repayment.status).in_(_ON_ITS_WAY),
    )
    for number, fen, order_id in session.exec(wanted):
        yield Fact(LineKind.REFUND, number, -fen, order_id=order_id)
