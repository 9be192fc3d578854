"""What was paid, and is it the order's price? One row for each merchant order number, kept whether or not we know the
order; only a payment of exactly the order's amount makes an order paid.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.drafts import OrderDraft, PaymentDraft
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import ChannelStatus, PaymentStatus
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import SYSTEM, Happening, record
from orderhub.kernel.ids import shown_text
from orderhub.kernel.money import money_text
from orderhub.kernel.sealing import sealed_fields

CURRENCY = "CNY"
SETTLED = (PaymentStatus.PAID, PaymentStatus.REFUNDED)
# How long a payment may wait for its order: the shop's program posts it a moment later.
ORDER_WITHIN = timedelta(minutes=5)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
_RANK = {status: rank for rank, status in enumerate(PaymentStatus)}


class PaymentAccount(SQLModel, table=True):
    """The merchant number a shop is paid through; the sealed fields open with ``payment:<shop>:<name>``.

    ``platform_keys`` holds what the platform signs with, public keys all: PEM by serial or id. ``gateway`` is empty
    for the platform's own address.
    """

    __tablename__ = "payment_account"  # pyright: ignore[reportAssignmentType]

    shop_id: int = Field(foreign_key="shop.id", primary_key=True, sa_type=BigId)
    merchant_no: str = Field(max_length=32)
    serial_no: str = Field(max_length=64)
    private_key_sealed: str = ""
    api_key_sealed: str = ""
    public_key_no: str = Field(default="", max_length=64)
    platform_keys: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    gateway: str = Field(default="", max_length=200)
    connected_at: datetime = Field(sa_type=Moment)


sealed_fields(
    PaymentAccount,
    "private_key",
    "api_key",
    within=lambda session, account: f"payment:{session.get_one(Shop, account.shop_id).code}",
)


class Payment(SQLModel, table=True):
    """``order_id`` is None while no such order is here; ``amount_fen`` is the order's amount by the payment service, of
    which ``returned_fen`` have arrived at the buyer's again.

    ``check_at`` is when the service is asked again, None when there is nothing more to ask; ``asked`` counts.
    """

    __table_args__ = (UniqueConstraint("shop_id", "merchant_order_no"),)

    id: int = own_id()
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    order_id: int | None = Field(default=None, foreign_key="orders.id", sa_type=BigId, index=True)
    merchant_order_no: str = Field(max_length=64)
    transaction_no: str = Field(default="", max_length=64, index=True)
    status: PaymentStatus = Field(sa_type=word(PaymentStatus))
    status_word: str = Field(max_length=64)
    amount_fen: int = Field(default=0, sa_type=BigId)
    payer_fen: int = Field(default=0, sa_type=BigId)
    currency: str = Field(default="", max_length=8)
    payer_token: str = Field(default="", max_length=128)
    returned_fen: int = Field(default=0, sa_type=BigId)
    paid_at: datetime | None = Field(default=None, sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)
    asked: int = 0
    check_at: datetime | None = Field(default=None, sa_type=Moment, index=True)

    @property
    def is_settled(self) -> bool:
        return self.status in SETTLED

    @property
    def is_returned(self) -> bool:
        """All of it has gone back: there is nothing left to be wrong about."""
        return self.returned_fen >= self.amount_fen > 0


@dataclass(frozen=True)
class PaymentConnected(Happening):
    subject_type: ClassVar[str] = "shop"
    merchant_no: str


@dataclass(frozen=True)
class PaymentReceived(Happening):
    subject_type: ClassVar[str] = "payment"
    merchant_order_no: str
    amount_fen: int


def payment_of(session: Session, shop_id: int, merchant_order_no: str) -> Payment | None:
    """Locked until the transaction ends."""
    wanted = select(Payment).where(Payment.shop_id == shop_id, Payment.merchant_order_no == merchant_order_no)
    return session.exec(wanted.with_for_update()).one_or_none()


def record_payment(session: Session, shop: Shop, draft: PaymentDraft, *, now: datetime) -> Payment:
    """Keep what the payment service said. Safe to repeat and in any order: a paid number stays paid.

    Raises:
        BadInput: another transaction has paid this number already: somebody must look.
    """
    payment = payment_of(session, shop.id, draft.merchant_order_no)
    if payment is None:
        payment = Payment(
            shop_id=shop.id,
            merchant_order_no=draft.merchant_order_no,
            status=PaymentStatus.UNKNOWN,
            status_word="",
            recorded_at=now,
        )
    was_settled = payment.is_settled
    if was_settled and draft.transaction_no not in ("", payment.transaction_no):
        raise BadInput(
            f"{draft.merchant_order_no}: paid by {payment.transaction_no} already, now {draft.transaction_no} too",
            field="transaction_id",
            problem="paid_twice",
        )
    if _RANK[draft.status] >= _RANK[payment.status]:
        _take_over(payment, draft)
    session.add(payment)
    session.flush()
    if payment.is_settled and not was_settled:
        happened = PaymentReceived(payment.id, payment.merchant_order_no, payment.amount_fen)
        record(session, happened, actor=shop.channel, now=now)
    return payment


def ask_again(payment: Payment, now: datetime) -> None:
    """When the service is to be asked next: after 5 minutes, then ever later, at most six hours."""
    if payment.is_settled or payment.status is PaymentStatus.CLOSED:
        payment.check_at = None
        return
    payment.asked += 1
    payment.check_at = now + min(_FIRST_WAIT * 2 ** min(payment.asked - 1, 10), _LONGEST_WAIT)


def objection(draft: OrderDraft, payment: Payment) -> str:
    """Why ``payment`` does not make the order of ``draft`` paid; empty where nothing speaks against it."""
    if (payment.amount_fen, payment.currency) != (draft.total_fen, CURRENCY):
        wanted, came = money_text(draft.total_fen), money_text(payment.amount_fen)
        return f"{draft.channel_order_no}: {came} {payment.currency} was paid, the order is {wanted} {CURRENCY}"
    if draft.status is ChannelStatus.CLOSED_UNPAID:
        return f"{draft.channel_order_no}: {money_text(payment.amount_fen)} was paid for a cancelled order: pay it back"
    return ""


def with_payment(draft: OrderDraft, payment: Payment | None) -> OrderDraft:
    """``draft`` as it stands once its payment is known: what the shop's program has not heard yet is added."""
    if payment is None or not payment.is_settled or draft.paid_at or objection(draft, payment):
        return draft
    status = ChannelStatus.PAID if draft.status in (ChannelStatus.UNPAID, ChannelStatus.UNKNOWN) else draft.status
    return replace(draft, status=status, paid_at=payment.paid_at, paid_fen=payment.amount_fen)


