"""What waits at level 2? This list and nothing else; a merchant may take an entry off it.

What waits catches up by itself: events stand behind their workflow's cursor, a job looks at facts, a missed slot of a
job is made up for at once (``kernel/job_plan.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.level import Named, Pausable

LOW_CARDS: Named = (Pausable.NOTICE, "low_cards")
DOWNLOADS: Named = (Pausable.EXPORT, "downloads")
LIVE_LISTS: Named = (Pausable.SCREEN, "live_lists")
LIVE_REPORTS: Named = (Pausable.SCREEN, "live_reports")

# In the order of the page. Jobs and workflows by their names (jobs/schedule.py, automation/catalogue.py).
PAUSABLE: tuple[Named, ...] = (
    (Pausable.JOB, "count_reports"),
    (Pausable.JOB, "recount_reports"),
    (Pausable.JOB, "send_reports"),
    (Pausable.JOB, "reckon_arrivals"),
    (Pausable.JOB, "suggest_replenishment"),
    (Pausable.JOB, "fetch_weather"),
    (Pausable.JOB, "forecast_demand"),
    (Pausable.JOB, "look_back"),
    (Pausable.JOB, "check_completeness"),
    (Pausable.JOB, "compare_stock"),
    (Pausable.JOB, "pull_bills"),
    (Pausable.JOB, "match_statements"),
    (Pausable.JOB, "finish_reruns"),
    (Pausable.JOB, "prove_audit"),
    (Pausable.WORKFLOW, "reread_tracks"),
    DOWNLOADS,
    LOW_CARDS,
    LIVE_LISTS,
    LIVE_REPORTS,
)


class GoesOn(SQLModel, table=True):
    """An entry that somebody took off the list: it goes on at level 2."""

    __tablename__ = "pressure_goes_on"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: int = own_id()
    kind: Pausable = Field(sa_type=word(Pausable))
    name: str = Field(max_length=64)
    by: str = Field(max_length=64)
    since: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class PausingChanged(Happening):
    """``waits``: at level 2 it does from now on."""

    subject_type: ClassVar[str] = "pressure"
    kind: str
    name: str
    waits: bool


def off_the_list(session: Session) -> dict[Named, GoesOn]:
    """What was taken off."""
    return {(one.kind, one.name): one for one in session.exec(select(GoesOn))}


def waiting_list(session: Session) -> frozenset[Named]:
    """What waits at level 2."""
    return frozenset(PAUSABLE) - off_the_list(session).keys()


def set_waits(session: Session, entry: Named, *, waits: bool, by: str, now: datetime) -> bool:
    """Put ``entry`` on the list or take it off; False where it is so already. Every process knows within a second.

    Raises:
        NotFound: nothing of that name can wait.
    """
    if entry not in PAUSABLE:
        raise NotFound(f"nothing that can wait is called {entry[1][:64]}")
    standing = off_the_list(session).get(entry)
    if waits is (standing is None):
        return False
    if standing:
        session.delete(standing)
    else:
        session.add(GoesOn(kind=entry[0], name=entry[1], by=by, since=now))
    record(session, PausingChanged(1, *entry, waits=waits), actor=by, now=now)
    return True
