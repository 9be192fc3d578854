"""What may our own people do to an order before it is allocated?"""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain import order_stock
from orderhub.domain.flow import check_stage_allows
from orderhub.domain.flow_stage import StageAction
from orderhub.domain.hold import check_free
from orderhub.domain.order import (
    LIFECYCLE,
    AllocationDue,
    Order,
    OrderMoved,
    OrderRemarked,
    OrderStatus,
    OrderTag,
    OrderTagged,
    OrderUntagged,
)
from orderhub.domain.order_parts import URGENT
from orderhub.kernel.errors import IllegalMove, NotFound
from orderhub.kernel.eventlog import Event, kind_of, record
from orderhub.kernel.ids import clean_text, without_phones
from orderhub.kernel.sight import find


class AlreadyApproved(IllegalMove):
    code = "already_approved"


def order_of(session: Session, order_id: int) -> Order:
    """The order itself, locked until the transaction ends.

    Raises:
        NotFound: no order has this id, or not for whoever asks.
    """
    found = find(session, Order, order_id, lock=True)
    if not found:
        raise NotFound(f"order {order_id} does not exist")
    return found


def approve(session: Session, order: Order, *, by: str, now: datetime) -> None:
    """Pass the review: 待审核 → 待配货.

    Raises:
        AlreadyApproved: somebody was quicker; they are named.
        IllegalMove: the order does not wait for review.
        StageForbids: the flow map lets nobody approve by hand.
        RuleBroken: a hold is open.
    """
    check_stage_allows(session, order, StageAction.APPROVE)
    let_pass(session, order, by=by, now=now)


def let_pass(session: Session, order: Order, *, by: str, now: datetime) -> None:
    """As ``approve``, where no person does it."""
    if order.status is not OrderStatus.TO_REVIEW:
        if who := _approved_by(session, order):
            raise AlreadyApproved(f"{who} has approved {order.channel_order_no} already", who=who)
        raise IllegalMove(f"{order.channel_order_no} is {order.status}, only to_review can be approved")
    check_free(session, order)
    move(session, order, OrderStatus.TO_ALLOCATE, by=by, now=now)


def move(session: Session, order: Order, target: OrderStatus, *, by: str, now: datetime) -> None:
    """Take the order on; one that is cancelled or has left lets go of its stock or takes it along."""
    LIFECYCLE.check(order.status, target)
    record(session, OrderMoved(order.id, order.status, target), actor=by, now=now)
    order.status = target
    order.changed_at = order.stage_since = now
    session.add(order)
    if target is OrderStatus.TO_ALLOCATE and not order.is_held:
        record(session, AllocationDue(order.id), actor=by, now=now)
    if target not in order_stock.WAITING:
        order_stock.follow(session, order, now=now)


def tag(session: Session, order: Order, word: str, *, by: str, now: datetime, reason: str = "") -> None:
    """Safe to repeat."""
    word = clean_text(word, most=32, field="tag")
    if not word or session.get(OrderTag, (order.id, word)):
        return
    session.add(OrderTag(order_id=order.id, tag=word, by=by))
    order.is_urgent = order.is_urgent or word == URGENT
    order.changed_at = now
    session.add(order)
    record(session, OrderTagged(order.id, word, reason), actor=by, now=now)


def untag(session: Session, order: Order, word: str, *, by: str, now: datetime) -> None:
    """Safe to repeat."""
    standing = session.get(OrderTag, (order.id, word))
    if not standing:
        return
    session.delete(standing)
    order.is_urgent = order.is_urgent and word != URGENT
    order.changed_at = now
    session.add(order)
    record(session, OrderUntagged(order.id, word), actor=by, now=now)


def remark(session: Session, order: Order, text: str, *, by: str, now: datetime) -> None:
    """Set our own remark; the channel's stays as it is."""
    order.staff_remark = without_phones(clean_text(text, most=500, field="remark"))
    order.changed_at = now
    session.add(order)
    record(session, OrderRemarked(order.id), actor=by, now=now)


def _approved_by(session: Session, order: Order) -> str:
    """Who passed it last; empty where nobody has."""
    wanted = select(Event).where(Event.subject_type == "order", Event.subject_id == order.id)
    moves = wanted.where(Event.kind == kind_of(OrderMoved)).order_by(col(Event.id).desc())
    passed = {"source": OrderStatus.TO_REVIEW, "target": OrderStatus.TO_ALLOCATE}
    return next((moved.actor for moved in session.exec(moves) if moved.body == passed), "")
