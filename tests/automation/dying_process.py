"""A process that does all that is due, and dies by its own ``kill -9`` at a commit of its choice.

``python -m tests.automation.dying_process <url>``, then a line ``<n> before|after <seconds ahead>`` for each life: a
child lives, and dies right before or after its n-th commit. It answers ``died`` or, where nothing was left, ``done``.
"""

import os
import signal
import sys
from datetime import timedelta

import orderhub.kernel.job_runs
import orderhub.tables  # noqa: F401
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import open_database


def live(url: str, last: int, where: str, ahead: float) -> None:
    database, commits = open_database(url), 0

    def count(_session: object) -> None:
        nonlocal commits
        commits += 1
        if commits == last:
            os.kill(os.getpid(), signal.SIGKILL)

    (database.before_commit if where == "before" else database.after_commit).append(count)
    now, postman = utc_now() + timedelta(seconds=ahead), Postman()
    while run_next(now) + postman.send_next(now):
        pass


def main(url: str) -> None:
    _say("ready")
    for line in sys.stdin:
        last, where, ahead = line.split()
        child = os.fork()
        if child == 0:
            live(url, int(last), where, float(ahead))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say("died" if os.WIFSIGNALED(status) else "done")
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            sys.exit(1)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
