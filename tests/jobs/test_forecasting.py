"""Does the clock see a forecast through: in a process of its own, cancelled, put back, once a month?"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import psutil
import pytest
from sqlmodel import select

from jobs import forecasting
from jobs.forecasting import forecast_demand, make
from jobs.stopping import STOPPING
from orderhub.domain import forecast_run
from orderhub.domain.forecast_run import ForecastRun, RunState, Stage
from orderhub.domain.sku import sku_coded
from orderhub.insights.forecast.kept import ForecastDay, expected
from orderhub.intake.pausing import PAUSABLE
from orderhub.kernel.clock import business_day
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import SYSTEM
from orderhub.kernel.level import Felt, Level, Sign, feel
from tests.builders import NOW
from tests.insights.demand import ordered, stocked, year

TODAY = business_day(NOW)


def begun(database: Database) -> ForecastRun:
    with database.transaction() as session:
        asked = forecast_run.ask(session, 14, by="ceshi-yunying", now=NOW)
        run = forecast_run.begin(session, asked.id, now=NOW)
    assert run is not None
    return run


def state(database: Database, run_id: int) -> tuple[RunState, str]:
    with database.reading() as session:
        run = session.get_one(ForecastRun, run_id)
        return run.state, run.trouble


@pytest.mark.timeout(240)
def test_the_months_forecast_is_made_by_itself_and_only_once(database: Database):
    with database.transaction() as session:
        stocked(session)
        ordered(session, year(TODAY, days=70))
    assert forecast_demand(NOW) == "4 series"
    with database.reading() as session:
        run = session.exec(select(ForecastRun)).one()
        box = sku_coded(session, "BOX-40").id
        found = expected(session, [box], 1, TODAY, TODAY + timedelta(days=6))
    assert (run.state, run.by, run.series) == (RunState.DONE, SYSTEM, 4)
    assert run.last_day == TODAY + timedelta(days=59)
    assert {note["note"] for note in run.notes} >= {"short", "new", "slow"}
    assert 7 * 6_000 < found[box].p50_milli < 7 * 11_000
    assert forecast_demand(NOW + timedelta(days=1)) == "nothing to do"


def test_nothing_is_made_for_a_hub_without_goods(database: Database):
    assert forecast_demand(NOW) == "nothing to do"


def test_a_forecast_of_nothing_is_broken_and_says_so(database: Database):
    run = begun(database)
    assert make(run).startswith("broken: nothing to forecast")
    assert state(database, run.id) == (
        RunState.BROKEN,
        "nothing to forecast: no paid order of a known SKU before today",
    )


def test_a_process_that_dies_is_no_forecast(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(forecasting, "_MODULE", "jobs.nothing_of_that_name")
    run = begun(database)
    assert make(run) == "broken: its process ended early"


def test_a_forecast_that_cannot_be_kept_is_broken_at_once(database: Database, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> str:
        raise OverflowError

    monkeypatch.setattr(forecasting, "_wait", refuse)
    run = begun(database)
    with pytest.raises(OverflowError):
        make(run)
    assert state(database, run.id) == (RunState.BROKEN, "OverflowError")


def test_what_is_cancelled_ends_its_process_and_keeps_nothing(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(forecasting, "_BEAT_SECONDS", 0.01)
    run = begun(database)
    with database.transaction() as session:
        forecast_run.cancel(session, run.id, by="ceshi-yunying", now=NOW)
    assert make(run) == "cancelled"
    with database.reading() as session:
        assert session.exec(select(ForecastDay)).all() == []


def test_a_process_that_ends_puts_its_forecast_back(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(forecasting, "_BEAT_SECONDS", 0.01)
    run = begun(database)
    STOPPING.set()
    assert make(run) == "put back"
    assert state(database, run.id) == (RunState.WAITING, "")


@pytest.mark.timeout(240)
def test_level_two_suspends_a_forecast_and_level_one_lets_it_go_on(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(forecasting, "_BEAT_SECONDS", 0.05)
    with database.transaction() as session:
        stocked(session)
        ordered(session, year(TODAY, days=150))
    run, said = begun(database), list[str]()

    def progress() -> tuple[Stage, int]:
        with database.reading() as session:
            shown = session.get_one(ForecastRun, run.id)
            return shown.stage, shown.seen

    making = threading.Thread(target=lambda: said.append(make(run)))
    making.start()
    try:
        wait_until(lambda: progress()[0] is Stage.TESTING)
        (reckoner,) = [one for one in psutil.Process().children() if forecasting._MODULE in one.cmdline()]
        feel(Felt(Level.THROTTLED, Sign.CPU, paused=frozenset(PAUSABLE)))
        wait_until(lambda: reckoner.status() == psutil.STATUS_STOPPED)
        time.sleep(0.3)  # what it said before is heard by now
        stood, used = progress(), reckoner.cpu_times().user
        time.sleep(1)
        assert (progress(), reckoner.cpu_times().user) == (stood, used)
        assert state(database, run.id) == (RunState.RUNNING, "")
        feel(Felt())
        wait_until(lambda: bool(said))
    finally:
        feel(Felt())
        making.join(200)
    assert said == ["4 series"]
    assert state(database, run.id) == (RunState.DONE, "")


def wait_until(is_so: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)
