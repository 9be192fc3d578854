"""How does a whole run go? Processes that fire together, a watch on the hub, a line a second, a verdict, a report."""

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.context import SpawnProcess
from pathlib import Path
from queue import Empty
from threading import BrokenBarrierError
from typing import Any

from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import SetupError
from orderhub.stress.aim import undelivered
from orderhub.stress.callers import Outcome, Part, Patience, Tally
from orderhub.stress.drawing import page
from orderhub.stress.figures import facts_of, percentile
from orderhub.stress.messages import own_order, prefix
from orderhub.stress.part import run_part
from orderhub.stress.plan import Plan, pushed_places
from orderhub.stress.report import Report, make_report, save
from orderhub.stress.verify import Held, Sent, held_by_api, held_in_database, wait_until_held
from orderhub.stress.watch import Reading, Watch, read_figures, setup_of

_QUIET_SECONDS = 60.0
_FRESH = 500  # the newest answers that the live line speaks of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """``database_url`` empty: the hub's own API is asked what it holds."""

    url: str
    key: str = field(repr=False)
    token: str = field(default="", repr=False)
    lab_url: str = ""
    processes: int = 1
    verify: bool = False
    database_url: str = field(default="", repr=False)
    drain_seconds: float = 900.0
    patience: Patience = field(default_factory=Patience)


@dataclass
class _Fired:
    outcomes: list[Outcome] = field(default_factory=list)
    cpu_seconds: float = 0.0
    ended_at: float = 0.0


def run(plan: Plan, wanted: Wanted, say: Say) -> tuple[Report, Path, Path]:
    """The report, and where its JSON and its page lie.

    Raises:
        SetupError: the hub does not answer, or a process of ours died.
    """
    setup = setup_of(read_figures(wanted.url, wanted.token))
    watch = Watch(wanted.url, wanted.token)
    began_at = utc_now()
    watch.start()
    try:
        fired = _fire(plan, wanted, watch, say)
        acknowledged_until = watch.elapsed
        verdict, is_drained = None, True
        if wanted.verify:
            say("acknowledged; waiting until the queue is empty")
            holding = _holding(plan, wanted, since=began_at - timedelta(minutes=1))
            verdict, is_drained = wait_until_held(
                sent_of(plan, fired.outcomes),
                holding,
                _emptiness(watch, say, wanted.lab_url),
                limit_seconds=wanted.drain_seconds,
            )
        drained = _drained_at(watch.readings, acknowledged_until) - acknowledged_until if wanted.verify else None
    finally:
        watch.stop()
    facts = facts_of(
        fired.outcomes,
        watch.readings,
        setup,
        client_cpu_seconds=fired.cpu_seconds,
        drain_seconds=drained,
        unread=watch.missed,
    )
    report = make_report(
        plan,
        fired.outcomes,
        watch.readings,
        facts,
        verdict,
        url=wanted.url,
        processes=wanted.processes,
        is_drained=is_drained,
        now=utc_now(),
    )
    return report, *save(report, page(report))


def sent_of(plan: Plan, outcomes: Iterable[Outcome]) -> list[Sent]:
    """One per order: acknowledged when any of its messages was."""
    yes = {one.place for one in outcomes if one.is_acknowledged}
    paid = {one.place for one in outcomes if one.is_paid}
    pushed, found = pushed_places(plan), []
    for place in sorted({one.place for one in outcomes}):
        if theirs := pushed.get(place):
            found.append(Sent(theirs.shop, theirs.number, theirs.total_fen, 0, place in yes))
        else:
            own = own_order(plan, place)
            found.append(Sent(plan.shop, own.number, own.total_fen, own.lines, place in yes, place in paid))
    return found


def _fire(plan: Plan, wanted: Wanted, watch: Watch, say: Say) -> _Fired:
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    ready = context.Barrier(wanted.processes + 1)
    whole = Part(plan, wanted.url, wanted.key, wanted.lab_url, parts=wanted.processes, patience=wanted.patience)
    parts = [replace(whole, number=number) for number in range(wanted.processes)]
    processes = [context.Process(target=run_part, args=(part, told, ready), daemon=True) for part in parts]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for process in processes:
        process.start()
    try:
        ready.wait(_QUIET_SECONDS + plan.concurrency / 100)
        watch.begin_now()
        outcomes = _collect(processes, told, watch, say)
    except BrokenBarrierError as error:
        raise SetupError(_last_words(told)) from error
    finally:
        for process in processes:
            process.join(5)
            if process.is_alive():
                process.terminate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Fired(outcomes, used)


