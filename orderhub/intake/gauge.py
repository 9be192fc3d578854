"""What does this process measure of the machine, the inbox and the database? Sensors only: what follows is decided
elsewhere (intake/pressure.py)."""

import shutil
import time
from collections.abc import Callable
from datetime import datetime

import psutil
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from orderhub.intake.broker_service import at_broker
from orderhub.intake.inbox import depth
from orderhub.intake.pressure import Sample
from orderhub.kernel.db import database, reading
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.settings import settings


class BusyShare:
    """Per cent of all cores that worked since it was last asked, whichever thread asks; None the first time."""

    def __init__(self) -> None:
        self._before: tuple[float, float] | None = None

    def __call__(self) -> float | None:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # Time of guests stands within the time of users.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        before, self._before = self._before, (total, idle)
        if before is None or total <= before[0]:
            return None
        return max(0.0, min(100.0, 100.0 * (1 - (idle - before[1]) / (total - before[0]))))


class Gauge:
    """``cpu`` answers per cent of all cores since it was last asked, ``clock`` seconds that never step."""

    def __init__(
        self, *, cpu: Callable[[], float | None] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu, self._clock = cpu or BusyShare(), clock

    def sample(self, now: datetime) -> Sample:
        began = self._clock()
        writes = can_write()
        took = self._clock() - began
        waiting, oldest = _waiting(now)
        return Sample(self._clock(), self._cpu(), waiting, oldest, took * 1000, disk_free(), writes)


def disk_free() -> float:
    """The share of the disk with the hub's data that is free."""
    folder = settings().data_dir
    if not folder.exists():
        return 1.0
    disk = shutil.disk_usage(folder)
    return disk.free / disk.total


def can_write() -> bool:
    """A durable write succeeds at this moment."""
    opened = database()
    # Both write to the log without touching a table: a header page, or a transaction number.
    write = "PRAGMA user_version = 1" if opened.embedded else "SELECT pg_current_xact_id()"
    try:
        with opened.transaction() as session:
            session.connection().execute(text(write))
    except (SQLAlchemyError, DatabaseBusy):
        return False
    return True


def _waiting(now: datetime) -> tuple[int, float]:
    """In the inbox and at the broker: how many, and for how many seconds the oldest."""
    held = at_broker()
    try:
        with reading() as session:
            found = depth(session)
    except SQLAlchemyError:  # the write that failed says enough
        return held.waiting, _age(held.oldest_at, now)
    return found.waiting + held.waiting, max(_age(found.oldest_at, now), _age(held.oldest_at, now))


def _age(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else 0.0
