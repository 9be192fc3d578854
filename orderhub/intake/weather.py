"""What weather have the regions had, and what will it be? Asked once a day, where whoever installed this wants it.

A region has the mean of the capitals of the provinces whose receivers it would serve: the weather where people buy.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from statistics import mean

import structlog
from sqlmodel import Session, col, select

from orderhub.connectors import weather as open_meteo
from orderhub.connectors.outside import checked_base_url
from orderhub.connectors.weather import ARCHIVE_BEHIND, DayWeather, OpenMeteo, Place
from orderhub.domain.forecast_run import LOOKS_BACK
from orderhub.domain.provinces import CAPITALS, shared_out
from orderhub.domain.stock import Warehouse
from orderhub.domain.weather import WeatherSource, put_weather, weather_told
from orderhub.intake.lease import reason_of
from orderhub.kernel.clock import business_day, day_start
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import PartnerUnavailable
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.settings import settings

JOB = "fetch_weather"
_AT_ONCE = timedelta(days=365)
_DAY = timedelta(days=1)

log = structlog.get_logger()


@dataclass(frozen=True)
class Region:
    """What is to be asked for a warehouse: from ``since`` on nobody has said what its weather was."""

    warehouse_id: int
    name: str
    places: tuple[Place, ...]
    since: date


def fetch_weather(now: datetime) -> str:
    """Ask for every region that has not been told of today; one region's trouble stops no other.

    Raises:
        PartnerUnavailable: which regions were not told, and why; the others were, and the next run asks again.
    """
    if not settings().weather:
        return "off"
    with reading() as session:
        regions = due_regions(session, now)
    if not regions:
        return "nothing to do"
    key, base_url = settings().weather_key.get_secret_value(), checked_base_url(settings().weather_url)
    line = open_meteo.connect(key, base_url=base_url)
    kept, missed = 0, list[str]()
    try:
        for region in regions:
            try:
                kept += _fetch(line, region, now)
            except Exception as error:  # noqa: BLE001  (one region's trouble never stops the others)
                log.warning("weather_not_told", warehouse=region.warehouse_id, error=type(error).__name__)
                missed.append(f"{region.name}: {reason_of(error)}")
    finally:
        line.close()
    if missed:
        raise PartnerUnavailable("; ".join(missed), partner=open_meteo.PARTNER)
    return f"{len(regions)} regions, {kept} days"


def due_regions(session: Session, now: datetime) -> list[Region]:
    """Those whose weather ahead was not told since midnight. A warehouse that serves nobody has no weather."""
    today, told = business_day(now), weather_told(session)
    warehouses = session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.id))).all()
    provinces = shared_out(warehouses)
    found = []
    for one in warehouses:
        ahead = told.get((one.id, WeatherSource.FORECAST))
        if one.id in provinces and (ahead is None or ahead.at < day_start(today)):
            measured = told.get((one.id, WeatherSource.MEASURED))
            since = max(measured.last_day + _DAY if measured else date.min, today - LOOKS_BACK)
            places = tuple(CAPITALS[province] for province in provinces[one.id])
            found.append(Region(one.id, one.name, places, since))
    return found


def _fetch(line: OpenMeteo, region: Region, now: datetime) -> int:
    """The past year by year, each kept at once; then what is not measured yet, and what is to come."""
    today, kept = business_day(now), 0
    archived = today - ARCHIVE_BEHIND
    for since, until in _years(region.since, archived):
        days = _together([line.measured(place, since, until) for place in region.places])
        kept += _keep(region, days, WeatherSource.MEASURED, now)
    past_days = ARCHIVE_BEHIND.days + 1  # a day more than has to be: the archive may be late
    days = _together([line.forecast(place, past_days=past_days) for place in region.places])
    return kept + _keep(region, days, WeatherSource.FORECAST, now)


def _years(since: date, until: date) -> Iterator[tuple[date, date]]:
    while since <= until:
        yield since, min(since + _AT_ONCE - _DAY, until)
        since += _AT_ONCE


def _together(told: Sequence[Sequence[DayWeather]]) -> dict[date, tuple[int, int]]:
    """Of the days that are known of every place."""
    by_day: dict[date, list[DayWeather]] = defaultdict(list)
    for one in chain.from_iterable(told):
        by_day[one.day].append(one)
    return {
        day: (round(mean(one.mean_tenths for one in felt)), round(mean(one.rain_tenths for one in felt)))
        for day, felt in by_day.items()
        if len(felt) == len(told)
    }


def _keep(region: Region, days: dict[date, tuple[int, int]], source: WeatherSource, now: datetime) -> int:
    felt = {(region.warehouse_id, day): said for day, said in days.items()}
    with transaction() as session:
        return put_weather(session, felt, source, by=SYSTEM, now=now)
