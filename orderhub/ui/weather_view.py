"""Whose weather does the page of forecasts say the regions have, and what of it could not be fetched?"""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from orderhub.domain.stock import Warehouse
from orderhub.domain.weather import WeatherSource, weather_told
from orderhub.intake.weather import JOB
from orderhub.kernel.clock import shanghai_text
from orderhub.kernel.job_plan import is_asked
from orderhub.kernel.job_runs import RunState, last_run
from orderhub.kernel.settings import settings

_MINUTE = "%Y-%m-%d %H:%M"


@dataclass
class WeatherRow:
    key: str
    warehouse: str
    source: str
    first_day: str
    last_day: str
    days: str
    at: str


@dataclass
class WeatherView:
    """``failed`` is why the last run did not tell of every region, at ``failed_at``; empty where it did.

    ``is_coming``: a run has been asked for, or goes on.
    """

    is_on: bool = False
    is_coming: bool = False
    failed: str = ""
    failed_at: str = ""
    rows: list[WeatherRow] = field(default_factory=list)


def weather_view(session: Session) -> WeatherView:
    told, found = weather_told(session), list[WeatherRow]()
    for one in session.exec(select(Warehouse).where(col(Warehouse.id) > 0).order_by(col(Warehouse.rank))):
        for source in WeatherSource:
            if said := told.get((one.id, source)):
                days = (str(said.first_day), str(said.last_day), f"{said.days:,}")
                found.append(WeatherRow(f"{one.id}-{source}", one.name, source, *days, shanghai_text(said.at, _MINUTE)))
    run = last_run(session, JOB)
    view = WeatherView(is_on=settings().weather, rows=found)
    view.is_coming = view.is_on and (is_asked(session, JOB) or bool(run and run.state is RunState.RUNNING))
    if view.is_on and run and run.error:
        view.failed, view.failed_at = run.error, shanghai_text(run.started_at, _MINUTE)
    return view
