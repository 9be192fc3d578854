"""How does the inbox stand: how much waits by state, since when, and how fast is it taken in?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from orderhub.intake.inbox import WAITING, InboxMessage, MessageState

RATE_OVER = timedelta(minutes=5)
# As text: a planner finds a partial index only where the query repeats its condition word for word.
_DEAD = text("state = 'dead'")
_DONE = text("state = 'done'")


@dataclass(frozen=True)
class InboxStand:
    """``counts`` of what waits or is dead; ``taken`` are those done in the last ``RATE_OVER``."""

    counts: dict[MessageState, int]
    oldest_at: datetime | None
    taken: int

    @property
    def per_minute(self) -> int:
        return round(self.taken / (RATE_OVER / timedelta(minutes=1)))


def inbox_stand(session: Session, now: datetime) -> InboxStand:
    """Only what an index knows is counted: done messages may be millions."""
    waiting = select(InboxMessage.state, func.count(), func.min(InboxMessage.received_at)).where(WAITING)
    rows = session.exec(waiting.group_by(col(InboxMessage.state))).all()
    counts = {MessageState(state): count for state, count, _ in rows}
    dead = select(func.count()).select_from(InboxMessage).where(_DEAD)
    counts[MessageState.DEAD] = session.exec(dead).one()
    done = select(func.count()).select_from(InboxMessage).where(_DONE, col(InboxMessage.done_at) > now - RATE_OVER)
    return InboxStand(counts, min((oldest_at for _, _, oldest_at in rows), default=None), session.exec(done).one())
