"""Does the hub decide as the present system does, and does what it takes in come through? If not, it steps back."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select

from orderhub.domain.former import FormerOrder, compare, decide, rulings
from orderhub.domain.order import Order
from orderhub.domain.rollout import Sample, step_back, trouble_in
from orderhub.domain.shop import Rollout, Shop, ShopSync
from orderhub.intake.inbox import InboxMessage, MessageKind, MessageState
from orderhub.kernel.db import transaction

# A level that has held for long is judged by its last day.
LOOKS_BACK = timedelta(days=1)
_AT_ONCE = 500

log = structlog.get_logger()


def watch_rollout(now: datetime) -> str:
    """Compare what was uploaded, then let every shop step back whose sample says so."""
    compared = compare_uploads(now)
    stepped = []
    with transaction() as session:
        active = select(Shop).where(col(Shop.rollout) != Rollout.OFF).order_by(col(Shop.id))
        for shop in session.exec(active).all():
            if reason := trouble_in(sample_of(session, shop, now)):
                before = shop.rollout
                if step_back(session, shop, reason, now) is not before:
                    stepped.append(shop.code)
    return f"{compared} compared" + (f", stepped back: {', '.join(stepped)}" if stepped else "")


def compare_uploads(now: datetime) -> int:
    """Set every uploaded order that has not been compared against the hub's decision; returns how many."""
    done = 0
    while True:
        with transaction() as session:
            part = _compare_some(session, now)
        done += part
        if part < _AT_ONCE:
            return done


def sample_of(session: Session, shop: Shop, now: datetime) -> Sample:
    """What is known since the level was set, at most of the last day."""
    since = max(now - LOOKS_BACK, shop.rollout_changed_at or shop.created_at)
    former = select(func.count(), func.count().filter(col(FormerOrder.differences) != "")).where(
        FormerOrder.shop_id == shop.id, col(FormerOrder.is_compared), col(FormerOrder.uploaded_at) >= since
    )
    compared, diverging = session.exec(former).one()
    taken = select(func.count()).where(Order.shop_id == shop.id, col(Order.accepted_at) >= since)
    failed = select(func.count()).where(
        InboxMessage.shop_id == shop.id,
        InboxMessage.state == MessageState.DEAD,
        InboxMessage.kind == MessageKind.ORDER,
        col(InboxMessage.received_at) >= since,
    )
    return Sample(compared, diverging, session.exec(taken).one(), session.exec(failed).one())


def _compare_some(session: Session, now: datetime) -> int:
    wanted = select(FormerOrder).where(col(FormerOrder.compared_at).is_(None)).order_by(col(FormerOrder.id))
    found = session.exec(wanted.limit(_AT_ONCE)).all()
    shops = {shop.id: shop for shop in session.exec(select(Shop))}
    ours = _orders(session, [(former.shop_id, former.channel_order_no) for former in found])
    ruled = rulings(session, ours.values())
    for former in found:
        shop, order = shops[former.shop_id], ours.get((former.shop_id, former.channel_order_no))
        must_be_here = former.paid_at is not None and _is_taken_in(session, shop, former.paid_at)
        decision = decide(shop, order, ruled.get(order.id)) if order else None
        differences = compare(former, decision, must_be_here=must_be_here)
        former.compared_at, former.is_compared = now, differences is not None
        former.differences = ",".join(differences or ())
        session.add(former)
    return len(found)


def _orders(session: Session, keys: list[tuple[int, str]]) -> dict[tuple[int, str], Order]:
    numbers = {number for _, number in keys}
    found = session.exec(select(Order).where(col(Order.channel_order_no).in_(numbers))).all()
    return {(order.shop_id, order.channel_order_no): order for order in found}


def _is_taken_in(session: Session, shop: Shop, paid_at: datetime) -> bool:
    """Paid after the shop was connected and before what has been pulled ends."""
    sync = session.get(ShopSync, (shop.id, MessageKind.ORDER))
    return sync is not None and shop.created_at <= paid_at < sync.watermark
