"""Open-Meteo over the lab's wire: the shape of its recorded answers, its nulls and its refusals."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub.kernel.clock import business_day
from orderhub.lab.faults import Fault
from orderhub.lab.weather import PATH

from .conftest import NOW, Lab

TODAY = business_day(NOW)
DAILY = "temperature_2m_max,temperature_2m_min,precipitation_sum"
HANGZHOU = {"latitude": "30.3", "longitude": "120.2", "daily": DAILY, "timezone": "Asia/Shanghai"}
SPAN = {"start_date": str(TODAY - timedelta(days=9)), "end_date": str(TODAY)}
CONTRACT = Path(__file__).parents[3] / "shared" / "contracts" / "weather" / "open_meteo_forecast.json"


def asked(lab: Lab, api: str, **wanted: Any) -> tuple[int, Any]:
    answer = lab.client.get(f"{PATH}/v1/{api}", params=HANGZHOU | wanted)
    return answer.status_code, answer.json()


def test_sixteen_days_ahead_and_seven_back_have_the_shape_of_the_recorded_answer(lab: Lab) -> None:
    status, body = asked(lab, "forecast", past_days=7, forecast_days=16)
    assert status == 200
    assert [body["daily"]["time"][place] for place in (0, 7, -1)] == [
        str(TODAY + timedelta(days=days)) for days in (-7, 0, 15)
    ]
    assert {len(column) for column in body["daily"].values()} == {23}
    assert (body["latitude"], body["longitude"]) == (30.25, 120.25)
    if CONTRACT.exists():
        recorded = json.loads(CONTRACT.read_text(encoding="utf-8"))["shanghai"]
        assert list(body) == list(recorded)
        assert {name: type(value) for name, value in body.items()} == {
            name: type(value) for name, value in recorded.items()
        }


def test_the_archive_is_five_days_behind_and_says_what_the_forecast_said(lab: Lab) -> None:
    _, past = asked(lab, "archive", **SPAN)
    assert [value is None for value in past["daily"]["precipitation_sum"]] == [False] * 5 + [True] * 5
    _, ahead = asked(lab, "forecast", past_days=9, forecast_days=1)
    assert past["daily"]["temperature_2m_max"][:5] == ahead["daily"]["temperature_2m_max"][:5]


@pytest.mark.parametrize(
    ("api", "wanted", "reason"),
    [
        ("forecast", {"latitude": "91"}, "Latitude must be in range of -90 to 90°. Given: 91.0."),
        ("forecast", {"longitude": "x"}, "Value of type 'Float' required for key 'longitude'."),
        ("forecast", {"forecast_days": 17}, "Parameter 'forecast_days' is invalid. Allowed range 0 to 16. Given 17."),
        ("forecast", {"past_days": 93}, "Parameter 'past_days' is invalid. Allowed range 0 to 92. Given 93."),
        ("forecast", {"timezone": ""}, "Timezone is required"),
        (
            "archive",
            SPAN | {"start_date": "soon"},
            "Invalid date format for 'start_date'. Make sure to use 'YYYY-MM-DD'.",
        ),
        ("archive", SPAN | {"start_date": str(TODAY), "end_date": str(TODAY - timedelta(days=1))}, "End-date must be"),
        (
            "archive",
            SPAN | {"end_date": str(TODAY + timedelta(days=1))},
            "Parameter 'end_date' is out of allowed range",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_in_its_shape(lab: Lab, api: str, wanted: dict[str, Any], reason: str) -> None:
    status, body = asked(lab, api, **wanted)
    assert (status, body["error"]) == (400, True)
    assert body["reason"].startswith(reason)


def test_a_full_quota_is_429_and_passes(lab: Lab) -> None:
    lab.world.faults.set(Fault("rate_ban", "open-meteo", "forecast", count=1))
    status, body = asked(lab, "forecast")
    assert (status, body["error"]) == (429, True)
    assert asked(lab, "forecast")[0] == 200
