"""When may an order leave, and what does it mean that it has left?"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.aftersale import ENDED, Aftersale
from orderhub.domain.hold import check_free
from orderhub.domain.order import Order, OrderEvent, OrderStatus, Shipment
from orderhub.domain.review import move
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.errors import BadInput, IllegalMove, RuleBroken
from orderhub.kernel.eventlog import record

# What every platform takes; some ask for less.
_WAYBILL = re.compile(r"[A-Z0-9]{8,30}", re.ASCII)
_MAY_LEAVE = (ChannelStatus.PAID, ChannelStatus.PARTLY_SHIPPED)


class RefundOpen(RuleBroken):
    code = "refund_open"


class ChannelForbids(RuleBroken):
    code = "channel_forbids"


@dataclass(frozen=True)
class OrderShipped(OrderEvent):
    """Our own people sent the order as one parcel: its channel does not know of it yet."""

    shipment_id: int
    carrier: str
    tracking_no: str


@dataclass(frozen=True)
class ShipmentUploaded(OrderEvent):
    """The channel knows of the parcel."""

    tracking_no: str


@dataclass(frozen=True)
class ShipmentRefused(OrderEvent):
    """The channel does not take the parcel, or could not be told in a day."""

    tracking_no: str
    problem: str
    partner_code: str


def ship_order(
    session: Session, order: Order, carrier: Carrier, tracking_no: str, *, by: str, now: datetime
) -> Shipment:
    """The whole ``order`` leaves as one parcel: 待发货 → 已发货. Safe to repeat with the same waybill.

    Raises:
        BadInput: ``tracking_no`` is no waybill number.
        IllegalMove: the order does not wait to be shipped.
        StillHeld: a hold is open.
        RefundOpen: the buyer has asked for money back.
        ChannelForbids: the channel does not let it leave (closed, under a risk check, not paid).
    """
    number = waybill(tracking_no)
    wanted = select(Shipment).where(Shipment.order_id == order.id, Shipment.tracking_no == number)
    standing = session.exec(wanted).one_or_none()
    if standing and order.status is OrderStatus.SHIPPED:
        return standing
    check_may_leave(session, order)
    parcel = standing or Shipment(order_id=order.id, tracking_no=number)
    parcel.carrier_code, parcel.carrier_name = carrier, carrier.trade_name
    parcel.shipped_at, parcel.shipped_by = now, by
    session.add(parcel)
    session.flush()
    order.shipped_at = now
    move(session, order, OrderStatus.SHIPPED, by=by, now=now)
    record(session, OrderShipped(order.id, parcel.id, carrier, number), actor=by, now=now)
    return parcel


def check_may_leave(session: Session, order: Order) -> None:
    """The four gates before a parcel leaves; raises like ``ship_order``."""
    if order.status is not OrderStatus.TO_SHIP:
        raise IllegalMove(f"{order.channel_order_no} is {order.status}, only to_ship can be shipped")
    check_free(session, order)
    if refund_is_open(session, order.id):
        raise RefundOpen(f"{order.channel_order_no}: a refund is asked for; answer it first")
    if order.channel_status not in _MAY_LEAVE:
        raise ChannelForbids(f"{order.channel_order_no} is {order.channel_status} at {order.channel}")


def refund_is_open(session: Session, order_id: int) -> bool:
    wanted = select(Aftersale.id).where(Aftersale.order_id == order_id, col(Aftersale.status).not_in(ENDED)).limit(1)
    return session.exec(wanted).first() is not None


def waybill(text: str) -> str:
    """A carrier's number as it is kept: no spaces, capital letters. Raises: BadInput."""
    number = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if not _WAYBILL.fullmatch(number):
        raise BadInput("waybill: 8 to 30 letters and digits", field="waybill", problem="not_waybill")
    return number
