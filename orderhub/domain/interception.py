"""Was a refund asked for in time? Where its order stood when we heard of it, and whether its goods left all the same.

Written in the transaction that accepts the case, with the order locked, as everything is that lets a parcel leave: so
of a refund and a parcel one comes first, and the other knows. ``domain/aftersale.py`` imports this file.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import OPEN, DeliveryStatus, deliveries_of, planned_pieces
from orderhub.domain.order import Order, OrderStatus, Shipment
from orderhub.domain.order_stock import every_line, not_refunded, numbers_of
from orderhub.domain.words import AftersaleKind, AftersaleStatus, Channel, ChannelStatus
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import SYSTEM, Event, Happening, record

_GONE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)
_SAID_GONE = (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED, ChannelStatus.COMPLETED)
_TAKEN_BACK = (AftersaleStatus.REJECTED, AftersaleStatus.WITHDRAWN)
# Kinds of the events of `domain/shipping.py` and `domain/shipping_upload.py`, which import this file.
_UPLOADED = ("shipment_uploaded", "shipping_uploaded")


class InterceptionOutcome(StrEnum):
    CAUGHT = "caught"
    TOO_LATE = "too_late"  # the goods had left before we heard
    LEAKED = "leaked"  # they left after we heard, or the money went back although they had left


class Gate(StrEnum):
    """Where the order stood when we heard, as far as its goods had come."""

    REVIEW = "review"
    ALLOCATION = "allocation"
    WAYBILL = "waybill"  # planned, and has no waybill yet
    PACKING = "packing"  # has its waybill, is not packed
    PACKED = "packed"
    UPLOAD = "upload"  # has left, and its channel does not know yet
    GONE = "gone"
    OVER = "over"  # its channel had closed the order already: nothing was to be stopped


class CaseLike(Protocol):
    """What of an after-sale case is needed here."""

    id: int
    channel: Channel
    channel_line_no: str
    kind: AftersaleKind
    status: AftersaleStatus
    channel_refund_no: str
    requested_at: datetime
    channel_updated_at: datetime


class Interception(SQLModel, table=True):
    """One for each case that asks for money before shipping; asked again after a refusal, it begins anew.

    ``asked_at`` is the channel's, ``heard_at`` when the case was accepted, ``stopped_at`` when the goods were sure not
    to reach the buyer, ``answered_at`` and ``told_at`` those of the first answer. ``refunded_at``: the goods' money has
    gone back; ``let_go_at``: they may leave, as the case was refused, taken back, or paid a part only. ``stopped_by``
    is empty where the hub stopped them by itself, else who had the carrier do it.
    """

    __table_args__ = (
        Index("ix_interception_heard_at", "heard_at", "channel"),
        Index("ix_interception_outcome", "outcome", "heard_at"),
    )

    id: int = own_id()
    aftersale_id: int = Field(foreign_key="aftersale.id", sa_type=BigId, unique=True, ondelete="CASCADE")
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    channel: Channel = Field(sa_type=word(Channel))
    line_no: str = Field(default="", max_length=64)
    gate: Gate = Field(sa_type=word(Gate))
    outcome: InterceptionOutcome = Field(sa_type=word(InterceptionOutcome))
    asked_at: datetime = Field(sa_type=Moment)
    heard_at: datetime = Field(sa_type=Moment)
    stopped_at: datetime | None = Field(default=None, sa_type=Moment)
    stopped_by: str = Field(default="", max_length=64)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    refunded_at: datetime | None = Field(default=None, sa_type=Moment)
    let_go_at: datetime | None = Field(default=None, sa_type=Moment)
    leaked_at: datetime | None = Field(default=None, sa_type=Moment)


class GoodsLeft(RuleBroken):
    code = "goods_left"


@dataclass(frozen=True)
class InterceptionEvent(Happening):
    subject_type: ClassVar[str] = "aftersale"
    order_id: int


@dataclass(frozen=True)
class RefundHeard(InterceptionEvent):
    """A refund before shipping was heard of; ``outcome`` and ``gate`` say whether in time."""

    outcome: str
    gate: str


@dataclass(frozen=True)
class GoodsStopped(InterceptionEvent):
    """Goods that had left will not reach the buyer: the parcel was recalled, or its carrier stopped it."""


@dataclass(frozen=True)
class RefundLeaked(InterceptionEvent):
    """Goods left although a refund was known, or money went back for goods that had left."""


def hear(session: Session, order: Order, case: CaseLike, *, now: datetime) -> None:
    """Write down where the locked ``order`` stands, before anything follows from ``case``. Safe to repeat."""
    row = of_case(session, case.id)
    if case.kind is not AftersaleKind.REFUND_BEFORE_SHIPPING or case.status in _TAKEN_BACK:
        if row and row.let_go_at is None:
            let_go(session, row, now=now)
        return
    if row and (row.let_go_at is None or case.status is AftersaleStatus.UNKNOWN):
        return
    asked_at = case.channel_updated_at if row else case.requested_at
    fresh = _begun(session, order, case, asked_at=asked_at, now=now)
    if row:
        for name in Interception.model_fields.keys() - {"id"}:
            setattr(row, name, getattr(fresh, name))
    session.add(row or fresh)
    session.flush()
    record(session, RefundHeard(case.id, order.id, fresh.outcome, fresh.gate), actor=case.channel, now=now)


def paid_back(session: Session, case: CaseLike, *, for_goods: bool, now: datetime) -> None:
    """The case's money has gone back: ``for_goods``, or as a rebate whose goods may leave. Safe to repeat."""
    row = of_case(session, case.id)
    if row is None or row.refunded_at or row.let_go_at:
        return
    if for_goods:
        row.refunded_at = now
        session.add(row)
    else:
        let_go(session, row, now=now)


