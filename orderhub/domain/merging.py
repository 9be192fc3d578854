"""When may several deliveries leave as one parcel, and how is that undone? 合单 and 拆回."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.delivery import (
    Delivery,
    DeliveryEvent,
    DeliveryStatus,
    empty_box,
    move_delivery,
    pieces_in,
    promise,
)
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import record


class CannotMerge(RuleBroken):
    code = "cannot_merge"


@dataclass(frozen=True)
class DeliveriesMerged(DeliveryEvent):
    """The pieces of ``merged`` (ids of deliveries) leave in this one."""

    merged: tuple[int, ...]


@dataclass(frozen=True)
class DeliveriesUnmerged(DeliveryEvent):
    merged: tuple[int, ...]


def merge(session: Session, target: Delivery, others: Sequence[Delivery], *, by: str, now: datetime) -> None:
    """The pieces of ``others`` leave with those of ``target``. Callers have locked all of them and their orders, and
    know that buyer and receiver are the same.

    Raises:
        CannotMerge: one of them is packed, has a waybill, or another warehouse or carrier.
    """
    every = [target, *others]
    if len({delivery.id for delivery in every}) < len(every) or not others:
        raise CannotMerge("choose at least two deliveries")
    for delivery in every:
        if delivery.status is not DeliveryStatus.PLANNED:
            raise CannotMerge(f"delivery {delivery.id} is {delivery.status}: only planned ones can be merged")
        if delivery.tracking_no:
            raise CannotMerge(f"delivery {delivery.id} has the waybill {delivery.tracking_no}: give it back first")
        if delivery.aftersale_id:
            raise CannotMerge(f"delivery {delivery.id} replaces goods of a case: it leaves by itself")
    if len({delivery.warehouse_id for delivery in every}) > 1:
        raise CannotMerge("they leave from two warehouses: allocate them to one first")
    if len({delivery.carrier for delivery in every}) > 1:
        raise CannotMerge("they leave with two carriers: allocate them to one first")
    for delivery in others:
        move_delivery(session, delivery, DeliveryStatus.MERGED, by=by, now=now)
        for one in [delivery, *_merged_into(session, delivery)]:
            one.into_id = target.id
        for piece in pieces_in(session, delivery.id):
            piece.delivery_id = target.id
    session.flush()
    promise(session, target)
    target.changed_at = now
    record(session, DeliveriesMerged(target.id, tuple(one.id for one in others)), actor=by, now=now)


def unmerge(session: Session, delivery: Delivery, *, by: str, now: datetime) -> list[Delivery]:
    """Every piece goes back to the delivery it was planned in; returns those that are on their own again.

    Safe to repeat. A parcel that was packed has to be packed anew.
    """
    merged = _merged_into(session, delivery)
    if not merged:
        return []
    if delivery.status is DeliveryStatus.PACKED:
        move_delivery(session, delivery, DeliveryStatus.PLANNED, by=by, now=now)
    for piece in pieces_in(session, delivery.id):
        piece.delivery_id = piece.home_id
    for one in merged:
        move_delivery(session, one, DeliveryStatus.PLANNED, by=by, now=now)
        one.into_id = 0
    session.flush()
    empty_box(session, delivery)
    for one in [delivery, *merged]:
        promise(session, one)
        one.changed_at = now
    record(session, DeliveriesUnmerged(delivery.id, tuple(one.id for one in merged)), actor=by, now=now)
    return merged


def _merged_into(session: Session, delivery: Delivery) -> list[Delivery]:
    wanted = select(Delivery).where(Delivery.into_id == delivery.id).order_by(col(Delivery.id))
    return list(session.exec(wanted.with_for_update()))
