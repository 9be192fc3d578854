"""What grows while the hub runs for hours? Memory, file handles, threads and states, under a third of its load."""

import asyncio
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser

from orderhub.access.permissions import Role
from tests.benchmarks.viewers import BOARDS, Viewer
from tests.browser.chromium import chromium
from tests.browser.served import Hub, served_demo

from .hubs import use

# Some three a second: a third of what the benchmark `live` asks of a served hub.
_ORDERS_PER_DAY = 300_000
_PEOPLE = 30
_STAYS_SECONDS = (2.0, 20.0)
_LOOK_EVERY_SECONDS = 5.0
_MOST_MB_PER_HOUR = 1.0
# Caches fill and pages are drawn for the first time: what is measured in the first hour, or tenth, says nothing.
_WARM_SHARE, _WARM_SECONDS = 0.4, 3600.0


@dataclass
class Look:
    seconds: float
    memory_mb: float
    files: int
    threads: int


@dataclass
class Soak:
    """``looks`` are of the worker process that serves; ``opened`` counts sockets that came and went."""

    seconds: float
    looks: list[Look] = field(default_factory=list)
    opened: int = 0
    failed: int = 0
    orders: float = 0.0

    @property
    def warm(self) -> list[Look]:
        after = min(_WARM_SECONDS, self.seconds * _WARM_SHARE)
        return [look for look in self.looks if look.seconds >= after]

    def slope(self, of: Callable[[Look], float]) -> float:
        """How much more an hour, by least squares over what came after warming up."""
        hours = [look.seconds / 3600 for look in self.warm]
        return statistics.linear_regression(hours, [of(look) for look in self.warm]).slope

    @property
    def is_good(self) -> bool:
        """The slope is judged from two hours on: within minutes a cache that fills looks like a leak."""
        is_long = self.seconds >= 2 * _WARM_SECONDS
        files, threads = self._spread(lambda look: look.files), self._spread(lambda look: look.threads)
        grows = is_long and self.slope(lambda look: look.memory_mb) > _MOST_MB_PER_HOUR
        return not grows and files <= 2 * _PEOPLE and threads <= 20 and self.failed <= self.opened / 100

    def _spread(self, of: Callable[[Look], int]) -> int:
        return max(map(of, self.warm)) - min(map(of, self.warm))

    def __str__(self) -> str:
        first, last = self.warm[0], self.warm[-1]
        return (
            f"{self.seconds:.0f} s, {self.orders:,.0f} orders, {self.opened:,} sockets opened and closed, "
            f"{self.failed} failed; memory {first.memory_mb:.0f} → {last.memory_mb:.0f} MB "
            f"({self.slope(lambda look: look.memory_mb):+.1f} MB/h), files {first.files} → {last.files}, "
            f"threads {first.threads} → {last.threads}, after warming up"
        )


def run(folder: Path, *, hours: float, progress: Callable[[str], None]) -> Soak:
    soak = Soak(hours * 3600)
    use(folder)
    with served_demo(folder, history_days=0.25) as hub:
        with chromium() as browser:
            cookies = [_cookie(hub, browser, role) for role in Role]
        hub.tell_lab("rate", orders_per_day=_ORDERS_PER_DAY)
        worker = _worker(hub.process.pid)
        began = said = time.monotonic()
        with _coming_and_going(hub.origin, cookies, soak):
            while (lasted := time.monotonic() - began) < soak.seconds:
                soak.looks.append(_look(worker, lasted))
                if time.monotonic() - said > 60:
                    said = time.monotonic()
                    progress(f"{lasted:6.0f} s {soak.looks[-1]}")
                time.sleep(_LOOK_EVERY_SECONDS)
        soak.orders = _orders(hub.port)
    return soak


def _look(worker: psutil.Process, lasted: float) -> Look:
    with worker.oneshot():
        return Look(lasted, worker.memory_info().rss / 1e6, worker.num_fds(), worker.num_threads())


def _worker(pid: int) -> psutil.Process:
    """Of the processes that `orderhub serve` starts, the one that holds most: the lab is one of them."""
    served = [one for one in psutil.Process(pid).children(recursive=True) if "lab" not in one.cmdline()]
    return max(served, key=lambda one: one.memory_info().rss)


def _orders(port: int) -> float:
    said = httpx.get(f"http://127.0.0.1:{port}/api/metrics", timeout=30).text
    return sum(float(line.split()[-1]) for line in said.splitlines() if line.startswith("orderhub_orders"))


@contextmanager
def _coming_and_going(origin: str, cookies: Sequence[str], soak: Soak) -> Iterator[None]:
    """So many people at any moment; each looks around for some seconds, leaves, and comes again."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="people", daemon=True)
    thread.start()
    people = [
        asyncio.run_coroutine_threadsafe(_person(origin, cookies[turn % len(cookies)], soak, turn), loop)
        for turn in range(_PEOPLE)
    ]
    try:
        yield
    finally:
        for one in people:
            one.cancel()
        time.sleep(2)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _person(origin: str, cookie: str, soak: Soak, turn: int) -> None:
    dice = random.Random(turn)
    while True:
        try:
            async with Viewer(origin, cookie) as viewer:
                soak.opened += 1
                await viewer.open(dice.choice(BOARDS))
                with suppress(TimeoutError):
                    await asyncio.wait_for(viewer.live(dice), dice.uniform(*_STAYS_SECONDS))
        except Exception:  # noqa: BLE001  (counted, and the person comes again)
            soak.failed += 1
            await asyncio.sleep(1)


def _cookie(hub: Hub, browser: Browser, role: Role) -> str:
    hub.context(browser, role).close()
    return "; ".join(f"{one['name']}={one['value']}" for one in hub.kept[role]["cookies"])
