"""How much may this process take on at this moment? Doors, workers and the clock ask here; nothing is read for it.

The hub has one level (intake/level_keeping.py). Each process hears it every second (intake/level_following.py) and
keeps what it heard here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from orderhub.kernel.errors import Postponed, ReadOnly

RETRY_AFTER = timedelta(seconds=60)


class Level(StrEnum):
    NORMAL = "normal"
    THROTTLED = "throttled"  # 限流
    READ_ONLY = "read_only"  # 只读

    @property
    def number(self) -> int:
        """1, 2 or 3, as people speak of it."""
        return list(Level).index(self) + 1


class Sign(StrEnum):
    """Why a level stands."""

    CPU = "cpu"
    WAIT = "wait"  # the message that has waited longest
    DEPTH = "depth"
    DATABASE = "database"
    STORAGE = "storage"  # no room left, or nothing can be written
    CALM = "calm"
    MENDED = "mended"
    PINNED = "pinned"
    UNSEEN = "unseen"  # this process cannot read what the hub's level is


class Pausable(StrEnum):
    """What kind of thing may wait while there is more to do than can be done."""

    JOB = "job"
    WORKFLOW = "workflow"
    NOTICE = "notice"
    EXPORT = "export"
    SCREEN = "screen"


Named = tuple[Pausable, str]

# Goes on while everything else that changes something stands still: somebody has to hear of it.
AT_EVERY_LEVEL: frozenset[Named] = frozenset({(Pausable.WORKFLOW, "tell_staff")})


@dataclass(frozen=True)
class Felt:
    """``paused`` is what waits at level 2; ``by``, ``reason`` and ``until`` are of a level set by hand."""

    level: Level = Level.NORMAL
    sign: Sign = Sign.CALM
    since: datetime | None = None
    by: str = ""
    reason: str = ""
    until: datetime | None = None
    paused: frozenset[Named] = frozenset()


_felt = Felt()
on_change: list[Callable[[], None]] = []


def felt() -> Felt:
    """What this process knows; normal until it has heard otherwise."""
    return _felt


def feel(news: Felt) -> None:
    """From now on ``news`` holds in this process; whoever listens hears of a change."""
    global _felt
    before, _felt = _felt, news
    if before == news:
        return
    if before.level is not news.level:
        log = structlog.get_logger()
        log.warning("pressure_changed", was=before.level, pressure=news.level, sign=news.sign)
    for listener in on_change:
        listener()


def is_read_only() -> bool:
    return _felt.level is Level.READ_ONLY


def is_paused(kind: Pausable, name: str) -> bool:
    """It waits: the level says so for all of its kind, or the list for it alone."""
    if is_read_only() and kind in (Pausable.JOB, Pausable.WORKFLOW):
        return (kind, name) not in AT_EVERY_LEVEL
    return _felt.level is not Level.NORMAL and (kind, name) in _felt.paused


def check_goes_on(kind: Pausable, name: str) -> None:
    """Raises: Postponed: a person asked for what waits at this level."""
    if is_paused(kind, name):
        raise Postponed(f"{name} waits until the level of pressure is normal again")


def check_may_write() -> None:
    """Raises: ReadOnly: nothing is changed by people or programs at this level."""
    if is_read_only():
        raise _refusal()


def check_can_keep() -> None:
    """For what comes in by itself: at level 3 it is kept as long as the database can write.

    The one place before every push; a buffer that needs no database goes round it.

    Raises:
        ReadOnly: it cannot be kept durably now; its sender has to come again.
    """
    if is_read_only() and _felt.sign is Sign.STORAGE:
        raise _refusal()


def _refusal() -> ReadOnly:
    names = {"by": _felt.by, "reason": _felt.reason}
    return ReadOnly(
        f"the hub is read-only ({_felt.sign}): nothing can be changed now, come again later",
        sign=str(_felt.sign),
        retry_after=RETRY_AFTER,
        **{name: text for name, text in names.items() if text},
    )
