"""How many posted orders a second does a served hub acknowledge, durably, and does it stand 10,000 at one moment?

The peer is the same server with the same checks and without a database, in the same run. Client, hub and peer are
processes of their own and share the machine.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import func, select

from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.domain.words import Channel
from orderhub.intake.inbox import InboxMessage
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from tests import builders
from tests.browser.served import COMMAND

from .measuring import Figure

CONNECTIONS = (64, 256, 1_000)
SECONDS = 8
SHARE_PERCENT = 70
AT_ONCE = 10_000
P99_SECONDS = 3
_START_SECONDS = 60
_ROOT = Path(__file__).parents[2]


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name, _hub(Path(name)) as (port, bearer), _bare(bearer) as bare:
        _posted(port, bearer, 64, 2, "warm")
        _posted(bare, bearer, 64, 2, "warm")
        acknowledged = []
        for connections in CONNECTIONS:
            peer = _posted(bare, bearer, connections, SECONDS, "p")
            ours = _posted(port, bearer, connections, SECONDS, f"c{connections}")
            acknowledged += ours["acknowledged"]
            share = 100 * ours["per_second"] / peer["per_second"]
            yield Figure(f"{connections} connections: acknowledged", ours["per_second"], "a second")
            yield Figure("  the same checks without a database", peer["per_second"], "a second")
            yield Figure("  ours of that", share, "%", SHARE_PERCENT, is_rate=True)
            yield Figure("  answered within, 99 of 100", ours["p99"] * 1000, "ms")
            yield Figure("  refused", sum(ours["statuses"].values()) - ours["statuses"].get("202", 0), "")
            yield Figure("  the client's own processor", 100 * ours["own_processor"], "%")
        bare_flood = _posted(bare, bearer, AT_ONCE, 0, "p")
        flood = _posted(port, bearer, AT_ONCE, 0, "flood")
        acknowledged += flood["acknowledged"]
        kept = _kept(Path(name))
        lost = len(set(acknowledged) - kept.keys())
        doubled = sum(count - 1 for count in kept.values())
    yield Figure(f"{AT_ONCE:,} at one moment: not acknowledged", AT_ONCE - len(flood["acknowledged"]), "", 0.1)
    yield Figure("  answered within, 99 of 100", flood["p99"], "s", P99_SECONDS)
    yield Figure("  the last one", flood["longest"], "s")
    yield Figure("  the same checks without a database, 99 of 100", bare_flood["p99"], "s")
    yield Figure("  ours of that", 100 * bare_flood["p99"] / flood["p99"], "%", SHARE_PERCENT, is_rate=True)
    yield Figure(f"of {len(acknowledged):,} acknowledged: lost", lost, "", 0.1)
    yield Figure("  kept twice", doubled, "", 0.1)


@contextmanager
def _hub(folder: Path) -> Iterator[tuple[int, str]]:
    """``orderhub serve`` as people run it, with a shop and a key; its port and the key."""
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORDERHUB_")}
    environment = kept | {"ORDERHUB_DATA_DIR": str(folder), "ORDERHUB_PORT": str(port), "ORDERHUB_CLOCK": "false"}
    environment |= {"ORDERHUB_BUFFER_MOST": "10000000"} | json.loads(os.environ.get("DOOR_SETTINGS", "{}"))
    subprocess.run([COMMAND, "migrate", "--quiet"], env=environment, check=True)
    bearer = _filled(folder)
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen([COMMAND, "serve"], env=environment, stdout=log, stderr=log, start_new_session=True)
    with _ended(process):
        _wait_for(port)
        yield port, bearer


@contextmanager
def _bare(bearer: str) -> Iterator[int]:
    port = _free_port()
    command = [sys.executable, "-m", "tests.benchmarks.door_bare", str(port), bearer]
    with _ended(subprocess.Popen(command, cwd=_ROOT, start_new_session=True)):
        _wait_for(port)
        yield port


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _filled(folder: Path) -> str:
    database = Database(f"sqlite:///{folder / 'orderhub.db'}")
    with database.transaction() as session:
        builders.shop(session, "mp-own", Channel.MINIPROGRAM)
        user = create_user(session, "bench-admin", "kuaidi-zai-lushang-7", Role.ADMIN, now=utc_now())
        owner = Signed(user.id, user.name, user.display_name, Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN], "mark")
        key = make_key(session, owner, "bench", [Permission.API_ORDER_WRITE], good_for=timedelta(days=1), now=utc_now())
    database.close()
    return key


def _kept(folder: Path) -> dict[str, int]:
    """How often each number is in the inbox."""
    database = Database(f"sqlite:///{folder / 'orderhub.db'}")
    with database.reading() as session:
        counted = select(InboxMessage.number, func.count()).group_by(InboxMessage.number)
        kept = dict(session.exec(counted).all())
    database.close()
    return kept


def _posted(port: int, bearer: str, connections: int, seconds: float, first: str) -> dict[str, Any]:
    facts = {"port": port, "bearer": bearer, "connections": connections, "seconds": seconds, "first": first}
    command = [sys.executable, "-m", "tests.benchmarks.door_client", json.dumps(facts)]
    return json.loads(subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE).stdout)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at port {port} within {_START_SECONDS} s")
