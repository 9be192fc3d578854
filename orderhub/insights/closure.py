"""Is what goes wrong found, given to the right person, set right in time, and set right for good?

Every figure is of the anomalies that were detected in a period, and of them alone, so that each divides by the same
whole. Their rows are written with the events that made them so; ``closure_log.py`` counts the same from the events
alone, and ``orderhub prove closure`` compares.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly
from orderhub.domain.anomaly_kind import AnomalyKind
from orderhub.domain.words import Channel
from orderhub.insights.expressions import seconds_between, utc_hour
from orderhub.kernel.clock import business_day
from orderhub.kernel.eventlog import SYSTEM

# Who resolves what nobody had in hand: the hub, or a channel whose own news ended it.
NO_PERSON = (SYSTEM, *map(str, Channel))


class ClosureBy(StrEnum):
    KIND = "kind"
    CHANNEL = "channel"
    OWNER = "owner"
    PERSON = "person"
    WEEK = "week"


@dataclass(frozen=True)
class ClosureAsked:
    """Detected from ``since`` to before ``until``; ``owner_role`` is whose it is, or was in the end."""

    since: datetime
    until: datetime
    kind: AnomalyKind | None = None
    channel: Channel | None = None
    owner_role: str = ""


@dataclass(frozen=True)
class Closure:
    """Counts and sums of seconds; a share or a mean divides two of them, None where it would divide by nothing.

    ``by_people``: resolved by a person, or handed over on the way: the rest ended by itself before anybody had it.
    ``due``: resolved, or past their time; the others may still be in time and count for nothing.
    """

    detected: int = 0
    detect_seconds: float = 0
    resolved: int = 0
    resolve_seconds: float = 0
    by_people: int = 0
    first_right: int = 0
    complained: int = 0
    due: int = 0
    in_time: int = 0
    in_time_reopened: int = 0

    @property
    def late(self) -> int:
        return self.due - self.in_time

    @property
    def time_to_detect(self) -> float | None:
        """Seconds, on average."""
        return _share(self.detect_seconds, self.detected)

    @property
    def time_to_resolve(self) -> float | None:
        """Seconds, on average."""
        return _share(self.resolve_seconds, self.resolved)

    @property
    def accuracy(self) -> float | None:
        return _share(self.first_right, self.by_people)

    @property
    def complaint_rate(self) -> float | None:
        return _share(self.complained, self.resolved)

    @property
    def closed_loop_rate(self) -> float | None:
        return _share(self.in_time, self.due)

    def __add__(self, other: "Closure") -> "Closure":
        return Closure(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Closure)))


def closure_total(session: Session, asked: ClosureAsked, now: datetime) -> Closure:
    found = session.execute(select(*_figures(now)).where(*_wanted(asked))).one()
    return _closure(found)


def closure_by(session: Session, asked: ClosureAsked, by: ClosureBy, now: datetime) -> dict[str, Closure]:
    """By kind, channel (empty: none is hurt), role, who resolved it (empty: nobody yet), or the Monday of the week in
    Shanghai; in order of that key.
    """
    key = _KEYS[by]
    found = session.execute(select(key, *_figures(now)).where(*_wanted(asked)).group_by(key)).all()
    rows = ((str(first or ""), _closure(rest)) for first, *rest in found)
    return _gathered(rows, _monday_of if by is ClosureBy.WEEK else str)


def median_seconds(session: Session, asked: ClosureAsked) -> tuple[float | None, float | None]:
    """Of the time to detect and the time to resolve: the lower middle one, which an anomaly really took."""
    return _middle(session, asked, _TO_DETECT), _middle(session, asked, _TO_RESOLVE)


_TO_DETECT = seconds_between(col(Anomaly.occurred_at), col(Anomaly.detected_at))
_TO_RESOLVE = seconds_between(col(Anomaly.detected_at), col(Anomaly.resolved_at))
_IS_RESOLVED = col(Anomaly.resolved_at).is_not(None)
_KEYS: dict[ClosureBy, Any] = {
    ClosureBy.KIND: col(Anomaly.kind),
    ClosureBy.CHANNEL: col(Anomaly.channel),
    ClosureBy.OWNER: col(Anomaly.owner_role),
    ClosureBy.PERSON: col(Anomaly.resolved_by),
    ClosureBy.WEEK: utc_hour(col(Anomaly.detected_at)),
}


def _figures(now: datetime) -> list[ColumnElement[Any]]:
    """In the order of ``Closure``'s fields."""
    is_first = col(Anomaly.owner_role) == col(Anomaly.first_role)
    had_by_people = and_(_IS_RESOLVED, or_(col(Anomaly.resolved_by).not_in(NO_PERSON), ~is_first))
    is_in_time = and_(_IS_RESOLVED, col(Anomaly.resolved_at) <= col(Anomaly.due_at))
    return [
        func.count(),
        # A channel's clock may be ahead of ours.
        func.coalesce(func.sum(case((_TO_DETECT > 0, _TO_DETECT), else_=0.0)), 0.0),
        _count(_IS_RESOLVED),
        func.coalesce(func.sum(case((_IS_RESOLVED, _TO_RESOLVE), else_=0.0)), 0.0),
        _count(had_by_people),
        _count(and_(had_by_people, is_first)),
        _count(and_(_IS_RESOLVED, col(Anomaly.complained_at).is_not(None))),
        _count(or_(_IS_RESOLVED, col(Anomaly.due_at) < now)),
        _count(is_in_time),
        _count(and_(is_in_time, col(Anomaly.reopened) > 0)),
    ]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _closure(found: Iterable[Any]) -> Closure:
    values: dict[str, Any] = {
        one.name: float(value) if one.name.endswith("_seconds") else int(value)
        for one, value in zip(fields(Closure), found, strict=True)
    }
    return Closure(**values)


def _wanted(asked: ClosureAsked) -> list[ColumnElement[bool]]:
    conditions = [col(Anomaly.detected_at) >= asked.since, col(Anomaly.detected_at) < asked.until]
    if asked.kind:
        conditions.append(col(Anomaly.kind) == asked.kind)
    if asked.channel:
        conditions.append(col(Anomaly.channel) == asked.channel)
    if asked.owner_role:
        conditions.append(col(Anomaly.owner_role) == asked.owner_role)
    return conditions


def _gathered(rows: Iterable[tuple[str, Closure]], key: Callable[[str], str]) -> dict[str, Closure]:
    gathered: dict[str, Closure] = {}
    for first, row in rows:
        gathered[key(first)] = gathered.get(key(first), Closure()) + row
    return dict(sorted(gathered.items()))


def monday(moment: datetime) -> str:
    """The first day of its week in Shanghai, as ``2026-11-23``."""
    day = business_day(moment)
    return str(day - timedelta(days=day.weekday()))


def _monday_of(hour: str) -> str:
    return monday(datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC))


def _middle(session: Session, asked: ClosureAsked, seconds: ColumnElement[float]) -> float | None:
    conditions = [*_wanted(asked), seconds.is_not(None)]
    count = session.execute(select(func.count()).select_from(Anomaly).where(*conditions)).scalar_one()
    if not count:
        return None
    wanted = select(seconds).where(*conditions).order_by(seconds).offset((count - 1) // 2).limit(1)
    return max(0.0, float(session.execute(wanted).scalar_one()))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
