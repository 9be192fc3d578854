"""Is everybody told who should hear that something is not resolved in its time?"""

from datetime import datetime

from orderhub.domain import escalation
from orderhub.kernel.db import transaction

_MOST_ROUNDS = 50


def escalate(now: datetime) -> int:
    """A few at a time, each round in a transaction of its own: nobody waits for a long one."""
    told = 0
    for _ in range(_MOST_ROUNDS):
        with transaction() as session:
            done = escalation.escalate(session, now)
        told += done
        if not done:
            break
    return told