def _last_words(told: Any) -> str:
    with suppress(Empty):
        while True:
            _, content = told.get(timeout=1.0)
            if isinstance(content, str):
                return content
    return "a process of the simulator did not get ready"


def _collect(processes: list[SpawnProcess], told: Any, watch: Watch, say: Say) -> list[Outcome]:
    tallies: dict[int, Tally] = {}
    fresh: list[float] = []
    done: dict[int, list[Outcome]] = {}
    spoken = time.monotonic()
    while len(done) < len(processes):
        with suppress(Empty):
            number, content = told.get(timeout=0.2)
            if isinstance(content, Tally):
                tallies[number] = content
                fresh = [*fresh, *content.fresh][-_FRESH:]
            elif isinstance(content, list):
                done[number] = content
            else:
                raise SetupError(str(content))
        if any(process.exitcode for process in processes):
            raise SetupError("a process of the simulator ended early")
        if time.monotonic() - spoken >= 1.0:
            spoken = time.monotonic()
            say(progress_text(tallies.values(), fresh, watch.readings[-1] if watch.readings else None))
    say(progress_text(tallies.values(), fresh, watch.readings[-1] if watch.readings else None))
    return [outcome for part in done.values() for outcome in part]


def progress_text(tallies: Iterable[Tally], fresh: Iterable[float], reading: Reading | None) -> str:
    """One line: what has been sent, answered, refused; how fast of late; how the hub stands."""
    known, newest = list(tallies), sorted(fresh)
    refused = sum((tally.refused for tally in known), Counter())
    codes = ", ".join(f"{code or 'silence'} {count}" for code, count in sorted(refused.items()))
    hub = f"queue {reading.waiting}, level {reading.level} at {reading.at:.0f} s" if reading else "queue ?"
    return (
        f"sent {sum(tally.sent for tally in known)}, acknowledged {sum(tally.acknowledged for tally in known)}, "
        f"refused {codes or 0}; p50 {percentile(newest, 0.5) * 1000:.0f} ms, "
        f"p99 {percentile(newest, 0.99) * 1000:.0f} ms; {hub}"
    )


def _holding(plan: Plan, wanted: Wanted, *, since: datetime) -> Callable[[], list[Held]]:
    numbers = [pushed.number for pushed in plan.pushed]
    if wanted.database_url:
        return lambda: held_in_database(wanted.database_url, prefix(plan), numbers)
    return lambda: held_by_api(wanted.url, wanted.key, prefix(plan), numbers, since=since)


def _emptiness(watch: Watch, say: Say, lab_url: str) -> Callable[[], bool]:
    """Empty twice in a row since the last notice came: an asker may be between taking a push and keeping the order."""
    asked_at = watch.elapsed

    def is_empty() -> bool:
        nonlocal asked_at
        try:
            coming = undelivered(lab_url) if lab_url else 0
        except SetupError as error:  # what was measured is not lost for that: the limit of the drain ends it
            say(str(error))
            return False
        if coming:
            asked_at = watch.elapsed
            say(f"{coming} notices of payments are on their way")
            return False
        newest = [reading for reading in watch.readings if reading.at > asked_at][-2:]
        if newest and newest[-1].waiting:
            reading = newest[-1]
            say(f"queue {reading.waiting}, oldest {reading.oldest_seconds:.0f} s, level {reading.level}")
        return len(newest) > 1 and not any(reading.waiting for reading in newest)

    return is_empty


def _drained_at(readings: list[Reading], after: float) -> float:
    """The first moment from which nothing waited any more."""
    last = max((reading.at for reading in readings if reading.at >= after and reading.waiting), default=after)
    return next((reading.at for reading in readings if reading.at > last), last)
