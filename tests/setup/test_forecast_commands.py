"""`orderhub forecast` from the command line: what it says of real files, and what it writes."""

import re
from pathlib import Path

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.forecast_run import ForecastRun, RunState
from orderhub.insights.forecast.kept import ForecastDay, ForecastSeries
from orderhub.kernel.clock import business_day, utc_now
from orderhub.kernel.db import Database, close_database, open_database, reading
from orderhub.kernel.settings import settings
from orderhub.migration import migrate
from tests.insights.demand import ordered, stocked, year

DATA = Path(__file__).parents[3] / "shared" / "data"
BIKES = DATA / "demand" / "bike_sharing_hourly.csv.gz"
RETAIL = DATA / "orders" / "online_retail_to_2011-08.csv.gz"
_FIGURE = re.compile(r"against the better naive: ([\d.]+)% less is missed by (day|7 days)")


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("path", "grain"), [(BIKES, "day"), (RETAIL, "7 days")], ids=["bikes", "retail"])
def test_a_tenth_less_is_missed_than_by_the_better_naive(path: Path, grain: str) -> None:
    """The newest four weeks of each file, forecast from what was known before; docs/forecast.md has six such folds."""
    if not path.exists():
        pytest.skip("the real files are not part of this checkout")
    ran = CliRunner().invoke(app, ["forecast", "backtest", "--data", str(path), "--folds", "1"])
    assert ran.exit_code == 0, ran.output
    said = _FIGURE.search(ran.output)
    assert said, ran.output
    assert said[2] == grain
    assert float(said[1]) >= 10, ran.output


@pytest.fixture
def hub() -> Database:
    """Empty, where the command looks for it."""
    close_database()
    migrate()
    return open_database(settings().url)


@pytest.mark.timeout(240)
def test_a_run_writes_what_it_forecasts(hub: Database) -> None:
    today = business_day(utc_now())
    with hub.transaction() as session:
        stocked(session)
        ordered(session, year(today, days=70))
    close_database()
    ran = CliRunner().invoke(app, ["forecast", "run", "--ahead", "14"])
    assert ran.exit_code == 0, ran.output
    with reading() as session:
        run = session.exec(select(ForecastRun)).one()
        assert (run.state, run.series, run.first_day) == (RunState.DONE, 4, today)
        assert session.exec(select(func.count()).select_from(ForecastSeries)).one() == 4
        days = session.exec(select(ForecastDay.day, func.sum(ForecastDay.mean_milli)).group_by(ForecastDay.day)).all()
    assert (len(days), min(days)[0], max(days)[0]) == (14, run.first_day, run.last_day)
    assert all(milli > 5_000 for _, milli in days)  # the year's fast seller alone has six and more a day
    assert f"forecast {run.id}: 4 series" in ran.output


def test_a_run_without_orders_says_so_and_ends_with_1(hub: Database) -> None:
    close_database()
    ran = CliRunner().invoke(app, ["forecast", "run"])
    assert ran.exit_code == 1
    assert "nothing to forecast: no paid order of a known SKU before today" in ran.output
