"""When does the work behind the doors give way to them? While many senders wait, or many arrivals share one write.

Senders wait for an answer; what is kept already can wait a little. A worker that gave way for three seconds goes on, so
that working off never stands still; and once the doors are served quickly, the groups are small and nobody waits.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FROM = 16  # senders, or arrivals in one write
_LASTS_SECONDS = 0.25
_LONGEST_SECONDS = 3.0
_LOOK_SECONDS = 0.05


class Rush:
    """Of one process."""

    def __init__(self) -> None:
        self._waiting = 0
        self._until = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A sender waits for its answer in this block; on the server's loop alone.

        Where one loop answers them all, it is there that they wait, and the writes are small.
        """
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @contextmanager
    def writing(self, arrivals: int) -> Iterator[None]:
        """A group of ``arrivals`` is written in this block: a large one is a rush, until a while after it."""
        if arrivals < FROM:
            yield
            return
        self._until = float("inf")
        try:
            yield
        finally:
            self._until = time.monotonic() + _LASTS_SECONDS

    @property
    def is_on(self) -> bool:
        return self._waiting >= FROM or time.monotonic() < self._until

    def give_way(self, closing: threading.Event) -> None:
        """Returns when no rush is on, when ``closing`` is set, and after three seconds in any case."""
        end = time.monotonic() + _LONGEST_SECONDS
        while self.is_on and time.monotonic() < end and not closing.wait(_LOOK_SECONDS):
            pass


rush = Rush()
