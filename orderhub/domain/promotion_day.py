"""Which days are promotions, and what are they called? 大促日: marked in the order trend, known to the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.columns import Moment, own_id
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.ids import clean_text
from orderhub.kernel.sight import find

LONGEST_NAME = 32
_EARLIEST = date(2000, 1, 1)


class PromotionDay(SQLModel, table=True):
    """A business day in Shanghai; one name for each."""

    __tablename__ = "promotion_day"  # pyright: ignore[reportAssignmentType]

    id: int = own_id()
    day: date = Field(unique=True)
    name: str = Field(max_length=LONGEST_NAME)
    set_by: str = Field(max_length=64)
    set_at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class PromotionDayEvent(Happening):
    subject_type: ClassVar[str] = "promotion_day"
    day: str
    name: str


@dataclass(frozen=True)
class PromotionDaySet(PromotionDayEvent):
    pass


@dataclass(frozen=True)
class PromotionDayRemoved(PromotionDayEvent):
    pass


def promotion_days(session: Session) -> Sequence[PromotionDay]:
    """The latest first."""
    return session.exec(select(PromotionDay).order_by(col(PromotionDay.day).desc())).all()


def promotion_names(session: Session, first: date, last: date) -> dict[date, str]:
    within = col(PromotionDay.day).between(first, last)
    return {one.day: one.name for one in session.exec(select(PromotionDay).where(within))}


def set_promotion_day(session: Session, day: date, name: str, *, by: str, now: datetime) -> PromotionDay:
    """``day`` is called so from now on, whatever it was called before. Safe to repeat.

    Raises:
        BadInput: no name, or a day before 2000.
    """
    called = clean_text(name, most=LONGEST_NAME, field="name")
    if not called:
        raise BadInput("name: say what the promotion is called", field="name", problem="promotion_name")
    if day < _EARLIEST:
        raise BadInput("day: is before 2000", field="day", problem="promotion_day")
    wanted = select(PromotionDay).where(PromotionDay.day == day).with_for_update()
    standing = session.exec(wanted).one_or_none()
    if standing and standing.name == called:
        return standing
    kept = standing or PromotionDay(day=day, name=called, set_by=by, set_at=now)
    kept.name, kept.set_by, kept.set_at = called, by, now
    session.add(kept)
    session.flush()
    record(session, PromotionDaySet(kept.id, day.isoformat(), called), actor=by, now=now)
    return kept


def remove_promotion_day(session: Session, day_id: int, *, by: str, now: datetime) -> None:
    """Raises: NotFound: it is no promotion day, or no more."""
    standing = find(session, PromotionDay, day_id, lock=True)
    if standing is None:
        raise NotFound(f"no promotion day has the id {day_id}")
    record(session, PromotionDayRemoved(standing.id, standing.day.isoformat(), standing.name), actor=by, now=now)
    session.delete(standing)
