"""Is one waybill number on parcels to different places?

Orders that were merged into one parcel share a number rightly: they are in one delivery, or are the same buyer's for
the same place. Masks decide nothing; where neither tokens nor regions tell two receivers apart, nothing is said.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly, open_anomaly, resolve_anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus
from orderhub.domain.order import Order, Shipment
from orderhub.domain.standing_fact import AT_ONCE
from orderhub.kernel.eventlog import SYSTEM

_KIND = AnomalyKind.WAYBILL_TWICE


def are_apart(one: Order, other: Order) -> bool:
    """Whether the two are surely for different places."""
    if one.receiver_token and one.receiver_token == other.receiver_token:
        return False
    if one.receiver_region and other.receiver_region and one.receiver_region != other.receiver_region:
        return True
    if not (one.buyer_token and other.buyer_token):
        return False
    return (one.channel, one.buyer_token) != (other.channel, other.buyer_token)


def follow_waybills(session: Session, numbers: Collection[str], *, now: datetime) -> int:
    """Look at numbers that parcels have got; returns how many of them are wrong. Safe to repeat."""
    if not numbers:
        return 0
    wrong = 0
    several = (
        select(Shipment.tracking_no)
        .where(col(Shipment.tracking_no).in_(list(numbers)), Shipment.tracking_no != "")
        .group_by(col(Shipment.tracking_no))
        .having(func.count() > 1)
    )
    for number in sorted(session.exec(several)):
        wrong += _follow(session, number, now)
    return wrong


def watch_waybills(session: Session, now: datetime) -> None:
    """Look again at those that are wrong: a parcel may have been recalled, or got its right number."""
    wanted = select(Anomaly.name).where(Anomaly.kind == _KIND, col(Anomaly.resolved_at).is_(None)).distinct()
    for number in sorted(session.exec(wanted.limit(AT_ONCE))):
        _follow(session, number, now)


def _follow(session: Session, number: str, now: datetime) -> bool:
    inside = set(session.exec(_orders_in_delivery(number)))
    wanted = select(Shipment, Order).join(Order, col(Order.id) == Shipment.order_id)
    rows = session.exec(wanted.where(Shipment.tracking_no == number).order_by(col(Shipment.id)).limit(AT_ONCE)).all()
    wrong: dict[int, tuple[Shipment, Order, Order]] = {}
    for place, (parcel, order) in enumerate(rows):
        if other := _stranger(order, (before for _, before in rows[:place]), inside):
            wrong[order.id] = (parcel, order, other)
    open_now = select(Anomaly.subject_id).where(
        Anomaly.kind == _KIND, Anomaly.name == number, col(Anomaly.resolved_at).is_(None)
    )
    for order_id in sorted(set(session.exec(open_now)) - wrong.keys()):
        said, about = "the number is on one parcel only", ("order", order_id)
        resolve_anomaly(session, _KIND, about=about, name=number, by=SYSTEM, now=now, reason=said)
    for order_id, (parcel, order, other) in wrong.items():
        open_anomaly(
            session,
            _KIND,
            about=("order", order_id),
            name=number,
            occurred_at=min(parcel.shipped_at or now, now),
            now=now,
            note=f"{number} is on a parcel of {other.channel_order_no} too",
            at_risk_fen=order.paid_fen,
        )
    return bool(wrong)


def _stranger(order: Order, others: Iterable[Order], inside: Collection[int]) -> Order | None:
    for other in others:
        is_merged = order.id in inside and other.id in inside
        if not is_merged and are_apart(order, other):
            return other
    return None


def _orders_in_delivery(number: str):
    pieces = select(DeliveryPiece.order_id).join(Delivery, col(Delivery.id) == DeliveryPiece.delivery_id)
    return pieces.where(Delivery.tracking_no == number, Delivery.status != DeliveryStatus.CANCELLED)
