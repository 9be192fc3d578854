"""How fast is a click answered while the hub works off what a flood left behind?"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from orderhub.access.permissions import Role
from orderhub.intake.inbox import depth
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, close_database, open_database
from tests.browser.chromium import chromium
from tests.browser.served import COMMAND, served_demo
from tests.chaos.hubs import use

from .live import clicked, opened
from .measuring import Figure, p95
from .workoff import furnished, keep

WAITING, CLICKS, CLICK_MS = 100_000, 60, 300


def run() -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _flood(folder)
        hub = stack.enter_context(served_demo(folder, history_days=0))
        browser = stack.enter_context(chromium())
        database = Database(f"sqlite:///{folder / 'orderhub.db'}")
        stack.callback(database.close)
        page = opened(hub, browser, Role.OPERATIONS, "/orders")
        waited = _depth(database)
        measured = clicked(hub, page, CLICKS)
        left = _depth(database)
    assert left, "it was worked off before the last click: let more wait"
    clicks = [ms for each in measured.clicks.values() for ms in each]
    yield Figure("messages that waited at the first click", waited, "")
    yield Figure("  and at the last", left, "")
    yield Figure("click answered meanwhile, median", median(clicks), "ms")
    yield Figure(f"click answered meanwhile, {len(clicks)} clicks", p95(clicks), "ms p95", CLICK_MS)
    yield Figure("clicks never answered", measured.unanswered, "of all", 0.1)


def _flood(folder: Path) -> None:
    """The hub finds it at its start."""
    use(folder)
    subprocess.run([COMMAND, "migrate", "--quiet"], env=os.environ, check=True)
    open_database(f"sqlite:///{folder / 'orderhub.db'}")
    keep(furnished(utc_now()), 0, WAITING)
    close_database()


def _depth(database: Database) -> int:
    with database.reading() as session:
        return depth(session).waiting
