"""When does the work behind the doors give way to them? While many arrivals have to share one durable write.

Senders wait for an answer; what is kept already can wait a little. A worker that gave way for three seconds goes on, so
that working off never stands still; and once the doors are served quickly, the groups are small and nobody waits.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FROM_GROUP = 16
_LASTS_SECONDS = 0.25
_LONGEST_SECONDS = 3.0
_LOOK_SECONDS = 0.05


class Rush:
    """Of one process."""

    def __init__(self) -> None:
        self._until = 0.0

    @contextmanager
    def writing(self, arrivals: int) -> Iterator[None]:
        """A group of ``arrivals`` is written in this block: a large one is a rush, until a while after it."""
        if arrivals < FROM_GROUP:
            yield
            return
        self._until = float("inf")
        try:
            yield
        finally:
            self._until = time.monotonic() + _LASTS_SECONDS

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def give_way(self, closing: threading.Event) -> None:
        """Returns when no rush is on, when ``closing`` is set, and after three seconds in any case."""
        end = time.monotonic() + _LONGEST_SECONDS
        while self.is_on and time.monotonic() < end and not closing.wait(_LOOK_SECONDS):
            pass


rush = Rush()
