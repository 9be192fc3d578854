"""How long may the database take? Not long where somebody waits; jobs, consumers and commands have longer."""

from contextvars import ContextVar

# Whoever asks the hub is answered within ten seconds, waiting for a connection to the database included.
_TURN_SECONDS, _ANSWER_SECONDS = 8.0, 5.0
_LONG_TURN_SECONDS = 30.0

_is_awaited: ContextVar[bool] = ContextVar("is_awaited", default=False)


def somebody_waits() -> None:
    """Said at the doors: of this task from here on, and of the threads it asks."""
    _is_awaited.set(True)


def turn_seconds(*, is_awaited: bool = False) -> float:
    """For a turn to write to an embedded database."""
    return _TURN_SECONDS if is_awaited or _is_awaited.get() else _LONG_TURN_SECONDS


def answer_seconds() -> float | None:
    """For PostgreSQL's answer to one statement; None: as long as it takes."""
    return _ANSWER_SECONDS if _is_awaited.get() else None
