"""Open-Meteo in the lab: its archive and its forecast by the real wire format, made of latitude and season.

The same place and day have the same weather in both, and in every lab. Its archive is five days behind: what it does
not know yet is null.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from orderhub.connectors.weather import ARCHIVE, FORECAST, FORECAST_DAYS, HIGH, LOW, MOST_PAST_DAYS, RAIN, ZONE
from orderhub.kernel.clock import business_day, from_unix
from orderhub.lab.answers import Body
from orderhub.lab.world import World

PATH = "/open-meteo"
# The lab's name of it where a fault asks for a shop.
NAME = "open-meteo"

_BEHIND = timedelta(days=5)
_FIRST_DAY = date(1940, 1, 1)
_UNITS = {HIGH: "°C", LOW: "°C", RAIN: "mm"}
_MOST_KEPT = 10_000
_BAD_GATEWAY = "<h1>502 Bad Gateway</h1>"

Asked = Mapping[str, str]


class Denied(Exception):
    """``reason`` is its own word for it."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Weather:
    """``asked`` are the newest questions: which service, and its parameters."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: deque[tuple[str, Asked]] = deque(maxlen=_MOST_KEPT)

    def routes(self) -> list[Route]:
        return [
            Route(PATH + ARCHIVE, self._door("archive", self._archive)),
            Route(PATH + FORECAST, self._door("forecast", self._forecast)),
        ]

    def _door(self, api: str, answer: Callable[[Asked], Body]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            faults, asked = self.world.faults, dict(request.query_params)
            self.asked.append((api, asked))
            if fault := faults.take("timeout", NAME, api):
                await asyncio.sleep(30 if fault.seconds is None else fault.seconds)
            if faults.take("server_error", NAME, api):
                return HTMLResponse(_BAD_GATEWAY, status_code=502)
            try:
                if faults.take("rate_ban", NAME, api):
                    raise Denied("Minutely API request limit exceeded. Please try again in one minute.", 429)
                body = answer(asked)
            except Denied as denied:
                return JSONResponse({"error": True, "reason": denied.reason}, status_code=denied.status)
            made = JSONResponse(body)
            if faults.take("truncated_json", NAME, api):
                return Response(made.body[: len(made.body) // 2], media_type="application/json; charset=utf-8")
            return made

        return endpoint

    @property
    def _today(self) -> date:
        return business_day(from_unix(self.world.now()))

    def _archive(self, asked: Asked) -> Body:
        since, until = (_day(asked, name, self._today) for name in ("start_date", "end_date"))
        if since > until:
            raise Denied("End-date must be larger or equals than start-date.")
        return _told(asked, since, (until - since).days + 1, known_until=self._today - _BEHIND)

    def _forecast(self, asked: Asked) -> Body:
        past, ahead = _days(asked, "past_days", 0, MOST_PAST_DAYS), _days(asked, "forecast_days", 7, FORECAST_DAYS)
        return _told(asked, self._today - timedelta(days=past), past + ahead, known_until=date.max)


def weather_at(north: float, east: float, day: date) -> dict[str, float]:
    """As every lab has it: cold in the north and in January, wet on one day of three."""
    chance = Random(f"{north} {east} {day}")
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 200) / 365.25)
    mean = 27 - 0.6 * (abs(north) - 20) + (4 + 0.45 * (abs(north) - 20)) * season + chance.gauss(0, 2.5)
    half = chance.uniform(2, 6)
    rain = chance.expovariate(1 / 8) if chance.random() < 1 / 3 else 0.0
    return {HIGH: round(mean + half, 1), LOW: round(mean - half, 1), RAIN: round(rain, 1)}


def _told(asked: Asked, since: date, days: int, *, known_until: date) -> Body:
    north, east = _degrees(asked, "latitude", 90), _degrees(asked, "longitude", 180)
    names = asked.get("daily", "").split(",")
    if unknown := [name for name in names if name not in _UNITS]:
        raise Denied(f"Data corrupted at path 'daily'. Cannot initialize from invalid String value {unknown[0]}.")
    if asked.get("timezone") != ZONE:
        raise Denied("Timezone is required")
    every = [since + timedelta(days=number) for number in range(days)]
    felt = [weather_at(north, east, day) if day <= known_until else {} for day in every]
    columns = {name: [one.get(name) for one in felt] for name in names}
    return {
        "latitude": round(north * 8) / 8,
        "longitude": round(east * 8) / 8,
        "generationtime_ms": 0.22,
        "utc_offset_seconds": 28800,
        "timezone": ZONE,
        "timezone_abbreviation": "GMT+8",
        "elevation": 38.0,
        "daily_units": {"time": "iso8601"} | {name: _UNITS[name] for name in names},
        "daily": {"time": [str(day) for day in every]} | columns,
    }


def _degrees(asked: Asked, name: str, most: int) -> float:
    try:
        value = float(asked.get(name, ""))
    except ValueError as error:
        raise Denied(f"Value of type 'Float' required for key '{name}'.") from error
    if not -most <= value <= most:
        raise Denied(f"{name.capitalize()} must be in range of -{most} to {most}°. Given: {value}.")
    return value


def _day(asked: Asked, name: str, today: date) -> date:
    try:
        day = date.fromisoformat(asked.get(name, ""))
    except ValueError as error:
        raise Denied(f"Invalid date format for '{name}'. Make sure to use 'YYYY-MM-DD'.") from error
    if not _FIRST_DAY <= day <= today:
        raise Denied(f"Parameter '{name}' is out of allowed range from {_FIRST_DAY} to {today}")
    return day


def _days(asked: Asked, name: str, usual: int, most: int) -> int:
    text = asked.get(name, str(usual))
    if not text.isdecimal() or int(text) > most:
        raise Denied(f"Parameter '{name}' is invalid. Allowed range 0 to {most}. Given {text}.")
    return int(text)
