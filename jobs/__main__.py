"""``python -m jobs``: the same timetable, consumers of the inbox and the workflows, in a process of its own."""

import asyncio
import signal
import sys

from jobs.clockwork import Clockwork
from orderhub.automation.service import AutomationService
from orderhub.intake.level_following import LevelService
from orderhub.intake.level_keeping import Keeper
from orderhub.intake.service import IntakeService
from orderhub.kernel.db import close_database, transaction
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.logs import set_up_logs
from orderhub.kernel.settings import settings


async def run() -> None:
    """Until the process is asked to end."""
    asked_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_end.set)
    clock, intake, automation = Clockwork(beat=Keeper().beat), IntakeService(), AutomationService()
    levels = LevelService()
    levels.start()
    intake.start()
    automation.start()
    await clock.start()
    try:
        await asked_to_end.wait()
    finally:
        await clock.stop()
        await asyncio.to_thread(automation.stop)
        await asyncio.to_thread(intake.stop)
        await asyncio.to_thread(levels.stop)


def main() -> None:
    set_up_logs(settings().log_level)
    try:
        with transaction():
            pass  # SQLite belongs to one process: say so now, not in every thread
        asyncio.run(run())
    except OrderHubError as error:
        sys.stderr.write(f"jobs: {error}\n")
        raise SystemExit(1) from error
    finally:
        close_database()


if __name__ == "__main__":
    main()
