"""What does the clock do for holds? Those whose moment has come end, in transactions of their own."""

from datetime import datetime

from orderhub.domain import hold
from orderhub.kernel.db import transaction


def release_due(now: datetime) -> str:
    released = 0
    while True:
        with transaction() as session:
            found = hold.release_due(session, now)
        released += found
        if found < hold.AT_ONCE:
            return f"{released} holds ended"
