"""How does money become a paid order? A notice is known to be WeChat Pay's and kept before it is opened; what it says
is recorded, and the order is accepted again with its payment.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.connectors.payments.wechat_pay import parse
from orderhub.connectors.payments.wechat_pay.signing import ProbeRefused
from orderhub.domain import order_parts
from orderhub.domain.acceptance import Accepted, Enrich, Outcome, accept
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import OrderDraft, PaymentDraft, RepaymentDraft
from orderhub.domain.order import Order
from orderhub.domain.payment import Payment, PaymentAccount, join_order, payment_of, record_payment, with_payment
from orderhub.domain.repayment import take_repayment
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.buffer import Arrival
from orderhub.intake.inbox import Source, notice_row
from orderhub.intake.payment_account import account_of, pay_credentials_of, payer_of
from orderhub.intake.push import keep_all, note, shop_pushed
from orderhub.kernel.errors import BadInput, NotAllowed, NotFound
from orderhub.kernel.many_rows import among


async def take_notice(shop_code: str, headers: Mapping[str, str], raw: bytes, *, now: datetime) -> int:
    """Keep a notice of WeChat Pay as it came; returns 0 for one that is here already.

    ``headers`` are in lower case. What is wrong with a signed notice is found out later, from the inbox.

    Raises:
        NotFound: no such shop, or without a merchant number.
        NotAllowed: the signature does not fit; the shop gets an anomaly, unless the platform only tested us.
        PartnerError: the platform's newest certificate could not be had now.
        BufferFull: too much waits.
        BufferAway: it could not be stored now.
    """
    return await keep_all([await asyncio.to_thread(_read_notice, shop_code, headers, raw, now)])


def _read_notice(shop_code: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> Arrival:
    shop = shop_pushed(Channel.MINIPROGRAM, shop_code, now)
    try:
        payer_of(shop).check_notice(headers, raw)
    except ProbeRefused:
        raise
    except NotAllowed as error:
        note(AnomalyKind.FORGED_PUSH, ("shop", shop.id), f"{shop.code}: {error}", now)
        raise
    return Arrival(**notice_row(shop.id, parse.notice_no(raw), raw), source=Source.PUSH, received_at=now)


def understand_notice(session: Session, shop: Shop, raw: str, *, now: datetime) -> None:
    """Open a kept notice and take what it says. Safe to repeat.

    Raises:
        BadInput: it does not open with the shop's key, cannot be read, or is another merchant's.
    """
    said = parse.notice(raw.encode(), pay_credentials_of(shop, account_of(session, shop)).api_key)
    if isinstance(said, PaymentDraft):
        take_payment(session, shop, said, now=now)
    elif isinstance(said, RepaymentDraft):
        _take_repayment(session, shop, said, now)


def take_payment(session: Session, shop: Shop, said: PaymentDraft, *, now: datetime) -> Payment:
    """Record what WeChat Pay said, in a notice or when asked, and let the order hear of it."""
    account = account_of(session, shop, lock=True)
    if said.merchant_no != account.merchant_no:
        raise BadInput(f"mchid: {said.merchant_no[:32]} is another merchant's", field="mchid", problem="other_merchant")
    if said.app_no and shop.app_key not in ("", "-", said.app_no):
        raise BadInput(f"appid: {said.app_no[:64]} is another mini-program's", field="appid", problem="other_app")
    payment = record_payment(session, shop, said, now=now)
    if order := _order(session, payment):
        draft = order_parts.draft_of(session, order)
        if (paid := with_payment(draft, payment)) != draft:
            accept(session, shop, paid, now=now)
        join_order(session, payment, order, draft, now=now)
    return payment


def accept_own(
    session: Session, shop: Shop, draft: OrderDraft, *, now: datetime, enrich: Enrich | None = None
) -> Accepted:
    """Accept an order in the hub's own words, together with what is known of its payment.

    The account's row is locked here and by ``take_payment``: an order and its payment that come at the same moment
    cannot miss each other.
    """
    if session.get(PaymentAccount, shop.id, with_for_update=True) is None:
        return accept(session, shop, draft, now=now, enrich=enrich)
    payment = payment_of(session, shop.id, draft.channel_order_no)
    accepted = accept(session, shop, with_payment(draft, payment), now=now, enrich=enrich)
    if payment and accepted.outcome is not Outcome.STALE:
        join_order(session, payment, accepted.order, draft, now=now)
    return accepted


def paid_for(session: Session, orders: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Of which of these orders, by shop and channel's number, is a payment known?

    The accounts' rows are locked as by ``accept_own``: until the transaction ends no payment comes for the others.
    """
    shops = {shop_id for shop_id, _ in orders}
    locked = select(PaymentAccount.shop_id).where(col(PaymentAccount.shop_id).in_(shops))
    paying = session.exec(locked.order_by(col(PaymentAccount.shop_id)).with_for_update()).all()
    if not paying:
        return set()
    numbers = among(session, col(Payment.merchant_order_no), {number for _, number in orders})
    known = select(Payment.shop_id, Payment.merchant_order_no).where(col(Payment.shop_id).in_(paying), numbers)
    return set(orders) & set(session.exec(known).all())


def _order(session: Session, payment: Payment) -> Order | None:
    wanted = select(Order).where(Order.shop_id == payment.shop_id, Order.channel_order_no == payment.merchant_order_no)
    return session.exec(wanted.with_for_update()).one_or_none()


def _take_repayment(session: Session, shop: Shop, said: RepaymentDraft, now: datetime) -> None:
    account = account_of(session, shop, lock=True)
    if said.merchant_no and said.merchant_no != account.merchant_no:
        raise BadInput(f"mchid: {said.merchant_no[:32]} is another merchant's", field="mchid", problem="other_merchant")
    payment = payment_of(session, shop.id, said.merchant_order_no)
    if payment is None:
        raise NotFound(f"{said.merchant_order_no}: money went back for a payment that is not here yet")
    take_repayment(session, payment, said, by=shop.channel, now=now)
