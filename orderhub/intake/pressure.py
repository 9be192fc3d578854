"""How much may come in? The level by which the hub throttles itself, decided from what it can measure."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from orderhub.intake.inbox import depth
from orderhub.kernel.db import database
from orderhub.kernel.errors import DatabaseBusy

THROTTLE_ABOVE = timedelta(seconds=120)
RESUME_BELOW = timedelta(seconds=15)


class Level(StrEnum):
    NORMAL = "normal"
    THROTTLED = "throttled"  # 限流
    READ_ONLY = "read_only"  # 只读


def decide(current: Level, oldest_age: timedelta, *, can_write: bool) -> Level:
    """The level to be at. The gap between the two marks keeps it from flapping at the edge."""
    if not can_write:
        return Level.READ_ONLY
    if oldest_age > THROTTLE_ABOVE:
        return Level.THROTTLED
    if oldest_age < RESUME_BELOW:
        return Level.NORMAL
    return Level.NORMAL if current is Level.NORMAL else Level.THROTTLED


def level(session: Session, now: datetime) -> Level:
    """The level of this process now; remembers the last answer and the last write probe."""
    oldest_at = depth(session).oldest_at
    age = now - oldest_at if oldest_at else timedelta()
    _gauge.level = decide(_gauge.level, age, can_write=_gauge.can_write)
    return _gauge.level


def probe_write() -> bool:
    """Whether a durable write succeeds at this moment; ``level`` goes by the latest answer."""
    opened = database()
    # Both write to the log without touching a table: a header page, or a transaction number.
    write = "PRAGMA user_version = 1" if opened.embedded else "SELECT pg_current_xact_id()"
    try:
        with opened.transaction() as session:
            session.connection().execute(text(write))
        _gauge.can_write = True
    except (SQLAlchemyError, DatabaseBusy):
        _gauge.can_write = False
    return _gauge.can_write


class _Gauge:
    level = Level.NORMAL
    can_write = True


_gauge = _Gauge()
