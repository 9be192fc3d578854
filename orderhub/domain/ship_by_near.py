"""Which orders must leave soon? Two hours before their moment, or as long before as the flow map's lead is.

When the moment has passed it is another anomaly's (intake/watch.py), which ends this one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.flow import is_on, stages_now
from orderhub.domain.flow_stage import Automation, StageClock
from orderhub.domain.order import UNSHIPPED, Order, OrderStatus
from orderhub.domain.standing_fact import AT_ONCE, Detector, Fact, Page, is_known
from orderhub.kernel.clock import shanghai_text

NEAR = timedelta(hours=2)
_KIND = AnomalyKind.SHIP_BY_NEAR
_PAST_IS_TOLD = timedelta(minutes=10)  # by then the clock has told of it, unless the map has that switched off


def _newly(session: Session, now: datetime, after_id: int) -> Page:
    if not is_on(session, Automation.REPORT_LATE):
        return Page()
    leads = _leads(session)
    near = [and_(col(Order.status) == status, col(Order.ship_by) < now + lead) for status, lead in leads.items()]
    wanted = (
        select(Order)
        .where(or_(*near), col(Order.ship_by) >= now, col(Order.id) > after_id)
        .where(~is_known(_KIND, "order", col(Order.id)))
    )
    found = session.exec(wanted.order_by(col(Order.id)).limit(AT_ONCE)).all()
    facts = [_fact(order, leads[order.status], now) for order in found]
    return Page(facts, found[-1].id if found else 0)


def _fact(order: Order, lead: timedelta, now: datetime) -> Fact:
    """An order that came in late was near from the beginning."""
    ship_by = order.ship_by or now
    became = max(ship_by - lead, order.paid_at or order.placed_at)
    note = f"{order.channel_order_no} is to leave by {shanghai_text(ship_by)}"
    return Fact(order.id, min(became, now), note, order.paid_fen)


def _over(session: Session, now: datetime) -> Sequence[int]:
    far = [
        and_(col(Order.status) == status, or_(col(Order.ship_by).is_(None), col(Order.ship_by) >= now + lead))
        for status, lead in _leads(session).items()
    ]
    wanted = (
        select(Order.id)
        .join(Anomaly, (col(Anomaly.subject_id) == Order.id) & (col(Anomaly.subject_type) == "order"))
        .where(Anomaly.kind == _KIND, col(Anomaly.resolved_at).is_(None))
        .where(or_(col(Order.status).not_in(UNSHIPPED), col(Order.ship_by) < now - _PAST_IS_TOLD, *far))
    )
    return session.exec(wanted.order_by(col(Order.id))).all()


def _leads(session: Session) -> dict[OrderStatus, timedelta]:
    stages = stages_now(session)
    said = {status: stages[status] for status in UNSHIPPED}
    return {
        status: max(NEAR, timedelta(minutes=stage.lead_minutes)) if stage.clock is StageClock.SHIP_BY else NEAR
        for status, stage in said.items()
    }


SHIP_BY_NEAR = Detector(_KIND, "order", _newly, _over, "it has left, was cancelled, or may leave later")
