"""What does this process measure of itself, and at which level of pressure is it? One look every few seconds."""

import shutil
import time
from collections.abc import Callable
from datetime import datetime

import psutil
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from orderhub.intake.broker_service import at_broker
from orderhub.intake.inbox import depth
from orderhub.intake.pressure import Level, Sample, Standing, step
from orderhub.kernel.db import database, reading
from orderhub.kernel.errors import DatabaseBusy
from orderhub.kernel.settings import settings


class Gauge:
    """``look`` is called by one thread; whoever asks for ``standing`` gets what the last look found.

    ``cpu`` answers per cent of all cores since it was last asked, ``clock`` seconds that never step.
    """

    def __init__(
        self, *, cpu: Callable[[], float] = psutil.cpu_percent, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu, self._clock = cpu, clock
        self.standing = Standing()

    def look(self, now: datetime) -> Level:
        self.standing = step(self.standing, self._sample(now))
        return self.standing.level

    def _sample(self, now: datetime) -> Sample:
        began = self._clock()
        can_write = _can_write()
        took = self._clock() - began
        disk = shutil.disk_usage(settings().data_dir) if settings().data_dir.exists() else None
        waiting, oldest = _waiting(now)
        return Sample(
            self._clock(), self._cpu(), waiting, oldest, took * 1000, disk.free / disk.total if disk else 1.0, can_write
        )


gauge = Gauge()


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


def _can_write() -> bool:
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
