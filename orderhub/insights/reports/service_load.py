"""客服处理负荷: in which hours of the week do buyers' matters come in, get their first answer, and wait?

Matters are tickets and after-sale cases. A case is answered with the merchant's first answer to it; a ticket with the
first reply, or with the decision where that came without one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.order import Order
from orderhub.domain.ticket import UNDECIDED, Ticket
from orderhub.domain.words import AftersaleStatus
from orderhub.insights.expressions import utc_hour
from orderhub.insights.reports.asked import Places, ReportAsked, places_of
from orderhub.insights.reports.reading import total
from orderhub.insights.reports.tally import Tallied, local_hour

Hours = Counter[tuple[int, int]]


@dataclass(frozen=True)
class Work:
    """``opened`` in the hour, ``answered`` in it, and how many of the opened ``waiting`` for an answer still."""

    opened: int = 0
    answered: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class LoadCell:
    """``weekday`` 0 is Monday, ``hour`` is of Shanghai."""

    weekday: int
    hour: int
    tickets: Work
    cases: Work

    @property
    def opened(self) -> int:
        return self.tickets.opened + self.cases.opened

    @property
    def answered(self) -> int:
        return self.tickets.answered + self.cases.answered

    @property
    def waiting(self) -> int:
        return self.tickets.waiting + self.cases.waiting


@dataclass(frozen=True)
class ServiceLoad:
    """168 cells, Monday's first. ``weeks`` the period is long: a figure of a cell is of all of them."""

    cells: tuple[LoadCell, ...]
    weeks: float

    def highest(self, of: str = "opened") -> LoadCell | None:
        """None where nothing was."""
        found = max(self.cells, key=lambda cell: getattr(cell, of))
        return found if getattr(found, of) else None


def service_load(session: Session, asked: ReportAsked, now: datetime) -> ServiceLoad:  # noqa: ARG001
    places = places_of(session, asked)
    opened, answered = (
        _tickets(session, asked, places, TICKET_OPENED),
        _tickets(session, asked, places, TICKET_ANSWERED),
    )
    waiting = _tickets(session, asked, places, TICKET_OPENED, ticket_waits())
    parts = total(session, Tallied.CASES, asked).parts
    case_waiting = _cases_waiting(session, asked, places)
    cells = tuple(
        LoadCell(
            weekday,
            hour,
            Work(opened[weekday, hour], answered[weekday, hour], waiting[weekday, hour]),
            Work(parts[f"o{weekday}.{hour}"], parts[f"a{weekday}.{hour}"], case_waiting[weekday, hour]),
        )
        for weekday in range(7)
        for hour in range(24)
    )
    return ServiceLoad(cells, (asked.until - asked.since).total_seconds() / (7 * 86400))


TICKET_OPENED: Any = col(Ticket.opened_at)
TICKET_ANSWERED: Any = func.coalesce(col(Ticket.first_reply_at), col(Ticket.decided_at))


def ticket_waits() -> ColumnElement[bool]:
    return col(Ticket.first_reply_at).is_(None) & col(Ticket.status).in_(UNDECIDED)


def case_waits() -> ColumnElement[bool]:
    return col(Aftersale.stage) == AftersaleStatus.REQUESTED


def tickets_of(places: Places) -> Iterator[ColumnElement[bool]]:
    """A shop's are those about an order of it."""
    if places.channel:
        yield col(Ticket.channel) == places.channel
    if places.shop_id:
        yield col(Ticket.order_id).in_(columns(col(Order.id)).where(col(Order.shop_id) == places.shop_id))
    yield from places.through(col(Ticket.order_id))


def _tickets(session: Session, asked: ReportAsked, places: Places, moment: Any, *more: ColumnElement[bool]) -> Hours:
    wanted = columns(col(Ticket.id)).where(moment >= asked.since, moment < asked.until, *tickets_of(places), *more)
    wanted = wanted.where(col(Ticket.opened_at) < asked.until)  # an answer comes after it
    return _by_hour(session, wanted, moment)


def _cases_waiting(session: Session, asked: ReportAsked, places: Places) -> Hours:
    # As in timeliness.py: not by when they were asked for.
    moment = func.coalesce(col(Aftersale.requested_at), col(Aftersale.accepted_at))
    wanted = columns(col(Aftersale.id)).where(moment >= asked.since, moment < asked.until, case_waits())
    wanted = wanted.where(*places.of(Aftersale), *places.through(col(Aftersale.order_id)))
    return _by_hour(session, wanted, moment)


def _by_hour(session: Session, wanted: Any, moment: Any) -> Hours:
    found: Hours = Counter()
    counted = wanted.with_only_columns(utc_hour(moment).label("hour"), func.count(), maintain_column_froms=True)
    for hour, count in session.execute(counted.group_by("hour")):
        local = local_hour(hour)
        found[local.weekday(), local.hour] += count
    return found
