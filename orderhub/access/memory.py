"""What was looked up of somebody's rights a moment ago? Kept for two seconds, and forgotten when rights change."""

import threading
import time
from typing import Generic, Protocol, TypeVar

REMEMBERED_SECONDS = 2.0
_MOST = 1_000


class _Read(Protocol):
    @property
    def read_at(self) -> float:
        """Seconds of ``time.monotonic`` when the look-up began."""
        ...


Found = TypeVar("Found", bound=_Read)


class Memory(Generic[Found]):
    """What was found lately, by mark."""

    def __init__(self) -> None:
        self.generation = 0
        self._found: dict[str, Found] = {}
        self._guard = threading.Lock()

    def recall(self, mark: str) -> Found | None:
        found = self._found.get(mark)
        return found if found and time.monotonic() - found.read_at < REMEMBERED_SECONDS else None

    def keep(self, mark: str, found: Found, generation: int) -> None:
        """What was read before somebody forgot everything is not kept."""
        with self._guard:
            if generation == self.generation:
                if len(self._found) > _MOST:
                    self._found.clear()
                self._found[mark] = found

    def forget(self) -> None:
        with self._guard:
            self.generation += 1
            self._found.clear()
