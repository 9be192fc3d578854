"""A parcel has left, or has come nearer: its buyers are told, once each."""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.noticing import send_by_next
from orderhub.domain.notice import NoticeState, note_notice, one_for_each_buyer, orders_under, parcel_arrived
from orderhub.domain.notice_plan import MOMENT_AT, NoticeMoment, may_tell, plan_of
from orderhub.domain.order import Order, OrderShipped, OrderStatus, Shipment
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Shop
from orderhub.domain.track import ParcelMoved, Scan, Track, follow_parcel
from orderhub.domain.words import Carrier, ScanNode, UploadProblem
from orderhub.kernel.eventlog import Event, kind_of

_SHIPPED, _MOVED = kind_of(OrderShipped), kind_of(ParcelMoved)
KINDS = frozenset({_SHIPPED, _MOVED})


def run(session: Session, event: Event) -> str:
    """Safe to repeat: a buyer has one notice of one thing."""
    return _of_shipping(session, event) if event.kind == _SHIPPED else _of_move(session, event)


def _of_shipping(session: Session, event: Event) -> str:
    parcel = session.get(Shipment, event.body["shipment_id"])
    if parcel is None:
        return "the parcel was recalled"
    order = session.get_one(Order, event.subject_id)
    if not may_tell(order.channel) or plan_of(session, order.shop_id, NoticeMoment.SHIPPED) is None:
        return "nobody is told of this"
    carrier = Carrier(parcel.carrier_code) if parcel.carrier_code in set(Carrier) else None
    track = follow_parcel(session, parcel.tracking_no, carrier, shipped_at=parcel.shipped_at or event.at)
    return _tell(session, track, [order], NoticeMoment.SHIPPED, happened_at=event.at, now=event.at)


def _of_move(session: Session, event: Event) -> str:
    track, node = session.get_one(Track, event.subject_id), ScanNode(event.body["target"])
    if node is ScanNode.DELIVERED:
        parcel_arrived(session, track, now=event.at)
    if node not in MOMENT_AT:
        return "nobody is told of this"
    seen = select(Scan.at).where(Scan.track_id == track.id, Scan.node == node, col(Scan.heard_at) <= event.at)
    happened_at = session.exec(seen.order_by(col(Scan.at).desc()).limit(1)).first() or event.at
    orders = orders_under(session, track.tracking_no)
    return _tell(session, track, orders, MOMENT_AT[node], happened_at=happened_at, now=event.at)


def _tell(
    session: Session, track: Track, orders: list[Order], moment: NoticeMoment, *, happened_at: datetime, now: datetime
) -> str:
    noted = 0
    for order in one_for_each_buyer(order for order in orders if _may_be_told(session, order)):
        plan = plan_of(session, order.shop_id, moment)
        if plan is None or not plan.is_on:
            continue
        notice = note_notice(session, track, order, plan, happened_at=happened_at, now=now)
        if notice is not None and notice.state is NoticeState.WAITING:
            noted += send_by_next(session, notice, after=-1, problem=UploadProblem.NONE, now=now)
    return f"{noted} told of {moment}" if noted else "nobody is told of this"


def _may_be_told(session: Session, order: Order) -> bool:
    shop = session.get_one(Shop, order.shop_id)
    is_open = order.status is not OrderStatus.CANCELLED
    return is_open and may_tell(order.channel) and goes_out(shop, order.channel_order_no)
