"""A process that does all that is due, and dies by its own ``kill -9`` at a commit of its choice.

``python -m tests.automation.dying_process``, then a line of JSON (``Life``) for each life: a child lives, and dies
right before or after its n-th commit. It answers ``died`` or, where nothing was left to do, ``done`` and its commits.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orderhub.kernel.job_runs
import orderhub.tables  # noqa: F401
from orderhub.automation.runner import run_next
from orderhub.automation.sending import Postman
from orderhub.kernel.db import close_database, open_database
from orderhub.kernel.secrets import forget_keys
from orderhub.kernel.settings import settings
from tests.sharing import share

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Life:
    """``now`` is ISO; ``last`` is the commit to die at, 0 for none; ``where`` is ``before`` or ``after`` it."""

    url: str
    data_dir: str
    now: str
    last: int = 0
    where: str = "before"
    sends: bool = True


class Undertaker:
    """Sends lives into the process and hears how they ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def live(self, life: Life) -> int | None:
        """How many commits it came to; None where it died."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(asdict(life))}\n")
        self._process.stdin.flush()
        word, _, commits = self._process.stdout.readline().partition(" ")
        assert word in ("died\n", "done")
        return int(commits) if commits else None


@contextmanager
def undertaker() -> Iterator[Undertaker]:
    command = [sys.executable, "-m", "tests.automation.dying_process"]
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=_ROOT, env=environment, **pipes) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield Undertaker(process)
        finally:
            process.kill()


def _live(life: Life) -> None:
    os.environ["ORDERHUB_DATA_DIR"] = life.data_dir
    settings.cache_clear()
    forget_keys()
    database, commits = open_database(life.url), 0

    def count(_session: object) -> None:
        nonlocal commits
        commits += 1
        if commits == life.last:
            os.kill(os.getpid(), signal.SIGKILL)

    (database.before_commit if life.where == "before" else database.after_commit).append(count)
    now, postman = datetime.fromisoformat(life.now), Postman()
    while run_next(now) + (postman.send_next(now) if life.sends else 0):
        pass
    close_database()
    _say(f"done {commits}")


def main() -> None:
    _say("ready")
    share()
    for line in sys.stdin:
        life = Life(**json.loads(line))
        if not (life.last or life.sends):  # here: the statements it compiles are then at hand for those who die
            _live(life)
            continue
        child = os.fork()
        if child == 0:
            _live(life)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            _say("died")
        elif os.WEXITSTATUS(status):
            sys.exit(1)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
