"""How do advertising, holidays and weather come in, and forecasts go out? By a native form and a download."""

from collections.abc import Iterator
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.forecast_run import ForecastExported, newest_done
from orderhub.insights.forecast.shown import every_day
from orderhub.intake.driver_sheet import Driven, DriverKind, put_drivers, read_drivers
from orderhub.intake.files.workbook import Cell
from orderhub.intake.stock_sheet import MOST_BYTES
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput
from orderhub.ui import plain
from orderhub.ui.download import Download, Given, asked_of, give
from orderhub.ui.forecast_view import PATH
from orderhub.ui.signed_door import signed_door

_NAMES = ("sku", "forecast_region", "forecast_day", "forecast_mean", "forecast_p50", "forecast_p90")
_DAYS = "days"


async def take_drivers(request: Request, user: Signed) -> Response:
    """What can be used is kept, the rest is counted by why."""
    async with request.form(max_files=1, max_fields=2) as form:
        file, kind = form.get("file"), str(form.get("kind", ""))
        if kind not in list(DriverKind):
            raise BadInput("kind: say what the file is", field="kind", problem="driver_kind")
        if not isinstance(file, UploadFile) or not file.size:
            raise BadInput("file: choose one", field="file", problem="sheet_missing")
        if file.size > MOST_BYTES:
            raise BadInput(f"file: {file.size} bytes", field="file", problem="sheet_too_long")
        content = await file.read()
    driven = await run_in_threadpool(_taken, user, DriverKind(kind), content)
    told = {str(note): count for note, count in driven.left.items()}
    return plain.go(f"{PATH}?{urlencode({'taken': driven.taken} | told)}")


async def give_days(request: Request, user: Signed) -> Response:
    asked = asked_of(request, {_DAYS}, default=_DAYS)
    made = Download("forecast", "forecast_days_title", _NAMES, _days, Permission.FORECAST_READ, _happened)
    return await give(made, asked, user)


def _taken(user: Signed, kind: DriverKind, content: bytes) -> Driven:
    rows = read_drivers(content, kind)  # beforehand: no transaction waits for a file
    with acting(user, Permission.FORECAST_CHANGE) as session:
        return put_drivers(session, kind, rows, by=user.name, now=utc_now())


def _days(session: Session) -> Iterator[list[Cell]]:
    run = newest_done(session)
    for code, warehouse, day in every_day(session, run.id) if run else ():
        amounts = (f"{milli / 1000:.3f}" for milli in (day.mean_milli, day.p50_milli, day.p90_milli))
        yield [code, warehouse, str(day.day), *amounts]


def _happened(given: Given) -> ForecastExported:
    return ForecastExported(0, given.form, given.rows)


routes: list[Route] = [
    signed_door(take_drivers, f"{PATH}/file", Permission.FORECAST_CHANGE, page=PATH),
    signed_door(give_days, f"{PATH}/download", Permission.FORECAST_READ, page=PATH, method="GET"),
]
