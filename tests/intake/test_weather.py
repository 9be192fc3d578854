"""Is every region's weather fetched once a day from the lab's Open-Meteo, and does what failed say so?"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from orderhub.domain.forecast_run import LOOKS_BACK, Note
from orderhub.domain.provinces import CAPITALS, GREAT_REGIONS, shared_out
from orderhub.domain.stock import Warehouse, put_warehouse
from orderhub.domain.weather import WeatherDay, WeatherPut, WeatherSource, put_weather, weather_told
from orderhub.insights.forecast.gathering import gather
from orderhub.intake.weather import fetch_weather
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput, PartnerUnavailable
from orderhub.kernel.eventlog import Event, kind_of
from orderhub.kernel.settings import settings
from orderhub.lab.app import create_lab
from orderhub.lab.faults import Fault
from orderhub.lab.weather import HIGH, LOW, PATH, weather_at
from tests.builders import NOW
from tests.flows.hub import served
from tests.insights.demand import ordered, stocked, year

TODAY = business_day(NOW)
EAST, SOUTH = 1, 2
DAY = timedelta(days=1)


@pytest.fixture
def lab(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Whoever installed this has turned it on, with two regional warehouses."""
    made = create_lab(living=False, now=lambda: NOW)
    with database.transaction() as session:
        stocked(session)
    with served(made) as url:
        monkeypatch.setenv("ORDERHUB_WEATHER", "true")
        monkeypatch.setenv("ORDERHUB_WEATHER_URL", url + PATH)
        settings.cache_clear()
        yield made.state.weather


def days(database: Database, warehouse_id: int) -> dict[date, WeatherDay]:
    with database.reading() as session:
        found = session.exec(select(WeatherDay).where(WeatherDay.warehouse_id == warehouse_id))
        return {one.day: one for one in found}


def mean_of(provinces: list[str], day: date) -> float:
    felt = [weather_at(*CAPITALS[province], day) for province in provinces]
    return sum(one[HIGH] + one[LOW] for one in felt) / 2 / len(felt)


def test_nothing_is_asked_unless_it_was_turned_on(database: Database):
    with database.transaction() as session:
        stocked(session)
    assert fetch_weather(NOW) == "off"


def test_every_province_has_a_capital_and_one_warehouse():
    named = [province for names in GREAT_REGIONS for province in names.split()]
    assert sorted(CAPITALS) == sorted(named)
    east = Warehouse(id=1, code="e", name="e", provinces="浙江", rank=2, created_at=NOW)
    north = Warehouse(id=2, code="n", name="n", provinces="北京", rank=1, created_at=NOW)
    shared = shared_out([east, north])
    assert shared[1] == "上海 江苏 浙江 安徽 福建 江西 山东".split()
    assert sorted(shared[1] + shared[2]) == sorted(named)
    assert shared_out([]) == {}


def test_three_years_and_sixteen_days_of_each_region_are_kept(lab: Any, database: Database):
    assert fetch_weather(NOW) == f"2 regions, {2 * (LOOKS_BACK.days + 16)} days"
    found = days(database, EAST)
    assert sorted(found) == [TODAY - LOOKS_BACK + number * DAY for number in range(LOOKS_BACK.days + 16)]
    measured = {day for day, one in found.items() if one.source is WeatherSource.MEASURED}
    assert max(measured) == TODAY - 6 * DAY
    assert {one.source for day, one in found.items() if day not in measured} == {WeatherSource.FORECAST}
    with database.reading() as session:
        provinces = shared_out(session.exec(select(Warehouse).where(col(Warehouse.id) > 0)).all())
        put = session.exec(select(Event).where(Event.kind == kind_of(WeatherPut))).all()
    for day in (TODAY - LOOKS_BACK, TODAY - 5 * DAY, TODAY + 15 * DAY):
        assert found[day].mean_tenths / 10 == pytest.approx(mean_of(provinces[EAST], day), abs=0.1)
    assert {event.body["source"] for event in put} == {"measured", "forecast"}
    assert len(lab.asked) == 4 * len(CAPITALS)  # three years and the days ahead


