"""Which orders stand in a stage for longer than the flow map allows?

Only where somebody of ours has to act: not while a hold says why the order waits, not where the map names no person,
not for shops whose orders the present system moves. The time counts anew from a hold's end.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.flow import stages_now
from orderhub.domain.flow_stage import NOBODY
from orderhub.domain.hold import Hold
from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.rollout import goes_out
from orderhub.domain.shop import Rollout, Shop
from orderhub.domain.standing_fact import AT_ONCE, Detector, Fact, Page, is_known

_KIND = AnomalyKind.ORDER_STUCK
_ACTING = (Rollout.PILOT, Rollout.LIVE)


def _timed(session: Session) -> Iterator[tuple[OrderStatus, timedelta]]:
    for status, stage in stages_now(session).items():
        if stage.allowed is not None and stage.owner_role != NOBODY:
            yield status, stage.allowed


def _newly(session: Session, now: datetime, after_id: int) -> Page:
    stages = stages_now(session)
    late = [_is_late(status, now - allowed) for status, allowed in _timed(session)]
    if not late:
        return Page()
    wanted = (
        select(Order, Shop)
        .join(Shop, col(Shop.id) == Order.shop_id)
        .where(or_(*late), col(Order.is_held).is_(False), col(Shop.rollout).in_(_ACTING), col(Order.id) > after_id)
        .where(~is_known(_KIND, "order", col(Order.id)))
    )
    found = session.exec(wanted.order_by(col(Order.id)).limit(AT_ONCE)).all()
    released = _released(session, [order.id for order, _ in found])
    facts = []
    for order, shop in found:
        stage = stages[order.status]
        since = max(filter(None, (order.stage_since, released.get(order.id))))
        if stage.allowed is not None and since + stage.allowed <= now and goes_out(shop, order.channel_order_no):
            note = f"{order.channel_order_no} is {order.status} for more than {_words(stage.allowed)}"
            facts.append(Fact(order.id, since + stage.allowed, note, order.paid_fen, role=stage.owner_role))
    return Page(facts, found[-1][0].id if found else 0)


def _over(session: Session, now: datetime) -> Sequence[int]:
    timed = list(_timed(session))
    early = [and_(col(Order.status) == status, col(Order.stage_since) > now - allowed) for status, allowed in timed]
    wanted = (
        select(Order.id)
        .join(Anomaly, (col(Anomaly.subject_id) == Order.id) & (col(Anomaly.subject_type) == "order"))
        .join(Shop, col(Shop.id) == Order.shop_id)
        .where(Anomaly.kind == _KIND, col(Anomaly.resolved_at).is_(None))
        .where(
            or_(
                col(Order.is_held),
                col(Order.status).not_in([status for status, _ in timed]),
                # It has moved on: what it does where it is now is another story.
                col(Order.stage_since) > col(Anomaly.assigned_at),
                col(Shop.rollout).not_in(_ACTING),
                *early,
            )
        )
    )
    return session.exec(wanted.order_by(col(Order.id))).all()


def _is_late(status: OrderStatus, before: datetime) -> ColumnElement[bool]:
    return and_(col(Order.status) == status, col(Order.stage_since) <= before)


def _released(session: Session, order_ids: Sequence[int]) -> dict[int, datetime]:
    """When the last hold of each ended."""
    wanted = select(Hold.order_id, func.max(col(Hold.released_at))).where(col(Hold.order_id).in_(order_ids))
    rows = session.exec(wanted.where(col(Hold.released_at).is_not(None)).group_by(col(Hold.order_id)))
    return {order_id: released_at for order_id, released_at in rows if released_at}


def _words(allowed: timedelta) -> str:
    minutes = allowed // timedelta(minutes=1)
    return f"{minutes} min" if minutes % 60 else f"{minutes // 60} h"


ORDER_STUCK = Detector(_KIND, "order", _newly, _over, "it has moved on, or may wait")
