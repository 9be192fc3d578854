"""How long did it take, of many? Counts in fixed bins, so that days add up to months; a quantile is read from them.

A bin is a minute wide under an hour, five minutes under twelve hours, a quarter under two days, two hours under ten
days, twelve hours under sixty, and one beyond. A quantile is the middle of its bin: it is off by at most half a bin,
which is 30 seconds, 2½ minutes (4 % at an hour), 7½ minutes (1 % at twelve hours), 1 hour (2 % at two days) or 6 hours
(2½ % at ten days).
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, case

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# From which second on, how wide a bin is, and which number the first one has.
_STEPS = (
    (0, _MINUTE, 0),
    (_HOUR, 5 * _MINUTE, 60),
    (12 * _HOUR, 15 * _MINUTE, 192),
    (2 * _DAY, 2 * _HOUR, 336),
    (10 * _DAY, 12 * _HOUR, 432),
    (60 * _DAY, 12 * _HOUR, 532),
)
BEYOND = 532  # 60 days and longer


def bin_of(seconds: int) -> int:
    start, width, first = next(step for step in reversed(_STEPS) if max(0, seconds) >= step[0])
    return BEYOND if first == BEYOND else first + (max(0, seconds) - start) // width


def bin_column(seconds: ColumnElement[int]) -> ColumnElement[int]:
    """As ``bin_of``, in the database."""
    ways: list[Any] = [(seconds < 0, 0)]
    for (start, width, first), (end, _, _) in pairwise(_STEPS):
        ways.append((seconds < end, first + (seconds - start) // width))
    return case(*ways, else_=BEYOND)


def middle_of(bin_no: int) -> int:
    """Seconds."""
    start, width, first = next(step for step in reversed(_STEPS) if bin_no >= step[2])
    return start + (bin_no - first) * width + (0 if first == BEYOND else width // 2)


def quantile(bins: Mapping[int, int], percent: int) -> int | None:
    """Seconds, by nearest rank; None of nothing."""
    total = sum(bins.values())
    rank = -(-total * percent // 100)
    for bin_no in sorted(bins):
        rank -= bins[bin_no]
        if rank <= 0:
            return middle_of(bin_no)
    return None
