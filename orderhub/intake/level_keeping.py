"""Who decides the hub's level? Whoever leads the clock: a sample every few seconds, written down where it matters.

A leader that was frozen writes nothing after another one took over: its epoch is over.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from orderhub.intake.gauge import Gauge
from orderhub.intake.hub_level import HubLevel, announce, hub_level, keep_sample, locked
from orderhub.intake.pressure import USUAL, Limits, Sample, Standing, step
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.job_runs import check_epoch
from orderhub.kernel.level import Level
from orderhub.kernel.settings import settings

BEAT_SECONDS = 5.0
SAMPLE_SECONDS = 15.0


class Keeper:
    """``beat`` is called by one thread at a time, as long as its process leads. ``clock`` never steps."""

    def __init__(
        self, gauge: Gauge | None = None, *, clock: Callable[[], float] = time.monotonic, limits: Limits | None = None
    ) -> None:
        self._clock, self._limits = clock, limits or replace(USUAL, cpu=float(settings().pressure_cpu))
        self._gauge = gauge or Gauge(clock=clock)
        self._epoch: int | None = None
        self._standing = Standing()
        self._kept_at = float("-inf")

    def beat(self, epoch: int, now: datetime) -> Level:
        """Measure, decide, write down what changed; the level that holds.

        Raises:
            LostLeadership: another process leads by now; nothing was written.
        """
        with reading() as session:
            row = hub_level(session)
        if epoch != self._epoch:
            self._epoch, self._standing = epoch, self._taken_over(row, now)
        sample = self._gauge.sample(now)
        self._standing = step(self._standing, sample, self._limits)
        is_due = sample.at - self._kept_at >= SAMPLE_SECONDS
        if is_due or self._differs(row, now):
            with transaction() as session:
                check_epoch(session, epoch)
                holds = self._write(session, sample, now, is_due=is_due)
            self._kept_at = sample.at if is_due else self._kept_at
            return holds
        return row.at(now).level

    def _write(self, session: Session, sample: Sample, now: datetime, *, is_due: bool) -> Level:
        row = locked(session)
        standing = self._standing
        if (row.level, row.sign) != (standing.level, standing.sign):
            row.level, row.sign, row.since = standing.level, standing.sign, now
        row.epoch = self._epoch or 0
        if row.pin_level and not row.is_pinned(now):
            row.pin_level, row.pin_reason, row.pinned_by, row.pinned_at, row.pin_until = "", "", "", None, None
        session.add(row)
        announce(session, row, by=SYSTEM, now=now)
        holds = row.at(now).level
        if is_due:
            keep_sample(session, sample, holds, now)
        return holds

    def _differs(self, row: HubLevel, now: datetime) -> bool:
        has_ended = bool(row.pin_level) and not row.is_pinned(now)
        return has_ended or row.level is not self._standing.level or row.told is not row.at(now).level

    def _taken_over(self, row: HubLevel, now: datetime) -> Standing:
        """The level goes on from where an earlier leader left it; what it had counted is counted anew."""
        gone = (now - row.since).total_seconds() if row.since else float("inf")
        return replace(Standing(), level=row.level, sign=row.sign, since=self._clock() - max(gone, 0.0))
