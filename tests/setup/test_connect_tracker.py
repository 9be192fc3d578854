"""`orderhub connect-tracker` on a real database: the key is asked for, sealed, and shown to nobody."""

from sqlmodel import select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.tracker_account import TrackerAccount
from orderhub.intake.tracker_keyring import tracker_keys
from orderhub.kernel import db
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput

CONNECT = ["connect-tracker", "kd", "--kind", "kuaidi100", "--customer", "HUB"]


def accounts() -> list[TrackerAccount]:
    with reading() as session:
        return list(session.exec(select(TrackerAccount)))


def test_an_account_is_connected_and_keeps_what_is_left_empty():
    db.close_database()
    ran = CliRunner().invoke(app, [*CONNECT, "--phone-tail", "0001"], input="secret-key\n")
    assert (ran.exit_code, "secret-key" in ran.output) == (0, False), ran.output
    assert "/api/push/kuaidi100/kd" in ran.output
    again = CliRunner().invoke(app, [*CONNECT, "--name", "快递100", "--daily-quota", "500"], input="\n")
    assert again.exit_code == 0, again.output
    (account,) = accounts()
    assert (account.name, account.daily_quota, tracker_keys(account).key) == ("快递100", 500, "secret-key")


def test_a_new_account_without_its_key_is_refused_and_nothing_kept():
    db.close_database()
    assert isinstance(CliRunner().invoke(app, CONNECT, input="\n").exception, BadInput)
    assert accounts() == []
