"""How often may an address, or a key, come? So many times a minute, counted in memory.

A page that is only read must not cost a write, so nothing is kept: each process counts for itself, and begins anew
with every minute.
"""

import ipaddress
import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache

from orderhub.kernel.errors import TooMany

_MINUTE = timedelta(minutes=1)
_MOST_ADDRESSES = 50_000
_ALL_OTHERS = "*"


class Visits:
    """``per_minute`` for one address, or whatever else is counted; in version 6 that is a household's 2⁶⁴."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._guard = threading.Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def take(self, address: str, now: datetime) -> None:
        """Count one. Raises: TooMany: more than that within the minute."""
        with self._guard:
            whose = self._whose(address, now)
            self._counts[whose] += 1
            count = self._counts[whose]
        if count > self._per_minute:
            raise _too_many(now)

    def check(self, address: str, now: datetime) -> None:
        """Count none. Raises: TooMany: as many as that within the minute."""
        with self._guard:
            count = self._counts[self._whose(address, now)]
        if count >= self._per_minute:
            raise _too_many(now)

    def _whose(self, address: str, now: datetime) -> str:
        minute, whose = int(now.timestamp() // 60), household(address)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        # A flood of addresses shares one count: memory has an end.
        return _ALL_OTHERS if whose not in self._counts and len(self._counts) >= _MOST_ADDRESSES else whose


def _too_many(now: datetime) -> TooMany:
    return TooMany("too many in this minute", retry_after=_MINUTE - timedelta(seconds=now.timestamp() % 60))


@lru_cache(maxsize=4_096)
def household(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
