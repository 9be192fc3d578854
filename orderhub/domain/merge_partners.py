"""Which deliveries go to the same buyer and receiver, may they leave as one, and are they made one?

Buyer and receiver are known by the channel's tokens alone: masks never make two people one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.carrier_service import CarrierService
from orderhub.domain.delivery import Delivery, DeliveryPiece, DeliveryStatus, delivery_of, lock_orders
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.merge_setting import MergeMode, merge_setting
from orderhub.domain.merging import CannotMerge, merge, unmerge
from orderhub.domain.order import Order
from orderhub.domain.review import tag
from orderhub.domain.sku import Sku
from orderhub.domain.words import Carrier
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.sight import find

LATE_TAG = "同收件人已打单"
_LOOKED_AT = (DeliveryStatus.PLANNED, DeliveryStatus.PACKED, DeliveryStatus.LEFT)


class Apart(StrEnum):
    """Why two deliveries do not leave as one."""

    BUYER = "buyer"
    RECEIVER = "receiver"
    WAREHOUSE = "warehouse"
    TIME = "time"
    GONE = "gone"  # packed, left, merged or cancelled
    WAYBILL = "waybill"
    CARRIER = "carrier"
    HELD = "held"
    TOO_HEAVY = "too_heavy"


@dataclass(frozen=True)
class MergeFacts:
    """``people`` are its orders' (channel, buyer's token, receiver's token), ``paid_at`` the first order's payment."""

    order_ids: frozenset[int]
    people: frozenset[tuple[str, str, str]]
    warehouse_id: int
    carrier: Carrier | None
    status: DeliveryStatus
    tracking_no: str
    paid_at: datetime | None
    is_held: bool = False
    grams: int = 0
    most_grams: int = 0


def why_apart(one: MergeFacts, other: MergeFacts, buffer: timedelta | None) -> Apart | None:
    """None: they may leave as one. Without a ``buffer`` it does not matter when they were paid.

    The parcels of one order are always one buyer's.
    """
    stranger = _who_differs(one, other) if one.order_ids != other.order_ids else None
    if stranger:
        return stranger
    is_near = buffer is None or (one.paid_at and other.paid_at and abs(one.paid_at - other.paid_at) <= buffer)
    most = min(filter(None, (one.most_grams, other.most_grams)), default=0)
    checked = (
        (one.warehouse_id != other.warehouse_id, Apart.WAREHOUSE),
        (not is_near, Apart.TIME),
        (one.tracking_no or other.tracking_no, Apart.WAYBILL),
        ({one.status, other.status} != {DeliveryStatus.PLANNED}, Apart.GONE),
        (one.carrier != other.carrier, Apart.CARRIER),
        (one.is_held or other.is_held, Apart.HELD),
        (most and one.grams + other.grams > most, Apart.TOO_HEAVY),
    )
    return next((why for is_so, why in checked if is_so), None)


def _who_differs(one: MergeFacts, other: MergeFacts) -> Apart | None:
    people = one.people | other.people
    if len({(channel, buyer) for channel, buyer, _ in people}) > 1 or any(not buyer for _, buyer, _ in people):
        return Apart.BUYER
    is_one = len(people) == 1 and all(receiver for _, _, receiver in people)
    return None if is_one else Apart.RECEIVER


def merge_facts(session: Session, delivery: Delivery) -> MergeFacts:
    inside = select(DeliveryPiece.order_id).where(DeliveryPiece.delivery_id == delivery.id)
    orders = session.exec(select(Order).where(col(Order.id).in_(inside))).all()
    weight = (
        select(func.coalesce(func.sum(Sku.weight_grams * DeliveryPiece.quantity), 0))
        .select_from(DeliveryPiece)
        .join(Sku, col(Sku.id) == DeliveryPiece.sku_id)
        .where(DeliveryPiece.delivery_id == delivery.id)
    )
    service = session.get(CarrierService, delivery.service_id)
    return MergeFacts(
        order_ids=frozenset(order.id for order in orders),
        people=frozenset((order.channel, order.buyer_token, order.receiver_token) for order in orders),
        warehouse_id=delivery.warehouse_id,
        carrier=delivery.carrier,
        status=delivery.status,
        tracking_no=delivery.tracking_no,
        paid_at=min((order.paid_at for order in orders if order.paid_at), default=None),
        is_held=any(order.is_held for order in orders),
        grams=int(session.exec(weight).one()),
        most_grams=service.most_grams if service else 0,
    )


def partners(session: Session, delivery: Delivery, buffer: timedelta | None) -> list[tuple[Delivery, Apart | None]]:
    """Deliveries of other orders to the same buyer and receiver from the same warehouse, and what keeps each apart.

    Those paid too far away are left out. Oldest first. What a case sends leaves by itself.
    """
    if delivery.aftersale_id:
        return []
    mine = merge_facts(session, delivery)
    person = next(iter(mine.people), ("", "", ""))
    if len(mine.people) != 1 or not all(person):
        return []
    same = select(DeliveryPiece.delivery_id).join(Order, col(Order.id) == DeliveryPiece.order_id)
    same = same.where(
        Order.channel == person[0],
        Order.buyer_token == person[1],
        Order.receiver_token == person[2],
        col(Order.id).not_in(mine.order_ids),
    )
    wanted = select(Delivery).where(
        col(Delivery.id).in_(same),
        Delivery.warehouse_id == delivery.warehouse_id,
        Delivery.aftersale_id == 0,
        col(Delivery.status).in_(_LOOKED_AT),
    )
    every = session.exec(wanted.order_by(col(Delivery.id))).all()
    found = [(one, why_apart(mine, merge_facts(session, one), buffer)) for one in every]
    return [(one, why) for one, why in found if why not in (Apart.TIME, Apart.BUYER, Apart.RECEIVER)]


def join_partner(session: Session, delivery_id: int, *, now: datetime) -> str:
    """What the merchant's setting makes of a delivery that has just been planned. Safe to repeat.

    One that comes too late, its partner bearing a waybill or packed already, is told by a tag on its orders.
    """
    setting = merge_setting(session)
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or setting.mode is MergeMode.OFF or delivery.status is not DeliveryStatus.PLANNED:
        return "left alone"
    found = partners(session, delivery, setting.buffer)
    ready = [one.id for one, why in found if why is None]
    if setting.mode is MergeMode.AUTO and ready:
        _merge_locked(session, [ready[0], delivery_id], setting.buffer, by=SYSTEM, now=now)
        return f"joined {ready[0]}"
    if ready or not any(why in (Apart.WAYBILL, Apart.GONE) for _, why in found):
        return f"{len(ready)} partners"
    for order in lock_orders(session, [delivery_id]):
        tag(session, order, LATE_TAG, by=SYSTEM, now=now)
    return "too late"


def merge_by_hand(session: Session, delivery_ids: Sequence[int], *, by: str, now: datetime) -> Delivery:
    """All of them leave in the first; whenever they were paid.

    Raises:
        CannotMerge: they are not one buyer's and one receiver's, or cannot leave as one.
        NotFound: one of them does not exist.
    """
    for order in lock_orders(session, delivery_ids):
        check_stage_allows(session, order, StageAction.MERGE)
    return _merge_locked(session, delivery_ids, None, by=by, now=now)


def unmerge_by_hand(session: Session, delivery_id: int, *, by: str, now: datetime) -> list[Delivery]:
    """What was merged into it is on its own again.

    Raises:
        CannotMerge: it bears a waybill, or nothing was merged into it.
        NotFound: it does not exist.
    """
    for order in lock_orders(session, [delivery_id]):
        check_stage_allows(session, order, StageAction.MERGE)
    delivery = delivery_of(session, delivery_id)
    if delivery.tracking_no:
        raise CannotMerge(f"delivery {delivery_id} has the waybill {delivery.tracking_no}: give it back first")
    apart = unmerge(session, delivery, by=by, now=now)
    if not apart:
        raise CannotMerge(f"delivery {delivery_id}: nothing was merged into it")
    return apart


def _merge_locked(
    session: Session, delivery_ids: Sequence[int], buffer: timedelta | None, *, by: str, now: datetime
) -> Delivery:
    if any(find(session, Delivery, one) is None for one in delivery_ids):
        raise NotFound("one of the deliveries does not exist any more")
    lock_orders(session, delivery_ids)
    locked = {one: delivery_of(session, one) for one in sorted(set(delivery_ids))}
    target, *others = [locked[one] for one in dict.fromkeys(delivery_ids)]
    facts = merge_facts(session, target)
    for other in others:
        if why := why_apart(facts, merge_facts(session, other), buffer):
            raise CannotMerge(f"deliveries {target.id} and {other.id} stay apart: {why}")
    merge(session, target, others, by=by, now=now)
    return target
