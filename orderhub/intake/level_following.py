"""How does a process know the hub's level, and what does it do where it cannot know? Threads of each process.

One reads the level every second, one tries a durable write every few, a third puts together what they know: it never
waits for the database, so that one which hangs is noticed too.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orderhub.intake import gauge
from orderhub.intake.hub_level import HubLevel, hub_level
from orderhub.intake.pausing import waiting_list
from orderhub.intake.pressure import USUAL, Limits, Sample, Standing, step
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import OrderHubError
from orderhub.kernel.level import Felt, Level, Named, Sign, feel

READ_SECONDS = 1.0
PROBE_SECONDS = 5.0
# So long the level may be unreadable before what can wait waits here.
UNSEEN_SECONDS = 10.0
# So long a write may wait for its turn before it counts as one that fails.
PATIENCE_SECONDS = 20.0
STOP_SECONDS = 5.0

log = structlog.get_logger()


class Follower:
    """``read`` and ``probe`` ask the database, ``judge`` says what holds in this process; each by a thread of its own.

    Where nothing can be written the process goes to level 3 by itself, and back once it could again for a while.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, limits: Limits = USUAL) -> None:
        self._clock, self._limits = clock, limits
        self._row, self._paused = HubLevel(), frozenset[Named]()
        self._read_at = self._probed_at = clock()
        self._can_write, self._disk_free = True, 1.0
        self._own = Standing()
        self._own_since: datetime | None = None
        self._unseen_since: datetime | None = None

    def read(self) -> None:
        with reading() as session:
            row, paused = hub_level(session), waiting_list(session)
        self._row, self._paused, self._read_at = row, paused, self._clock()

    def probe(self) -> None:
        self._can_write, self._disk_free = gauge.can_write(), gauge.disk_free()
        self._probed_at = self._clock()

    def judge(self, now: datetime) -> Felt:
        at = self._clock()
        can_write = self._can_write and at - self._probed_at <= PATIENCE_SECONDS
        before = self._own
        # Without CPU: of what a process finds for itself only what it can write counts.
        self._own = step(before, Sample(at, None, disk_free=self._disk_free, can_write=can_write), self._limits)
        if self._own.level is Level.THROTTLED:
            self._own = Standing()
        if self._own.level is not before.level:
            self._own_since = now
        return replace(self._holds(at, now), paused=self._paused)

    def _holds(self, at: float, now: datetime) -> Felt:
        known = self._row.at(now)
        if known.sign is Sign.PINNED:
            return known
        if self._own.level is Level.READ_ONLY and known.level is not Level.READ_ONLY:
            return Felt(Level.READ_ONLY, self._own.sign, self._own_since)
        is_unseen = at - self._read_at > UNSEEN_SECONDS
        self._unseen_since = (self._unseen_since or now) if is_unseen else None
        if is_unseen and known.level is Level.NORMAL:
            return Felt(Level.THROTTLED, Sign.UNSEEN, self._unseen_since)
        return known


class LevelService:
    """``start`` and ``stop`` may be called once each; ``stop`` leaves the process at level 1."""

    def __init__(self, follower: Follower | None = None) -> None:
        self._follower = follower or Follower()
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._again, args=args, name=f"level-{args[0].__name__}", daemon=True)
            for args in (
                (self._follower.read, READ_SECONDS),
                (self._follower.probe, PROBE_SECONDS),
                (self._judge, READ_SECONDS / 2),
            )
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        feel(Felt())

    def _judge(self) -> None:
        feel(self._follower.judge(utc_now()))

    def _again(self, act: Callable[[], None], seconds: float) -> None:
        while not self._closing.is_set():
            try:
                act()
            except (SQLAlchemyError, OrderHubError) as error:
                log.warning("level_unseen", error=type(error).__name__)
            except Exception:
                log.exception("level_following_failed")
            self._closing.wait(seconds)
