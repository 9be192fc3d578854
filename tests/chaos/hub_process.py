"""A hub without its pages, until it is killed: ``python -m tests.chaos.hub_process <database> <port> <parts>``.

``parts`` are of ``door``, ``consumer``, ``jobs``, with commas between: the door is the real API on the server that
``orderhub serve`` uses, the consumers are the threads that it starts, jobs are workflows, outbox, clock and the audit's
seal. With ``hurried`` the clock keeps the hub's level too, and its minutes last six seconds (``hurried.py``). The pages
are left out because they take seconds to start, in which nothing could be killed.

With ``-`` for a port it is a nursery: a line ``<database> <port> <parts> <failpoint or ->`` for each hub, which is
forked from it, so that a restart costs no imports; it answers with the child's number.
"""

import asyncio
import os
import signal
import sys

from granian.constants import Interfaces
from granian.server.embed import Server

import orderhub.tables  # noqa: F401
from jobs.clockwork import Clockwork
from orderhub.api.app import create_api
from orderhub.automation.service import AutomationService
from orderhub.intake.level_following import LevelService
from orderhub.intake.service import IntakeService
from orderhub.kernel import failpoint
from orderhub.kernel.audit_service import AuditService
from orderhub.kernel.db import open_database
from orderhub.kernel.logs import set_up_logs
from orderhub.kernel.settings import settings
from tests.chaos import hurried
from tests.chaos.clock_shift import follow_shift

DOOR, CONSUMER, JOBS, HURRIED = "door", "consumer", "jobs", "hurried"


async def live(url: str, port: int, parts: list[str]) -> None:
    set_up_logs("WARNING")
    follow_shift()
    os.environ["ORDERHUB_DATABASE_URL"] = url  # the nightly copy asks the settings
    settings.cache_clear()
    open_database(url)
    if HURRIED in parts:
        LevelService().start()
    if CONSUMER in parts:
        IntakeService().start()
    if JOBS in parts:
        AutomationService().start()
        AuditService().start()
        await (hurried.clockwork() if HURRIED in parts else Clockwork()).start()
    if DOOR in parts:
        await Server(create_api(), address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False).serve()
    await asyncio.Event().wait()


def nursery() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    _say("ready")
    for line in sys.stdin:
        url, port, parts, wanted = line.split()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            failpoint.arm("" if wanted == "-" else wanted)
            asyncio.run(live(url, int(port), parts.split(",")))
            os._exit(0)
        _say(str(child))


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    nursery() if sys.argv[1] == "-" else asyncio.run(live(sys.argv[1], int(sys.argv[2]), sys.argv[3].split(",")))
