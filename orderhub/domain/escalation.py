"""Who else is told when an anomaly is not resolved in its time? A ladder that the merchant sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import and_, or_, update
from sqlmodel import Field, Session, SQLModel, col, delete, select

from orderhub.domain.anomaly import Anomaly, AnomalyEvent
from orderhub.domain.anomaly_kind import HANDLING, AnomalyKind
from orderhub.kernel.columns import own_id, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, Was, record

MOST_STEPS = 6
MOST_PERCENT = 1000
_AT_ONCE = 200


class Told(StrEnum):
    """``OWNER``: the person who has it, or their role where nobody took it; ``ROLE``: everybody of that role."""

    OWNER = "owner"
    ROLE = "role"
    MANAGER = "manager"
    ADMIN = "admin"


class EscalationStep(SQLModel, table=True):
    """``after_percent`` of the time allowed: 100 is the moment it is due."""

    __tablename__ = "escalation_step"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    after_percent: int = Field(unique=True)
    told: Told = Field(sa_type=word(Told))


@dataclass(frozen=True)
class Step:
    after_percent: int
    told: Told


# Until somebody sets another.
LADDER = (Step(80, Told.OWNER), Step(100, Told.ROLE), Step(150, Told.MANAGER))


@dataclass(frozen=True)
class AnomalyEscalated(AnomalyEvent):
    """``role`` is told, or ``person`` of it alone where one is named; ``level`` counts the ladder's steps from 1."""

    level: int
    role: str
    person: str = ""


@dataclass(frozen=True)
class LadderChanged(Happening):
    """``steps`` as ``80 owner, 100 role``."""

    subject_type: ClassVar[str] = "escalation"
    steps: str
    was: Was | None = None


def ladder(session: Session) -> tuple[Step, ...]:
    rows = session.exec(select(EscalationStep).order_by(col(EscalationStep.after_percent))).all()
    return tuple(Step(row.after_percent, Told(row.told)) for row in rows) or LADDER


def set_ladder(session: Session, steps: Sequence[Step], *, by: str, now: datetime) -> None:
    """In force from the next look on; what has been told already is not told again.

    Raises:
        BadInput: no step, too many, a share out of bounds, or two with the same.
    """
    ordered = sorted(steps, key=lambda step: step.after_percent)
    shares = [step.after_percent for step in ordered]
    if not 1 <= len(shares) <= MOST_STEPS or len(set(shares)) < len(shares):
        raise BadInput(f"steps: 1 to {MOST_STEPS}, each at another share", field="steps", problem="ladder_steps")
    if shares[0] < 1 or shares[-1] > MOST_PERCENT:
        raise BadInput(f"after_percent: 1 to {MOST_PERCENT}", field="after_percent", problem="ladder_share")
    was = ladder(session)
    if tuple(ordered) == was:
        return
    session.exec(delete(EscalationStep))
    session.add_all(EscalationStep(after_percent=step.after_percent, told=step.told) for step in ordered)
    record(session, LadderChanged(0, _said(ordered), {"steps": _said(was)}), actor=by, now=now)


def _said(steps: Sequence[Step]) -> str:
    return ", ".join(f"{step.after_percent} {step.told}" for step in steps)


def escalate(session: Session, now: datetime, *, most: int = _AT_ONCE) -> int:
    """Tell each next step of what has come to it, a level at a time, at most ``most``. How many were told.

    Each level of an anomaly is told once, in order, whatever ran before and however often: who raises the level writes
    the event, in one transaction.
    """
    told = 0
    for level, step in enumerate(ladder(session)):
        for found in _due(session, level, step, now, most - told):
            told += _tell(session, found, level + 1, step, now)
    return told


def _due(session: Session, level: int, step: Step, now: datetime, most: int) -> Sequence[Anomaly]:
    """Those told ``level`` steps whose time for the next has come, by the index on level and due moment."""
    if most <= 0:
        return ()
    ahead: dict[timedelta, list[AnomalyKind]] = {}
    for kind, handling in HANDLING.items():
        ahead.setdefault(handling.within * (100 - step.after_percent) / 100, []).append(kind)
    reached = [and_(col(Anomaly.kind).in_(kinds), col(Anomaly.due_at) <= now + lead) for lead, kinds in ahead.items()]
    wanted = select(Anomaly).where(
        col(Anomaly.resolved_at).is_(None),
        Anomaly.level == level,
        col(Anomaly.due_at) <= now + max(ahead),
        or_(*reached),
    )
    return session.exec(wanted.order_by(col(Anomaly.due_at), col(Anomaly.id)).limit(most)).all()


def _tell(session: Session, found: Anomaly, level: int, step: Step, now: datetime) -> int:
    mine = [col(Anomaly.id) == found.id, col(Anomaly.level) == level - 1, col(Anomaly.resolved_at).is_(None)]
    if not session.exec(update(Anomaly).where(*mine).values(level=level)).rowcount:
        return 0
    role = str(step.told) if step.told in (Told.MANAGER, Told.ADMIN) else found.owner_role
    person = found.owner if step.told is Told.OWNER else ""
    told = AnomalyEscalated(found.id, found.kind, found.order_id or 0, level, role, person)
    record(session, told, actor="system", now=now)
    return 1
