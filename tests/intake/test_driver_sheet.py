"""Is what moves demand taken from a table, and what cannot be used counted by why?"""

from datetime import date

import pytest
from sqlmodel import select

from orderhub.domain.advertising import AdvertisingDay, advertised
from orderhub.domain.forecast_run import Note
from orderhub.domain.holiday import overrides
from orderhub.domain.weather import WeatherDay
from orderhub.intake.driver_sheet import Driven, DriverKind, put_drivers, read_drivers
from orderhub.kernel.db import Database
from orderhub.kernel.errors import BadInput
from tests.builders import NOW
from tests.insights.demand import stocked


def put(database: Database, kind: DriverKind, table: str) -> Driven:
    with database.transaction() as session:
        return put_drivers(session, kind, read_drivers(table.encode(), kind), by="ceshi-yunying", now=NOW)


def test_advertising_of_the_whole_range_and_of_one_sku(database: Database):
    with database.transaction() as session:
        stocked(session)
    wrong = "2026-11-12,NOBODY,5\n明天,,5\n2026-11-13,,-1"
    table = f"日期,商品编码,广告费\n2026-11-11,,1200.50\n2026-11-11,BOX-40,30\n{wrong}\n"
    driven = put(database, DriverKind.ADVERTISING, table)
    assert (driven.taken, dict(driven.left)) == (2, {Note.UNKNOWN_SKU: 1, Note.UNREADABLE: 1, Note.NEGATIVE: 1})
    assert put(database, DriverKind.ADVERTISING, table).taken == 2
    with database.reading() as session:
        assert [one.spent_fen for one in advertised(session, date(2026, 11, 1))] == [120_050, 3_000]
        assert len(session.exec(select(AdvertisingDay)).all()) == 2


def test_holidays_of_the_merchants_own(database: Database):
    driven = put(
        database,
        DriverKind.HOLIDAYS,
        "day,off,name\n2027-02-06,1,春节\n2027-02-20,否,\n2027-02-21,maybe,\n1800-01-01,1,\n",
    )
    assert (driven.taken, dict(driven.left)) == (2, {Note.UNREADABLE: 1, Note.OUTSIDE: 1})
    with database.reading() as session:
        assert [(one.day, one.is_off, one.name) for one in overrides(session)] == [
            (date(2027, 2, 6), True, "春节"),
            (date(2027, 2, 20), False, ""),
        ]


def test_weather_by_its_mean_or_by_highest_and_lowest(database: Database):
    with database.transaction() as session:
        stocked(session)
    head = "warehouse,day,temperature_2m_max,temperature_2m_min,precipitation_sum"
    table = f"{head}\neast,2026-11-20,14.1,8.1,2.5\nnorth,2026-11-20,1,0,0\neast,2026-11-21,,,\n"
    driven = put(database, DriverKind.WEATHER, table)
    assert (driven.taken, dict(driven.left)) == (1, {Note.UNKNOWN_REGION: 1, Note.UNREADABLE: 1})
    with database.reading() as session:
        one = session.exec(select(WeatherDay)).one()
    assert (one.mean_tenths, one.rain_tenths) == (111, 25)


@pytest.mark.parametrize("kind", DriverKind)
def test_a_table_without_its_columns_is_refused(kind: DriverKind):
    with pytest.raises(BadInput) as refused:
        read_drivers(b"a,b\n1,2\n", kind)
    assert refused.value.problem == f"driver_{kind}"
