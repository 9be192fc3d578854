"""What is wrong? A fact, with the moments from which the closed loop is measured."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.domain import task as tasks
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind, Severity
from orderhub.domain.assignment import Facts
from orderhub.domain.assignment_rule import first_choice, note_choice
from orderhub.domain.order import Order
from orderhub.domain.task import Task, TaskPriority, TaskStatus
from orderhub.domain.words import Channel
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, NotFound, RuleBroken
from orderhub.kernel.eventlog import SYSTEM, Happening, record
from orderhub.kernel.ids import clean_text, without_phones
from orderhub.kernel.sight import find

# An anomaly that comes back within this is the same one, opened again.
RETURNS_WITHIN = timedelta(days=7)


# As text: a planner finds a partial index only where the query repeats its condition word for word.
_IS_OPEN = text("resolved_at IS NULL")


def _open_index(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)


class Anomaly(SQLModel, table=True):
    """``subject`` is what it is about (``order``/``shop``/``message``/``payment`` and its id), with one open of a kind.

    ``occurred_at`` is when it became true, ``detected_at`` when the hub saw it, ``due_at`` until when it is to be
    resolved. It is ``owner_role``'s, and ``owner``'s where a person took it or was given it; ``first_role`` had it
    first. ``order_id`` and ``channel`` are those it hurts, where there is one. ``reopened`` counts how often it came
    back, ``complained_at`` is when its buyer complained after it was resolved (``complaint.py``); ``level`` is how far
    up the ladder it has been told. ``name`` tells several of one kind about one thing apart: a rule's own word, a code
    that nobody knows; mostly empty.
    """

    __table_args__ = (
        Index(
            "uq_anomaly_open",
            "kind",
            "subject_type",
            "subject_id",
            "name",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        _open_index("ix_anomaly_due", "due_at", "id"),
        # One way of sorting or counting the desk each; resolved_at is there for SQLite, which else reads the row.
        _open_index("ix_anomaly_owner", "owner", "due_at", "id", "resolved_at"),
        _open_index("ix_anomaly_role", "owner_role", "due_at", "id", "resolved_at"),
        _open_index("ix_anomaly_risk", "at_risk_fen", "id", "resolved_at"),
        _open_index("ix_anomaly_kind", "kind", "due_at", "at_risk_fen", "detected_at", "id", "resolved_at"),
        _open_index("ix_anomaly_level", "level", "due_at", "id"),
        Index("ix_anomaly_subject", "subject_type", "subject_id", "kind"),
        Index("ix_anomaly_order", "order_id"),
        Index("ix_anomaly_detected", "detected_at", "id"),
    )

    id: int = own_id()
    kind: AnomalyKind = Field(sa_type=word(AnomalyKind))
    severity: Severity = Field(sa_type=word(Severity))
    subject_type: str = Field(max_length=32)
    subject_id: int = Field(sa_type=BigId)
    name: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=500)
    first_role: str = Field(max_length=32)
    owner_role: str = Field(max_length=32)
    owner: str = Field(default="", max_length=64)
    order_id: int | None = Field(default=None, sa_type=BigId)
    channel: Channel | None = Field(default=None, sa_type=word(Channel))
    at_risk_fen: int = Field(default=0, sa_type=BigId)
    occurred_at: datetime = Field(sa_type=Moment)
    detected_at: datetime = Field(sa_type=Moment)
    assigned_at: datetime | None = Field(default=None, sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    level: int = 0
    reopened: int = 0
    resolved_at: datetime | None = Field(default=None, sa_type=Moment)
    resolved_by: str = Field(default="", max_length=64)
    complained_at: datetime | None = Field(default=None, sa_type=Moment)


class AlreadyResolved(RuleBroken):
    code = "already_resolved"


@dataclass(frozen=True)
class AnomalyEvent(Happening):
    """``order_id`` is 0 where no order is hurt."""

    subject_type: ClassVar[str] = "anomaly"
    kind: str
    order_id: int


@dataclass(frozen=True)
class AnomalyOpened(AnomalyEvent):
    """All that the closed loop is measured from; moments in ISO 8601, ``channel`` may be empty."""

    about_type: str
    about_id: int
    severity: str
    role: str
    channel: str
    at_risk_fen: int
    occurred_at: str
    due_at: str
    name: str = ""


@dataclass(frozen=True)
class AnomalyReopened(AnomalyOpened):
    """It is true again, not long after it was resolved; or a person, who gave ``reason``, says it was never over."""

    reason: str = ""


@dataclass(frozen=True)
class AnomalyTaken(AnomalyEvent):
    """A person does it from now on; whose role's it is stays."""

    person: str


@dataclass(frozen=True)
class AnomalyHandedOver(AnomalyEvent):
    """``person`` is empty where it goes to a role."""

    source: str
    role: str
    person: str
    reason: str


