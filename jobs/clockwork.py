"""Who fires the timetable? APScheduler in this process, in one process among many, with a row for every run."""

import asyncio
import contextvars
import os
import random
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlmodel import Session

from jobs.leader import Leadership, leadership
from jobs.schedule import CatchUp, Entry, timetable
from jobs.stopping import STOPPING
from orderhub.intake.level_keeping import BEAT_SECONDS
from orderhub.kernel import job_plan, job_runs
from orderhub.kernel.clock import SHANGHAI, utc_now
from orderhub.kernel.db import Database, database
from orderhub.kernel.failpoint import point
from orderhub.kernel.job_runs import LostLeadership
from orderhub.kernel.level import Pausable, is_paused, is_read_only
from orderhub.kernel.logs import redacted
from orderhub.kernel.standstill import Runs, standing

PROBE_SECONDS = 2.0
# The wall clock stepped back further than this: planned moments would lie too far ahead.
STEP = timedelta(seconds=60)
THREADS = 4
_AEON = datetime.fromtimestamp(0, UTC)

log = structlog.get_logger()

_epoch: contextvars.ContextVar[int | None] = contextvars.ContextVar("clock_epoch", default=None)


class Clockwork:
    """``start`` tries to lead and keeps trying; ``stop`` returns once the runs in flight have ended.

    ``beat`` is called again and again in the process that leads, with its epoch and the moment.
    """

    def __init__(
        self,
        entries: Sequence[Entry] | None = None,
        *,
        lead: Leadership | None = None,
        probe_seconds: float = PROBE_SECONDS,
        now: Callable[[], datetime] = utc_now,
        beat: Callable[[int, datetime], object] | None = None,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._entries = entries
        self._given_lead = lead
        self._probe_seconds = probe_seconds
        self._now = now
        self._beat, self._beat_seconds = beat, beat_seconds
        self._beating: asyncio.Task[None] | None = None
        self._scheduler: AsyncIOScheduler | None = None
        self._epoch = 0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def is_leading(self) -> bool:
        return self._scheduler is not None

    async def start(self) -> None:
        STOPPING.clear()
        self._database = database()
        self._database.before_commit.append(_refuse_after_takeover)
        self._lead = self._given_lead or leadership(self._database)
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="job")
        self._keeper = asyncio.create_task(self._keep(), name="clock-keeper")

    async def stop(self) -> None:
        if not self._keeper:
            return
        self._closing.set()
        STOPPING.set()
        await self._keeper
        self._stand_down()
        if unended := {*self._in_flight, *([self._beating] if self._beating else [])}:
            await asyncio.wait(unended)
        await asyncio.to_thread(self._pool.shutdown)
        self._lead.release()
        self._database.before_commit.remove(_refuse_after_takeover)

    async def _keep(self) -> None:
        """Lead while the lock is held; stop the clock first, before trying for the lock again."""
        drift = _drift(self._now())
        while not self._closing.is_set():
            try:
                if self.is_leading and not await asyncio.to_thread(self._lead.is_held):
                    log.warning("clock_leadership_lost", epoch=self._epoch)
                    self._stand_down()
                if not self.is_leading and await asyncio.to_thread(self._lead.try_take):
                    await self._begin_to_lead()
                if self.is_leading and drift - _drift(self._now()) > STEP:
                    log.warning("clock_stepped_back")
                    self._plan()
                if self.is_leading:
                    self._keep_beating()
                if self.is_leading and not is_read_only():
                    await self._begin_asked()
                drift = _drift(self._now())
            except Exception as error:  # noqa: BLE001  (the database may be away; the next round tries again)
                log.warning("clock_keeper_failed", error=type(error).__name__)
                self._stand_down()
                await asyncio.to_thread(self._lead.release)
            await _pause(self._closing, self._probe_seconds)

    async def _begin_to_lead(self) -> None:
        self._epoch = await asyncio.to_thread(self._take_over)
        log.info("clock_leads", epoch=self._epoch)
        self._plan()
        for entry in self._all():
            if entry.catch_up is CatchUp.ONCE and await asyncio.to_thread(self._is_missed, entry):
                self._launch(entry)

    def _keep_beating(self) -> None:
        """Beside the probes: a database that answers slowly must not look like a lost lock."""
        if self._beat and (self._beating is None or self._beating.done()):
            self._beating = asyncio.create_task(self._beat_on(self._beat, self._epoch), name="clock-beat")

    async def _beat_on(self, beat: Callable[[int, datetime], object], epoch: int) -> None:
        while self.is_leading and self._epoch == epoch and not self._closing.is_set():
            try:
                await asyncio.to_thread(beat, epoch, self._now())
            except LostLeadership as error:
                log.warning("beat_cut_off", error=str(error))
            except Exception as error:  # noqa: BLE001  (the database may be away; the next beat tries again)
                log.warning("beat_failed", error=type(error).__name__)
            await _pause(self._closing, self._beat_seconds)

    def _take_over(self) -> int:
        now, process = self._now(), f"{socket.gethostname()}:{os.getpid()}"[:64]
        with self._database.transaction() as session:
            job_plan.write_plan(session, [(entry.job, entry.when) for entry in self._all()], now=now)
            return job_runs.take_over(session, process=process, now=now)

    def _is_missed(self, entry: Entry) -> bool:
        with self._database.reading() as session:
            newest = job_runs.newest_slot(session, entry.job)
        return newest is None or newest < entry.slot(self._now())

    def _plan(self) -> None:
        self._stand_down()
        scheduler = AsyncIOScheduler(timezone=SHANGHAI)
        for entry in self._all():
            scheduler.add_job(
                self._fire,
                _trigger(entry),
                args=[entry],
                id=entry.job,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        self._scheduler = scheduler

    def _stand_down(self) -> None:
        if self._scheduler:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def _all(self) -> Sequence[Entry]:
        if self._entries is None:
            self._entries = timetable()
        return self._entries

    async def _fire(self, entry: Entry) -> None:
        self._launch(entry)

    async def _begin_asked(self) -> None:
        """What a person asked for begins now, even where it is paused; what runs is begun once it has ended."""
        running = [run.get_name() for run in self._in_flight]
        asked = await asyncio.to_thread(self._take_asked, running)
        for entry in self._all():
            if entry.job in asked:
                self._launch(entry, asked_at=asked[entry.job])

    def _take_asked(self, running: Sequence[str]) -> dict[str, datetime]:
        with self._database.reading() as session:
            if not job_plan.is_any_asked(session):
                return {}
        with self._database.transaction() as session:
            job_runs.check_epoch(session, self._epoch)
            return job_plan.take_asked(session, without=running)

    def _launch(self, entry: Entry, *, asked_at: datetime | None = None) -> None:
        """A job never overlaps itself: a slot that comes while it still runs is passed over."""
        if any(run.get_name() == entry.job for run in self._in_flight):
            return
        slot = asked_at or entry.slot(self._now())
        run = asyncio.create_task(self._run(entry, slot, self._epoch, is_asked=asked_at is not None), name=entry.job)
        self._in_flight.add(run)
        run.add_done_callback(self._in_flight.discard)

    async def _run(self, entry: Entry, slot: datetime, epoch: int, *, is_asked: bool) -> None:
        if not is_asked:
            await _pause(self._closing, random.uniform(0, entry.jitter.total_seconds()))  # noqa: S311
        if not self._closing.is_set():
            await asyncio.get_running_loop().run_in_executor(self._pool, self._work, entry, slot, epoch, is_asked)

    def _work(self, entry: Entry, slot: datetime, epoch: int, is_asked: bool) -> None:  # noqa: FBT001
        """In a thread: every transaction of the job, its row's included, is refused once another process leads."""
        try:
            context = contextvars.copy_context()
            context.run(_run_once, self._database, entry, slot, epoch, now=self._now, is_asked=is_asked)
        except LostLeadership as error:
            log.warning("job_cut_off", job=entry.job, error=str(error))
        except Exception as error:
            log.exception("job_not_recorded", job=entry.job, error=type(error).__name__)


def _run_once(
    database: Database, entry: Entry, slot: datetime, epoch: int, *, now: Callable[[], datetime], is_asked: bool
) -> None:
    _epoch.set(epoch)
    with database.transaction() as session:
        if not is_asked and (is_paused(Pausable.JOB, entry.job) or standing(session, Runs.JOB, entry.job)):
            return
        run_id = job_runs.begin(session, entry.job, slot, epoch=epoch, now=now())
    if run_id is None:
        return
    point("job_begun")
    note = error = ""
    try:
        note = str(entry.run(now()))
    except LostLeadership:
        raise
    except Exception as failure:
        log.error("job_failed", job=entry.job, error=type(failure).__name__, exc_info=True)
        error = redacted(f"{type(failure).__name__}: {failure}")
    with database.transaction() as session:
        job_runs.end(session, run_id, note=note, error=error, now=now())


def _refuse_after_takeover(session: Session) -> None:
    epoch = _epoch.get()
    if epoch is not None:
        job_runs.check_epoch(session, epoch)


def _trigger(entry: Entry) -> IntervalTrigger | CronTrigger:
    if isinstance(entry.when, timedelta):
        seconds = entry.when.total_seconds()
        return IntervalTrigger(seconds=seconds, start_date=_AEON, timezone=SHANGHAI)  # pyright: ignore[reportArgumentType]
    return CronTrigger(hour=entry.when.hour, minute=entry.when.minute, timezone=SHANGHAI)


def _drift(now: datetime) -> timedelta:
    """How far the wall clock is from the one that never steps."""
    return timedelta(seconds=now.timestamp() - time.monotonic())


async def _pause(closing: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(closing.wait(), seconds)
    except TimeoutError:
        return
