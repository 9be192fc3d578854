"""How long is a buyer kept after their order is over? Days for each channel; what was bought and paid stays longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, select

from orderhub.domain.words import Channel
from orderhub.kernel.columns import Moment, word
from orderhub.kernel.errors import BadInput
from orderhub.kernel.eventlog import Happening, record

# In this time a buyer returns goods, complains, is paid back; E-Commerce Law 31 asks for the trade, not for the buyer.
DEFAULT = timedelta(days=90)
LEAST_DAYS, MOST_DAYS = 15, 1095


class Retention(SQLModel, table=True):
    """A channel without a row has ``DEFAULT``."""

    __table_args__ = (CheckConstraint("days >= 1", name="days_positive"),)

    channel: Channel = Field(primary_key=True, sa_type=word(Channel))
    days: int
    changed_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class RetentionEvent(Happening):
    subject_type: ClassVar[str] = "retention"


@dataclass(frozen=True)
class RetentionChanged(RetentionEvent):
    channel: str
    days: int


@dataclass(frozen=True)
class PeopleForgotten(RetentionEvent):
    """What a run of the job took away, by kind; never whom."""

    orders: int
    contacts: int
    bodies: int
    tickets: int
    photos: int


def retention_of(session: Session) -> dict[Channel, timedelta]:
    """Of every channel."""
    said = {one.channel: timedelta(days=one.days) for one in session.exec(select(Retention))}
    return {channel: said.get(channel, DEFAULT) for channel in Channel}


def set_retention(session: Session, channel: Channel, days: int, *, by: str, now: datetime) -> None:
    """Raises: BadInput: shorter than a return takes, or longer than trade records are kept."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        said = f"days: {days}, needs {LEAST_DAYS} to {MOST_DAYS}"
        raise BadInput(said, field="days", problem="retention_days")
    session.merge(Retention(channel=channel, days=days, changed_at=now))
    record(session, RetentionChanged(0, channel, days), actor=by, now=now)
