"""WeChat Pay at the hub's door: 204 for what is kept, FAIL in its own words for everything else."""

import pytest
from starlette.testclient import TestClient

from orderhub.api import push as door
from orderhub.api.app import create_api
from orderhub.intake import push
from orderhub.intake.payment_account import forget_payers
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import database as current_database
from orderhub.kernel.level import Felt, Level, Sign, feel

from ..intake.builders import states
from ..intake.paying import CODE, add_paid_shop, notice_body, signed

PATH = f"/api/push/wechat-pay/{CODE}"


@pytest.fixture
def client(database):
    add_paid_shop(utc_now())
    with TestClient(create_api(), raise_server_exceptions=False) as opened:
        yield opened
    forget_payers()
    push._noted.clear()


def fails(answer, status, message):
    return (answer.status_code, answer.json()) == (status, {"code": "FAIL", "message": message})


def test_a_notice_is_answered_with_204_and_nothing_else(client):
    raw = notice_body(utc_now())
    for _ in range(2):
        answer = client.post(PATH, content=raw, headers=signed(raw, utc_now()))
        assert (answer.status_code, answer.content) == (204, b"")
    assert states() == {"ready": 1}


@pytest.mark.parametrize("signature", ["WECHATPAY/SIGNTEST/abc", "QUJD", ""])
def test_a_signature_that_does_not_fit_fails(client, signature):
    raw = notice_body(utc_now())
    answer = client.post(PATH, content=raw, headers=signed(raw, utc_now()) | {"wechatpay-signature": signature})
    assert fails(answer, 403, "not_allowed")
    assert states() == {}


def test_a_stranger_fails(client):
    assert fails(client.post(PATH, content=b"{}"), 403, "not_allowed")
    assert fails(client.post("/api/push/wechat-pay/nobody", content=b"{}"), 404, "not_found")


def test_a_body_of_more_than_a_megabyte_fails(client):
    raw = b" " * 1_000_001
    assert fails(client.post(PATH, content=raw, headers=signed(raw, utc_now())), 413, "bad_input")


def test_a_database_that_cannot_write_asks_for_the_notice_again(client):
    raw = notice_body(utc_now())
    with current_database().engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE inbox_message")
    assert fails(client.post(PATH, content=raw, headers=signed(raw, utc_now())), 503, "buffer_away")


def test_the_door_says_what_protects_it(client):
    assert "signature" in door.wechat_pay_notice.public
    described = client.get("/api/openapi.json").json()["paths"]["/api/push/wechat-pay/{shop}"]["post"]
    assert described["security"] == []
    assert {"204", "403", "404", "413", "503"} <= set(described["responses"])


def test_a_hub_that_cannot_keep_it_asks_for_the_notice_again(client):
    raw = notice_body(utc_now())
    feel(Felt(Level.READ_ONLY, Sign.STORAGE))
    assert fails(client.post(PATH, content=raw, headers=signed(raw, utc_now())), 503, "read_only")
    assert states() == {}
    feel(Felt(Level.READ_ONLY, Sign.PINNED))  # set by hand: it can be kept
    assert client.post(PATH, content=raw, headers=signed(raw, utc_now())).status_code == 204
    assert states() == {"ready": 1}
