"""How does a delivery get a waybill by hand, and how is a parcel recalled that was said to have left too early?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from orderhub.domain import interception, reservation
from orderhub.domain.aftersale import Aftersale
from orderhub.domain.aftersale_life import ENDED
from orderhub.domain.delivery import (
    Delivery,
    DeliveryEvent,
    DeliveryPiece,
    DeliveryStatus,
    delivery_of,
    lock_orders,
    move_delivery,
    pieces_in,
    planned_pieces,
)
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.order import Order, OrderEvent, OrderStatus, Shipment
from orderhub.domain.replacement import come_back
from orderhub.domain.review import move
from orderhub.domain.shipping import MAY_LEAVE, check_delivery_may_leave, waybill
from orderhub.domain.shipping_upload import ShippingUpload
from orderhub.domain.track import unfollow_parcel
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import IllegalMove, RuleBroken
from orderhub.kernel.eventlog import record

_RECALLABLE = (OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED)


class WaybillTaken(RuleBroken):
    code = "waybill_taken"


class AlreadyTold(RuleBroken):
    code = "already_told"


@dataclass(frozen=True)
class WaybillTyped(DeliveryEvent):
    """Somebody wrote the waybill down by hand; ``before`` is the one it bore until now."""

    carrier: str
    tracking_no: str
    before: str


@dataclass(frozen=True)
class ParcelRecalled(OrderEvent):
    """It had not left after all: its pieces are on the shelf, and its channel has heard nothing of it."""

    tracking_no: str
    pieces: int


def type_waybill(
    session: Session, delivery_id: int, carrier: Carrier, text: str, *, by: str, now: datetime
) -> Delivery:
    """The delivery leaves with this waybill. Safe to repeat.

    Raises:
        NotFound: there is no such delivery.
        BadInput: ``text`` is no waybill number.
        WaybillTaken: another parcel bears it; its order is named.
        IllegalMove: it has left, been merged or cancelled.
        StillHeld, RefundOpen, ChannelForbids: one of its orders may not leave.
    """
    number = waybill(text)
    orders = lock_orders(session, [delivery_id])
    delivery = delivery_of(session, delivery_id)
    if delivery.status not in (DeliveryStatus.PLANNED, DeliveryStatus.PACKED):
        raise IllegalMove(f"D{delivery_id} is {delivery.status}: its waybill stays as it is")
    for order in orders:
        check_stage_allows(session, order, StageAction.WAYBILL)
    check_delivery_may_leave(session, delivery, orders)
    if (delivery.carrier, delivery.tracking_no) == (carrier, number):
        return delivery
    own = [] if delivery.aftersale_id else [order.id for order in orders]  # its order's first parcel bears another
    _check_free(session, delivery_id, own, number)
    record(session, WaybillTyped(delivery_id, carrier, number, delivery.tracking_no), actor=by, now=now)
    delivery.carrier, delivery.tracking_no, delivery.changed_at = carrier, number, now
    session.add(delivery)
    session.flush()
    return delivery


def put_back(session: Session, delivery: Delivery, orders: Sequence[Order], *, by: str, now: datetime) -> None:
    """The locked delivery of the locked ``orders`` has not left: packed, its stock held again, the orders as before.

    Callers have made sure that no channel will be told of it (automation/recalling.py).

    Raises:
        IllegalMove: it has not left.
        AlreadyTold: the channel knows of the parcel, or it is delivered.
        StageForbids: the flow map does not allow it where one of its orders stands.
    """
    for order in orders:
        check_stage_allows(session, order, StageAction.RECALL)
    move_delivery(session, delivery, DeliveryStatus.PACKED, by=by, now=now)
    delivery.left_at, delivery.left_by = None, ""
    session.flush()
    if delivery.aftersale_id:
        _put_back_for_case(session, delivery, orders[0], by=by, now=now)
        return
    for order in orders:
        if order.status not in _RECALLABLE or order.channel_status not in MAY_LEAVE:
            raise AlreadyTold(f"{order.channel_order_no} is {order.status} and {order.channel_status} at its channel")
    pieces = pieces_in(session, delivery.id)
    for order in orders:
        _take_parcel_away(session, order, delivery.tracking_no, now=now)
        mine = [piece for piece in pieces if piece.order_id == order.id]
        reservation.put_back(session, order.id, _by_place(mine, delivery.warehouse_id), by=by, now=now)
        record(
            session,
            ParcelRecalled(order.id, delivery.tracking_no, sum(piece.quantity for piece in mine)),
            actor=by,
            now=now,
        )
        still_gone = planned_pieces(session, order.id, DeliveryStatus.LEFT)
        target = OrderStatus.PARTLY_SHIPPED if still_gone else OrderStatus.TO_SHIP
        if order.status is not target:
            move(session, order, target, by=by, now=now)
        left_at = select(func.min(Shipment.shipped_at)).where(Shipment.order_id == order.id, Shipment.aftersale_id == 0)
        order.shipped_at = session.exec(left_at).one()
        interception.watch(session, order, now=now)


def _put_back_for_case(session: Session, delivery: Delivery, order: Order, *, by: str, now: datetime) -> None:
    """Raises: AlreadyTold: its case is closed with the parcel."""
    case = session.get_one(Aftersale, delivery.aftersale_id, with_for_update=True)
    if case.status in ENDED:
        raise AlreadyTold(f"{case.channel_refund_no} is {case.status} with {delivery.tracking_no}")
    _take_parcel_away(session, order, delivery.tracking_no, now=now)
    pieces = pieces_in(session, delivery.id)
    places = _by_place(pieces, delivery.warehouse_id)
    reservation.put_back(session, order.id, places, by=by, now=now, case_id=case.id)
    come_back(session, case.id, by=by, now=now)
    recalled = ParcelRecalled(order.id, delivery.tracking_no, sum(piece.quantity for piece in pieces))
    record(session, recalled, actor=by, now=now)


def _check_free(session: Session, delivery_id: int, order_ids: Sequence[int], number: str) -> None:
    """Raises: WaybillTaken."""
    taken = select(DeliveryPiece.order_id).join(Delivery, col(Delivery.id) == DeliveryPiece.delivery_id)
    in_delivery = taken.where(
        Delivery.tracking_no == number, Delivery.id != delivery_id, Delivery.status != DeliveryStatus.CANCELLED
    )
    in_parcel = select(Shipment.order_id).where(
        Shipment.tracking_no == number, col(Shipment.order_id).not_in(order_ids)
    )
    for wanted in (in_delivery, in_parcel):
        if order_id := session.exec(wanted.limit(1)).first():
            other = session.get_one(Order, order_id).channel_order_no
            raise WaybillTaken(f"{number} is the waybill of {other}: scan the right label", number=other)


def _take_parcel_away(session: Session, order: Order, number: str, *, now: datetime) -> None:
    """Raises: AlreadyTold: its channel may have heard of it."""
    wanted = select(Shipment).where(Shipment.order_id == order.id, Shipment.tracking_no == number)
    parcel = session.exec(wanted.with_for_update()).one_or_none()
    if parcel is None:
        raise IllegalMove(f"{order.channel_order_no} has no parcel {number}")
    upload = session.get(ShippingUpload, parcel.id, with_for_update=True)
    if upload and upload.attempts:
        raise AlreadyTold(f"{order.channel_order_no}: its channel has been told of {number}")
    if upload:
        session.delete(upload)
        session.flush()
    session.delete(parcel)
    session.flush()
    unfollow_parcel(session, number, now=now)


def _by_place(pieces: Sequence[DeliveryPiece], warehouse_id: int) -> dict[tuple[int, int], int]:
    found: Counter[tuple[int, int]] = Counter()
    for piece in pieces:
        if piece.sku_id:
            found[piece.sku_id, warehouse_id] += piece.quantity
    return dict(found)
