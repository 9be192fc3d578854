"""When may an order leave, and what does it mean that it has left?"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain import delivery_plan, interception, order_stock, replacement
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.delivery import (
    OPEN,
    Delivery,
    DeliveryPiece,
    DeliveryStatus,
    deliveries_of,
    delivery_of,
    lock_orders,
    move_delivery,
    pieces_in,
    planned_pieces,
)
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.hold import check_free
from orderhub.domain.order import Order, OrderEvent, OrderLine, OrderShipped, OrderStatus, Shipment
from orderhub.domain.replacement_gate import check_may_send
from orderhub.domain.review import move
from orderhub.domain.words import Carrier, ChannelStatus
from orderhub.kernel.errors import BadInput, IllegalMove, RuleBroken
from orderhub.kernel.eventlog import record

# What every platform takes; some ask for less.
_WAYBILL = re.compile(r"[A-Z0-9]{8,30}", re.ASCII)
_WAITS = (OrderStatus.TO_SHIP, OrderStatus.PARTLY_SHIPPED)
MAY_LEAVE = (ChannelStatus.PAID, ChannelStatus.PARTLY_SHIPPED)


class RefundOpen(RuleBroken):
    code = "refund_open"


class ChannelForbids(RuleBroken):
    code = "channel_forbids"


class NoWaybill(RuleBroken):
    code = "no_waybill"


class ShipsInParts(RuleBroken):
    code = "ships_in_parts"


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
    """All that is left of ``order`` leaves as one parcel, whatever was planned. Safe to repeat with the same waybill.

    Where lines of it are for later and not there yet, its one planned delivery leaves, and they come after it.

    Raises:
        BadInput: ``tracking_no`` is no waybill number.
        IllegalMove: the order does not wait to be shipped.
        StillHeld: a hold is open.
        RefundOpen: the buyer has asked for money back.
        ChannelForbids: the channel does not let it leave (closed, under a risk check, not paid).
        ShipsInParts: lines are for later, and not exactly one delivery is planned.
        StageForbids: the flow map does not let it leave where it stands.
    """
    number = waybill(tracking_no)
    standing = _standing(session, order, number)
    if standing and order.status is OrderStatus.SHIPPED:
        return standing
    check_stage_allows(session, order, StageAction.SHIP)
    check_may_leave(session, order)
    if order_stock.has_later_waits(session, order.id):
        return _ship_part(session, order, carrier, number, by=by, now=now)
    delivery_plan.take_back(session, order, by=by, now=now)
    told = lines_gone(session, order.id)
    here = [line for line in order_stock.standing_lines(session, order) if line.id not in told]
    return _leave(session, order, carrier, number, lines=here, is_first=not told, is_last=True, by=by, now=now)


def leave(session: Session, delivery_id: int, *, by: str, now: datetime) -> list[Shipment]:
    """The delivery has left with the waybill it bears: a parcel of each of its orders. Safe to repeat.

    Raises:
        NotFound: there is no such delivery.
        NoWaybill: it has no carrier or no waybill yet.
        IllegalMove: it has been merged, cancelled, or has not been planned for these orders any more.
        StillHeld, RefundOpen, ChannelForbids, CaseOver, LineRefundOpen: it may not leave, nothing of it does.
    """
    orders = lock_orders(session, [delivery_id])
    delivery = delivery_of(session, delivery_id)
    if delivery.status is DeliveryStatus.LEFT:
        return [parcel for order in orders if (parcel := _standing(session, order, delivery.tracking_no))]
    if not delivery.tracking_no or not delivery.carrier:
        raise NoWaybill(f"delivery {delivery_id} has no waybill yet: make one first")
    for order in orders:
        check_stage_allows(session, order, StageAction.SHIP)
    check_delivery_may_leave(session, delivery, orders)
    pieces = pieces_in(session, delivery_id)
    told = {order.id: lines_gone(session, order.id) for order in orders}
    move_delivery(session, delivery, DeliveryStatus.LEFT, by=by, now=now)
    delivery.left_at, delivery.left_by = now, by
    session.flush()
    if delivery.aftersale_id:
        return [replacement.has_left(session, order, delivery, by=by, now=now) for order in orders]
    parcels = []
    for order in orders:
        mine = [piece for piece in pieces if piece.order_id == order.id]
        order_stock.take_off(session, order, delivery.warehouse_id, _by_sku(mine), by=by, now=now)
        lines = _lines(session, {piece.line_id for piece in mine} - told[order.id])
        parcels.append(
            _leave(
                session,
                order,
                delivery.carrier,
                delivery.tracking_no,
                lines=lines,
                is_first=not told[order.id],
                is_last=not delivery_plan.remaining(session, order),
                by=by,
                now=now,
            )
        )
    return parcels


def _ship_part(session: Session, order: Order, carrier: Carrier, number: str, *, by: str, now: datetime) -> Shipment:
    planned = deliveries_of(session, order.id, *OPEN)
    if len(planned) != 1:
        raise ShipsInParts(f"{order.channel_order_no} leaves in {len(planned)} deliveries now: ship each of them")
    delivery = delivery_of(session, planned[0].id)
    delivery.carrier, delivery.tracking_no = carrier, number
    session.add(delivery)
    session.flush()
    return next(parcel for parcel in leave(session, delivery.id, by=by, now=now) if parcel.order_id == order.id)


def lines_gone(session: Session, order_id: int) -> set[int]:
    """Lines of which something has left in a delivery: the channel was told of them with that parcel."""
    return {line_id for line_id, _, _ in planned_pieces(session, order_id, DeliveryStatus.LEFT)}


def _leave(
    session: Session,
    order: Order,
    carrier: Carrier,
    number: str,
    *,
    lines: Sequence[OrderLine],
    is_first: bool,
    is_last: bool,
    by: str,
    now: datetime,
) -> Shipment:
    parcel = _standing(session, order, number) or Shipment(order_id=order.id, tracking_no=number)
    parcel.carrier_code, parcel.carrier_name = carrier, carrier.trade_name
    parcel.shipped_at, parcel.shipped_by = now, by
    session.add(parcel)
    session.flush()
    order.shipped_at = order.shipped_at or now
    target = OrderStatus.SHIPPED if is_last else OrderStatus.PARTLY_SHIPPED
    if order.status is not target:
        move(session, order, target, by=by, now=now)
    numbers = tuple(line.channel_line_no for line in lines)
    record(session, OrderShipped(order.id, parcel.id, carrier, number, numbers, is_first, is_last), actor=by, now=now)
    interception.watch(session, order, now=now)
    return parcel


def _standing(session: Session, order: Order, number: str) -> Shipment | None:
    wanted = select(Shipment).where(Shipment.order_id == order.id, Shipment.tracking_no == number)
    return session.exec(wanted).one_or_none()


def _lines(session: Session, line_ids: Collection[int]) -> list[OrderLine]:
    wanted = select(OrderLine).where(col(OrderLine.id).in_(line_ids)).order_by(col(OrderLine.id))
    return list(session.exec(wanted))


def _by_sku(pieces: Sequence[DeliveryPiece]) -> dict[int, int]:
    found: dict[int, int] = {}
    for piece in pieces:
        if piece.sku_id:
            found[piece.sku_id] = found.get(piece.sku_id, 0) + piece.quantity
    return found


def check_delivery_may_leave(session: Session, delivery: Delivery, orders: Iterable[Order]) -> None:
    """The gates of each of its ``orders``, or of the case whose goods are in it; raises like ``leave``."""
    for order in orders:
        if delivery.aftersale_id:
            check_may_send(session, order, session.get_one(Aftersale, delivery.aftersale_id))
        else:
            check_may_leave(session, order)


def check_may_leave(session: Session, order: Order) -> None:
    """The four gates before a parcel leaves; raises like ``ship_order``."""
    if order.status not in _WAITS:
        raise IllegalMove(f"{order.channel_order_no} is {order.status}, only to_ship can be shipped")
    check_free(session, order)
    if refund_is_open(session, order.id):
        raise RefundOpen(f"{order.channel_order_no}: a refund is asked for; answer it first")
    if order.channel_status not in MAY_LEAVE:
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
