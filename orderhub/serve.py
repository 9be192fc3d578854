"""How is the hub served? One granian worker over the built front end; a dead worker is started again.

The three switches below are Reflex's own for serving what `reflex export` built (docs/decisions/serving.md).
"""

import encodings.idna  # noqa: F401  (a worker forked while a thread imports it would wait for it for ever)
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from orderhub.frontend import ROOT, is_whole
from orderhub.kernel.errors import SetupError
from orderhub.kernel.settings import settings

_READY_SECONDS = 60
# A parcel of three days arrives within the hour that somebody looks at the demo.
_DEMO_PACE = 120
# What is read of a request before the hub sees it; orderhub/ui/limits.py says how much of that it takes.
_HEADER_SECONDS = 15
_BUFFER_BYTES = 128 * 1024
# A sale brings so many at one moment; a connection that waits costs memory and no thread.
_CONNECTIONS = 16_384


def serve() -> None:
    """Serve until the process is told to end (Ctrl-C or SIGTERM)."""
    os.environ |= {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    _allow_connections()
    Granian(
        "orderhub.app:app",
        factory=True,
        address=settings().host,
        port=settings().port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=True,
        backlog=_CONNECTIONS,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_BUFFER_BYTES),
        log_level=LogLevels.warning,
        # Through the hub's own log: one JSON line each, redacted.
        log_dictconfig={"handlers": {}, "loggers": {"_granian": {"propagate": True}}},
    ).serve()


def _allow_connections() -> None:
    """Each is an open file, of which a login shell often allows 1,024 although the machine allows more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def check_start() -> None:
    """Raises SetupError when the hub cannot start here: its port is taken, or no front end is built to its end."""
    check_port(settings().host, settings().port, "ORDERHUB_PORT")
    if not is_whole():
        raise SetupError("the front end is not built, or not to its end: run `make setup`")


def check_port(host: str, port: int, setting: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(f"port {port} on {host} is taken: end what uses it or set {setting}") from error


@contextmanager
def lab_beside(history_days: float) -> Iterator[None]:
    """The lab in a process of its own, as long as the block runs.

    Raises:
        SetupError: its port is taken.
    """
    port = urlsplit(settings().lab_url).port or 80
    check_port("127.0.0.1", port, "ORDERHUB_LAB_URL")
    wanted = ["--port", str(port), "--history-days", str(history_days), "--pace", str(_DEMO_PACE)]
    lab = subprocess.Popen([sys.executable, "-m", "orderhub.cli", "lab", *wanted])
    try:
        yield
    finally:
        lab.terminate()
        with suppress(subprocess.TimeoutExpired):
            lab.wait(timeout=10)
        lab.kill()


def when_ready(say: str) -> None:
    """Print ``say`` once the hub answers; runs beside the server."""
    host = "127.0.0.1" if settings().host in ("0.0.0.0", "::") else settings().host  # noqa: S104

    def wait() -> None:
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end:
            with suppress(OSError, HTTPException):
                connection = HTTPConnection(host, settings().port, timeout=2)
                connection.request("GET", "/api/readyz")
                if connection.getresponse().status == HTTPStatus.OK:
                    print(say, flush=True)
                    return
            time.sleep(0.1)
        print("the hub does not answer: see its messages above", file=sys.stderr, flush=True)

    threading.Thread(target=wait, daemon=True).start()
