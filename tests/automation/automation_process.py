"""A process that runs workflows and sends messages until it is killed: ``python automation_process.py <url>``."""

import sys
import threading

import orderhub.kernel.job_runs
import orderhub.tables  # noqa: F401
from orderhub.automation.service import AutomationService
from orderhub.kernel.db import open_database


def main(url: str) -> None:
    open_database(url)
    AutomationService().start()
    sys.stdout.write("started\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
