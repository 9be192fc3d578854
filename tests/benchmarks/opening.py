"""How long until a board over 100,000 orders stands in a browser that has never been here?"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser
from sqlmodel import update

from orderhub.access.permissions import Role
from orderhub.domain.shop import Rollout, Shop
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from tests import months
from tests.browser.chromium import chromium
from tests.browser.served import COMMAND, Hub, served_demo

from .live import PAGE_SCRIPT
from .measuring import Figure, p95

ORDERS = 100_000
TRIES = 20
OPEN_MS = 1_500


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        with served_demo(folder) as hub, chromium() as browser:
            _opened_ms(hub, browser)  # whoever comes first after a start has the server read its files
            taken = [_opened_ms(hub, browser) for _ in range(TRIES)]
    yield Figure("board opens, nothing cached, median", median(taken), "ms")
    yield Figure("board opens, nothing cached", p95(taken), "ms p95", OPEN_MS)


def _fill(folder: Path) -> None:
    """The shops of these orders are not connected, so the clock leaves them alone."""
    environment = os.environ | {"ORDERHUB_DATA_DIR": str(folder)}
    subprocess.run([COMMAND, "migrate", "--quiet"], env=environment, check=True)
    database = Database(f"sqlite:///{folder / 'orderhub.db'}")
    months.fill(database, ORDERS, now=utc_now())
    with database.transaction() as session:
        session.exec(update(Shop).values(rollout=Rollout.OFF))
    database.close()


def _opened_ms(hub: Hub, browser: Browser) -> float:
    """From the start of the navigation to the first painted row, in a window with an empty cache."""
    context = hub.context(browser, Role.ADMIN, viewport={"width": 1440, "height": 900})
    context.add_init_script(path=PAGE_SCRIPT)
    page = context.new_page()
    page.goto(f"{hub.origin}/orders", wait_until="commit")
    taken = page.evaluate("bench.firstRowMs")
    context.close()
    return taken
