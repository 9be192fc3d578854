"""A process that works off what waits: ``python -m tests.intake.consuming_process <database url> [deadly] [whole]``.

It ends with its standard input, and says how many messages it has taken.
``deadly``: it dies between the commit of a batch and its acknowledgement.
``whole``: with the workflows, as ``python -m jobs`` is.
"""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orderhub.tables  # noqa: F401
from orderhub.automation.service import AutomationService
from orderhub.intake import service as service_module
from orderhub.intake.broker_consumer import Consumers
from orderhub.intake.consumer import consume
from orderhub.intake.service import IntakeService
from orderhub.kernel.db import open_database


class Deadly(Consumers):
    async def _settle(self, messages: Sequence[Any], verdicts: Sequence[Any]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, *, is_deadly: bool, is_whole: bool) -> None:
    open_database(url)
    if is_deadly:
        from orderhub.intake import broker_service

        broker_service.Consumers = Deadly
    taken = 0

    def counted(now: datetime) -> int:
        nonlocal taken
        some = consume(now)
        taken += some
        return some

    service_module.consume = counted
    service, automation = IntakeService(), AutomationService() if is_whole else None
    service.start()
    if automation:
        automation.start()
    sys.stdout.write("started\n")
    sys.stdout.flush()
    sys.stdin.read()
    if automation:
        automation.stop()
    service.stop()
    sys.stdout.write(f"{taken}\n")


if __name__ == "__main__":
    main(sys.argv[1], is_deadly="deadly" in sys.argv[2:], is_whole="whole" in sys.argv[2:])
