"""How soon does a manager's telephone on a slow line show the first figure, and the last plot?"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page

from orderhub.access.permissions import Role
from orderhub.fill import fill_year
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from tests.browser.chromium import chromium
from tests.browser.served import COMMAND, Hub, free_ports, served_demo

from .measuring import Figure
from .slow_wire import slow_wire

ORDERS = 20_000
TRIES = 5
FIRST_FIGURE_MS = 4_000
ADDRESS = "/reports?period=today"
_PATIENCE_MS = 120_000
_FIRST = ".rp-tiles strong"
_PLOTS = ".rp-trend .js-line, .rp-ring .surface"


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        (port,) = free_ports(1)
        # The line is the hub's own address: a socket from another would be refused.
        settings = {"ORDERHUB_PUBLIC_URL": f"http://localhost:{port}"}
        with served_demo(folder, more=settings) as hub, slow_wire(port, hub.port), chromium() as browser:
            yield from _taken(replace(hub, port=port), browser)


def _taken(hub: Hub, browser: Browser) -> Iterator[Figure]:
    cold, warm = [], []
    for _ in range(TRIES):
        context = hub.context(browser, Role.MANAGER, viewport={"width": 390, "height": 844}, is_mobile=True)
        cold.append(_opened_ms(context, hub.origin))
        warm.append(_opened_ms(context, hub.origin))
        context.close()
    for name, tries, limit in (("first visit", cold, 0), ("warm visit", warm, FIRST_FIGURE_MS)):
        yield Figure(f"{name} on slow 3G: first figure, median", median(first for first, _ in tries), "ms", limit)
        yield Figure(f"{name} on slow 3G: plots drawn, median", median(last for _, last in tries), "ms")


def _opened_ms(context: BrowserContext, origin: str) -> tuple[float, float]:
    """From the start of the navigation until the first figure stands there, and until the plots do."""
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(f"{origin}{ADDRESS}", wait_until="commit", timeout=_PATIENCE_MS)
    first = _seen_ms(page, _FIRST)
    last = _seen_ms(page, _PLOTS)
    page.close()
    return first, last


def _seen_ms(page: Page, selector: str) -> float:
    found = page.wait_for_function(
        "selector => document.querySelector(selector)?.getBoundingClientRect().width ? performance.now() : 0",
        arg=selector,
        polling=20,
    )
    return found.json_value()


def _fill(folder: Path) -> None:
    environment = os.environ | {"ORDERHUB_DATA_DIR": str(folder)}
    subprocess.run([COMMAND, "migrate", "--quiet"], env=environment, check=True)
    database = Database(f"sqlite:///{folder / 'orderhub.db'}")
    fill_year(database, ORDERS, days=60, now=utc_now())
    database.close()