def join_order(session: Session, payment: Payment, order: Order, draft: OrderDraft, *, now: datetime) -> None:
    """``order``, accepted from ``draft``, is what ``payment`` was for: link them, and say where they differ."""
    payment.order_id = order.id
    session.add(payment)
    resolve_anomaly(session, AnomalyKind.PAYMENT_WITHOUT_ORDER, about=("payment", payment.id), by=SYSTEM, now=now)
    about = ("order", order.id)
    if not payment.is_settled or payment.is_returned or not (note := objection(draft, payment)):
        resolve_anomaly(session, AnomalyKind.PAYMENT_MISMATCH, about=about, by=SYSTEM, now=now)
        return
    open_anomaly(
        session,
        AnomalyKind.PAYMENT_MISMATCH,
        about=about,
        occurred_at=payment.paid_at or now,
        now=now,
        note=note,
        at_risk_fen=payment.amount_fen,
    )


def find_without_order(session: Session, now: datetime, *, limit: int = 200) -> int:
    """Payments that no order has come for get an anomaly; returns how many there are."""
    wanted = select(Payment).where(
        col(Payment.order_id).is_(None),
        Payment.transaction_no != "",
        col(Payment.returned_fen) < col(Payment.amount_fen),
        Payment.recorded_at <= now - ORDER_WITHIN,
    )
    lonely = session.exec(wanted.order_by(col(Payment.id).desc()).limit(limit)).all()
    for payment in lonely:
        open_anomaly(
            session,
            AnomalyKind.PAYMENT_WITHOUT_ORDER,
            about=("payment", payment.id),
            occurred_at=payment.paid_at or payment.recorded_at,
            now=now,
            note=f"{payment.merchant_order_no}: {money_text(payment.amount_fen)} paid, no such order was posted",
            at_risk_fen=payment.amount_fen,
        )
    return len(lonely)


def _take_over(payment: Payment, draft: PaymentDraft) -> None:
    payment.status, payment.status_word = draft.status, shown_text(draft.status_word, 64)
    payment.transaction_no = draft.transaction_no or payment.transaction_no
    payment.payer_token = draft.payer_token[:128] or payment.payer_token
    payment.paid_at = draft.paid_at or payment.paid_at
    if draft.amount_fen:
        payment.amount_fen, payment.payer_fen, payment.currency = draft.amount_fen, draft.payer_fen, draft.currency
    if payment.is_settled:
        payment.check_at = None
