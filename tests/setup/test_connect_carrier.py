"""`orderhub connect-carrier` on a real database: keys are asked for, sealed, and shown to nobody."""

from sqlmodel import select
from typer.testing import CliRunner

from orderhub.automation.carrier_keyring import sender_of
from orderhub.cli import app
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.kernel import db
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound

CONNECT = ["connect-carrier", "sf", "--carrier", "sf", "--customer-code", "HUB"]
SENDER = ["--sender", "测试仓,13800000001,浙江省,杭州市,余杭区,测试路1号, 2幢"]


def accounts() -> list[CarrierAccount]:
    with reading() as session:
        return list(session.exec(select(CarrierAccount)))


def test_an_account_is_connected_and_keeps_what_is_left_empty():
    db.close_database()
    ran = CliRunner().invoke(app, [*CONNECT, *SENDER], input="check-word\n7551234567\n")
    assert (ran.exit_code, "check-word" in ran.output) == (0, False), ran.output
    (first,) = accounts()
    assert sender_of(first).address == "测试路1号, 2幢"
    again = CliRunner().invoke(app, [*CONNECT, "--name", "顺丰"], input="\n\n")
    assert again.exit_code == 0, again.output
    (second,) = accounts()
    assert (second.name, second.check_word_sealed, second.sender_sealed) == (
        "顺丰",
        first.check_word_sealed,
        first.sender_sealed,
    )


def test_what_is_incomplete_or_has_no_connector_is_refused_and_nothing_kept():
    db.close_database()
    for asked, given, error in (
        (CONNECT, "a\nb\n", BadInput),
        ([*CONNECT, "--sender", "测试仓"], "a\nb\n", BadInput),
        ([*CONNECT, *SENDER], "\n\n", BadInput),
        (["connect-carrier", "zto", "--carrier", "zto", "--customer-code", "HUB"], "a\nb\n", NotFound),
    ):
        assert isinstance(CliRunner().invoke(app, asked, input=given).exception, error)
    assert accounts() == []
