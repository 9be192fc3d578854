"""How often may a program call, and who waits for whom?"""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from orderhub.access.visits import Visits
from orderhub.api import rates
from orderhub.api.app import create_api
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import TooMany
from tests.fuzz.__main__ import filled

NOW = utc_now().replace(second=15, microsecond=0)
WAIT = ("45", "46")


@pytest.fixture
def opened(database, monkeypatch):
    monkeypatch.setattr(rates, "READS_PER_MINUTE", 2)
    monkeypatch.setattr(rates, "FORGED_PER_MINUTE", 2)
    monkeypatch.setattr(rates, "utc_now", lambda: NOW)
    monkeypatch.setattr("orderhub.api.keys.utc_now", lambda: NOW)
    with database.transaction() as session:
        bearer = {"Authorization": f"Bearer {filled(session)}"}
    return TestClient(create_api(), raise_server_exceptions=False), bearer


def test_a_key_has_its_reads_a_minute_and_is_told_how_long_to_wait(opened):
    client, bearer = opened
    answers = [client.get("/api/v1/orders", headers=bearer) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] in WAIT
    assert answers[2].json()["code"] == "too_many"


def test_a_good_key_never_waits_for_bad_ones(opened):
    client, bearer = opened
    bad = [client.get("/api/v1/orders", headers={"Authorization": "Bearer x"}).status_code for _ in range(22)]
    assert (bad[0], bad[-1]) == (401, 429)
    assert client.get("/api/v1/orders", headers=bearer).status_code == 200


@pytest.mark.parametrize("path", ["douyin/nobody", "wechat-pay/nobody", "kuaidi100/nobody", "sf/nobody/x"])
def test_forged_pushes_are_told_to_wait_in_the_partners_own_words(opened, path: str):
    client, _ = opened
    answers = [client.post(f"/api/push/{path}", content=b"{}") for _ in range(3)]
    assert [answer.status_code >= 400 for answer in answers] == [True] * 3
    assert answers[2].status_code == 429
    assert answers[2].headers["retry-after"] in WAIT


def test_a_look_counts_nothing():
    visits = Visits(1)
    visits.check("1.1.1.1", NOW)
    visits.take("1.1.1.1", NOW)
    with pytest.raises(TooMany):
        visits.check("1.1.1.1", NOW)
    visits.check("2.2.2.2", NOW)
    visits.check("1.1.1.1", NOW + timedelta(minutes=1))
