"""What does the clock do for the stock? Once a minute: codes that match, orders that need not wait, what runs low.

Orders that were not paid in time let go of their goods before others are served; a buyer who has waited for goods once
already (an exchange, a resend) comes before those who wait for the first time.
"""

from datetime import datetime
from functools import partial

from sqlmodel import Session

from orderhub.domain import replacement, stock_upkeep
from orderhub.domain.flow import is_on
from orderhub.domain.flow_stage import Automation
from orderhub.domain.shortage_tasks import keep_tasks
from orderhub.domain.sku import has_skus
from orderhub.domain.unpaid import overdue
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import batched


def look_after(now: datetime) -> str:
    """Each step in transactions of its own, so that a long queue holds up nobody."""
    with reading() as session:
        if not has_skus(session):
            return "no SKU is known"
    with transaction() as session:
        matched = stock_upkeep.match_again(session, now=now)
    replaced = _serve_cases(now)
    served = 0
    for find in (partial(_unpaid, now=now), stock_upkeep.ripe, stock_upkeep.missed):
        with reading() as session:
            found = find(session)
        for order_ids in batched(found, stock_upkeep.AT_ONCE):
            with transaction() as session:
                served += stock_upkeep.follow_all(session, order_ids, now=now)
    with transaction() as session:
        low = stock_upkeep.warn_low(session, now=now)
        short = keep_tasks(session, now=now)
    return f"{matched} codes matched, {served} orders looked at, {replaced} cases served, {low} SKUs low, {short} short"


def _unpaid(session: Session, *, now: datetime) -> list[int]:
    return overdue(session, now=now) if is_on(session, Automation.RELEASE_UNPAID) else []


def _serve_cases(now: datetime) -> int:
    with reading() as session:
        found = replacement.ripe(session)
    served = 0
    for case_id in found:
        with transaction() as session:
            served += replacement.serve(session, case_id, now=now)
    return served
