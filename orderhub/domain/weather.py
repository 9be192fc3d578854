"""What was, or will be, the weather of a region? Files and Open-Meteo tell; where nothing is, forecasts go without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Date, func
from sqlalchemy import select as columns
from sqlmodel import Field, Session, SQLModel, col, select

from orderhub.kernel.columns import BigId, Moment, word
from orderhub.kernel.eventlog import Happening, record


class WeatherSource(StrEnum):
    """Who said it. The better one comes later: what it has said of a day is kept."""

    FORECAST = "forecast"  # 预报
    MEASURED = "measured"  # 实测
    FILE = "file"  # 文件


class WeatherDay(SQLModel, table=True):
    """Mean temperature in tenths of a degree Celsius, precipitation in tenths of a millimetre."""

    __tablename__ = "weather_day"  # pyright: ignore[reportAssignmentType]

    warehouse_id: int = Field(foreign_key="warehouse.id", primary_key=True, sa_type=BigId)
    day: date = Field(sa_type=Date, primary_key=True)  # type: ignore[call-overload]
    mean_tenths: int
    rain_tenths: int
    source: WeatherSource = Field(sa_type=word(WeatherSource))
    at: datetime = Field(sa_type=Moment)


@dataclass(frozen=True)
class WeatherPut(Happening):
    subject_type: ClassVar[str] = "weather"
    rows: int
    first_day: str
    last_day: str
    source: str


@dataclass(frozen=True)
class Told:
    """What one source has said of one region, and when it last did."""

    first_day: date
    last_day: date
    days: int
    at: datetime


def put_weather(
    session: Session,
    felt: Mapping[tuple[int, date], tuple[int, int]],
    source: WeatherSource,
    *,
    by: str,
    now: datetime,
) -> int:
    """(Mean, rain) in tenths by (warehouse id, day), in the stead of what no better source has said of the same.

    Returns how many days were kept. Safe to repeat.
    """
    standing = _standing(session, felt)
    kept = {key: said for key, said in felt.items() if key not in standing or _is_as_good(source, standing[key])}
    for (warehouse_id, day), (mean, rain) in kept.items():
        one = WeatherDay(warehouse_id=warehouse_id, day=day, mean_tenths=mean, rain_tenths=rain, source=source, at=now)
        session.merge(one)
    if kept:
        days = [day for _, day in kept]
        record(session, WeatherPut(1, len(kept), str(min(days)), str(max(days)), source), actor=by, now=now)
    return len(kept)


def weather_told(session: Session) -> dict[tuple[int, WeatherSource], Told]:
    """By warehouse id and source."""
    day, of = col(WeatherDay.day), (col(WeatherDay.warehouse_id), col(WeatherDay.source))
    wanted = columns(*of, func.min(day), func.max(day), func.count(), func.max(col(WeatherDay.at))).group_by(*of)
    return {(warehouse_id, source): Told(*told) for warehouse_id, source, *told in session.execute(wanted)}


def _standing(session: Session, felt: Mapping[tuple[int, date], tuple[int, int]]) -> dict[tuple[int, date], WeatherDay]:
    if not felt:
        return {}
    days = [day for _, day in felt]
    wanted = select(WeatherDay).where(
        col(WeatherDay.warehouse_id).in_({warehouse_id for warehouse_id, _ in felt}),
        col(WeatherDay.day).between(min(days), max(days)),
    )
    return {(one.warehouse_id, one.day): one for one in session.exec(wanted)}


def _is_as_good(source: WeatherSource, standing: WeatherDay) -> bool:
    ranks = list(WeatherSource)
    return ranks.index(source) >= ranks.index(standing.source)
