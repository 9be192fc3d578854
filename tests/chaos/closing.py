"""Has the hub closed by itself once a fault was over, and how soon? And is everything as its writers know it?"""

import time
from collections.abc import Sequence

from .counting import counted, waiting
from .hubs import wait_until
from .writers import Writer, together

WITHIN_SECONDS = 60.0
# A test machine shared by several runs is slow without anything being wrong.
PATIENCE = 180.0


def assert_closed(url: str, writers: Sequence[Writer], *, since: float, least: int = 20) -> float:
    """Returns how many seconds after ``since`` (of the clock that never steps) nothing waited any more."""
    wait_until(lambda: not waiting(url), seconds=PATIENCE, every=0.2)
    closed = time.monotonic() - since
    sent = together(writers)
    count = counted(url, sent)
    assert count.faults == {}, str(count)
    assert count.acknowledged >= least, str(sent.answers)
    return closed
