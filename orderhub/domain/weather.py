"""What was, or will be, the weather of a region? A file tells; where nothing is told, forecasts go without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date
from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.columns import BigId, Moment
from orderhub.kernel.eventlog import Happening, record


class WeatherDay(SQLModel, table=True):
    """Mean temperature in tenths of a degree Celsius, precipitation in tenths of a millimetre."""

    __tablename__ = "weather_day"  # pyright: ignore[reportAssignmentType]

    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    day: date = Field(sa_type=Date, primary_key=True)  # type: ignore[call-overload]
    mean_tenths: int
    rain_tenths: int
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class WeatherPut(Happening):
    subject_type: ClassVar[str] = "weather"
    rows: int
    first_day: str
    last_day: str


def put_weather(session: Session, felt: Mapping[tuple[int, date], tuple[int, int]], *, by: str, now: datetime) -> int:
    """(Mean, rain) in tenths by (warehouse id, day), in the stead of what was told of the same. Safe to repeat."""
    for (warehouse_id, day), (mean, rain) in felt.items():
        session.merge(WeatherDay(warehouse_id=warehouse_id, day=day, mean_tenths=mean, rain_tenths=rain, at=now))
    if felt:
        days = [day for _, day in felt]
        record(session, WeatherPut(1, len(felt), str(min(days)), str(max(days))), actor=by, now=now)
    return len(felt)
