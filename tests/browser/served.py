"""The hub as a newcomer starts it, with its lab, on ports and data of its own."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from orderhub import demo
from orderhub.access.permissions import Role
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.secrets import forget_keys
from orderhub.kernel.settings import settings
from orderhub.lab.shops import DEMO_SHOPS

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).parent / "orderhub"
_DATABASE = "orderhub.db"
_START_SECONDS = 90
_TAKEN_SECONDS = 300
_PULLED = 2 * sum(shop.channel.is_asked for shop in DEMO_SHOPS)  # orders and refunds of each


@dataclass
class Hub:
    """``kept`` holds the cookies of each role that has signed in: a code opens the door once."""

    port: int
    lab_port: int
    folder: Path
    process: subprocess.Popen[bytes]
    kept: dict[Role, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return _environment(self.folder, self.port, self.lab_port)

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text()

    def tell_lab(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = httpx.post(f"http://127.0.0.1:{self.lab_port}/lab/{path}", json=asked, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()

    def ask_lab(self, path: str, **asked: str) -> dict[str, Any]:
        answer = httpx.get(f"http://127.0.0.1:{self.lab_port}/lab/{path}", params=asked, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()

    def clear_faults(self) -> None:
        assert httpx.delete(f"http://127.0.0.1:{self.lab_port}/lab/faults", timeout=30).is_success

    def login(self, role: Role) -> tuple[str, str, str]:
        """Name, password and the code of this moment, as ``orderhub codes`` says them."""
        with self._as_its_own():
            (login,) = (one for one in demo.logins(utc_now()) if one.name == f"demo-{role}")
        return login.name, login.password, login.code

    @contextmanager
    def _as_its_own(self) -> Iterator[None]:
        """What the block asks the settings is answered as in the hub's own process."""
        outside = os.environ.copy()
        os.environ.update(self.environment)
        _forget_settings()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(outside)
            _forget_settings()

    def sign_in(self, page: Page, role: Role) -> None:
        """Through the forms, as a person does."""
        name, password, code = self.login(role)
        page.goto(f"{self.origin}/login")
        page.fill("input[name=account]", name)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.fill("input[name=code]", code)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    def context(self, browser: Browser, role: Role, **options: Any) -> BrowserContext:
        """A browser window of somebody who has signed in; ``options`` are Playwright's."""
        if role not in self.kept:
            first = browser.new_context()
            self.sign_in(first.new_page(), role)
            self.kept[role] = first.storage_state()
            first.close()
        return browser.new_context(storage_state=self.kept[role], timezone_id="Asia/Shanghai", **options)


@contextmanager
def served_demo(folder: Path, *, more: dict[str, str] | None = None, history_days: float = 2) -> Iterator[Hub]:
    """``orderhub serve --demo`` in a process group of its own, ended with the block."""
    port, lab_port = free_ports(2)
    with put_database(folder):
        pass
    environment = _environment(folder, port, lab_port) | (more or {})
    with (folder / "hub.log").open("w") as log:
        command = [COMMAND, "serve", "--demo", "--history-days", str(history_days)]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    hub = Hub(port, lab_port, folder, process)
    try:
        _wait(hub, environment.get("ORDERHUB_PUBLIC_URL", hub.origin))
        yield hub
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def put_database(folder: Path) -> Iterator[Database]:
    """The database with which the hub of ``folder`` begins; migrated and empty unless it is there."""
    if not (folder / _DATABASE).exists():
        shutil.copyfile(_migrated() / _DATABASE, folder / _DATABASE)
    database = Database(f"sqlite:///{folder / _DATABASE}")
    yield database
    database.close()


@cache
def _migrated() -> Path:
    """A folder with an empty database: to migrate one takes seconds, and each hub of a process begins with a copy."""
    folder = Path(tempfile.mkdtemp(prefix="orderhub-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([COMMAND, "migrate", "--quiet"], env=_environment(folder, *free_ports(2)), check=True)
    return folder


@contextmanager
def settled_demo(folder: Path, **wanted: Any) -> Iterator[Hub]:
    """As ``served_demo``; its lab stands still until a test asks for something, and its history has been taken in."""
    with served_demo(folder, **wanted) as hub:
        hub.tell_lab("stop")
        wait_until_taken(hub)
        yield hub


def wait_until_taken(hub: Hub) -> None:
    """Until every shop has been pulled and no message waits."""
    end = time.monotonic() + _TAKEN_SECONDS
    while time.monotonic() < end:
        said = httpx.get(f"http://127.0.0.1:{hub.port}/api/metrics").text
        is_idle = "orderhub_inbox_waiting 0.0" in said
        if is_idle and said.count("orderhub_sync_age_seconds{") == _PULLED:
            return
        time.sleep(1)
    raise AssertionError(f"messages still wait after {_TAKEN_SECONDS} s")


def _environment(folder: Path, port: int, lab_port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORDERHUB_")}
    return kept | {
        "ORDERHUB_DATA_DIR": str(folder),
        "ORDERHUB_PORT": str(port),
        "ORDERHUB_LAB_URL": f"http://127.0.0.1:{lab_port}",
        # What a busy machine makes of the level is not what the walks are about.
        "ORDERHUB_PRESSURE_CPU": "100",
        # One login serves all walks of a file, longer than a person works on after showing a code.
        "ORDERHUB_STEP_UP_MINUTES": "720",
    }


def _forget_settings() -> None:
    settings.cache_clear()
    forget_keys()


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait(hub: Hub, said: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and hub.process.poll() is None:
        if said in hub.log:
            return
        time.sleep(0.1)
    raise AssertionError(f"the hub did not start:\n{hub.log[-3000:]}")
