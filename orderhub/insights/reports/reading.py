"""How much is it in the time asked about? From the snapshots of days that are over, and live of the rest."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.insights.expressions import utc_hour
from orderhub.insights.reports.asked import Places, ReportAsked, places_of
from orderhub.insights.reports.cell import EVERYWHERE, ReportCell, ReportCounted, Span
from orderhub.insights.reports.tally import Tallied, Tally, tally
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.sight import sight

Of = tuple[Channel, int]  # channel and id of the shop
Sums = tuple[int, int]  # orders and fen


def read_tally(session: Session, what: Tallied, asked: ReportAsked) -> dict[Of, Tally]:
    """By channel and shop."""
    found: defaultdict[Of, Tally] = defaultdict(Tally)
    parts, places = _parts(session, asked, Span.MONTH), places_of(session, asked)
    if parts.runs:
        wanted = columns(
            col(ReportCell.channel),
            col(ReportCell.shop_id),
            col(ReportCell.count),
            col(ReportCell.fen),
            col(ReportCell.parts),
        )
        for channel, shop_id, count, fen, told in session.execute(wanted.where(*_cells(what, parts, places))):
            found[channel, shop_id].add(Tally(count, fen, told))
    for since, until in parts.live:
        for group, one in tally(session, what, since, until, places).items():
            found[group.channel, group.shop_id].add(one)
    return dict(found)


def total(session: Session, what: Tallied, asked: ReportAsked) -> Tally:
    found = Tally()
    for one in read_tally(session, what, asked).values():
        found.add(one)
    return found


def day_totals(session: Session, asked: ReportAsked) -> dict[datetime, Sums]:
    """Orders and fen paid on each business day that has any, by the moment it begins."""
    found: defaultdict[datetime, Sums] = defaultdict(lambda: (0, 0))
    parts, places = _parts(session, asked, Span.DAY), places_of(session, asked)
    if parts.runs:
        day = col(ReportCell.begins_on)
        wanted = columns(day, func.sum(col(ReportCell.count)), func.sum(col(ReportCell.fen))).group_by(day)
        for begins_on, count, fen in session.execute(wanted.where(*_cells(Tallied.ORDERS, parts, places))):
            found[day_start(begins_on)] = int(count), int(fen)
    for hour, sums in _live_hours(session, parts, places):
        _add(found, day_start(business_day(hour)), sums)
    return dict(found)


def hour_totals(session: Session, asked: ReportAsked) -> dict[datetime, Sums]:
    """As ``day_totals``, for each hour."""
    found: defaultdict[datetime, Sums] = defaultdict(lambda: (0, 0))
    parts, places = _parts(session, asked, Span.DAY), places_of(session, asked)
    if parts.runs:
        wanted = columns(col(ReportCell.begins_on), col(ReportCell.parts))
        for begins_on, told in session.execute(wanted.where(*_cells(Tallied.ORDERS, parts, places))):
            for key, count in told.items():
                hour = day_start(begins_on) + timedelta(hours=int(key[1:]))
                _add(found, hour, (count, 0) if key[0] == "n" else (0, count))
    for hour, sums in _live_hours(session, parts, places):
        _add(found, hour, sums)
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


@dataclass
class _Parts:
    """``runs`` are spans that were counted, from the first to the last of one kind; ``live`` is what is left."""

    runs: list[tuple[Span, date, date]] = field(default_factory=list)
    live: list[tuple[datetime, datetime]] = field(default_factory=list)

    def add_counted(self, span: Span, begins_on: date, after: date) -> None:
        """``after``: the first day after the one before it, which it continues where they meet."""
        if self.runs and self.runs[-1][0] is span and self.runs[-1][2] == after:
            self.runs[-1] = (span, self.runs[-1][1], begins_on)
        else:
            self.runs.append((span, begins_on, begins_on))

    def add_live(self, since: datetime, until: datetime) -> None:
        if self.live and self.live[-1][1] == since:
            self.live[-1] = (self.live[-1][0], until)
        elif since < until:
            self.live.append((since, until))


def _parts(session: Session, asked: ReportAsked, widest: Span) -> _Parts:
    first, last = business_day(asked.since).replace(day=1), business_day(asked.until)
    wanted = columns(col(ReportCounted.span), col(ReportCounted.begins_on))
    rows = session.execute(wanted.where(col(ReportCounted.begins_on).between(first, last))).all()
    counted = {(Span(span), begins_on) for span, begins_on in rows}
    found, at = _Parts(), asked.since
    while at < asked.until:
        day = business_day(at)
        month_end = day_start(following_month(day.replace(day=1)))
        day_end = day_start(day + timedelta(days=1))
        is_month = widest is Span.MONTH and day.day == 1 and month_end <= asked.until and (Span.MONTH, day) in counted
        if is_month and at == day_start(day):
            found.add_counted(Span.MONTH, day, (day - timedelta(days=1)).replace(day=1))
            at = month_end
        elif at == day_start(day) and day_end <= asked.until and (Span.DAY, day) in counted:
            found.add_counted(Span.DAY, day, day - timedelta(days=1))
            at = day_end
        else:
            found.add_live(at, min(day_end, asked.until))
            at = min(day_end, asked.until)
    return found


def _cells(what: Tallied, parts: _Parts, places: Places) -> Iterable[ColumnElement[bool]]:
    yield col(ReportCell.report) == what
    begins_on = col(ReportCell.begins_on)
    yield or_(*(and_(col(ReportCell.span) == span, begins_on.between(first, last)) for span, first, last in parts.runs))
    yield from places.of(ReportCell)
    if places.warehouse_id:
        yield col(ReportCell.places).contains(f",{places.warehouse_id},")
    elif sight().warehouses is None:
        yield col(ReportCell.places) == EVERYWHERE


def _live_hours(session: Session, parts: _Parts, places: Places) -> Iterator[tuple[datetime, Sums]]:
    for since, until in parts.live:
        wanted: Any = columns(utc_hour(col(Order.paid_at)).label("hour"), func.count(), func.sum(col(Order.paid_fen)))
        wanted = wanted.where(col(Order.paid_at) >= since, col(Order.paid_at) < until)
        for hour, count, fen in session.execute(wanted.where(*places.of_orders()).group_by("hour")):
            yield datetime.fromisoformat(f"{hour}:00+00:00").astimezone(UTC), (count, int(fen))


def _add(found: defaultdict[datetime, Sums], at: datetime, more: Sums) -> None:
    count, fen = found[at]
    found[at] = count + more[0], fen + more[1]
