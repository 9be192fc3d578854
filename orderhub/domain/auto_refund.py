"""Which refunds need no person? 自动审核规则: small ones of known reasons, before anything has left. Ships off."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, or_, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.refund_reason import ReasonKind
from orderhub.domain.words import AftersaleKind, AftersaleStatus
from orderhub.kernel.columns import BigId, Json, Moment, own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, before, record
from orderhub.kernel.money import bounded_fen, money_text

AUTO_KINDS = (AftersaleKind.REFUND_BEFORE_SHIPPING, AftersaleKind.REFUND_AFTER_SHIPPING)
WINDOW = timedelta(days=30)
MOST_PER_BUYER = 100

_AT_HOME = (OrderStatus.TO_REVIEW, OrderStatus.TO_ALLOCATE, OrderStatus.TO_SHIP)
_PAID_BACK = (AftersaleStatus.APPROVED, AftersaleStatus.REFUNDING, AftersaleStatus.CLOSED)
_PAYS_BACK = (
    AftersaleKind.REFUND_BEFORE_SHIPPING,
    AftersaleKind.REFUND_AFTER_SHIPPING,
    AftersaleKind.RETURN_AND_REFUND,
    AftersaleKind.REFUSED_PARCEL,
)
# Of a case: its money went back, or somebody agreed to that.
PAID_BACK: tuple[Any, ...] = (
    col(Aftersale.kind).in_(_PAYS_BACK),
    or_(col(Aftersale.status).in_(_PAID_BACK), col(Aftersale.approved_at).is_not(None)),
)


class AutoRefund(SQLModel, table=True):
    """One row for each kind that somebody has set; ``reasons`` empty: every one. ``most_per_buyer`` in 30 days."""

    __tablename__ = "auto_refund"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("kind"),)

    id: int = own_id()
    kind: AftersaleKind = Field(sa_type=word(AftersaleKind))
    is_on: bool = False
    cap_fen: int = Field(default=0, sa_type=BigId)
    reasons: list[str] = Field(default_factory=list, sa_type=Json)
    most_per_buyer: int = 1
    changed_by: str = Field(default="", max_length=64)
    changed_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class AutoPolicy:
    is_on: bool = False
    cap_fen: int = 0
    reasons: tuple[ReasonKind, ...] = ()
    most_per_buyer: int = 1


@dataclass(frozen=True)
class RefundFacts:
    """``earlier`` are the moments of this buyer's other refunds; None: the channel does not say who the buyer is."""

    amount_fen: int
    reason_kind: ReasonKind
    has_left: bool
    earlier: tuple[datetime, ...] | None


@dataclass(frozen=True)
class AutoRefundChanged(Happening):
    subject_type: ClassVar[str] = "auto_refund"
    kind: str
    is_on: bool
    cap_fen: int
    reasons: tuple[str, ...]
    most_per_buyer: int
    was: Was | None = None


def decides(policy: AutoPolicy, facts: RefundFacts, now: datetime) -> str | None:
    """Why this refund needs no person, in the words of its review's note; None: a person decides."""
    if not policy.is_on or facts.has_left or facts.earlier is None or not 0 < facts.amount_fen <= policy.cap_fen:
        return None
    if policy.reasons and facts.reason_kind not in policy.reasons:
        return None
    turn = sum(now - moment < WINDOW for moment in facts.earlier) + 1
    if turn > policy.most_per_buyer:
        return None
    told = f"金额 {money_text(facts.amount_fen)} 不超过 {money_text(policy.cap_fen)}，货未发出"
    return f"自动审核：{told}，买家 30 天内第 {turn} 次（最多 {policy.most_per_buyer} 次）"


def policy_of(session: Session, kind: AftersaleKind) -> AutoPolicy:
    """Off where nobody has set it."""
    row = session.exec(select(AutoRefund).where(AutoRefund.kind == kind)).one_or_none()
    if row is None:
        return AutoPolicy()
    return AutoPolicy(row.is_on, row.cap_fen, tuple(map(ReasonKind, row.reasons)), row.most_per_buyer)


def set_policy(session: Session, kind: AftersaleKind, policy: AutoPolicy, *, by: str, now: datetime) -> AutoRefund:
    """Safe to repeat: the same again is no change.

    Raises:
        BadInput: a kind that is always a person's, a cap or a count that makes no sense.
    """
    _check(kind, policy)
    row = session.exec(select(AutoRefund).where(AutoRefund.kind == kind).with_for_update()).one_or_none()
    if row and policy == policy_of(session, kind):
        return row
    was = before(row, "is_on", "cap_fen", "reasons", "most_per_buyer")
    row = row or AutoRefund(kind=kind, changed_at=now)
    row.is_on, row.cap_fen, row.most_per_buyer = policy.is_on, policy.cap_fen, policy.most_per_buyer
    row.reasons = [str(reason) for reason in policy.reasons]
    row.changed_by, row.changed_at = by, now
    session.add(row)
    session.flush()
    changed = AutoRefundChanged(row.id, kind, row.is_on, row.cap_fen, tuple(row.reasons), row.most_per_buyer, was)
    record(session, changed, actor=by, now=now)
    return row


def facts_of(session: Session, order: Order, case: Aftersale) -> RefundFacts:
    parcels = session.exec(select(Shipment.id).where(Shipment.order_id == order.id).limit(1)).first()
    return RefundFacts(
        amount_fen=case.amount_fen,
        reason_kind=case.reason_kind,
        has_left=order.status not in _AT_HOME or parcels is not None,
        earlier=earlier_refunds(session, order, case) if order.buyer_token else None,
    )


def earlier_refunds(session: Session, order: Order, case: Aftersale) -> tuple[datetime, ...]:
    """When this buyer asked for what went back or is about to, this case aside; by the channel's token."""
    wanted = (
        select(Aftersale.requested_at)
        .join(Order, col(Order.id) == Aftersale.order_id)
        .where(
            col(Order.buyer_token) == order.buyer_token,
            col(Order.channel) == order.channel,
            *PAID_BACK,
            col(Aftersale.id) != case.id,
        )
    )
    return tuple(session.exec(wanted))


def _check(kind: AftersaleKind, policy: AutoPolicy) -> None:
    if kind not in AUTO_KINDS:
        raise BadInput(f"kind: {kind} is always a person's", field="kind", problem="auto_kind")
    if bounded_fen(policy.cap_fen, field="cap") < 0 or (policy.is_on and not policy.cap_fen):
        raise BadInput("cap: needs more than 0", field="cap", problem="auto_cap")
    if not 1 <= policy.most_per_buyer <= MOST_PER_BUYER:
        raise BadInput(f"count: 1 to {MOST_PER_BUYER}", field="most_per_buyer", problem="auto_count")
