"""How is one item of a batch brought a step on? As a person would, by the same gates, one step a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from orderhub.automation import batch as batches
from orderhub.automation.batch import Batch, BatchItem, BatchStep, ItemState
from orderhub.automation.waybilling import want_waybills
from orderhub.domain.allocating import NothingToPack, allocate
from orderhub.domain.delivery import OPEN, Delivery, DeliveryStatus, deliveries_of
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.review import approve, order_of
from orderhub.domain.shipping import leave
from orderhub.domain.waybill import Waybill, WaybillState
from orderhub.intake.lease import reason_of
from orderhub.kernel.db import AWAY, reading, transaction
from orderhub.kernel.errors import IllegalMove, RuleBroken

log = structlog.get_logger()

_GONE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)


class CarrierRefused(RuleBroken):
    """The carrier makes no waybill; its words are the message."""

    code = "carrier_refused"


@dataclass(frozen=True)
class Parcel:
    """A delivery as a batch sees it; ``refusal`` is the carrier's last no, ``is_asked``: it has not answered yet."""

    delivery_id: int
    status: DeliveryStatus
    tracking_no: str
    is_asked: bool = False
    refusal: str = ""


def do_next(now: datetime) -> int:
    """Bring one item a step on; returns how many were (0 or 1), whatever became of it."""
    with reading() as session:
        item_id = batches.next_item(session)
    if not item_id:
        return 0
    try:
        with transaction() as session:
            if item := batches.hold_item(session, item_id):
                _step(session, item, now)
    except AWAY:
        raise  # the database's trouble is not the item's: it is done when that is over
    except Exception as error:  # noqa: BLE001  (one item's trouble never stops the others)
        _failed(item_id, error, now)
    return 1


def step_of_order(status: OrderStatus, parcels: Sequence[Parcel]) -> BatchStep:
    """What an order needs next until it has left; ``NONE``: it has.

    Raises:
        IllegalMove: it cannot leave from where it stands.
        NothingToPack: it could, but no parcel is planned.
    """
    match status:
        case OrderStatus.TO_REVIEW:
            return BatchStep.APPROVE
        case OrderStatus.TO_ALLOCATE:
            return BatchStep.ALLOCATE
        case OrderStatus.TO_SHIP | OrderStatus.PARTLY_SHIPPED:
            if not any(parcel.status in OPEN for parcel in parcels):
                raise NothingToPack("nothing of it is planned to leave: allocate it anew, or ship it by hand")
            return step_of_parcels(parcels)
        case _ if status in _GONE:
            return BatchStep.NONE
    raise IllegalMove(f"{status} cannot be shipped")


def step_of_parcels(parcels: Sequence[Parcel]) -> BatchStep:
    """Waybills first, all of them, so that an order whose second parcel gets none does not leave in part."""
    here = [parcel for parcel in parcels if parcel.status in OPEN]
    if any(parcel.is_asked for parcel in here):
        return BatchStep.AWAIT
    if any(not parcel.tracking_no for parcel in here):
        return BatchStep.LABEL
    return BatchStep.LEAVE if here else BatchStep.NONE


def _step(session: Session, item: BatchItem, now: datetime) -> None:
    batch = session.get_one(Batch, item.batch_id)
    was_asked = item.step is BatchStep.AWAIT
    if item.of_order:
        order = order_of(session, item.subject_id)
        parcels = _parcels(session, deliveries_of(session, order.id, *OPEN))
        item.step = _do_order(session, order, step_of_order(order.status, parcels), batch.by, now)
    else:
        delivery = session.get(Delivery, item.subject_id)
        if delivery is None or delivery.status in (DeliveryStatus.CANCELLED, DeliveryStatus.MERGED):
            raise IllegalMove(f"D{item.subject_id} is not to leave any more: its order has changed")
        parcels = _parcels(session, [delivery])
        item.step = _step_of_delivery(batch.kind, parcels[0])
    if item.step is BatchStep.LABEL and parcels:
        _label(session, parcels, was_asked=was_asked, by=batch.by, now=now)
        item.step = BatchStep.AWAIT
    elif item.step is BatchStep.LEAVE:
        for parcel in parcels:
            leave(session, parcel.delivery_id, by=batch.by, now=now)
        item.step = BatchStep.NONE
    session.add(item)
    if item.step is BatchStep.NONE:
        batches.end_item(session, item, ItemState.DONE, now=now)


def _step_of_delivery(kind: batches.BatchKind, parcel: Parcel) -> BatchStep:
    if kind is batches.BatchKind.LEAVE:
        return BatchStep.LEAVE
    step = step_of_parcels([parcel])
    return BatchStep.NONE if step is BatchStep.LEAVE else step


def _do_order(session: Session, order: Order, step: BatchStep, by: str, now: datetime) -> BatchStep:
    """What comes next, in a transaction of its own: an order that cannot be allocated has passed its review all the
    same."""
    match step:
        case BatchStep.APPROVE:
            approve(session, order, by=by, now=now)
            return BatchStep.ALLOCATE
        case BatchStep.ALLOCATE:
            allocate(session, order, by=by, now=now)
            return BatchStep.LABEL
    return step


def _label(session: Session, parcels: Sequence[Parcel], *, was_asked: bool, by: str, now: datetime) -> None:
    """Raises: CarrierRefused: it was asked, and said no. Others: as ``want_waybill``, the first parcel's."""
    without = [parcel for parcel in parcels if not parcel.tracking_no]
    if was_asked and any(parcel.refusal for parcel in without):
        raise CarrierRefused(next(parcel.refusal for parcel in without if parcel.refusal))
    done = want_waybills(session, [parcel.delivery_id for parcel in without], by=by, now=now)
    for error in done.refused.values():
        raise error


def _parcels(session: Session, deliveries: Sequence[Delivery]) -> list[Parcel]:
    ids = [delivery.id for delivery in deliveries]
    wanted = select(Waybill).where(col(Waybill.delivery_id).in_(ids)).order_by(col(Waybill.id))
    newest = {waybill.delivery_id: waybill for waybill in session.exec(wanted)}
    return [_parcel(delivery, newest.get(delivery.id)) for delivery in deliveries]


def _parcel(delivery: Delivery, waybill: Waybill | None) -> Parcel:
    is_asked = waybill is not None and waybill.state is WaybillState.WANTED and not delivery.tracking_no
    is_refused = waybill is not None and waybill.state is WaybillState.REFUSED
    refusal = f"{waybill.reason} {waybill.partner_code}".strip() or "no" if waybill and is_refused else ""
    return Parcel(delivery.id, delivery.status, delivery.tracking_no, is_asked, refusal)


def _failed(item_id: int, error: Exception, now: datetime) -> None:
    code = error.code if isinstance(error, RuleBroken) else "failed"
    if code == "failed":
        log.error("batch_item_failed", item=item_id, error=type(error).__name__)
    with transaction() as session:
        if item := batches.hold_item(session, item_id):
            reason = str(error) if isinstance(error, RuleBroken) else reason_of(error)
            batches.end_item(session, item, ItemState.FAILED, now=now, code=code, reason=reason)