def let_go(session: Session, row: Interception, *, now: datetime) -> None:
    """Nothing is asked for any more: the goods may leave, and if they have, nothing is wrong with it."""
    row.let_go_at = now
    session.add(row)
    if row.outcome is InterceptionOutcome.LEAKED:
        about = ("order", row.order_id)
        resolve_anomaly(session, AnomalyKind.SHIPPED_DESPITE_REFUND, about=about, by=row.channel, now=now)


def watch(session: Session, order: Order, *, now: datetime) -> None:
    """Look whether goods of the locked ``order`` leave that were to stay, or stay that had left. Safe to repeat."""
    session.flush()
    wanted = select(Interception).where(Interception.order_id == order.id, col(Interception.let_go_at).is_(None))
    for row in session.exec(wanted.order_by(col(Interception.id))).all():
        left = has_left(session, order, row.line_no)
        was_late = row.outcome is InterceptionOutcome.TOO_LATE
        if left and not (row.leaked_at or row.stopped_by) and (not was_late or row.refunded_at):
            _leak(session, order, row, now)
        elif not left and not row.stopped_at:
            row.stopped_at = now
            resolve_anomaly(session, AnomalyKind.SHIPPED_DESPITE_REFUND, about=("order", order.id), by=SYSTEM, now=now)
            record(session, GoodsStopped(row.aftersale_id, order.id), actor=row.channel, now=now)
            session.add(row)


def check_may_pay(session: Session, order: Order, case: CaseLike) -> None:
    """Raises: GoodsLeft: what ``case`` wants its money back for, before shipping, is on its way to the buyer."""
    if case.kind is not AftersaleKind.REFUND_BEFORE_SHIPPING or not has_left(session, order, case.channel_line_no):
        return
    row = of_case(session, case.id)
    if row is None or not row.stopped_by:
        told = "its goods have left: refuse it as shipped, or have the carrier stop the parcel first"
        raise GoodsLeft(f"{case.channel_refund_no}: {told}")


def note_answer(session: Session, case_id: int, *, now: datetime) -> None:
    """The first answer counts."""
    row = of_case(session, case_id)
    if row and row.answered_at is None:
        row.answered_at = now
        session.add(row)


def note_told(session: Session, case_id: int, *, now: datetime) -> None:
    row = of_case(session, case_id)
    if row and row.told_at is None:
        row.told_at = now
        session.add(row)


def of_case(session: Session, case_id: int) -> Interception | None:
    return session.exec(select(Interception).where(Interception.aftersale_id == case_id)).one_or_none()


