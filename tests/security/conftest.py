"""A served app, people with every role, and raw sockets to attack with."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database
from tests.databases import with_tables

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "kuaidi-zai-lushang-7"

_SERVE = """
import sys
from granian import Granian
from granian.constants import Interfaces
Granian(sys.argv[1], factory=True, address="127.0.0.1", port=int(sys.argv[2]), interface=Interfaces.ASGI, workers=1,
        websockets=True).serve()
"""


@dataclass
class Hub:
    """``cookies`` are those of two logins for every role, ready to send."""

    port: int
    log: Path
    cookies: dict[Role, list[str]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The small app of ``served_app``: its gate, shield and routes are the hub's own."""
    yield from serve_backend("tests.security.served_app:app", tmp_path_factory.mktemp("hub"))


def serve_backend(
    target: str,
    folder: Path,
    *,
    url: str = "",
    fill: Callable[[Session], object] = lambda _session: None,
    **told: str,
) -> Iterator[Hub]:
    """Serve ``target`` without a front end by granian in a process of its own, on a database of its own.

    ``url``: another database than an SQLite file in ``folder``; ``fill`` puts more into it than people with logins;
    ``told`` are settings of the environment.
    """
    hub = Hub(_free_port(), folder / "server.log")
    _fill(url or f"sqlite:///{folder / 'orderhub.db'}", hub, fill)
    environment = os.environ | {
        "ORDERHUB_DATA_DIR": str(folder),
        "ORDERHUB_PORT": str(hub.port),
        "ORDERHUB_CLOCK": "false",
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "PYTHONPATH": str(ROOT),
        **told,
    }
    with hub.log.open("w") as log:
        command = [sys.executable, "-c", _SERVE, target, str(hub.port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(hub, server)
            yield hub
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(15)


def _fill(url: str, hub: Hub, fill: Callable[[Session], object]) -> None:
    database = with_tables(url)
    with database.transaction() as session:
        for role in Role:
            user = create_user(session, f"ceshi-{role}", PASSWORD, role, now=utc_now())
            tokens = [
                sessions.open_session(session, user, address="127.0.0.1", device="", now=utc_now()) for _ in range(2)
            ]
            hub.cookies[role] = [f"oh_sid={token}" for token in tokens]
        fill(session)
    close_database()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(hub: Hub, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end and server.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{hub.port}/ping").is_success:
                return
        time.sleep(0.2)
    pytest.fail(f"the hub did not start:\n{hub.log.read_text()[-3000:]}")
