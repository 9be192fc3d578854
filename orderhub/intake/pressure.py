"""How much may the hub take on at this moment? Samples in, a level out: no thread, no sensor, no clock of its own.

1 正常: everything runs. 2 限流: what can wait waits. 3 只读: nothing is changed until it can be kept again.
A level is entered when its sign has stood for a while, and left when every sign has been calm for longer, so that it
never flaps. A hole in the samples or a dead sensor proves nothing: every count begins anew, the level stays. What a
person sets by hand stands beside this (intake/level_keeping.py): measuring goes on below it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce

from orderhub.kernel.level import Level, Sign


@dataclass(frozen=True)
class Sample:
    """``at`` counts seconds of a clock that never steps; ``cpu`` is 0 to 100 of the machine, None: no sensor."""

    at: float
    cpu: float | None
    depth: int = 0
    oldest_seconds: float = 0.0
    database_ms: float = 0.0
    disk_free: float = 1.0
    can_write: bool = True


@dataclass(frozen=True)
class Limits:
    """Seconds, milliseconds, per cent, messages; ``disk_free`` is a share of the disk.

    ``dwell`` is the least time at level 2 before it is left for level 1; level 3 refuses people, and is left as soon as
    it is mended: within a minute of a fault's end.
    """

    cpu: float = 85.0
    cpu_calm: float = 65.0
    cpu_for: float = 300.0
    oldest: float = 120.0
    oldest_calm: float = 15.0
    depth: int = 70_000
    depth_calm: int = 10_000
    database: float = 800.0
    database_calm: float = 250.0
    busy_for: float = 60.0
    disk_free: float = 0.05
    unwritable_for: float = 15.0
    mended_for: float = 45.0
    calm_for: float = 300.0
    dwell: float = 120.0
    longest_gap: float = 30.0


@dataclass(frozen=True)
class Standing:
    """``since`` is when the level was entered, ``held`` since when each sign has stood without a break."""

    level: Level = Level.NORMAL
    sign: Sign = Sign.CALM
    since: float = float("-inf")
    seen_at: float | None = None
    held: dict[str, float] = field(default_factory=dict)


USUAL = Limits()


def decide(samples: Iterable[Sample], start: Standing = Standing(), limits: Limits = USUAL) -> Level:
    """The level after ``samples``, in their order."""
    return reduce(lambda standing, sample: step(standing, sample, limits), samples, start).level


def step(before: Standing, sample: Sample, limits: Limits = USUAL) -> Standing:
    """What stands once ``sample`` is known."""
    held = _held(before, sample, limits)
    present = replace(before, seen_at=sample.at, held=held)
    level, sign = _wanted(present, sample, limits)
    is_early = level is Level.NORMAL and sample.at - before.since < limits.dwell
    if level is before.level or is_early:
        return present
    # Calm is counted anew from each change, so that two levels are never left at once.
    counted = {name: since for name, since in held.items() if name != _CALM}
    return replace(present, level=level, sign=sign, since=sample.at, held=counted)


_CALM = "calm"
_MENDED = "mended"
_UNWRITABLE = "unwritable"


def _held(before: Standing, sample: Sample, limits: Limits) -> dict[str, float]:
    """Since when each condition has held: one that does not hold now, or could not be watched, is forgotten."""
    gap = None if before.seen_at is None else sample.at - before.seen_at
    is_whole = gap is not None and 0 <= gap <= limits.longest_gap
    known = before.held if is_whole else {}
    return {name: known.get(name, sample.at) for name, is_so in _conditions(sample, limits).items() if is_so}


def _conditions(sample: Sample, limits: Limits) -> dict[str, bool]:
    has_room = sample.disk_free >= 2 * limits.disk_free
    return {
        Sign.CPU: sample.cpu is not None and sample.cpu > limits.cpu,
        Sign.WAIT: sample.oldest_seconds > limits.oldest,
        Sign.DEPTH: sample.depth > limits.depth,
        Sign.DATABASE: sample.database_ms > limits.database,
        _CALM: sample.cpu is not None
        and sample.cpu < limits.cpu_calm
        and sample.oldest_seconds < limits.oldest_calm
        and sample.depth < limits.depth_calm
        and sample.database_ms < limits.database_calm,
        _UNWRITABLE: not sample.can_write,
        _MENDED: sample.can_write and has_room,
    }


def _wanted(present: Standing, sample: Sample, limits: Limits) -> tuple[Level, Sign]:
    def has_held(name: str, seconds: float) -> bool:
        return name in present.held and sample.at - present.held[name] >= seconds

    if sample.disk_free < limits.disk_free or has_held(_UNWRITABLE, limits.unwritable_for):
        return Level.READ_ONLY, Sign.STORAGE
    if present.level is Level.READ_ONLY:
        return (Level.THROTTLED, Sign.MENDED) if has_held(_MENDED, limits.mended_for) else (present.level, present.sign)
    patience = {Sign.CPU: limits.cpu_for} | dict.fromkeys((Sign.WAIT, Sign.DEPTH, Sign.DATABASE), limits.busy_for)
    if busy := next((sign for sign, seconds in patience.items() if has_held(sign, seconds)), None):
        return Level.THROTTLED, busy
    if present.level is Level.THROTTLED and has_held(_CALM, limits.calm_for):
        return Level.NORMAL, Sign.CALM
    return present.level, present.sign
