"""On which days does the merchant's calendar differ from the published one, or go beyond it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.columns import Moment
from orderhub.kernel.eventlog import Happening, record


class HolidayOverride(SQLModel, table=True):
    """``is_off``: people are free; else they work, though it may be a weekend or a holiday."""

    __tablename__ = "holiday_override"  # pyright: ignore[reportAssignmentType]

    day: date = Field(sa_type=Date, primary_key=True)  # type: ignore[call-overload]
    is_off: bool
    name: str = Field(default="", max_length=64)
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class HolidaysPut(Happening):
    subject_type: ClassVar[str] = "holiday"
    rows: int
    first_day: str
    last_day: str


def put_holidays(session: Session, said: Mapping[date, tuple[bool, str]], *, by: str, now: datetime) -> int:
    """By day whether it is off, and its name, in the stead of what was said of it. Safe to repeat."""
    for day, (is_off, name) in said.items():
        session.merge(HolidayOverride(day=day, is_off=is_off, name=name[:64], at=now))
    if said:
        record(session, HolidaysPut(1, len(said), str(min(said)), str(max(said))), actor=by, now=now)
    return len(said)


def overrides(session: Session) -> list[HolidayOverride]:
    return list(session.exec(select(HolidayOverride).order_by(col(HolidayOverride.day))))
