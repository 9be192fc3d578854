"""What was the weather at a place, and what will it be? Asked of Open-Meteo, which needs no key for the little we ask.

Source: recorded answers and the archived documentation of open-meteo.com (collected contracts, weather), read 2026-11:
free use is not for merchants (they have keys, and then other addresses), 600 calls a minute, 5,000 an hour, 10,000 a
day, HTTP 429 beyond; its archive is five days behind. [?] A call for years may count as many, so these leave slowly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

import httpx

from orderhub.connectors import fields
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput, PartnerRefused
from orderhub.kernel.ids import shown_text

PARTNER = "Open-Meteo"
ARCHIVE, FORECAST = "/v1/archive", "/v1/forecast"
FREE = {ARCHIVE: "https://archive-api.open-meteo.com", FORECAST: "https://api.open-meteo.com"}
WITH_KEY = {ARCHIVE: "https://customer-archive-api.open-meteo.com", FORECAST: "https://customer-api.open-meteo.com"}
CALLS_PER_SECOND = {ARCHIVE: 0.25, FORECAST: 2}
ARCHIVE_BEHIND = timedelta(days=6)
FORECAST_DAYS, MOST_PAST_DAYS = 16, 92
HIGH, LOW, RAIN = "temperature_2m_max", "temperature_2m_min", "precipitation_sum"
ZONE = "Asia/Shanghai"

Place = tuple[float, float]


@dataclass(frozen=True)
class DayWeather:
    """The mean lies in the middle between the day's highest and lowest, as both of its services tell these."""

    day: date
    mean_tenths: int
    rain_tenths: int


class OpenMeteo:
    """``place`` is in degrees north and east; what it knows nothing of is left out. Raises as ``PartnerClient``."""

    def __init__(self, clients: dict[str, PartnerClient], bases: dict[str, str], key: str) -> None:
        self._clients = clients
        self._bases = bases
        self._key = {"apikey": key} if key else {}

    def measured(self, place: Place, since: date, until: date) -> list[DayWeather]:
        """Of both days and those between; a year at a time is what it bears."""
        return self._days(ARCHIVE, place, {"start_date": str(since), "end_date": str(until)})

    def forecast(self, place: Place, *, past_days: int) -> list[DayWeather]:
        """Of today and the fifteen days after it, and of so many before."""
        return self._days(FORECAST, place, {"past_days": str(past_days), "forecast_days": str(FORECAST_DAYS)})

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _days(self, api: str, place: Place, span: dict[str, str]) -> list[DayWeather]:
        north, east = place
        asked = {"latitude": str(north), "longitude": str(east), "daily": f"{HIGH},{LOW},{RAIN}", "timezone": ZONE}
        answer = self._clients[api].get(self._bases[api] + api, params=asked | span | self._key)
        with readable(PARTNER):
            return _read(answer)


def connect(
    key: str = "",
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> OpenMeteo:
    """``base_url``: where both of its services answer, instead of its own addresses."""
    bases = dict.fromkeys(FREE, base_url.rstrip("/")) if base_url else WITH_KEY if key else FREE
    clients = {
        api: partner_client(PARTNER, judge, pace, base_url=base_url, transport=transport, now=now)
        for api, pace in CALLS_PER_SECOND.items()
    }
    return OpenMeteo(clients, bases, key)


def judge(body: Body) -> None:
    """Its reasons are sentences about what was asked, and it was asked of nobody."""
    if body.get("error"):
        raise PartnerRefused(f"{PARTNER} refused: {shown_text(body.get('reason'), 120)}", partner=PARTNER)


def _read(body: Body) -> list[DayWeather]:
    """Raises: BadInput: the columns are not there, or not of one length."""
    daily = fields.child(body, "daily")
    columns = [daily.get(name) for name in ("time", HIGH, LOW, RAIN)]
    if not all(isinstance(column, list) and len(column) == len(columns[0] or ()) for column in columns):
        raise BadInput("daily: its columns are not of one length", field="daily", problem="bad_field")
    rows = zip(*(column or () for column in columns), strict=True)
    return [_day(*row) for row in rows if None not in row]


def _day(day: object, high: object, low: object, rain: object) -> DayWeather:
    try:
        mean = (Decimal(str(high)) + Decimal(str(low))) * 5
        found = DayWeather(date.fromisoformat(str(day)), round(mean), round(Decimal(str(rain)) * 10))
    except (ValueError, InvalidOperation, OverflowError) as error:
        raise BadInput("daily: a day cannot be read", field="daily", problem="bad_field") from error
    if not (-900 <= found.mean_tenths <= 700 and 0 <= found.rain_tenths < 30_000):
        raise BadInput("daily: a day is like none on earth", field="daily", problem="bad_field")
    return found
