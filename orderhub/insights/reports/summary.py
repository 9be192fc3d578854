"""The period in four figures: how much was paid, how well it was shipped, and how many wait beyond their time?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.order import Order
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.insights.reports.behind import overdue
from orderhub.insights.reports.reading import total
from orderhub.insights.reports.tally import Tallied
from orderhub.kernel.sight import FieldGroup

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Summary:
    """``before`` is the period before, at the same moment of it; shares are None where nothing was promised."""

    orders: int
    orders_before: int
    fen: Annotated[int, FieldGroup.MONEY]
    fen_before: Annotated[int, FieldGroup.MONEY]
    share: float | None
    share_before: float | None
    overdue: int


def summary(session: Session, asked: ReportAsked, now: datetime) -> Summary:
    back = max(_DAY, asked.until - asked.since)
    so_far = asked.within(asked.since, min(asked.until, max(now, asked.since + timedelta(microseconds=1))))
    paid, before = total(session, Tallied.ORDERS, so_far), total(session, Tallied.ORDERS, so_far.moved(back))
    share, late = _promises(session, asked, now)
    share_before, _ = _promises(session, asked.before(), now)
    return Summary(paid.count, before.count, paid.fen, before.fen, share, share_before, late)


def _promises(session: Session, asked: ReportAsked, now: datetime) -> tuple[float | None, int]:
    """The share of promises that was kept (as in ``timeliness.py``), and how many orders are overdue."""
    parts = total(session, Tallied.TIMES, asked).parts
    wanted = columns(func.count()).where(
        overdue(now), col(Order.paid_at) >= asked.since, col(Order.paid_at) < asked.until
    )
    waiting = session.execute(wanted.where(*places_of(session, asked).of_orders())).scalar_one()
    promised = parts["kept"] + parts["late"] + waiting
    return parts["kept"] / promised if promised else None, waiting
