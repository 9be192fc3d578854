"""By which clock does a drilled hub live? By the wall clock, moved by the seconds that stand in a file."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orderhub.kernel.clock import other_clock

VARIABLE = "CHAOS_CLOCK"

_kept = []


def follow_shift() -> None:
    """From now on, for as long as the process lives; without the variable nothing changes."""
    if named := os.environ.get(VARIABLE):
        moved = other_clock(lambda: datetime.now(UTC) + shift(Path(named)))
        moved.__enter__()
        _kept.append(moved)  # let go of, it would end


def shift(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()
