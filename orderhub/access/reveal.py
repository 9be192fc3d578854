"""Who has looked at a receiver in the clear, why, and how often may they? Counted as the value is handed out.

The value itself is kept nowhere: a row says whose it was and why somebody needed it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, func, select

from orderhub.access.users import User
from orderhub.kernel.clock import SHANGHAI
from orderhub.kernel.columns import BigId, Moment, own_id, word
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.logs import redacted

DAILY = 50
MOST_DAILY = 500
WORDS_MOST = 100
UNUSUAL = 3  # times what is usual for this person
_LOOKED_BACK = timedelta(days=30)
_FEWEST = 3  # a day of fewer looks is nobody's usual day
_ONLY = 1


class RevealReason(StrEnum):
    """Why a person needs it; what is not among these is said in words."""

    CALL_BUYER = "call_buyer"
    CHECK_ADDRESS = "check_address"
    CARRIER_ASKS = "carrier_asks"
    RESHIP = "reship"
    OTHER = "other"


class Reveal(SQLModel, table=True):
    """One order's receiver was shown to one person."""

    __table_args__ = (Index("ix_reveal_user_at", "user_id", "at"),)

    id: int = own_id()
    user_id: int = Field(foreign_key="users.id", sa_type=BigId)
    order_id: int = Field(foreign_key="orders.id", sa_type=BigId, index=True)
    shop_id: int = Field(foreign_key="shop.id", sa_type=BigId)
    reason: RevealReason = Field(sa_type=word(RevealReason))
    words: str = Field(default="", max_length=WORDS_MOST)
    at: datetime = Field(sa_type=Moment)


class RevealQuota(SQLModel, table=True):
    """The one row: how many receivers a person may see in a day of Asia/Shanghai."""

    __tablename__ = "reveal_quota"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=_ONLY, primary_key=True)
    daily: int = DAILY


@dataclass(frozen=True)
class ReceiverRevealed(Happening):
    """Somebody saw the order's receiver in the clear; never what they saw."""

    subject_type: ClassVar[str] = "order"
    reason: str
    words: str


@dataclass(frozen=True)
class RevealsUnusual(Happening):
    """``today`` is more than three times what is ``usual`` for this person; told once a day."""

    subject_type: ClassVar[str] = "user"
    today: int
    usual: int


@dataclass(frozen=True)
class RevealQuotaChanged(Happening):
    subject_type: ClassVar[str] = "reveal_quota"
    daily: int


@dataclass(frozen=True)
class Why:
    reason: RevealReason
    words: str = ""


@dataclass(frozen=True)
class Count:
    """Looks ``today`` and ``left`` today; ``is_unusual`` once a day, when they go beyond what is usual."""

    today: int
    left: int
    is_unusual: bool


class QuotaUsedUp(RuleBroken):
    code = "reveal_quota"


def why_told(reason: str, words: str) -> Why:
    """Raises: BadInput: no such reason; ``other`` without words."""
    if reason not in list(RevealReason):
        raise BadInput("reason: choose why you need it", field="reason", problem="reveal_reason")
    said = redacted(clean_text(words, most=WORDS_MOST, field="words"))[:WORDS_MOST]
    if reason == RevealReason.OTHER and not said:
        raise BadInput("words: say why you need it", field="words", problem="reveal_words")
    return Why(RevealReason(reason), said)


def check_quota(session: Session, user_id: int, now: datetime) -> None:
    """Raises: QuotaUsedUp: this person has seen as many today as a person may."""
    daily = quota_of(session)
    if _seen_today(session, user_id, now) >= daily:
        raise QuotaUsedUp(f"{daily} receivers a day are shown to a person", most=str(daily))


def count_reveal(session: Session, user_id: int, order_id: int, shop_id: int, why: Why, *, now: datetime) -> Count:
    """Count and log one look; what it shows may leave this transaction only with it.

    Raises: QuotaUsedUp.
    """
    user = session.get_one(User, user_id, with_for_update=True)  # two looks at once are counted one after the other
    check_quota(session, user_id, now)
    one = Reveal(user_id=user_id, order_id=order_id, shop_id=shop_id, reason=why.reason, words=why.words, at=now)
    session.add(one)
    session.flush()
    record(session, ReceiverRevealed(order_id, why.reason, why.words), actor=user.name, now=now)
    today, usual = _seen_today(session, user_id, now), _usual(session, user_id, now)
    is_unusual = today == UNUSUAL * usual + 1
    if is_unusual:
        record(session, RevealsUnusual(user_id, today, usual), actor=user.name, now=now)
    return Count(today, quota_of(session) - today, is_unusual)


def quota_of(session: Session) -> int:
    return (session.get(RevealQuota, _ONLY) or RevealQuota()).daily


def set_quota(session: Session, daily: int, *, by: str, now: datetime) -> None:
    """Raises: BadInput: not 0 to 500."""
    if not 0 <= daily <= MOST_DAILY:
        raise BadInput(f"daily: {daily}, needs 0 to {MOST_DAILY}", field="daily", problem="reveal_daily")
    session.merge(RevealQuota(id=_ONLY, daily=daily))
    record(session, RevealQuotaChanged(_ONLY, daily), actor=by, now=now)


def _seen_today(session: Session, user_id: int, now: datetime) -> int:
    wanted = select(func.count()).where(Reveal.user_id == user_id, Reveal.at >= _midnight(now), Reveal.at <= now)
    return session.exec(wanted).one()


def _usual(session: Session, user_id: int, now: datetime) -> int:
    """The median of this person's own days with any look in the thirty before today."""
    before = _midnight(now)
    wanted = select(Reveal.at).where(
        Reveal.user_id == user_id, col(Reveal.at) >= before - _LOOKED_BACK, col(Reveal.at) < before
    )
    days = Counter(at.astimezone(SHANGHAI).date() for at in session.exec(wanted))
    return max(int(median(days.values())) if days else 0, _FEWEST)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
