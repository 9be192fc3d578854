"""`orderhub connect-pay` on a real database: keys are checked, sealed, and shown to nobody."""

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.payment import PaymentAccount
from orderhub.domain.shop import shop_named
from orderhub.intake.keyring import credentials_of
from orderhub.intake.payment_account import ShopPayKeyring
from orderhub.kernel import db
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput

from ..intake.paying import MERCHANT, PLATFORM

CONNECT = ["connect", "my-mp", "--channel", "miniprogram", "--name", "我的小程序"]


@pytest.fixture
def asked(tmp_path):
    db.close_database()
    (tmp_path / "apiclient_key.pem").write_text(MERCHANT.private_key)
    (tmp_path / "pub_key.pem").write_text(PLATFORM.public_key)
    connected = CliRunner().invoke(app, CONNECT)
    assert connected.exit_code == 0, connected.output
    return [
        *("connect-pay", "my-mp", "--mch-id", MERCHANT.merchant_no, "--serial", MERCHANT.serial_no.lower()),
        *("--private-key", str(tmp_path / "apiclient_key.pem"), "--app-id", MERCHANT.app_no),
        *("--public-key-id", PLATFORM.public_key_no, "--public-key", str(tmp_path / "pub_key.pem")),
    ]


def test_a_merchant_number_is_connected_and_connected_again(asked):
    for _ in range(2):
        ran = CliRunner().invoke(app, asked, input=f"{MERCHANT.api_key}\napp-secret\n")
        assert (ran.exit_code, "/api/push/wechat-pay/my-mp" in ran.output) == (0, True), ran.output
        assert MERCHANT.api_key not in ran.output
    keys = ShopPayKeyring("my-mp").read()
    assert (keys.private_key, keys.api_key, keys.serial_no) == (
        MERCHANT.private_key,
        MERCHANT.api_key,
        MERCHANT.serial_no,
    )
    assert keys.platform_keys == {PLATFORM.public_key_no: PLATFORM.public_key}


def test_a_key_of_another_length_is_refused_and_nothing_kept(asked):
    ran = CliRunner().invoke(app, asked, input="too-short\n\n")
    assert isinstance(ran.exception, BadInput)
    with reading() as session:
        assert session.exec(select(PaymentAccount)).all() == []


def test_naming_the_shop_anew_leaves_its_keys(asked):
    CliRunner().invoke(app, asked, input=f"{MERCHANT.api_key}\napp-secret\n")
    renamed = CliRunner().invoke(app, [*CONNECT[:-1], "新名字"])
    assert renamed.exit_code == 0, renamed.output
    with reading() as session:
        shop = shop_named(session, "my-mp")
    keys = credentials_of(shop)
    assert (shop.name, keys.app_key, keys.app_secret) == ("新名字", MERCHANT.app_no, "app-secret")
    assert ShopPayKeyring("my-mp").read().api_key == MERCHANT.api_key
