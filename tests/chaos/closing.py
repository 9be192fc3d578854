"""Has the hub closed by itself once a fault was over? And is everything as its writers know it?

How soon, a machine that others share does not tell: ``python -m tests.chaos drill`` measures it.
"""

from collections.abc import Sequence

from .counting import counted, waiting
from .hubs import wait_until
from .writers import Writer, together

PATIENCE = 300.0


def assert_closed(url: str, writers: Sequence[Writer], *, least: int = 20) -> None:
    wait_until(lambda: not waiting(url), seconds=PATIENCE, every=0.2)
    sent = together(writers)
    count = counted(url, sent)
    assert count.faults == {}, str(count)
    assert count.acknowledged >= least, str(sent.answers)
