"""What does the clock do for holds? Those whose moment has come end, in transactions of their own."""

from datetime import datetime

from orderhub.domain import hold
from orderhub.domain.flow import OFF_ON_THE_MAP, is_on
from orderhub.domain.flow_stage import Automation
from orderhub.kernel.db import transaction


def release_due(now: datetime) -> str:
    released = 0
    while True:
        with transaction() as session:
            if not is_on(session, Automation.RELEASE_HOLDS):
                return OFF_ON_THE_MAP
            found = hold.release_due(session, now)
        released += found
        if found < hold.AT_ONCE:
            return f"{released} holds ended"
