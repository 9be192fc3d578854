"""Which forecast and which series does this tab look at, and what is asked for here?"""

from contextlib import suppress
from typing import Any

import reflex as rx
from sqlmodel import Session

from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain import forecast_run
from orderhub.domain.forecast_run import Note
from orderhub.intake.weather import JOB as WEATHER_JOB
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import NotFound
from orderhub.kernel.job_plan import ask_for
from orderhub.kernel.level import Pausable, check_goes_on
from orderhub.ui.forecast_view import PATH, ForecastQuery, ForecastView, forecast_query, forecast_view
from orderhub.ui.gate import needs
from orderhub.ui.numbers import number_of
from orderhub.ui.state.shown import Shown
from orderhub.ui.state.telling import Telling
from orderhub.ui.state.watching import Watching
from orderhub.ui.words import label_text, tr

JOB = "forecast_demand"
_WATCH_SECONDS = 2.0


class Forecast(Shown, Telling, Watching, rx.State):
    view: ForecastView = ForecastView()

    @rx.event
    @needs(Permission.FORECAST_READ)
    async def enter(self) -> Any:
        self.said = ""
        await self._tell_refused_form()
        await self._tell_upload()
        await self._read()
        return Forecast.watch if self._is_moving else None

    @rx.event
    @needs(Permission.FORECAST_CHANGE)
    async def ask(self, form: dict[str, str]) -> Any:
        def change(session: Session, user: Signed) -> None:
            check_goes_on(Pausable.JOB, JOB)
            forecast_run.ask(session, number_of(form.get("days", "")), by=user.name, now=utc_now())
            with suppress(NotFound):  # no clock has led yet: the first that does begins it
                ask_for(session, JOB, by=user.name, now=utc_now())

        if not await self._try(Permission.FORECAST_CHANGE, change, done="forecast_asked"):
            return None
        await self._read()
        return Forecast.watch

    @rx.event
    @needs(Permission.FORECAST_CHANGE)
    async def cancel(self, run_id: str) -> None:
        def change(session: Session, user: Signed) -> None:
            forecast_run.cancel(session, number_of(run_id), by=user.name, now=utc_now())

        await self._try(Permission.FORECAST_CHANGE, change, done="forecast_cancelled")
        await self._read()

    @rx.event
    @needs(Permission.FORECAST_CHANGE)
    async def fetch_weather(self) -> Any:
        def change(session: Session, user: Signed) -> None:
            check_goes_on(Pausable.JOB, WEATHER_JOB)
            with suppress(NotFound):  # no clock has led yet: the first that does begins with it
                ask_for(session, WEATHER_JOB, by=user.name, now=utc_now())

        await self._try(Permission.FORECAST_CHANGE, change, done="weather_asked")
        await self._read()
        return Forecast.watch if self._is_moving else None

    @rx.event(background=True)
    @needs(Permission.FORECAST_READ, by_itself=True)
    async def watch(self) -> None:
        """Shows how far a run or the weather is until it has ended, or its person has gone to another page."""
        await self._watch(Permission.FORECAST_READ, self._looked_again, seconds=_WATCH_SECONDS)

    async def _looked_again(self) -> bool:
        await self._read()
        return self._is_moving and not self.has_failed and self.router.url.path.startswith(PATH)

    @property
    def _is_moving(self) -> bool:
        return bool(self.view.opened.id) or self.view.weather.is_coming

    async def _read(self) -> None:
        query = forecast_query(self.router.url.query_parameters)
        await self._fill(lambda: {"view": load_forecast(query)})

    async def _tell_upload(self) -> None:
        """An upload leads back with how many rows were taken, and how many of which kind were not."""
        given = self.router.url.query_parameters
        if "taken" not in given:
            return
        lang = await self._lang()
        left = [(note, number_of(given.get(note, ""))) for note in Note]
        told = [f"{count:,} {label_text(lang, note)}" for note, count in left if count]
        self.said = " · ".join([tr(lang, "forecast_taken", n=number_of(given["taken"])), *told])
        self.is_refusal = bool(told) and number_of(given["taken"]) == 0


def load_forecast(query: ForecastQuery) -> ForecastView:
    with reading() as session:
        return forecast_view(session, query)
