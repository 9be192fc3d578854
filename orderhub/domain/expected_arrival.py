"""When does a parcel arrive? Days between which parcels like it arrived; nothing where too few have.

The range is that of eight parcels in ten: one in ten came earlier, one in ten later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from orderhub.domain.words import ScanNode
from orderhub.kernel.clock import business_day

FEWEST_PARCELS = 20
EARLY_PERCENT, LIKELY_PERCENT, LATE_PERCENT = 10, 50, 90


class Basis(StrEnum):
    """Which parcels of the past it is reckoned from, the closest first."""

    ROUTE = "route"  # the same carrier, warehouse and province
    CARRIER_TO = "carrier_to"  # the same carrier to the same province
    FROM_TO = "from_to"  # from the same warehouse to the same province
    CARRIER = "carrier"
    ALL = "all"


class Outlook(StrEnum):
    OVER = "over"  # it has arrived, waits to be fetched, or goes back
    UNKNOWN = "unknown"  # too few parcels like it have arrived
    TODAY = "today"  # 派送中
    DAYS = "days"
    LATE = "late"  # later than nine in ten


@dataclass(frozen=True)
class Span:
    """How long ``parcels`` of the past took from shipping to arriving."""

    basis: Basis
    parcels: int
    early: timedelta
    likely: timedelta
    late: timedelta


@dataclass(frozen=True)
class Expected:
    """``first`` and ``last`` are days in Asia/Shanghai, None where none is said."""

    outlook: Outlook
    first: date | None = None
    last: date | None = None
    span: Span | None = None


_OVER = (ScanNode.DELIVERED, ScanNode.READY_FOR_PICKUP, ScanNode.REFUSED, ScanNode.RETURNING)


def is_over(node: ScanNode | None) -> bool:
    return node in _OVER


def span_of(minutes: Sequence[int], basis: Basis) -> Span | None:
    """None where they are too few to say anything."""
    if len(minutes) < FEWEST_PARCELS:
        return None
    ordered = sorted(minutes)
    early, likely, late = (
        timedelta(minutes=quantile(ordered, percent)) for percent in (EARLY_PERCENT, LIKELY_PERCENT, LATE_PERCENT)
    )
    return Span(basis, len(ordered), early, likely, late)


def quantile(ordered: Sequence[int], percent: int) -> int:
    """The smallest of ``ordered`` that ``percent`` of them do not exceed: one that was seen, never one between."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def expected_arrival(
    node: ScanNode | None, shipped_at: datetime, moved_at: datetime | None, span: Span | None, *, now: datetime
) -> Expected:
    """Of a parcel that ``node`` saw last; a day that has passed is no longer expected."""
    today = business_day(now)
    if is_over(node):
        return Expected(Outlook.OVER)
    if node is ScanNode.OUT_FOR_DELIVERY and moved_at and business_day(moved_at) == today:
        return Expected(Outlook.TODAY, today, today, span)
    if span is None:
        return Expected(Outlook.UNKNOWN)
    first, last = business_day(shipped_at + span.early), business_day(shipped_at + span.late)
    if last < today:
        return Expected(Outlook.LATE, first, last, span)
    return Expected(Outlook.DAYS, max(first, today), last, span)