@dataclass(frozen=True)
class AnomalyResolved(AnomalyEvent):
    """``role`` is whose it was in the end."""

    role: str
    reason: str = ""


def open_anomaly(
    session: Session,
    kind: AnomalyKind,
    *,
    about: tuple[str, int],
    occurred_at: datetime,
    now: datetime,
    severity: Severity | None = None,
    note: str = "",
    at_risk_fen: int = 0,
    role: str = "",
    order_id: int | None = None,
    channel: Channel | None = None,
    title: str = "",
    name: str = "",
    within: timedelta | None = None,
) -> Anomaly:
    """The open anomaly of ``kind`` about ``about``: found, made, or opened again. Safe to repeat; a repeat keeps the
    first moments.

    ``severity``, ``role`` and ``within``, where they are not given, are the kind's (``anomaly_kind.HANDLING``), but
    for a rule of assignment that names another role. ``order_id`` is the order it hurts where that is not what it is
    about; ``title`` is its task's where the note does not say it.
    """
    note = without_phones(note)
    found, is_over = _latest(session, kind, about, name, now)
    if found and not is_over:
        found.note = note[:500] or found.note
        return found
    handling, choice = HANDLING[kind], None
    within = within or handling.within
    if found is None:
        hurt = about[1] if about[0] == "order" else order_id
        facts = Facts(kind, note, severity or handling.severity, channel or _channel_of(session, hurt))
        choice = first_choice(session, facts, about, hurt, asked=role)
        found = fresh(facts, choice.role, about=about, order_id=hurt, name=name, occurred_at=occurred_at, now=now)
    else:
        found.reopened += 1
        found.resolved_at, found.resolved_by = None, ""
    found.note, found.at_risk_fen = note[:500], at_risk_fen
    found.due_at, found.assigned_at, found.level = now + within, now, 0
    session.add(found)
    session.flush()
    happening = AnomalyReopened if is_over else AnomalyOpened
    record(session, happening(**opening_facts(found, occurred_at)), actor=SYSTEM, now=now)
    note_choice(session, choice, found.id, found.kind, found.order_id or 0, now=now)
    _open_task(session, found, now, title=title)
    return found


def fresh(
    facts: Facts,
    role: str,
    *,
    about: tuple[str, int],
    order_id: int | None,
    occurred_at: datetime,
    now: datetime,
    name: str = "",
) -> Anomaly:
    """One that nobody has seen before, ``role``'s; not written yet."""
    handling = HANDLING[AnomalyKind(facts.kind)]
    return Anomaly(
        kind=AnomalyKind(facts.kind),
        severity=facts.severity or handling.severity,
        subject_type=about[0],
        subject_id=about[1],
        name=name,
        note=facts.note[:500],
        first_role=role,
        owner_role=role,
        order_id=order_id,
        channel=facts.channel,
        occurred_at=occurred_at,
        detected_at=now,
        assigned_at=now,
        due_at=now + handling.within,
    )


def open_again(session: Session, found: Anomaly, *, reason: str, by: str, now: datetime) -> None:
    """It is its last owner's, with a clock that starts anew."""
    found.reopened += 1
    found.resolved_at, found.resolved_by = None, ""
    found.due_at = now + HANDLING[AnomalyKind(found.kind)].within
    found.assigned_at, found.level = now, 0
    session.add(found)
    record(session, AnomalyReopened(**opening_facts(found, found.occurred_at), reason=reason), actor=by, now=now)
    _open_task(session, found, now)


def _open_task(session: Session, found: Anomaly, now: datetime, *, title: str = "") -> None:
    handling = HANDLING[AnomalyKind(found.kind)]
    if not handling.task:
        return
    task = tasks.open_task(
        session,
        handling.task,
        title=(title or found.note)[:200],
        about=(found.subject_type, found.subject_id),
        role=found.owner_role,
        due_at=found.due_at,
        now=now,
        anomaly_id=found.id,
        priority=TaskPriority(str(found.severity)),
    )
    if found.owner:
        tasks.claim(session, task, by=found.owner, now=now)


def opening_facts(found: Anomaly, occurred_at: datetime) -> dict[str, Any]:
    """What ``AnomalyOpened`` says of it."""
    return {
        "subject_id": found.id,
        "kind": found.kind,
        "order_id": found.order_id or 0,
        "about_type": found.subject_type,
        "about_id": found.subject_id,
        "severity": found.severity,
        "role": found.owner_role,
        "channel": found.channel or "",
        "at_risk_fen": found.at_risk_fen,
        "occurred_at": occurred_at.isoformat(),
        "due_at": found.due_at.isoformat(),
        "name": found.name,
    }