def is_leaked(session: Session, order_id: int) -> bool:
    """A leak of the order stands: its case is neither refused nor taken back."""
    wanted = select(Interception.id).where(
        Interception.order_id == order_id,
        Interception.outcome == InterceptionOutcome.LEAKED,
        col(Interception.let_go_at).is_(None),
    )
    return session.exec(wanted.limit(1)).first() is not None


def has_left(session: Session, order: Order, line_no: str, *, is_paid: bool = False) -> bool:
    """Whether goods of the line (empty: of any line) have left, as far as the hub and its channel know.

    Which lines its channel's own parcels hold nobody says: part of an order that left so is held to be the part that
    no refund of a single line is about. So is the whole where the channel itself paid that line back (``is_paid``).
    """
    every = every_line(session, order)
    each = {line.id for line in every}
    mine = {line.id for line in every if line_no in numbers_of(line)} or each
    ours = {line_id for line_id, _, _ in planned_pieces(session, order.id, DeliveryStatus.LEFT)}
    if mine & ours:
        return True
    if order.status not in _GONE and order.channel_status not in _SAID_GONE:
        is_partly = OrderStatus.PARTLY_SHIPPED is order.status or ChannelStatus.PARTLY_SHIPPED is order.channel_status
        return is_partly and not ours and mine == each
    if is_paid and mine != each and not _has_parcel(session, order):
        return False
    # It has left whole, which means: all but the lines whose money had gone back.
    standing = {line.id for line in not_refunded(session, order.id, every)}
    return bool(mine & standing) or not standing


def _begun(session: Session, order: Order, case: CaseLike, *, asked_at: datetime, now: datetime) -> Interception:
    is_paid = case.status is AftersaleStatus.CLOSED
    left = has_left(session, order, case.channel_line_no, is_paid=is_paid)
    return Interception(
        aftersale_id=case.id,
        order_id=order.id,
        channel=case.channel,
        line_no=case.channel_line_no,
        gate=_gate(session, order, left=left),
        outcome=InterceptionOutcome.TOO_LATE if left else InterceptionOutcome.CAUGHT,
        asked_at=min(asked_at, now),
        heard_at=now,
        stopped_at=None if left else now,
    )


def _gate(session: Session, order: Order, *, left: bool) -> Gate:
    if left:
        return Gate.UPLOAD if _waits_for_upload(session, order) else Gate.GONE
    if order.status is OrderStatus.CANCELLED:
        return Gate.OVER
    if order.status in (OrderStatus.PENDING_PAYMENT, OrderStatus.TO_REVIEW):
        return Gate.REVIEW
    if order.status is OrderStatus.TO_ALLOCATE:
        return Gate.ALLOCATION
    planned = deliveries_of(session, order.id, *OPEN)
    if any(delivery.status is DeliveryStatus.PACKED for delivery in planned):
        return Gate.PACKED
    return Gate.PACKING if any(delivery.tracking_no for delivery in planned) else Gate.WAYBILL


def _waits_for_upload(session: Session, order: Order) -> bool:
    """A parcel of ours has left, and its channel was not told of any."""
    if order.channel_status in (*_SAID_GONE, ChannelStatus.PARTLY_SHIPPED) or not _has_parcel(session, order):
        return False
    told = select(Event.id).where(Event.subject_type == "order", Event.subject_id == order.id)
    return session.exec(told.where(col(Event.kind).in_(_UPLOADED)).limit(1)).first() is None


def _has_parcel(session: Session, order: Order) -> bool:
    """One of our own people sent."""
    ours = select(Shipment.id).where(Shipment.order_id == order.id, Shipment.shipped_by != "")
    return session.exec(ours.limit(1)).first() is not None


def _leak(session: Session, order: Order, row: Interception, now: datetime) -> None:
    row.outcome, row.leaked_at = InterceptionOutcome.LEAKED, now
    row.stopped_at = None
    session.add(row)
    record(session, RefundLeaked(row.aftersale_id, order.id), actor=row.channel, now=now)
    open_anomaly(
        session,
        AnomalyKind.SHIPPED_DESPITE_REFUND,
        about=("order", order.id),
        occurred_at=now,
        now=now,
        note="已退款，货也发出了" if row.refunded_at else "买家申请退款之后，货发出了",
        at_risk_fen=order.paid_fen,
    )