def test_a_day_later_only_what_is_new_is_asked_for(lab: Any, database: Database):
    fetch_weather(NOW)
    asked = len(lab.asked)
    assert fetch_weather(NOW + timedelta(hours=1)) == "nothing to do"
    assert len(lab.asked) == asked
    lab.world.ahead_seconds = DAY.total_seconds()
    fetch_weather(NOW + DAY)
    first, *_ = [said for api, said in list(lab.asked)[asked:] if api == "archive"]
    assert (first["start_date"], first["end_date"]) == (str(TODAY - 5 * DAY), str(TODAY - 5 * DAY))
    found = days(database, EAST)
    assert found[TODAY - 5 * DAY].source is WeatherSource.MEASURED
    assert max(found) == TODAY + 16 * DAY


def test_a_file_is_kept_and_what_was_measured_is_kept_before_a_forecast(lab: Any, database: Database):
    told = {(EAST, TODAY): (-123, 0), (EAST, TODAY - 100 * DAY): (456, 0)}
    with database.transaction() as session:
        put_weather(session, told, WeatherSource.FILE, by="ceshi", now=NOW)
    fetch_weather(NOW)
    found = days(database, EAST)
    assert {key[1]: (found[key[1]].mean_tenths, found[key[1]].source) for key in told} == {
        TODAY: (-123, WeatherSource.FILE),
        TODAY - 100 * DAY: (456, WeatherSource.FILE),
    }
    with database.transaction() as session:
        ahead = {(EAST, TODAY - 50 * DAY): (1, 1), (EAST, TODAY + 15 * DAY): (2, 2)}
        assert put_weather(session, ahead, WeatherSource.FORECAST, by="ceshi", now=NOW) == 1
        assert put_weather(session, told, WeatherSource.FILE, by="ceshi", now=NOW) == 2
        assert weather_told(session)[EAST, WeatherSource.FILE].days == 2


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault("rate_ban", "open-meteo", "forecast", count=3), "HTTP 429"),
        (Fault("server_error", "open-meteo", "archive", count=3), "HTTP 502"),
        (Fault("truncated_json", "open-meteo", count=3), "cut off or no JSON"),
    ],
)
def test_what_failed_is_named_and_asked_again_and_stops_no_other_region(
    lab: Any, database: Database, fault: Fault, why: str
):
    lab.world.faults.set(fault)
    with pytest.raises(PartnerUnavailable, match=f"^华东仓: Open-Meteo .*{why}"):
        fetch_weather(NOW)
    assert max(days(database, SOUTH)) == TODAY + 15 * DAY
    assert max(days(database, EAST), default=TODAY) <= TODAY
    assert fetch_weather(NOW + timedelta(hours=1)).startswith("1 regions, ")
    assert max(days(database, EAST)) == TODAY + 15 * DAY


@pytest.mark.parametrize("url", ["http://example.com", "https://10.0.0.7", "https://user:pass@example.com", "ftp://x"])
def test_an_address_that_must_not_be_called_is_not(database: Database, monkeypatch: pytest.MonkeyPatch, url: str):
    with database.transaction() as session:
        stocked(session)
    monkeypatch.setenv("ORDERHUB_WEATHER", "true")
    monkeypatch.setenv("ORDERHUB_WEATHER_URL", url)
    settings.cache_clear()
    with pytest.raises(BadInput):
        fetch_weather(NOW)


def test_a_warehouse_that_serves_nobody_has_no_weather(lab: Any, database: Database):
    with database.transaction() as session:
        put_warehouse(session, "spare", name="备用仓", provinces="", rank=9, now=NOW)
    fetch_weather(NOW)
    with database.reading() as session:
        assert {warehouse_id for warehouse_id, _ in weather_told(session)} == {EAST, SOUTH}


def test_a_forecast_says_whose_weather_it_used(lab: Any, database: Database):
    with database.transaction() as session:
        ordered(session, year(TODAY, days=70))
    assert notes(database)[Note.NO_WEATHER] == 2
    fetch_weather(NOW)
    with database.transaction() as session:
        put_weather(session, {(EAST, TODAY): (100, 0)}, WeatherSource.FILE, by="ceshi", now=NOW)
    found = notes(database)
    assert {note: count for note, count in found.items() if "weather" in note and count} == {
        Note.WEATHER_FILE: 1,
        Note.WEATHER_MEASURED: 2 * (70 - 5),
        Note.WEATHER_FORECAST: 2 * (5 + 16) - 1,
        Note.WEATHER_USUAL: 2 * (30 - 16),
    }


def notes(database: Database) -> dict[Note, int]:
    def gathered(session: Session) -> dict[Note, int]:
        return dict(gather(session, TODAY, 30).panel.notes)

    with database.reading() as session:
        return gathered(session)
