"""实时订单量趋势: how many orders are paid at which time, beside the day before and the week before?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.order import Order
from orderhub.domain.promotion_day import promotion_names
from orderhub.insights.expressions import utc_minute
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.insights.reports.reading import Sums, day_totals, hour_totals
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.errors import BadInput
from orderhub.kernel.sight import FieldGroup

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_MOST = {"minute": 2 * DAY, "hour": 35 * DAY}

Fen = Annotated[int, FieldGroup.MONEY]


class Step(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True)
class Paid:
    orders: int = 0
    fen: Fen = 0


@dataclass(frozen=True)
class TrendRow:
    """``at`` is when the step begins. ``paid`` is None in the future; ``before`` is as many whole days earlier as the
    period has, or has begun; ``week_before`` seven. ``promotion`` is what its day is called, mostly empty.
    """

    at: datetime
    paid: Paid | None
    before: Paid
    week_before: Paid
    promotion: str


@dataclass(frozen=True)
class Trend:
    """``paid`` until now, ``before`` and ``week_before`` until the same moment then."""

    step: Step
    rows: tuple[TrendRow, ...]
    paid: Paid
    before: Paid
    week_before: Paid

    @property
    def change(self) -> float | None:
        """Of orders, against ``before``: 0.082 is 8.2 % more; None where there were none."""
        return _change(self.paid, self.before)

    @property
    def week_change(self) -> float | None:
        return _change(self.paid, self.week_before)


def step_for(asked: ReportAsked) -> Step:
    return Step.HOUR if asked.until - asked.since <= 2 * DAY else Step.DAY


def trend(session: Session, asked: ReportAsked, now: datetime, step: Step | None = None) -> Trend:
    """Raises: BadInput: minutes of more than two days, or hours of more than 35."""
    step = step or step_for(asked)
    if asked.until - asked.since > _MOST.get(step, asked.until - asked.since):
        raise BadInput(f"step: so long a period has no steps of a {step}", field="step", problem="step")
    back = -(-(asked.until - asked.since) // DAY) * DAY
    paid = _by_step(session, asked, step, {timedelta(), back, WEEK})
    promotions = promotion_names(session, business_day(asked.since), business_day(asked.until))
    rows = tuple(
        TrendRow(
            at=at,
            paid=paid[at] if at <= now else None,
            before=paid[at - back],
            week_before=paid[at - WEEK],
            promotion=promotions.get(business_day(at), "") if promotions else "",
        )
        for at in _steps(asked, step)
    )
    sums = (
        _so_far(session, asked.moved(by), min(asked.until, now) - by, paid, step) for by in (timedelta(), back, WEEK)
    )
    return Trend(step, rows, *sums)


def _so_far(session: Session, asked: ReportAsked, until: datetime, paid: Mapping[datetime, Paid], step: Step) -> Paid:
    """Of the steps that are over until then, and of the begun one what was paid by then."""
    if until <= asked.since:
        return Paid()
    *over, begun = _steps(asked.within(asked.since, until), step)
    found = [paid[at] for at in over]
    wanted = columns(func.count(), func.coalesce(func.sum(col(Order.paid_fen)), 0))
    wanted = wanted.where(col(Order.paid_at) >= max(begun, asked.since), col(Order.paid_at) < until)
    count, fen = session.execute(wanted.where(*places_of(session, asked).of_orders())).one()
    return Paid(sum(one.orders for one in found) + count, sum(one.fen for one in found) + int(fen))


def _steps(asked: ReportAsked, step: Step) -> list[datetime]:
    width = {Step.MINUTE: timedelta(minutes=1), Step.HOUR: timedelta(hours=1), Step.DAY: DAY}[step]
    at, found = _begin(asked.since, step), []
    while at < asked.until:
        found.append(at)
        at += width
    return found


def _begin(moment: datetime, step: Step) -> datetime:
    if step is Step.DAY:
        return day_start(business_day(moment))
    minute = 0 if step is Step.HOUR else moment.minute
    return moment.replace(minute=minute, second=0, microsecond=0)


def _by_step(
    session: Session, asked: ReportAsked, step: Step, backs: Collection[timedelta]
) -> defaultdict[datetime, Paid]:
    found: defaultdict[datetime, Paid] = defaultdict(Paid)
    for back in backs:
        found.update((at, Paid(*sums)) for at, sums in _TOTALS[step](session, asked.moved(back)).items())
    return found


def _minute_totals(session: Session, asked: ReportAsked) -> dict[datetime, Sums]:
    begins = utc_minute(col(Order.paid_at)).label("begins")
    wanted = columns(begins, func.count(), func.sum(col(Order.paid_fen)))
    wanted = wanted.where(col(Order.paid_at) >= asked.since, col(Order.paid_at) < asked.until)
    wanted = wanted.where(*places_of(session, asked).of_orders()).group_by("begins")
    return {
        datetime.fromisoformat(f"{text}+00:00").astimezone(UTC): (count, int(fen))
        for text, count, fen in session.execute(wanted)
    }


_TOTALS = {Step.MINUTE: _minute_totals, Step.HOUR: hour_totals, Step.DAY: day_totals}


def _change(paid: Paid, before: Paid) -> float | None:
    return paid.orders / before.orders - 1 if before.orders else None