def hand_over(
    session: Session, anomaly_id: int, *, role: str, person: str = "", reason: str, by: str, now: datetime
) -> None:
    """From now on it is ``role``'s, and ``person``'s where one is named; its task goes with it.

    Raises:
        BadInput: no reason is given.
        NotFound: there is no such anomaly.
        AlreadyResolved: it is over.
    """
    because = why(reason, "say why somebody else has it from now on")
    standing = standing_anomaly(session, anomaly_id)
    if (role, person) == (standing.owner_role, standing.owner):
        return
    happened = AnomalyHandedOver(
        standing.id, standing.kind, standing.order_id or 0, standing.owner_role, role, person, because
    )
    record(session, happened, actor=by, now=now)
    standing.owner_role, standing.owner, standing.assigned_at = role, person, now
    session.add(standing)
    for task in tasks_of(session, standing):
        tasks.give(session, task, role=role, person=person, reason=because, by=by, now=now)


def open_kinds(session: Session, about: tuple[str, int]) -> set[AnomalyKind]:
    wanted = select(Anomaly.kind).where(Anomaly.subject_type == about[0], Anomaly.subject_id == about[1])
    return {AnomalyKind(kind) for kind in session.exec(wanted.where(col(Anomaly.resolved_at).is_(None)))}


def resolve_anomaly(
    session: Session,
    kind: AnomalyKind,
    *,
    about: tuple[str, int],
    by: str,
    now: datetime,
    reason: str = "",
    name: str = "",
) -> None:
    """Close the open anomaly of ``kind`` about ``about``; nothing happens where none is open."""
    if standing := _open(session, kind, about, name):
        _resolve(session, standing, by=by, now=now, reason=reason)


def resolve_by_hand(session: Session, anomaly_id: int, *, reason: str, by: str, now: datetime) -> None:
    """A person says that it is over, and why.

    Raises:
        BadInput: no reason is given.
        NotFound: there is no such anomaly.
        AlreadyResolved: somebody was quicker.
    """
    because = why(reason, "say how it was resolved")
    _resolve(session, standing_anomaly(session, anomaly_id), by=by, now=now, reason=because)


def why(given: str, hint: str) -> str:
    if not (because := clean_text(given, most=200, field="reason")):
        raise BadInput(f"reason: {hint}", field="reason", problem="missing")
    return because


def standing_anomaly(session: Session, anomaly_id: int) -> Anomaly:
    standing = find(session, Anomaly, anomaly_id, lock=True)
    if standing is None:
        raise NotFound(f"no anomaly has the id {anomaly_id}")
    if standing.resolved_at:
        raise AlreadyResolved(f"{standing.kind}: {standing.resolved_by} has resolved it already")
    return standing


def _resolve(session: Session, standing: Anomaly, *, by: str, now: datetime, reason: str) -> None:
    standing.resolved_at, standing.resolved_by = now, by
    session.add(standing)
    happened = AnomalyResolved(standing.id, standing.kind, standing.order_id or 0, standing.owner_role, reason)
    record(session, happened, actor=by, now=now)
    for task in tasks_of(session, standing):
        tasks.close(session, task, by=by, now=now, result=reason[:200])


def tasks_of(session: Session, standing: Anomaly) -> list[Task]:
    """Those still to be done for it."""
    if HANDLING[AnomalyKind(standing.kind)].task is None:
        return []
    return list(session.exec(select(Task).where(Task.anomaly_id == standing.id, Task.status != TaskStatus.CLOSED)))


def _channel_of(session: Session, order_id: int | None) -> Channel | None:
    channel = session.exec(select(Order.channel).where(Order.id == order_id)).first() if order_id else None
    return Channel(channel) if channel else None


def _latest(
    session: Session, kind: AnomalyKind, about: tuple[str, int], name: str, now: datetime
) -> tuple[Anomaly | None, bool]:
    """The open one, else the last that was resolved not long ago; and whether it is over."""
    wanted = select(Anomaly).where(
        Anomaly.kind == kind, Anomaly.subject_type == about[0], Anomaly.subject_id == about[1], Anomaly.name == name
    )
    latest = session.exec(wanted.order_by(col(Anomaly.id).desc()).limit(1)).first()
    if latest is None or latest.resolved_at is None:
        return latest, False
    return (latest, True) if now - latest.resolved_at <= RETURNS_WITHIN else (None, False)


def _open(session: Session, kind: AnomalyKind, about: tuple[str, int], name: str) -> Anomaly | None:
    wanted = select(Anomaly).where(
        Anomaly.kind == kind,
        Anomaly.subject_type == about[0],
        Anomaly.subject_id == about[1],
        Anomaly.name == name,
        col(Anomaly.resolved_at).is_(None),
    )
    return session.exec(wanted).one_or_none()
