"""Who has looked at whom, and what has been forgotten? For whoever looks after people's data."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.retention import PeopleForgotten
from orderhub.kernel.eventlog import Event, kind_of

LAST = 50
_LOOK = "receiver_revealed"  # access/reveal.py


@dataclass(frozen=True)
class Look:
    at: datetime
    who: str
    order_id: int
    reason: str
    words: str


@dataclass(frozen=True)
class ForgettingRun:
    at: datetime
    orders: int
    bodies: int
    tickets: int
    photos: int


def looks(session: Session, *, who: str = "", limit: int = LAST) -> list[Look]:
    """Newest first, of one person where their name is given."""
    wanted = select(Event).where(Event.kind == _LOOK)
    if who:
        wanted = wanted.where(Event.actor == who)
    found = session.exec(wanted.order_by(col(Event.id).desc()).limit(limit))
    return [Look(one.at, one.actor, one.subject_id, one.body["reason"], one.body["words"]) for one in found]


def forgetting_runs(session: Session, *, limit: int = 10) -> list[ForgettingRun]:
    """Newest first; a night with nothing to forget is not among them."""
    wanted = select(Event).where(Event.kind == kind_of(PeopleForgotten)).order_by(col(Event.id).desc()).limit(limit)
    parts = ("orders", "bodies", "tickets", "photos")
    return [ForgettingRun(one.at, *(one.body[part] for part in parts)) for one in session.exec(wanted)]
