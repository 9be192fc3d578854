"""What was, or will be, spent on advertising on which day, for the whole range or for one SKU? Forecasts look at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.eventlog import Happening, record


class AdvertisingDay(SQLModel, table=True):
    """``sku_id`` 0: for the whole range."""

    __tablename__ = "advertising_day"  # pyright: ignore[reportAssignmentType]

    day: date = Field(sa_type=Date, primary_key=True)  # type: ignore[call-overload]
    sku_id: int = Field(default=0, primary_key=True, sa_type=BigId)
    spent_fen: int = Field(sa_type=BigId)
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class AdvertisingPut(Happening):
    subject_type: ClassVar[str] = "advertising"
    rows: int
    first_day: str
    last_day: str


def put_advertising(session: Session, spent: Mapping[tuple[date, int], int], *, by: str, now: datetime) -> int:
    """Fen by (day, SKU id) in the stead of what was said of the same; returns how many rows. Safe to repeat."""
    for (day, sku_id), fen in spent.items():
        session.merge(AdvertisingDay(day=day, sku_id=sku_id, spent_fen=fen, at=now))
    if spent:
        days = [day for day, _ in spent]
        record(session, AdvertisingPut(1, len(spent), str(min(days)), str(max(days))), actor=by, now=now)
    return len(spent)


def advertised(session: Session, since: date) -> list[AdvertisingDay]:
    wanted = select(AdvertisingDay).where(col(AdvertisingDay.day) >= since)
    return list(session.exec(wanted.order_by(col(AdvertisingDay.day), col(AdvertisingDay.sku_id))))
