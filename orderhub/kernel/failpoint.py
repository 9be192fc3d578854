"""Where may a drill let the process die? At named points, by ``ORDERHUB_FAILPOINT=name`` or ``name:nth``.

The process ends as if it had been killed: nothing is rolled back, flushed or said. Without the variable a point costs
one comparison. ``python -m tests.chaos drill --point NAME`` dies at each of them again and again.
"""

import os
import sys

from orderhub.kernel.errors import BadInput

# Each name stands in one call of `point` somewhere in the hub (tests/chaos/test_points.py).
POINTS = {
    "kept_before_answer": "an order is committed to the buffer, and its sender has not heard so",
    "claimed_before_effect": "messages are leased, and nothing came of them yet",
    "middle_of_batch": "one message of several has been taken within its batch's transaction",
    "set_before_done": "orders have been taken together within their transaction, and none is marked done",
    "effect_before_done": "every message of the batch has been taken, and none is marked done",
    "levels_before_ledger": "stock levels have moved within a transaction, and the ledger has not been written",
    "run_before_commit": "a workflow has done its work, and its transaction is not committed",
    "run_after_commit": "a workflow's transaction is committed, and its runner has not gone on",
    "counted_before_sending": "a try is counted, and nothing has been sent",
    "sent_before_noting": "a partner has taken a message, and we have not written that down",
    "job_begun": "a slot's row says that its job runs, and it has not begun",
}
KILLED = 137  # what a shell says of a process that SIGKILL ended

_armed = ""
_hits_left = 0


def point(name: str) -> None:
    """The process dies here, if it was told to."""
    if _armed == name:
        _hit()


def arm(wanted: str) -> None:
    """``name``, ``name:nth``, or nothing for none. Raises: BadInput."""
    global _armed, _hits_left
    name, _, nth = wanted.partition(":")
    if name and name not in POINTS:
        raise BadInput(f"no failpoint is called {name[:64]!r}: choose of {', '.join(POINTS)}")
    if nth and not (nth.isdecimal() and int(nth)):
        raise BadInput(f"{wanted[:64]!r}: which hit is a number from 1 on")
    _armed, _hits_left = name, int(nth or 1)


def _hit() -> None:
    global _hits_left
    _hits_left -= 1
    if _hits_left <= 0:
        sys.stderr.write(f"failpoint {_armed}\n")
        sys.stderr.flush()
        os._exit(KILLED)


arm(os.environ.get("ORDERHUB_FAILPOINT", ""))
