"""Which parcels has the channel not heard of yet? A row for each; the attempt counts before sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain.anomaly import open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.order import Order, OrderEvent, OrderStatus, Shipment
from orderhub.domain.payment import SETTLED, Payment
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.eventlog import SYSTEM, record

# A mini-program's money waits for the shipment; what has not gone by itself after an hour is for a person.
TELL_AFTER = timedelta(hours=1)
# Source: the platform's developer forum: a payment is found by the shipping service only a minute after it was made.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=3)
_MOST_ATTEMPTS = 40
_LOOK_BACK = timedelta(days=7)
_LEFT = (OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)


class ShippingUpload(SQLModel, table=True):
    """``due_at`` is None once it is done or given up; ``error`` says why it is not done."""

    __tablename__ = "shipping_upload"  # pyright: ignore[reportAssignmentType]

    shipment_id: int = Field(foreign_key="shipment.id", primary_key=True, sa_type=BigId, ondelete="CASCADE")
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    wanted_at: datetime = Field(sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    error: str = Field(default="", max_length=500)


@dataclass(frozen=True)
class ShippingUploaded(OrderEvent):
    tracking_no: str


@dataclass(frozen=True)
class DueUpload:
    """All that is needed to tell the channel; read before the line is opened."""

    shipment: Shipment
    order: Order
    payment: Payment
    shop: Shop


def parcels_to_tell(session: Session, now: datetime, *, limit: int = 200) -> list[tuple[int, int]]:
    """Parcels of paid mini-program orders that have no row yet, each with its order; the order changed lately.

    Only orders that go out by the shop's rollout are told, and nothing is told of money that is back.
    """
    known = select(ShippingUpload.shipment_id).where(ShippingUpload.shipment_id == Shipment.id)
    wanted = (
        select(Shipment.id, Order, Shop)
        .join(Order, col(Order.id) == Shipment.order_id)
        .join(Payment, col(Payment.order_id) == Order.id)
        .join(Shop, col(Shop.id) == Order.shop_id)
        .where(col(Order.changed_at) > now - _LOOK_BACK)
        .where(Order.channel == Channel.MINIPROGRAM, col(Order.status).in_(_LEFT), Shipment.aftersale_id == 0)
        .where(col(Payment.status).in_(SETTLED), col(Payment.returned_fen) < col(Payment.amount_fen))
        .where(col(Shop.rollout).in_((Rollout.PILOT, Rollout.LIVE)), Shop.app_secret_sealed != "", ~known.exists())
        .order_by(col(Shipment.id).desc())
    )
    found = session.exec(wanted)
    ours = ((parcel, order.id) for parcel, order, shop in found if goes_out(shop, order.channel_order_no))
    return list(islice(ours, limit))


def want_told(session: Session, parcels: Sequence[tuple[int, int]], now: datetime) -> None:
    """A row for each of ``parcels`` that is still there and has none."""
    ids = [shipment_id for shipment_id, _ in parcels]
    there = set(session.exec(select(Shipment.id).where(col(Shipment.id).in_(ids))))
    known = set(session.exec(select(ShippingUpload.shipment_id).where(col(ShippingUpload.shipment_id).in_(ids))))
    session.add_all(
        ShippingUpload(shipment_id=shipment_id, order_id=order_id, wanted_at=now, due_at=now)
        for shipment_id, order_id in parcels
        if shipment_id in there - known
    )


def take_due(session: Session, now: datetime, *, limit: int = 50) -> list[DueUpload]:
    """What is to be told now; each counts as an attempt and waits longer before its next one."""
    wanted = (
        select(ShippingUpload)
        .where(col(ShippingUpload.due_at) <= now)
        .order_by(col(ShippingUpload.due_at), col(ShippingUpload.shipment_id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = []
    for upload in session.exec(wanted).all():
        upload.attempts += 1
        upload.due_at = now + min(_FIRST_WAIT * 2 ** (upload.attempts - 1), _LONGEST_WAIT)
        session.add(upload)
        taken.append(_due(session, upload))
    return taken


def is_last(session: Session, due: DueUpload) -> bool:
    """Whether the order is complete with this parcel: everything has left, and the channel knows of the rest."""
    others = [other for other in _open_ones(session, due.order.id) if other.shipment_id != due.shipment.id]
    return not others and due.order.status is not OrderStatus.PARTLY_SHIPPED


def told(session: Session, due: DueUpload, *, now: datetime) -> None:
    upload = session.get_one(ShippingUpload, due.shipment.id)
    upload.due_at, upload.done_at, upload.error = None, now, ""
    session.add(upload)
    record(session, ShippingUploaded(due.order.id, due.shipment.tracking_no), actor=SYSTEM, now=now)
    session.flush()
    if not _open_ones(session, due.order.id):
        about = ("order", due.order.id)
        resolve_anomaly(session, AnomalyKind.SHIPPING_NOT_UPLOADED, about=about, by=SYSTEM, now=now)


def not_told(session: Session, due: DueUpload, why: str, *, is_final: bool, now: datetime) -> None:
    """A clear no is shown at once, anything else once it has taken an hour. Both are tried again, a clear no rarely:
    somebody may have put it right meanwhile.
    """
    upload = session.get_one(ShippingUpload, due.shipment.id)
    upload.error = why[:500]
    if is_final:
        upload.due_at = now + _LONGEST_WAIT
    if upload.attempts >= _MOST_ATTEMPTS:
        upload.due_at = None
    session.add(upload)
    if is_final or now - upload.wanted_at >= TELL_AFTER:
        open_anomaly(
            session,
            AnomalyKind.SHIPPING_NOT_UPLOADED,
            about=("order", due.order.id),
            occurred_at=upload.wanted_at,
            now=now,
            note=f"{due.order.channel_order_no}, parcel {due.shipment.tracking_no}: {why}",
            at_risk_fen=due.payment.amount_fen,
        )


def _due(session: Session, upload: ShippingUpload) -> DueUpload:
    order = session.get_one(Order, upload.order_id)
    payment = session.exec(select(Payment).where(Payment.order_id == order.id, col(Payment.status).in_(SETTLED))).one()
    return DueUpload(
        shipment=session.get_one(Shipment, upload.shipment_id),
        order=order,
        payment=payment,
        shop=session.get_one(Shop, order.shop_id),
    )


def _open_ones(session: Session, order_id: int) -> list[ShippingUpload]:
    wanted = select(ShippingUpload).where(ShippingUpload.order_id == order_id, col(ShippingUpload.done_at).is_(None))
    return list(session.exec(wanted))
