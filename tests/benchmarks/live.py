"""How soon does a committed order stand in a browser, how fast is a click answered, how much memory does it take?

Fifty people look at ten boards while the lab sends ten promotion days of orders.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import psutil
from playwright.sync_api import Browser, Page
from sqlmodel import col, select

from orderhub.access.permissions import Role
from orderhub.domain.order import Order
from orderhub.insights.board import BoardQuery, BoardSort, Tab
from orderhub.insights.system import shop_states
from orderhub.intake.inbox import depth
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.lab.living import at_any_hour
from orderhub.ui.board_address import address
from tests.browser.chromium import chromium
from tests.browser.served import Hub, served_demo

from .measuring import Figure, p95
from .viewers import viewers

ORDERS_PER_DAY = 300_000
PEOPLE = 50
WARM_UP_SECONDS, SECONDS, CLICKS, CLICK_GAP_MS = 20, 60, 120, 300
VISIBLE_MS, CLICK_MS, WORKER_MB = 1_000, 150, 600
# Taobao does not push: pulled this often, its orders come steadily too.
SYNC_SECONDS = 30
HISTORY_DAYS = 0.25
PAGE_SCRIPT = Path(__file__).with_name("page.js")
_NEWEST = address(BoardQuery(tab=Tab.ALL, sort=BoardSort.CHANGED, descending=True))


def run() -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hub = stack.enter_context(
            served_demo(folder, more={"ORDERHUB_SYNC_SECONDS": str(SYNC_SECONDS)}, history_days=HISTORY_DAYS)
        )
        browser = stack.enter_context(chromium())
        database = Database(f"sqlite:///{folder / 'orderhub.db'}")
        stack.callback(database.close)
        cookies = [_cookie(hub, browser, role) for role in Role]
        _until_caught_up(database)
        stack.enter_context(viewers(hub.origin, cookies, PEOPLE - 1))
        yield from _figures(_measure(hub, browser, database))


@dataclass
class Measured:
    """``unseen`` counts orders that were accepted and never stood on the page of the newest."""

    seconds: float = 0
    visible_ms: list[float] = field(default_factory=list)
    unseen: int = 0
    clicks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unanswered: int = 0
    memory_mb: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def _figures(measured: Measured) -> Iterator[Figure]:
    seen, clicks = measured.visible_ms, [ms for each in measured.clicks.values() for ms in each]
    wanted = ORDERS_PER_DAY / 86_400
    yield Figure("orders accepted", (len(seen) + measured.unseen) / measured.seconds, "/s", wanted, is_rate=True)
    yield Figure("order committed to visible, median", median(seen), "ms")
    yield Figure("order committed to visible", p95(seen), "ms p95", VISIBLE_MS)
    yield Figure("orders never visible", measured.unseen, "of all")
    yield Figure("click answered, median", median(clicks), "ms")
    yield Figure(f"click answered, {len(clicks)} clicks", p95(clicks), "ms p95", CLICK_MS)
    for name, each in measured.clicks.items():
        yield Figure(f"click answered, {name}", p95(each), "ms p95")
    yield Figure("clicks never answered", measured.unanswered, "of all")
    yield Figure("memory of the worker process, at most", measured.memory_mb["worker"], "MB", WORKER_MB)
    yield Figure("memory of its supervisor, at most", measured.memory_mb["supervisor"], "MB")


def _measure(hub: Hub, browser: Browser, database: Database) -> Measured:
    """First how soon orders are seen, then how soon clicks are answered: one browser at a time, as on one desk."""
    measured = Measured()
    _send_orders(hub)
    page = opened(hub, browser, Role.ADMIN, _NEWEST)
    page.wait_for_timeout(WARM_UP_SECONDS * 1000)
    _watch(measured, hub, page, database)
    page.context.close()
    page = opened(hub, browser, Role.OPERATIONS, "/orders")
    clicked(hub, page, CLICKS, measured)
    page.context.close()
    return measured


def _watch(measured: Measured, hub: Hub, page: Page, database: Database) -> None:
    began_at, start = utc_now(), time.monotonic()
    while time.monotonic() - start < SECONDS:
        page.wait_for_timeout(1000)
        _weigh(measured, hub)
    measured.seconds, ended_at = time.monotonic() - start, utc_now()
    page.wait_for_timeout(5000)
    seen_at = page.evaluate("bench.seenAt")
    for order_id, accepted_at in _accepted(database, began_at, ended_at):
        # Taken before the transaction that commits it, so the figure is rather too high.
        if found := seen_at.get(str(order_id)):
            measured.visible_ms.append(found - accepted_at.timestamp() * 1000)
        else:
            measured.unseen += 1


def clicked(hub: Hub, page: Page, clicks: int, measured: Measured | None = None) -> Measured:
    measured = measured or Measured()
    names = page.evaluate("Object.keys(bench.clicks)")
    for name in islice(cycle(names), clicks):
        ms = page.evaluate(f"bench.clicks['{name}']()")
        if ms is None:
            measured.unanswered += 1
        else:
            measured.clicks[name].append(ms)
        _weigh(measured, hub)
        page.wait_for_timeout(CLICK_GAP_MS)
    return measured


def _weigh(measured: Measured, hub: Hub) -> None:
    for process, megabytes in _memory(hub).items():
        measured.memory_mb[process] = max(measured.memory_mb[process], megabytes)


def _cookie(hub: Hub, browser: Browser, role: Role) -> str:
    hub.context(browser, role).close()
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in hub.kept[role]["cookies"])


def opened(hub: Hub, browser: Browser, role: Role, path: str) -> Page:
    context = hub.context(browser, role, viewport={"width": 1440, "height": 900})
    context.add_init_script(path=PAGE_SCRIPT)
    page = context.new_page()
    page.goto(f"{hub.origin}{path}")
    page.wait_for_selector("tr.order")
    return page


def _send_orders(hub: Hub) -> None:
    """A fifth more than wanted, so that chance leaves enough."""
    hub.tell_lab("rate", orders_per_day=at_any_hour(1.2 * ORDERS_PER_DAY, time.time()))


def _memory(hub: Hub) -> dict[str, float]:
    """Resident megabytes of the hub's two processes; the lab, a child too, is none of them."""
    supervisor = psutil.Process(hub.process.pid)
    children = [child for child in supervisor.children() if "lab" not in child.cmdline()]
    worker = max(child.memory_info().rss for child in children)
    return {"supervisor": supervisor.memory_info().rss / 1e6, "worker": worker / 1e6}


def _accepted(database: Database, start: datetime, end: datetime) -> list[tuple[int, datetime]]:
    within = select(Order.id, Order.accepted_at).where(col(Order.accepted_at).between(start, end))
    with database.reading() as session:
        return [(order_id, at) for order_id, at in session.exec(within)]


def _until_caught_up(database: Database, seconds: float = 300) -> None:
    """The lab's history has been taken, from every shop."""
    end = time.monotonic() + seconds
    while True:
        with database.reading() as session:
            shops, queue = shop_states(session, utc_now()), depth(session)
        if all(shop.succeeded_at for shop in shops if shop.channel.is_asked) and not queue.waiting:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"not taken within {seconds:.0f} s: {queue}, {shops}")
        time.sleep(0.5)
