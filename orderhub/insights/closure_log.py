"""What do the events alone say of the closed loop? Read one by one: the figures of ``closure.py`` must be these."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from orderhub.domain.anomaly import Anomaly, AnomalyHandedOver, AnomalyOpened, AnomalyReopened, AnomalyResolved
from orderhub.domain.complaint import AnomalyComplained
from orderhub.insights.closure import NO_PERSON, Closure, ClosureAsked, ClosureBy, monday
from orderhub.kernel.eventlog import Event, kind_of


@dataclass(frozen=True)
class _Told:
    """An anomaly as its events tell it."""

    kind: str
    channel: str
    occurred_at: datetime
    detected_at: datetime
    due_at: datetime
    first_role: str
    role: str
    reopened: int = 0
    resolved_at: datetime | None = None
    resolved_by: str = ""
    is_complained: bool = False


def closure_in_log(session: Session, asked: ClosureAsked, by: ClosureBy, now: datetime) -> dict[str, Closure]:
    """As ``closure_by``, from the log: slow, for proof."""
    gathered: dict[str, Closure] = {}
    for told in _anomalies(session):
        if _is_asked(told, asked):
            key = _KEYS[by](told)
            gathered[key] = gathered.get(key, Closure()) + _closure(told, now)
    return dict(sorted(gathered.items()))


def _anomalies(session: Session) -> Iterator[_Told]:
    told: dict[int, _Told] = {}
    wanted = select(Event).where(Event.subject_type == Anomaly.__tablename__).order_by(col(Event.id))
    for event in session.exec(wanted.execution_options(yield_per=1000)):
        if step := _STEPS.get(event.kind):
            told[event.subject_id] = step(told.get(event.subject_id), event)
    yield from told.values()


def _opened(_: _Told | None, event: Event) -> _Told:
    body = event.body
    occurred_at, due_at = (datetime.fromisoformat(body[name]) for name in ("occurred_at", "due_at"))
    return _Told(body["kind"], body["channel"], occurred_at, event.at, due_at, body["role"], body["role"])


def _changed(facts: Callable[[_Told, Event], dict[str, Any]]) -> Callable[[_Told | None, Event], _Told]:
    def change(before: _Told | None, event: Event) -> _Told:
        if before is None:
            raise ValueError(f"event {event.id}: {event.kind} of an anomaly that was never opened")
        return replace(before, **facts(before, event))

    return change


_STEPS: dict[str, Callable[[_Told | None, Event], _Told]] = {
    kind_of(AnomalyOpened): _opened,
    kind_of(AnomalyReopened): _changed(
        lambda before, event: {
            "reopened": before.reopened + 1,
            "due_at": datetime.fromisoformat(event.body["due_at"]),
            "resolved_at": None,
            "resolved_by": "",
        }
    ),
    kind_of(AnomalyHandedOver): _changed(lambda _, event: {"role": event.body["role"]}),
    kind_of(AnomalyResolved): _changed(lambda _, event: {"resolved_at": event.at, "resolved_by": event.actor}),
    kind_of(AnomalyComplained): _changed(lambda *_: {"is_complained": True}),
}
_KEYS: dict[ClosureBy, Callable[[_Told], str]] = {
    ClosureBy.KIND: lambda told: told.kind,
    ClosureBy.CHANNEL: lambda told: told.channel,
    ClosureBy.OWNER: lambda told: told.role,
    ClosureBy.PERSON: lambda told: told.resolved_by,
    ClosureBy.WEEK: lambda told: monday(told.detected_at),
}


def _is_asked(told: _Told, asked: ClosureAsked) -> bool:
    return (
        asked.since <= told.detected_at < asked.until
        and asked.kind in (None, told.kind)
        and asked.channel in (None, told.channel)
        and asked.owner_role in ("", told.role)
    )


def _closure(told: _Told, now: datetime) -> Closure:
    to_detect = max(0.0, (told.detected_at - told.occurred_at).total_seconds())
    if told.resolved_at is None:
        return Closure(detected=1, detect_seconds=to_detect, due=int(told.due_at < now))
    is_first = told.role == told.first_role
    by_people = told.resolved_by not in NO_PERSON or not is_first
    is_in_time = told.resolved_at <= told.due_at
    return Closure(
        detected=1,
        detect_seconds=to_detect,
        resolved=1,
        resolve_seconds=(told.resolved_at - told.detected_at).total_seconds(),
        by_people=int(by_people),
        first_right=int(by_people and is_first),
        complained=int(told.is_complained),
        due=1,
        in_time=int(is_in_time),
        in_time_reopened=int(is_in_time and told.reopened > 0),
    )
