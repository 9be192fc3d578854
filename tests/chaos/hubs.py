"""How does a drill start a hub, and how does it kill one? Whole process groups, at a port of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from orderhub.kernel.secrets import forget_keys
from orderhub.kernel.settings import settings
from tests.browser.served import COMMAND

ROOT = Path(__file__).resolve().parents[2]
ALL = ("door", "consumer", "jobs")
_START_SECONDS = 120
_STOP_SECONDS = 60


@dataclass
class Hub:
    """A running process group: ``parts`` of a hub, or a whole one as ``orderhub serve`` starts it."""

    pid: int
    port: int
    parts: tuple[str, ...]

    def kill(self) -> None:
        """Every process of it, at once, with no chance to say anything."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def stop(self) -> float:
        """Tell it to end, as a machine that restarts does; the seconds it took. Raises: AssertionError."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        return wait_until(lambda: not self.is_alive(), seconds=_STOP_SECONDS)

    def is_alive(self) -> bool:
        try:
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


@dataclass
class Nursery:
    """Hubs of ``url`` are forked from one process that has imported everything (``hub_process.py``)."""

    url: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    living: list[Hub] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None

    def start(self, parts: tuple[str, ...] = ALL, *, port: int = 0, failpoint: str = "-") -> Hub:
        """Returns once its door answers; a hub without one at once."""
        port = port or free_port()
        nursery = self._nursery()
        assert nursery.stdin
        assert nursery.stdout
        nursery.stdin.write(f"{self.url} {port} {','.join(parts)} {failpoint}\n")
        nursery.stdin.flush()
        hub = Hub(int(nursery.stdout.readline()), port, parts)
        self.living.append(hub)
        if "door" in parts:
            wait_until(lambda: answers(port) or not hub.is_alive(), seconds=_START_SECONDS)
        return hub

    def close(self) -> None:
        for hub in self.living:
            hub.kill()
        if self._process:
            self._process.kill()
            self._process.communicate()

    def _nursery(self) -> subprocess.Popen[str]:
        if self._process is None:
            command = [sys.executable, "-m", "tests.chaos.hub_process", "-"]
            log = (self.log or self.folder / "hub.log").open("a")
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(self.folder) | self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            log.close()
            assert self._process.stdout
            self._process.stdout.readline()
        return self._process


class Served:
    """The hub as its merchant starts it, pages and all: seconds to start, so it is killed less often."""

    def __init__(self, url: str, folder: Path, more: Mapping[str, str] | None = None) -> None:
        self._environment = environment(folder) | {"ORDERHUB_DATABASE_URL": url} | dict(more or {})
        self._log = folder / "hub.log"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, parts: tuple[str, ...] = ALL, *, port: int = 0, failpoint: str = "-") -> Hub:
        port = port or free_port()
        told = {"ORDERHUB_PORT": str(port)} | ({} if failpoint == "-" else {"ORDERHUB_FAILPOINT": failpoint})
        with self._log.open("a") as log:
            process = subprocess.Popen(
                [COMMAND, "serve"], env=self._environment | told, stdout=log, stderr=log, start_new_session=True
            )
        self._processes.append(process)
        wait_until(lambda: is_ready(port) or process.poll() is not None, seconds=_START_SECONDS)
        return Hub(process.pid, port, parts)

    def close(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def nursery(url: str, folder: Path, *, log: Path | None = None, **more: str) -> Iterator[Nursery]:
    """``log``: where its hubs write theirs, when not in ``folder``; ``more`` goes into their environment."""
    made = Nursery(url, folder, more, log)
    try:
        yield made
    finally:
        made.close()


def use(folder: Path, put: Callable[[str, str], None] = os.environ.__setitem__) -> None:
    """This process seals with the key that lies in ``folder``, as its hub does; ``put`` sets a variable."""
    put("ORDERHUB_DATA_DIR", str(folder))
    put("ORDERHUB_OUTGOING_PRIVATE", '["127.0.0.1", "localhost"]')
    settings.cache_clear()
    forget_keys()


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORDERHUB_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "ORDERHUB_DATA_DIR": str(folder),
        "ORDERHUB_TOTP_REQUIRED": "false",
        "ORDERHUB_LOG_LEVEL": "WARNING",
        "ORDERHUB_OUTGOING_PRIVATE": '["127.0.0.1", "localhost"]',
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_ready(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/api/readyz", timeout=2).is_success
    return False


def wait_until(is_so: Callable[[], object], *, seconds: float, every: float = 0.02) -> float:
    """Returns how long it took. Raises: AssertionError."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if is_so():
            return time.monotonic() - began
        time.sleep(every)
    raise AssertionError(f"it did not come to that within {seconds:.0f} s")
