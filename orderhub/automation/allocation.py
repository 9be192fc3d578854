"""What does the clock do for orders that could not be allocated? It tries again: carriers have room the next day."""

from datetime import datetime

from orderhub.domain.allocating import allocate, stuck_orders
from orderhub.domain.flow import OFF_ON_THE_MAP, is_on
from orderhub.domain.flow_stage import Automation
from orderhub.domain.order import OrderStatus
from orderhub.domain.review import order_of
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import SYSTEM


def allocate_stuck(now: datetime) -> str:
    """Each in a transaction of its own, those tried longest ago first."""
    with reading() as session:
        if not is_on(session, Automation.ALLOCATE):
            return OFF_ON_THE_MAP
        waiting = stuck_orders(session)
    done = sum(_tried(order_id, now) for order_id in waiting)
    return f"{done} of {len(waiting)} allocated"


def _tried(order_id: int, now: datetime) -> bool:
    with transaction() as session:
        order = order_of(session, order_id)
        if order.status is not OrderStatus.TO_ALLOCATE or order.is_held:
            return False
        try:
            allocate(session, order, by=SYSTEM, now=now)
        except RuleBroken:  # the reason stands in its decision
            return False
    return True
