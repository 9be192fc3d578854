"""What time is it, and how is a moment written?

Moments are aware and in UTC everywhere inside; people, platforms and business days live in Asia/Shanghai.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_clocks: list[Callable[[], datetime]] = []


def utc_now() -> datetime:
    """For edges only (a request, a job, a handler); rules take ``now`` as an argument."""
    return _clocks[-1]() if _clocks else datetime.now(UTC)


@contextmanager
def other_clock(now: Callable[[], datetime]) -> Iterator[None]:
    """The whole process goes by ``now`` meanwhile: for a replay, in which nothing else runs (``orderhub prove``)."""
    _clocks.append(now)
    try:
        yield
    finally:
        _clocks.remove(now)


def from_shanghai(text: str) -> datetime:
    """``2026-11-24 17:05:09`` as the platforms write it (GMT+8), returned in UTC.

    Raises:
        ValueError: the text is not such a moment.
    """
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)


def from_unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def shanghai_text(moment: datetime, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    return moment.astimezone(SHANGHAI).strftime(pattern)


def business_day(moment: datetime) -> date:
    """The day in Asia/Shanghai that reports count ``moment`` to."""
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Midnight in Asia/Shanghai at which ``day`` begins, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of ``day`` and first moment of the next one, in UTC."""
    return day_start(day), day_start(day + timedelta(days=1))
