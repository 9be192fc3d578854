"""Some of a delivery's pieces leave in a parcel of their own: 拆单."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.delivery import (
    Delivery,
    DeliveryEvent,
    DeliveryStatus,
    add_delivery,
    delivery_of,
    lock_orders,
    pieces_in,
    promise,
)
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import record


class CannotSplit(RuleBroken):
    code = "cannot_split"


@dataclass(frozen=True)
class DeliverySplit(DeliveryEvent):
    """``into`` is the new delivery, with so many ``pieces``."""

    into: int
    pieces: int


def split(session: Session, delivery_id: int, wanted: Mapping[int, int], *, by: str, now: datetime) -> Delivery:
    """``wanted`` of its pieces (how many by piece id) leave in a new delivery, the rest in the old one.

    Raises:
        CannotSplit: it is packed, merged, bears a waybill, or nothing would be left in one of the two.
        NotFound: it does not exist.
        StageForbids: the flow map does not allow it where one of its orders stands.
    """
    for order in lock_orders(session, [delivery_id]):
        check_stage_allows(session, order, StageAction.SPLIT)
    delivery = delivery_of(session, delivery_id)
    pieces = {piece.id: piece for piece in pieces_in(session, delivery_id)}
    taken = {piece_id: count for piece_id, count in wanted.items() if count}
    if delivery.status is not DeliveryStatus.PLANNED or delivery.tracking_no:
        raise CannotSplit(f"delivery {delivery_id} is {delivery.status} or has a waybill: only planned ones are split")
    if session.exec(select(Delivery.id).where(col(Delivery.into_id) == delivery_id).limit(1)).first():
        raise CannotSplit(f"delivery {delivery_id} holds merged ones: take them apart first")
    if any(piece_id not in pieces or not 0 < count <= pieces[piece_id].quantity for piece_id, count in taken.items()):
        raise CannotSplit(f"delivery {delivery_id} does not hold that many of these pieces")
    if not taken or sum(taken.values()) == sum(piece.quantity for piece in pieces.values()):
        raise CannotSplit("leave something in each of the two parcels")
    parts = [(pieces[one].order_id, pieces[one].line_id, pieces[one].sku_id, count) for one, count in taken.items()]
    for piece_id, count in taken.items():
        piece = pieces[piece_id]
        piece.quantity -= count
        session.add(piece) if piece.quantity else session.delete(piece)
    session.flush()
    made = add_delivery(
        session,
        delivery.warehouse_id,
        parts,
        ship_by=delivery.ship_by,
        by=by,
        now=now,
        carrier=delivery.carrier,
        service_id=delivery.service_id,
        aftersale_id=delivery.aftersale_id,
    )
    for one in (delivery, made):
        promise(session, one)
        session.add(one)
    delivery.changed_at = now
    record(session, DeliverySplit(delivery_id, made.id, sum(taken.values())), actor=by, now=now)
    return made
