"""Kuaidi100 at the hub's door: returnCode 200 for what is taken, 500 in its own words for everything else."""

from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from orderhub.api import push as door
from orderhub.api.app import create_api
from orderhub.domain.anomaly import Anomaly
from orderhub.domain.track import Scan, follow_parcel
from orderhub.domain.words import Carrier
from orderhub.intake import push
from orderhub.intake.tracker_keyring import forget_tracker_lines
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import database as current_database
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.level import Felt, Level, Sign, feel

from ..flows.tracking import CODE, YTO_PARCEL, connect_kuaidi100, signed_push

PATH = f"/api/push/kuaidi100/{CODE}"
TAKEN = {"result": True, "returnCode": "200", "message": "成功"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(database):
    connect_kuaidi100("http://127.0.0.1:9")
    with transaction() as session:
        follow_parcel(session, YTO_PARCEL, Carrier.YTO, shipped_at=utc_now())
    with TestClient(create_api(), raise_server_exceptions=False) as opened:
        yield opened
    forget_tracker_lines()
    push._noted.clear()


def form() -> str:
    return signed_push(YTO_PARCEL, [(utc_now() - timedelta(minutes=1), "快件已揽收", "1")])


def counts() -> tuple[int, int]:
    with reading() as session:
        return len(session.exec(select(Scan)).all()), len(session.exec(select(Anomaly)).all())


def test_a_push_is_answered_as_taken_and_twice_is_once(client):
    raw = form()
    for _ in range(3):
        answer = client.post(PATH, content=raw, headers=FORM)
        assert (answer.status_code, answer.json()) == (200, TAKEN)
    assert counts() == (1, 0)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"param=%7B%7D", b"sign=x", b"param=%7B%7D&sign=%E4%BD%A0", b"&".join([b"a=1"] * 5000), b"[]"],
)
def test_what_is_not_signed_is_refused_and_noted(client, raw):
    answer = client.post(PATH, content=raw, headers=FORM)
    assert (answer.status_code, answer.json()) == (403, door.REFUSED)
    assert counts() == (0, 1)


def test_a_signature_of_another_param_does_not_fit(client):
    one, other = form(), signed_push(YTO_PARCEL, [])
    mixed = one.split("&sign=", 1)[0] + "&sign=" + other.split("&sign=", 1)[1]
    assert client.post(PATH, content=mixed, headers=FORM).status_code == 403
    assert counts() == (0, 1)


def test_an_account_that_is_not_there_is_refused_and_noted_once_a_minute(client):
    for code in ("nobody", "x" * 3000, "%00"):
        assert client.post(f"/api/push/kuaidi100/{code}", content=form(), headers=FORM).json() == door.REFUSED
    assert counts() == (0, 1)


def test_a_body_of_more_than_a_megabyte_is_refused(client):
    answer = client.post(PATH, content=b"param=" + b"x" * 1_000_001, headers=FORM)
    assert (answer.status_code, answer.json()) == (413, door.REFUSED)
    assert counts() == (0, 0)


def test_a_thousand_scans_are_not_one_parcels(client):
    now = utc_now()
    rows = [(now - timedelta(seconds=number), f"扫描 {number}", "0") for number in range(1000)]
    assert client.post(PATH, content=signed_push(YTO_PARCEL, rows), headers=FORM).json() == TAKEN
    assert counts() == (0, 1)


def test_a_database_that_cannot_write_asks_for_the_push_again(client):
    raw = form()
    with current_database().engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE scan")
    answer = client.post(PATH, content=raw, headers=FORM)
    assert (answer.status_code, answer.json()) == (503, door.REFUSED)


def test_a_hub_that_cannot_keep_it_asks_for_the_push_again_and_takes_it_then(client):
    feel(Felt(Level.READ_ONLY, Sign.STORAGE))
    answer = client.post(PATH, content=form(), headers=FORM)
    assert (answer.status_code, answer.json()) == (503, door.REFUSED)
    assert int(answer.headers["retry-after"]) >= 60
    assert counts() == (0, 0)
    feel(Felt(Level.READ_ONLY, Sign.PINNED))  # set by hand: it can be kept
    assert client.post(PATH, content=form(), headers=FORM).json()["result"] is True
    assert counts() == (1, 0)


def test_the_door_says_what_protects_it(client):
    assert "salt" in door.kuaidi100_push.public
    described = client.get("/api/openapi.json").json()["paths"]["/api/push/kuaidi100/{account}"]["post"]
    assert described["security"] == []
    assert {"200", "403", "404", "413", "422", "503"} <= set(described["responses"])
