"""How do the snapshots come to be, and how do they stay right? A job counts what is new or was touched, day by day.

Whatever changes writes an event, so the log says which orders and cases were touched since the last look; their days
are counted anew, whole, from the rows. To count a day twice changes nothing. Writing an order costs nothing for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from orderhub.domain.aftersale import Aftersale
from orderhub.domain.delivery import DeliveryPlanned
from orderhub.domain.order import Order, OrderChanged, OrderPaid
from orderhub.domain.refund_answer import RefundAnswer
from orderhub.domain.refund_reason import ReasonSaid
from orderhub.domain.track import ParcelMoved
from orderhub.insights.reports.asked import Places
from orderhub.insights.reports.cell import EVERYWHERE, ReportCell, ReportCounted, ReportMark, Span
from orderhub.insights.reports.reading import following_month
from orderhub.insights.reports.tally import Group, Tallied, Tally, tally
from orderhub.kernel.clock import business_day, day_bounds
from orderhub.kernel.eventlog import Event, batched, kind_of
from orderhub.kernel.many_rows import among, insert_rows

# A transaction writes its events with the moment it began at.
OVERLAP = timedelta(minutes=10)
RECOUNTED = timedelta(days=62)
_AT_ONCE = 5000
_NAMING_ORDERS = (kind_of(ParcelMoved), kind_of(DeliveryPlanned))

Cells = dict[Tallied, dict[Group, Tally]]


def begin(session: Session, now: datetime) -> datetime:
    """Since when the log is to be looked through. Set at the first count: what happens during it is looked at again."""
    standing = session.get(ReportMark, 1)
    if standing is None:
        session.add(standing := ReportMark(seen_until=now))
    return standing.seen_until


def days_to_count(session: Session, since: datetime, now: datetime) -> set[date]:
    """Those that are over and have not been counted, or were touched since."""
    return _missing_days(session, now) | touched_days(session, since - OVERLAP, now)


def recent_days(session: Session, now: datetime) -> set[date]:
    """The two months that are over, as far as there is anything in them."""
    first, today = _first_day(session), business_day(now)
    every = (today - timedelta(days=back) for back in range(1, RECOUNTED.days + 1))
    return {day for day in every if first and day >= first}


def keep_day(session: Session, day: date, cells: Cells, now: datetime) -> None:
    """In the stead of what was counted before; its month is to be added up again. Safe to repeat."""
    _keep(session, Span.DAY, day, cells, now)
    _drop(session, Span.MONTH, day.replace(day=1))


def months_to_add_up(session: Session, now: datetime) -> list[date]:
    """Months that are over, all of whose days are counted, and some since they were added up."""
    counted = session.execute(columns(col(ReportCounted.span), col(ReportCounted.begins_on))).all()
    standing = {begins_on for span, begins_on in counted if span == Span.MONTH}
    months = {begins_on.replace(day=1) for span, begins_on in counted if span == Span.DAY}
    missing = {day.replace(day=1) for day in _missing_days(session, now)}
    return sorted(month for month in months - standing - missing if month < business_day(now).replace(day=1))


def keep_month(session: Session, month: date, now: datetime) -> None:
    _keep(session, Span.MONTH, month, month_cells(session, month), now)


def note_seen(session: Session, now: datetime) -> None:
    session.merge(ReportMark(seen_until=now))


def seen_until(session: Session, now: datetime) -> datetime:
    """Up to when changes of days that are over are in the figures; before the first count they are read live."""
    mark = session.get(ReportMark, 1)
    return mark.seen_until if mark else now


def cells_of(session: Session, day: date) -> Cells:
    """Counted from the rows."""
    since, until = day_bounds(day)
    return {what: tally(session, what, since, until, Places(), by_place=True) for what in Tallied}


def month_cells(session: Session, month: date) -> Cells:
    """Added up from the days that were counted."""
    found: Cells = {what: {} for what in Tallied}
    within = col(ReportCell.begins_on).between(month, following_month(month) - timedelta(days=1))
    of_days = select(ReportCell).where(ReportCell.span == Span.DAY, ReportCell.places != EVERYWHERE, within)
    for cell in session.exec(of_days):
        one = found[cell.report].setdefault(Group(cell.channel, cell.shop_id, cell.places), Tally())
        one.add(Tally(cell.count, cell.fen, cell.parts))  # type: ignore[arg-type]
    return found


def with_sums(groups: Mapping[Group, Tally]) -> dict[Group, Tally]:
    """And of each shop what they add up to."""
    sums: dict[Group, Tally] = {}
    for group, one in groups.items():
        sums.setdefault(group._replace(places=EVERYWHERE), Tally()).add(one)
    return {**groups, **sums}


def touched_days(session: Session, since: datetime, now: datetime) -> set[date]:
    """The days that are over of whatever the log tells of since then."""
    touched = _touched(session, since)
    moments = [*_moments_of_orders(session, touched), *_moments_of_cases(session, touched)]
    if touched.has_new_words:
        moments += session.execute(columns(col(Aftersale.requested_at))).scalars()
    today = business_day(now)
    return {day for day in map(business_day, moments) if day < today}


def _missing_days(session: Session, now: datetime) -> set[date]:
    """Those that are over and not counted yet."""
    first, today = _first_day(session), business_day(now)
    if first is None:
        return set()
    of_days = columns(col(ReportCounted.begins_on)).where(col(ReportCounted.span) == Span.DAY)
    counted = set(session.execute(of_days).scalars())
    every = (first + timedelta(days=ahead) for ahead in range((today - first).days))
    return {day for day in every if day not in counted}


@dataclass
class _Touched:
    """``repaid``: orders whose moment of payment was changed; ``has_new_words``: cases got another reason."""

    orders: set[int] = field(default_factory=set)
    cases: set[int] = field(default_factory=set)
    repaid: set[int] = field(default_factory=set)
    has_new_words: bool = False


def _touched(session: Session, since: datetime) -> _Touched:
    found = _Touched()
    # Every kind of subject is asked for: with fewer SQLite would go by them, and not by the time.
    wanted = columns(col(Event.subject_type), col(Event.subject_id)).where(col(Event.at) >= since).distinct()
    for subject, subject_id in session.execute(wanted):
        if subject in ("order", "aftersale"):
            (found.orders if subject == "order" else found.cases).add(subject_id)
    told = columns(col(Event.kind), col(Event.subject_id), col(Event.body)).where(col(Event.at) >= since)
    telling = (*_NAMING_ORDERS, kind_of(OrderChanged), kind_of(ReasonSaid))
    for kind, subject_id, body in session.execute(told.where(col(Event.kind).in_(telling))):
        if kind in _NAMING_ORDERS:
            found.orders |= set(body.get("order_ids", ()))
        elif kind == kind_of(ReasonSaid):
            found.has_new_words = True
        elif "paid_at" in body.get("fields", ()):
            found.repaid.add(subject_id)
    return found


def _moments_of_orders(session: Session, touched: _Touched) -> Iterator[datetime]:
    for part in batched(sorted(touched.orders), _AT_ONCE):
        wanted = columns(col(Order.paid_at)).where(among(session, col(Order.id), part), col(Order.paid_at).is_not(None))
        yield from session.execute(wanted).scalars()
    for part in batched(sorted(touched.repaid), _AT_ONCE):
        paid = columns(col(Event.body)).where(col(Event.subject_type) == "order")
        paid = paid.where(among(session, col(Event.subject_id), part))
        for body in session.execute(paid.where(col(Event.kind) == kind_of(OrderPaid))).scalars():
            yield datetime.fromisoformat(body["paid_at"])


def _moments_of_cases(session: Session, touched: _Touched) -> Iterator[datetime]:
    """Whose warehouses changed with their order's too."""
    for column, ids in ((col(Aftersale.id), touched.cases), (col(Aftersale.order_id), touched.orders)):
        for part in batched(sorted(ids), _AT_ONCE):
            wanted = (
                columns(col(Aftersale.requested_at), col(RefundAnswer.answered_at))
                .join(RefundAnswer, col(RefundAnswer.aftersale_id) == Aftersale.id, isouter=True)
                .where(among(session, column, part))
            )
            for requested_at, answered_at in session.execute(wanted):
                yield requested_at
                if answered_at:
                    yield answered_at


def _first_day(session: Session) -> date | None:
    paid = session.execute(columns(func.min(col(Order.paid_at)))).scalar_one()
    asked = session.execute(columns(func.min(col(Aftersale.requested_at)))).scalar_one()
    return min((business_day(moment) for moment in (paid, asked) if moment), default=None)


def _keep(session: Session, span: Span, begins_on: date, cells: Cells, now: datetime) -> None:
    _drop(session, span, begins_on)
    rows = [
        {
            "report": what,
            "span": span,
            "begins_on": begins_on,
            "shop_id": group.shop_id,
            "places": group.places,
            "channel": group.channel,
            "count": one.count,
            "fen": one.fen,
            "parts": dict(one.parts),
        }
        for what, groups in cells.items()
        for group, one in with_sums(groups).items()
    ]
    insert_rows(session, ReportCell, rows)
    session.add(ReportCounted(span=span, begins_on=begins_on, counted_at=now))


def _drop(session: Session, span: Span, begins_on: date) -> None:
    for table in (ReportCell, ReportCounted):
        session.exec(delete(table).where(col(table.span) == span, col(table.begins_on) == begins_on))
    session.flush()
