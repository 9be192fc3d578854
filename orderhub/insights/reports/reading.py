"""How much is it in the time asked about?"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.insights.expressions import utc_hour
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.insights.reports.tally import Tallied, Tally, local_hour, tally
from orderhub.kernel.clock import business_day, day_start

Of = tuple[Channel, int]  # channel and id of the shop


def read_tally(session: Session, what: Tallied, asked: ReportAsked) -> dict[Of, Tally]:
    """By channel and shop."""
    found: defaultdict[Of, Tally] = defaultdict(Tally)
    for group, one in tally(session, what, asked.since, asked.until, places_of(session, asked)).items():
        found[group.channel, group.shop_id].add(one)
    return dict(found)


def total(session: Session, what: Tallied, asked: ReportAsked) -> Tally:
    found = Tally()
    for one in read_tally(session, what, asked).values():
        found.add(one)
    return found


def day_totals(session: Session, asked: ReportAsked) -> dict[date, tuple[int, int]]:
    """Orders and fen paid on each business day that has any."""
    found: defaultdict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    wanted = columns(utc_hour(col(Order.paid_at)).label("hour"), func.count(), func.sum(col(Order.paid_fen)))
    wanted = wanted.where(col(Order.paid_at) >= asked.since, col(Order.paid_at) < asked.until)
    wanted = wanted.where(*places_of(session, asked).of_orders()).group_by("hour")
    for hour, count, fen in session.execute(wanted):
        day = local_hour(hour).date()
        found[day] = found[day][0] + count, found[day][1] + int(fen)
    return dict(found)


def months_of(asked: ReportAsked) -> Iterator[tuple[str, ReportAsked]]:
    """``2026-11`` and what of it lies in the period."""
    since = asked.since
    while since < asked.until:
        first = business_day(since).replace(day=1)
        following = day_start(following_month(first))
        yield f"{first:%Y-%m}", asked.within(since, min(asked.until, following))
        since = following


def following_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_of(moment: datetime) -> date:
    """The first day of its month."""
    return business_day(moment).replace(day=1)
