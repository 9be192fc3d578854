"""Does the page of forecasts show what holds, let people ask for one, and take and give files?"""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.accounts import change_role
from orderhub.access.permissions import Permission, Role
from orderhub.access.users import find_user
from orderhub.domain import forecast_run
from orderhub.domain.forecast_run import ForecastExported, ForecastRun, Model, RunState
from orderhub.domain.holiday import overrides
from orderhub.domain.sku import sku_coded
from orderhub.domain.weather import WeatherSource, put_weather
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries
from orderhub.kernel import job_runs
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import SYSTEM, Event, kind_of
from orderhub.kernel.job_plan import take_asked, write_plan
from orderhub.kernel.settings import settings
from orderhub.ui.forecast_forms import routes
from orderhub.ui.gate import Who
from orderhub.ui.state import forecast as forecast_state
from orderhub.ui.state.forecast import Forecast
from tests.builders import NOW
from tests.insights.demand import stocked
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

TODAY = business_day(NOW)
_SCORE = {"wmape": 0.5, "wmape_by_day": 0.9, "bias": -0.1, "share": 0.0, "covered": None, "covered_50": None}


@pytest.fixture
def kept(database: Database) -> Database:
    """BOX-40 in the east wants five pieces a day."""
    with database.transaction() as session:
        stocked(session)
        asked = forecast_run.ask(session, 14, by="ceshi", now=NOW)
        forecast_run.begin(session, asked.id, now=NOW)
        box = sku_coded(session, "BOX-40").id
        key = {"run_id": asked.id, "sku_id": box, "warehouse_id": 1}
        session.add(
            ForecastSeries(
                **key,
                model=Model.BLENDED,
                first_sold=TODAY - timedelta(days=400),
                selling_days=380,
                p50_milli=70_000,
                p90_milli=90_000,
                errors={"blended": 0.4, "naive": 0.6},
                recent=[4, 5, 6] * 30,
            )
        )
        for number in range(14):
            day = TODAY + timedelta(days=number)
            session.add(ForecastDay(**key, day=day, mean_milli=5000, p50_milli=4800, p90_milli=8000))
        scores = [{"model": "chosen"} | _SCORE | {"covered": 0.91}, {"model": "naive"} | _SCORE | {"wmape": 0.8}]
        figures = {"scores": scores, "better": 0.375, "losing": 1, "judged": 4}
        notes = [{"note": "new", "count": 2}]
        forecast_run.finish(session, asked.id, series=1, common_milli=200, figures=figures, notes=notes, now=NOW)
    return database


async def test_a_forecast_is_shown_with_its_model_and_its_back_test(kept: Database, sign_in: SignIn):
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-m", Role.MANAGER))
        await tab.visit("/forecast", Forecast.enter)
        view = (await tab.state(Forecast)).view
        assert [(row.sku, row.warehouse, row.p50, row.p90, row.model) for row in view.rows] == [
            ("BOX-40", "华东仓", "70", "90", "blended")
        ]
        assert (view.better, view.is_worse, view.losing, view.judged) == ("37.5%", False, "1", "4")
        assert [(row.is_chosen, row.wmape, row.held) for row in view.scores] == [
            (True, "50.0%", "91.0%"),
            (False, "80.0%", ""),
        ]
        assert [(note.note, note.count) for note in view.notes] == [("new", "2")]
        assert [(row.model, row.is_chosen) for row in view.detail.errors] == [("blended", True), ("naive", False)]
        assert view.detail.weeks[0].p50 == "35"
        assert view.detail.sold.count("L") == 89
        await tab.visit("/forecast?q=nothing", Forecast.enter)
        assert (await tab.state(Forecast)).view.rows == []


