"""With which accounts are those asked who know the ways of many carriers' parcels? One row each, its keys sealed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select, update

from orderhub.kernel.clock import business_day
from orderhub.kernel.columns import Moment, own_id, word
from orderhub.kernel.errors import NotFound
from orderhub.kernel.eventlog import Happening
from orderhub.kernel.sealing import sealed_fields


class TrackerKind(StrEnum):
    KUAIDI100 = "kuaidi100"


class TrackerAccount(SQLModel, table=True):
    """``code`` is ours and part of the push address; the sealed fields open with ``tracker:<code>:<name>``.

    ``salt`` is ours and signs its pushes. ``phone_tail`` are the last four digits of the telephone on our own parcels
    as their sender, which some carriers want to hear before they tell. ``daily_quota`` 0: no limit of ours; questions
    count, subscriptions do not. ``base_url`` is empty for the real address; only the lab's account has another.
    """

    __tablename__ = "tracker_account"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    code: str = Field(max_length=32, unique=True)
    kind: TrackerKind = Field(sa_type=word(TrackerKind))
    name: str = Field(max_length=64)
    customer: str = Field(max_length=64)
    key_sealed: str = ""
    salt_sealed: str = ""
    phone_tail: str = Field(default="", max_length=4)
    daily_quota: int = 0
    calls_on: date | None = None
    calls_today: int = 0
    ask_after_hours: int = 6
    base_url: str = Field(default="", max_length=200)
    is_active: bool = True
    created_at: datetime = Field(sa_type=Moment)


sealed_fields(TrackerAccount, "key", "salt", within=lambda _, account: f"tracker:{account.code}")


@dataclass(frozen=True)
class TrackerEvent(Happening):
    subject_type: ClassVar[str] = "tracker_account"


@dataclass(frozen=True)
class TrackerConnected(TrackerEvent):
    """The account was added, or has new keys."""

    kind: str


@dataclass(frozen=True)
class TrackerSwitched(TrackerEvent):
    is_active: bool


def tracker_accounts(session: Session) -> list[TrackerAccount]:
    """Every one, the oldest first."""
    return list(session.exec(select(TrackerAccount).order_by(col(TrackerAccount.id))))


def tracker_coded(session: Session, code: str) -> TrackerAccount:
    """Raises: NotFound."""
    found = session.exec(select(TrackerAccount).where(TrackerAccount.code == code)).one_or_none()
    if not found:
        raise NotFound(f"no tracker account is called {code[:32]!r}")
    return found


def take_calls(session: Session, account_id: int, *, count: int, now: datetime) -> bool:
    """Count ``count`` questions against today's quota; False, and nothing counted, where they go beyond it."""
    today = business_day(now)
    of_account = col(TrackerAccount.id) == account_id
    fresh = (of_account, col(TrackerAccount.calls_on).is_(None) | (col(TrackerAccount.calls_on) != today))
    session.exec(update(TrackerAccount).where(*fresh).values(calls_on=today, calls_today=0))
    within = (col(TrackerAccount.daily_quota) == 0) | (TrackerAccount.calls_today + count <= TrackerAccount.daily_quota)
    counted = update(TrackerAccount).where(of_account, within)
    return session.exec(counted.values(calls_today=TrackerAccount.calls_today + count)).rowcount > 0
