"""Open-Meteo: asked as its documentation says, read strictly, and never believed beyond the earth's own weather."""

import json
from datetime import date
from typing import Any

import httpx
import pytest

from orderhub.connectors.weather import DayWeather, OpenMeteo, connect
from orderhub.kernel.errors import PartnerRefused, PartnerUnavailable

HANGZHOU = (30.3, 120.2)
DAYS = ["2026-04-20", "2026-04-21", "2026-04-22"]
# The frame of recorded answers, as the forecast of Shanghai has it.
FRAME = {
    "latitude": 31.25,
    "longitude": 121.5,
    "generationtime_ms": 36.632418632507324,
    "utc_offset_seconds": 28800,
    "timezone": "Asia/Shanghai",
    "timezone_abbreviation": "GMT+8",
    "elevation": 5.0,
}


def answer(
    high: list[Any] = [24.4, 14.7, 20.4],  # noqa: B006
    low: list[Any] = [14.1, -12.0, 11.6],  # noqa: B006
    rain: list[Any] = [0, 3.25, None],  # noqa: B006
) -> dict[str, Any]:
    daily = {"time": DAYS, "temperature_2m_max": high, "temperature_2m_min": low, "precipitation_sum": rain}
    return FRAME | {"daily": daily}


class Service:
    """Answers what it is told to; keeps what it was asked."""

    def __init__(self, said: object, *, key: str = "", base_url: str = "", status: int = 200) -> None:
        self.said, self.status = said, status
        self.asked: list[httpx.URL] = []
        self.line: OpenMeteo = connect(key, base_url=base_url, transport=httpx.MockTransport(self._serve))

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        return httpx.Response(self.status, content=json.dumps(self.said))


def test_the_middle_of_a_day_and_its_rain_are_read_in_tenths_and_an_unknown_day_is_none():
    found = Service(answer(), base_url="https://weather.test").line.measured(
        HANGZHOU, date(2026, 4, 20), date(2026, 4, 22)
    )
    assert found == [DayWeather(date(2026, 4, 20), 192, 0), DayWeather(date(2026, 4, 21), 14, 32)]


@pytest.mark.parametrize(
    ("key", "base_url", "archive", "forecast"),
    [
        ("", "", "archive-api.open-meteo.com", "api.open-meteo.com"),
        ("k-1", "", "customer-archive-api.open-meteo.com", "customer-api.open-meteo.com"),
        ("k-1", "https://own.test/", "own.test", "own.test"),
    ],
)
def test_each_service_is_asked_where_it_answers(key: str, base_url: str, archive: str, forecast: str, monkeypatch):
    monkeypatch.setattr("orderhub.connectors.http.time.sleep", lambda _: None)
    monkeypatch.setattr("orderhub.connectors.weather.CALLS_PER_SECOND", {"/v1/archive": 50, "/v1/forecast": 50})
    service = Service(answer(), key=key, base_url=base_url)
    service.line.measured(HANGZHOU, date(2025, 4, 22), date(2026, 4, 22))
    service.line.forecast(HANGZHOU, past_days=7)
    past, ahead = service.asked
    assert (past.scheme, past.host, past.path) == ("https", archive, "/v1/archive")
    assert (ahead.scheme, ahead.host, ahead.path) == ("https", forecast, "/v1/forecast")
    both = {
        "latitude": "30.3",
        "longitude": "120.2",
        "daily": "temperature_2m_max,temperature_2m_min,precipitation_sum",
        "timezone": "Asia/Shanghai",
    } | ({"apikey": key} if key else {})
    assert dict(past.params) == both | {"start_date": "2025-04-22", "end_date": "2026-04-22"}
    assert dict(ahead.params) == both | {"past_days": "7", "forecast_days": "16"}


@pytest.mark.parametrize(
    "said",
    [
        FRAME,
        FRAME | {"daily": []},
        FRAME | {"daily": {"time": DAYS}},
        answer(high=[24.4, 14.7]),
        answer(high=["warm", 14.7, 20.4]),
        answer(high=[{}, 14.7, 20.4]),
        answer(high=["NaN", 14.7, 20.4]),
        answer(low=[-900, 14.7, 20.4]),
        answer(rain=[-1, 0, 0]),
        answer(rain=[10**400, 0, 0]),
        [answer()],
    ],
)
def test_what_is_no_weather_is_no_answer(said: object):
    line = Service(said, base_url="https://weather.test").line
    with pytest.raises(PartnerUnavailable):
        line.forecast(HANGZHOU, past_days=7)


def test_a_refusal_says_its_reason_and_is_not_asked_again():
    service = Service({"error": True, "reason": "Latitude must be in range"}, base_url="https://own.test", status=400)
    with pytest.raises(PartnerRefused, match=r"^Open-Meteo refused: Latitude must be in range$"):
        service.line.forecast(HANGZHOU, past_days=7)
    assert len(service.asked) == 1


def test_a_full_quota_is_asked_again_a_few_times():
    service = Service({"error": True, "reason": "Minutely API request limit"}, base_url="https://own.test", status=429)
    with pytest.raises(PartnerUnavailable, match="HTTP 429"):
        service.line.forecast(HANGZHOU, past_days=7)
    assert len(service.asked) == 3
