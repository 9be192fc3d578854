"""A process with a clock of one job a second: ``python clock_process.py <url> <name> <silent seconds>``.

The job writes its process's name as an event, after a pause in which it may be frozen.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import orderhub.tables  # noqa: F401
from jobs.clockwork import Clockwork
from jobs.leader import PostgresLeadership
from jobs.schedule import Entry
from orderhub.kernel.db import open_database, transaction
from orderhub.kernel.eventlog import Happening, record


@dataclass(frozen=True)
class JobWorked(Happening):
    subject_type: ClassVar[str] = "job"
    slot: str


async def main(url: str, name: str, silent_seconds: int) -> None:
    def work(now):
        time.sleep(0.4)
        with transaction() as session:
            record(session, JobWorked(0, now.isoformat()), actor=name, now=now)
        return name

    database = open_database(url)
    lead = PostgresLeadership(database, silent_seconds=silent_seconds)
    clock = Clockwork([Entry("tick", work, timedelta(seconds=1))], lead=lead, probe_seconds=0.2)
    await clock.start()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
