"""Does a hub under load throttle itself, hold back what may wait and nothing else, and return to normal by itself?

Lived through once: every core is kept busy beside six writers. The hub's sensors, rules, clock, consumers and workflows
are the real ones; its minutes last six seconds (``hurried.py``). A machine that others use too may never let the level
fall: there the hub can be told how busy the processor is, and all else stays real.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from sqlmodel import Session, col, select

from jobs.schedule import timetable
from orderhub.automation.workflow_run import WorkflowRun
from orderhub.intake.hub_level import LevelSwitched
from orderhub.intake.pausing import PAUSABLE
from orderhub.intake.pressure import Sample
from orderhub.kernel.clock import utc_now
from orderhub.kernel.eventlog import Event, kind_of
from orderhub.kernel.job_runs import JobRun
from orderhub.kernel.level import Level, Pausable, Sign

from . import hurried
from .counting import Count, Looking, counted, waiting
from .hubs import ALL, nursery, wait_until
from .hurried import LIMITS, MINUTE
from .world import prepare
from .writers import Sent, together, writing

# So long it stays loaded at level 2: each job comes due some times.
_HELD_SECONDS = 5 * MINUTE.total_seconds()
# Others use the machine too, and only a calm one lets the level fall.
_PATIENCE = 480.0
_IDLE, _BUSY = "5", "100"
_RISE_PATIENCE = 4 * LIMITS.cpu_for
_WAITS = frozenset(PAUSABLE)
_WANTED = [(Level.THROTTLED, Sign.CPU), (Level.NORMAL, Sign.CALM)]
_JOBS = frozenset(one.job for one in timetable())
_WAITING_JOBS = frozenset(name for kind, name in _WAITS if kind is Pausable.JOB)
_WAITING_WORKFLOWS = frozenset(name for kind, name in _WAITS if kind is Pausable.WORKFLOW)


@dataclass(frozen=True)
class Switch:
    """``seconds`` after the load began (of a rise) or ended (of a fall); ``held_seconds``: so long its sign had stood
    without a break by what the hub measured, ``beat_seconds`` after the measurement before."""

    at: datetime
    level: Level
    sign: Sign
    seconds: float
    held_seconds: float
    beat_seconds: float

    @property
    def is_exact(self) -> bool:
        """The first measurement at which its sign had stood for long enough."""
        wanted = {Sign.CPU: LIMITS.cpu_for, Sign.CALM: LIMITS.calm_for}.get(self.sign, 0.0)
        return wanted <= self.held_seconds < wanted + self.beat_seconds

    def __str__(self) -> str:
        return (
            f"level {self.level.number} ({self.sign}) after {self.seconds:.1f} s, its sign had stood for "
            f"{self.held_seconds:.1f} s, measured every {self.beat_seconds:.1f} s"
        )


@dataclass
class Lived:
    """``began`` and ``ran``: jobs that began and workflows that ran while the hub felt level 2; ``later``: the jobs
    that began after it; ``calm_seconds``: the longest that every sign was calm without a break."""

    switches: list[Switch]
    began: set[str]
    ran: set[str]
    later: set[str]
    later_ran: set[str]
    sent: Sent
    count: Count
    calm_seconds: float
    faults: list[str] = field(init=False)

    def __post_init__(self) -> None:
        said = [(one.level, one.sign) for one in self.switches]
        checks = {
            f"switches {said}, the machine was calm for {self.calm_seconds:.1f} s at most": said == _WANTED,
            "a switch came too early or too late": all(one.is_exact for one in self.switches),
            f"began although it waits: {self.began & _WAITING_JOBS}": not self.began & _WAITING_JOBS,
            f"waited for nothing: {_JOBS - _WAITING_JOBS - self.began}": self.began >= _JOBS - _WAITING_JOBS,
            f"ran although it waits: {self.ran & _WAITING_WORKFLOWS}": not self.ran & _WAITING_WORKFLOWS,
            "no other workflow ran": "allocate" in self.ran,
            f"did not catch up: {_WAITING_JOBS - self.later}": self.later >= _WAITING_JOBS,
            "no workflow caught up": self.later_ran >= _WAITING_WORKFLOWS,
            f"answers {dict(self.sent.answers)}": set(self.sent.answers) == {"202"},
            f"orders {self.count.faults}": not self.count.faults,
        }
        self.faults = [said for said, is_so in checks.items() if not is_so]

    @property
    def is_good(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        return "\n".join(
            [
                *map(str, self.switches),
                f"at level 2 began {len(self.began)} of {len(_JOBS)} jobs, {len(_WAITING_JOBS)} are to wait",
                f"at level 2 ran {', '.join(sorted(self.ran))}",
                f"after it began {len(self.later & _WAITING_JOBS)} of those {len(_WAITING_JOBS)}",
                str(self.count),
                str(self.faults or "as the rules say"),
            ]
        )


def run(url: str, folder: Path, *, is_told: bool = False, progress: Callable[[str], None] = lambda _: None) -> Lived:
    world = prepare(url)
    share = folder / "cpu"
    share.write_text(_IDLE)
    with nursery(url, folder, **({hurried.TOLD: str(share)} if is_told else {})) as hubs:
        hub = hubs.start((*ALL, "hurried"))

        def feels(level: Level) -> bool:
            said = httpx.get(f"http://127.0.0.1:{hub.port}/api/metrics", timeout=30).text
            return f"\norderhub_level {level.number}" in said

        wait_until(lambda: _are_measured(folder), seconds=60)
        began, started = utc_now(), time.monotonic()
        with writing(lambda: [hub.port], world.bearer, pause=0.3) as writers, told(share) if is_told else busy_cores():
            wait_until(lambda: feels(Level.THROTTLED), seconds=_RISE_PATIENCE, every=0.2)
            felt_at = utc_now()
            progress(f"level 2 after {time.monotonic() - started:.0f} s")
            time.sleep(_HELD_SECONDS)
        ended = utc_now()
        with suppress(AssertionError):
            wait_until(lambda: feels(Level.NORMAL), seconds=_PATIENCE, every=0.5)
        progress(f"looked on for {(utc_now() - ended).total_seconds():.0f} s after the load")
        time.sleep(2 * MINUTE.total_seconds())
        with suppress(AssertionError):  # what still waits is counted
            wait_until(lambda: not waiting(url), seconds=_PATIENCE, every=0.5)
        with Looking(url) as session:
            measured = list(hurried.samples(folder))
            switches = list(_switches(session, measured, began, ended))
            fell = switches[-1].at if switches[-1].level is Level.NORMAL else utc_now()
            seen = {"began": _begun(session, felt_at, fell), "ran": _run(session, felt_at, fell)}
            after = utc_now() + timedelta(days=1)
            seen |= {"later": _begun(session, fell, after), "later_ran": _run(session, fell, after)}
        sent = together(writers)
        calm = max(_held_seconds([one for _, one in measured[:turn]], _is_calm) for turn in range(1, len(measured) + 1))
        return Lived(switches, **seen, sent=sent, count=counted(url, sent), calm_seconds=calm)


@contextmanager
def told(share: Path) -> Iterator[None]:
    """The hub believes that every core is busy for as long as the block runs."""
    share.write_text(_BUSY)
    try:
        yield
    finally:
        share.write_text(_IDLE)


@contextmanager
def busy_cores() -> Iterator[None]:
    command = [sys.executable, "-c", "while True: pass"]
    working = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for one in working:
            one.kill()
            one.wait()


def _are_measured(folder: Path) -> bool:
    file = folder / "samples"
    return file.exists() and file.read_text().count("\n") > 3


def _switches(
    session: Session, measured: Sequence[tuple[datetime, Sample]], began: datetime, ended: datetime
) -> Iterator[Switch]:
    for event in session.exec(select(Event).where(Event.kind == kind_of(LevelSwitched)).order_by(col(Event.id))):
        level, sign = Level(event.body["level"]), Sign(event.body["sign"])
        since = ended if level is Level.NORMAL else began
        known = [sample for now, sample in measured if now <= event.at]
        held = _held_seconds(known, _is_calm if level is Level.NORMAL else _is_busy)
        yield Switch(event.at, level, sign, (event.at - since).total_seconds(), held, known[-1].at - known[-2].at)


def _held_seconds(measured: Sequence[Sample], is_so: Callable[[Sample], bool]) -> float:
    """Up to the last of ``measured``, without a break."""
    last = since = measured[-1].at
    for sample in reversed(measured):
        if not is_so(sample) or since - sample.at > LIMITS.longest_gap:
            break
        since = sample.at
    return last - since


def _is_busy(sample: Sample) -> bool:
    return sample.cpu is not None and sample.cpu > LIMITS.cpu


def _is_calm(sample: Sample) -> bool:
    is_idle = sample.cpu is not None and sample.cpu < LIMITS.cpu_calm
    is_empty = sample.oldest_seconds < LIMITS.oldest_calm and sample.depth < LIMITS.depth_calm
    return is_idle and is_empty and sample.database_ms < LIMITS.database_calm


def _begun(session: Session, since: datetime, until: datetime) -> set[str]:
    return set(session.exec(select(JobRun.job).where(JobRun.started_at > since, JobRun.started_at < until)))


def _run(session: Session, since: datetime, until: datetime) -> set[str]:
    ended = col(WorkflowRun.ended_at)
    return set(session.exec(select(WorkflowRun.workflow).where(ended > since, ended < until)))
