"""How often may an address look at a page that asks for no login? So many times a minute, counted in memory.

A page that is only read must not cost a write, so nothing is kept: each process counts for itself, and begins anew
with every minute.
"""

import ipaddress
import threading
from collections import Counter
from datetime import datetime, timedelta

from orderhub.kernel.errors import TooMany

_MINUTE = timedelta(minutes=1)
_MOST_ADDRESSES = 50_000
_ALL_OTHERS = "*"


class Visits:
    """``per_minute`` for one address; in version 6 that is a household's 2⁶⁴."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._guard = threading.Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def take(self, address: str, now: datetime) -> None:
        """Raises: TooMany: as many as that within the minute."""
        minute, whose = int(now.timestamp() // 60), household(address)
        with self._guard:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            if whose not in self._counts and len(self._counts) >= _MOST_ADDRESSES:
                whose = _ALL_OTHERS  # a flood of addresses shares one count: memory has an end
            self._counts[whose] += 1
            is_over = self._counts[whose] > self._per_minute
        if is_over:
            left = _MINUTE - timedelta(seconds=now.timestamp() % 60)
            raise TooMany("too many visits from this address", retry_after=left)


def household(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