async def test_who_may_asks_for_one_and_cancels_it(kept: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(forecast_state, "_WATCH_SECONDS", 0.01)
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-y", Role.OPERATIONS))
        await tab.visit("/forecast", Forecast.enter)
        await tab.fire(Forecast.ask({"days": "99"}))
        assert (await tab.state(Forecast)).is_refusal
        asked = asyncio.create_task(tab.fire(Forecast.ask({"days": "30"})))  # it goes on watching until the run ends
        while not (opened := (await tab.state(Forecast)).view.opened).id:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert opened.state == "waiting"
        other = new_tab(sign_in("ceshi-z", Role.OPERATIONS))
        await other.fire(Forecast.cancel(opened.id))
        await asked
        assert (await tab.state(Forecast)).view.opened.id == ""
    with kept.reading() as session:
        newest = session.exec(select(ForecastRun)).all()[-1]
    assert (newest.state, newest.by) == (RunState.CANCELLED, "ceshi-y")


async def test_the_regions_weather_is_shown_with_its_source_and_what_failed(
    kept: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(forecast_state, "_WATCH_SECONDS", 0.01)
    felt = {(1, TODAY + timedelta(days=number)): (100, 0) for number in range(16)}
    with kept.transaction() as session:
        put_weather(session, felt, WeatherSource.FORECAST, by=SYSTEM, now=NOW)
        put_weather(session, {(1, TODAY): (99, 0)}, WeatherSource.FILE, by="ceshi", now=NOW)
        epoch = job_runs.take_over(session, process="one", now=NOW)
        write_plan(session, [("fetch_weather", timedelta(hours=1))], now=NOW)
        run = job_runs.begin(session, "fetch_weather", NOW, epoch=epoch, now=NOW)
        assert run
        job_runs.end(session, run, note="", error="华南仓: Open-Meteo answered with HTTP 429", now=NOW)
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-y", Role.OPERATIONS))
        await tab.visit("/forecast", Forecast.enter)
        shown = (await tab.state(Forecast)).view.weather
        assert (shown.is_on, shown.failed) == (False, "")
        assert [(row.warehouse, row.source, row.first_day, row.last_day, row.days) for row in shown.rows] == [
            ("华东仓", "forecast", str(TODAY + timedelta(days=1)), str(TODAY + timedelta(days=15)), "15"),
            ("华东仓", "file", str(TODAY), str(TODAY), "1"),
        ]
        monkeypatch.setenv("ORDERHUB_WEATHER", "true")
        settings.cache_clear()
        looker = new_tab(sign_in("ceshi-c", Role.WAREHOUSE))
        await looker.fire(Forecast.fetch_weather())
        assert (await looker.state(Who)).refused == Permission.FORECAST_CHANGE
        asked = asyncio.create_task(tab.fire(Forecast.fetch_weather()))  # it goes on watching until it has come
        while not (state := await tab.state(Forecast)).view.weather.is_coming:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert (state.is_refusal, state.view.weather.is_on) == (False, True)
        assert state.view.weather.failed == "华南仓: Open-Meteo answered with HTTP 429"
        with kept.transaction() as session:
            assert list(take_asked(session)) == ["fetch_weather"]
            felt = {(1, TODAY + timedelta(days=number)): (100, 0) for number in range(17)}
            put_weather(session, felt, WeatherSource.FORECAST, by=SYSTEM, now=NOW)
        await asked
        shown = (await tab.state(Forecast)).view.weather
        assert (shown.is_coming, shown.rows[0].days) == (False, "16")


async def test_a_right_that_is_taken_ends_the_watching(
    kept: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(forecast_state, "_WATCH_SECONDS", 0.01)
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-y", Role.OPERATIONS))
        await tab.visit("/forecast", Forecast.enter)
        asked = asyncio.create_task(tab.fire(Forecast.ask({"days": "30"})))
        while not (await tab.state(Forecast)).view.opened.id:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        with kept.transaction() as session:
            user = find_user(session, "ceshi-y")
            assert user
            change_role(session, user, Role.SERVICE, by="ceshi-a", now=NOW)
        await asyncio.wait_for(asked, 20)
        assert not (await tab.state(Forecast)).is_watching


async def test_the_warehouse_looks_and_makes_none(kept: Database, sign_in: SignIn):
    async with gated_runtime() as new_tab:
        tab = new_tab(sign_in("ceshi-c", Role.WAREHOUSE))
        await tab.visit("/forecast", Forecast.enter)
        assert len((await tab.state(Forecast)).view.rows) == 1
        await tab.fire(Forecast.ask({"days": "30"}))
        assert (await tab.state(Who)).refused == Permission.FORECAST_CHANGE


def test_a_file_is_taken_and_what_is_left_out_is_told(kept: Database, sign_in: SignIn):
    client = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-y", Role.OPERATIONS)})
    own = {"sec-fetch-site": "same-origin"}

    def send(kind: str, table: str) -> str:
        files = {"file": ("f.csv", table.encode(), "text/csv")}
        sent = client.post("/forecast/file", data={"kind": kind}, files=files, headers=own, follow_redirects=False)
        return sent.headers["location"]

    assert send("holidays", "day,off\n2027-01-01,1\nsomeday,1\n") == "/forecast?taken=1&unreadable=1"
    assert send("holidays", "a,b\n1,1\n") == "/forecast?said=driver_holidays"
    assert send("nothing", "a,b\n1,1\n") == "/forecast?said=driver_kind"
    with kept.reading() as session:
        assert len(overrides(session)) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_day_is_taken_away_and_the_log_says_so(kept: Database, sign_in: SignIn, form: str):
    client = TestClient(Starlette(routes=routes), headers={"cookie": sign_in("ceshi-m", Role.MANAGER)})
    given = client.get(f"/forecast/download?what=days&format={form}")
    assert given.status_code == 200
    if form == "csv":
        rows = given.content.decode("utf-8-sig").splitlines()[2:]
        assert len(rows) == 14
        assert sum(float(row.split(",")[3]) for row in rows) == 70.0
    with kept.reading() as session:
        told = session.exec(select(Event).where(Event.kind == kind_of(ForecastExported))).one()
    assert told.body == {"form": form, "rows": 14}
