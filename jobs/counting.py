"""How are the reports' snapshots brought up to date? Counted while others write; only what comes of it waits."""

from collections.abc import Iterable
from datetime import date, datetime

from orderhub.insights.reports import counting
from orderhub.kernel.db import reading, transaction


def count_reports(now: datetime) -> str:
    """What is new or was touched. Safe to repeat, and to break off anywhere."""
    with transaction() as session:
        since = counting.begin(session, now)
    with reading() as session:
        days = counting.days_to_count(session, since, now)
    _count(days, now)
    with transaction() as session:
        counting.note_seen(session, now)
    return f"{len(days)} days"


def recount_reports(now: datetime) -> str:
    """The last two months, whatever touched them: what no event told of is mended within a day."""
    with reading() as session:
        days = counting.recent_days(session, now)
    _count(days, now)
    return f"{len(days)} days"


def _count(days: Iterable[date], now: datetime) -> None:
    """The newest first: they are looked at most."""
    for day in sorted(days, reverse=True):
        with reading() as session:
            cells = counting.cells_of(session, day)
        with transaction() as session:
            counting.keep_day(session, day, cells, now)
    with reading() as session:
        months = counting.months_to_add_up(session, now)
    for month in months:
        with transaction() as session:
            counting.keep_month(session, month, now)
