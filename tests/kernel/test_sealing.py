"""Whatever is sealed is sealed anew after a change of key, and opens nowhere else than where it was put."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col, select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.shop import Shop
from orderhub.domain.tracking_link import link_token, read_token
from orderhub.intake.inbox import InboxMessage, MessageKind, keep
from orderhub.kernel import secrets
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import SetupError
from orderhub.kernel.sealing import seal_anew, sealed_columns
from orderhub.kernel.secrets import begin_new_key, drop_former_keys, former_names, present_mark, seal, unseal
from orderhub.kernel.settings import settings
from tests import builders
from tests.intake.builders import order_native

ROOT = Path(__file__).parents[2]


@pytest.fixture
def holding(database, now):
    """A shop with an app secret, and two kept orders, one of them from before bodies were sealed."""
    with transaction() as session:
        shop = builders.shop(session, app_secret_sealed="")
        shop.app_secret_sealed = seal("app-s3cret", f"shop:{shop.code}:app_secret")
        keep(
            session,
            shop.id,
            MessageKind.ORDER,
            [order_native(6900000000000000001), order_native(6900000000000000002)],
            now,
        )
        old = session.exec(select(InboxMessage).where(InboxMessage.number == "6900000000000000002")).one()
        old.body = old.text
    return shop


def opened() -> dict[str, list[str]]:
    with reading() as session:
        return {
            column.name: sorted(
                column.open(session, row) for row in session.exec(select(column.table)) if getattr(row, column.column)
            )
            for column in sealed_columns()
        }


def test_every_sealed_column_is_known_to_the_change_of_key():
    named = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("sealed")
    }
    known = {column.name for column in sealed_columns()}
    assert known - named == {"inbox_message.body"}
    assert named - known == set()


def test_whoever_seals_writes_into_a_sealed_column():
    """A module that calls ``seal`` and is not on this list seals something that no change of key would find."""
    sealing = {
        path.relative_to(ROOT / "orderhub").as_posix()
        for path in (ROOT / "orderhub").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "seal"
    }
    assert sealing == {
        "access/sign_in.py",
        "access/totp.py",
        "automation/carrier_keyring.py",
        "automation/notifier_keyring.py",
        "automation/robot_keyring.py",
        "automation/webhook_keyring.py",
        "domain/buyer_contact.py",
        "domain/supplier.py",
        "intake/authorising.py",  # a word on its way through the browser, for ten minutes: it is kept nowhere
        "intake/inbox.py",
        "intake/keyring.py",
        "intake/payment_account.py",
        "intake/tracker_keyring.py",
        "kernel/sealing.py",
        "ui/oidc_login.py",  # where a sign-in stands, in a cookie for some minutes: it is kept nowhere
    }


def test_after_two_changes_of_key_everything_opens_without_the_former_ones(holding):
    before = opened()
    for _ in range(2):
        begin_new_key()
        assert seal_anew().stuck == ()
    assert len(former_names()) == 2
    drop_former_keys()
    assert former_names() == []
    assert opened() == before
    assert before["shop.app_secret_sealed"] == ["app-s3cret"]
    with reading() as session:
        assert all(message.body.startswith(present_mark()) for message in session.exec(select(InboxMessage)))


def test_a_change_of_key_may_break_off_and_go_on(holding, monkeypatch):
    before = opened()
    begin_new_key()
    monkeypatch.setattr("orderhub.kernel.sealing._AT_ONCE", 1)
    monkeypatch.setattr("orderhub.kernel.sealing._brought_along", _stop_at_the_second())
    with pytest.raises(KeyboardInterrupt):
        seal_anew()
    monkeypatch.undo()
    assert opened() == before
    assert seal_anew().rows == 2
    assert seal_anew().rows == 0


def _stop_at_the_second():
    from orderhub.kernel.sealing import _brought_along

    done = []

    def brought_along(*given):
        if done:
            raise KeyboardInterrupt
        done.append(given)
        return _brought_along(*given)

    return brought_along


def test_a_text_that_was_moved_to_another_row_is_left_and_named(holding):
    with transaction() as session:
        thief = builders.shop(session, "dy-2", app_secret_sealed="")
        session.flush()
        session.exec(update(Shop).where(col(Shop.id) == thief.id).values(app_secret_sealed=holding.app_secret_sealed))
    begin_new_key()
    assert seal_anew().stuck == ("shop.app_secret_sealed",)


def test_a_seed_and_a_link_outlive_a_change_of_key(database, now):
    token = link_token(7, ends_at=now + timedelta(days=90))
    sealed = seal("SEED", "users:1:totp_seed")
    begin_new_key()
    assert read_token(token, now=now) == read_token(token, now=now) is not None
    assert unseal(sealed, "users:1:totp_seed") == "SEED"
    drop_former_keys()
    assert read_token(token, now=now) is None
    with pytest.raises(SetupError, match="does not open"):
        unseal(sealed, "users:1:totp_seed")


def test_a_running_process_takes_a_new_key_up_by_itself(database):
    unseal(seal("x", "here"), "here")
    mine = secrets._ring()
    begin_new_key()
    sealed_elsewhere = seal("y", "there")
    secrets._ring.cache_clear()
    files = {name: (settings().data_dir / name).read_text() for name in (secrets.KEY_FILE, secrets.FORMER_FILE)}
    # As a process that read its keys before the change: only the former key is in its hands.
    (settings().data_dir / secrets.KEY_FILE).write_text(files[secrets.FORMER_FILE])
    (settings().data_dir / secrets.FORMER_FILE).unlink()
    assert [key.name for key in secrets._ring()] == [mine[0].name]
    for name, text in files.items():
        (settings().data_dir / name).write_text(text)
    assert unseal(sealed_elsewhere, "there") == "y"


def test_the_key_files_are_for_their_owner_only(database):
    seal("x", "y")
    begin_new_key()
    for name in (secrets.KEY_FILE, secrets.FORMER_FILE):
        assert (settings().data_dir / name).stat().st_mode & 0o777 == 0o600


def test_keys_of_the_environment_are_changed_there(monkeypatch):
    monkeypatch.setenv("ORDERHUB_SECRET_KEY", secrets._new_key_text())
    settings.cache_clear()
    secrets.forget_keys()
    sealed = seal("x", "y")
    with pytest.raises(SetupError, match="ORDERHUB_FORMER_KEYS"):
        begin_new_key()
    monkeypatch.setenv("ORDERHUB_FORMER_KEYS", settings().secret_key.get_secret_value())
    monkeypatch.setenv("ORDERHUB_SECRET_KEY", secrets._new_key_text())
    settings.cache_clear()
    secrets.forget_keys()
    assert unseal(sealed, "y") == "x"


def test_the_command_changes_the_key_and_says_what_it_did(sqlite_url, monkeypatch):
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", sqlite_url)
    settings.cache_clear()
    CliRunner().invoke(app, ["migrate"])
    with transaction() as session:
        builders.shop(session, "dy-1", app_secret_sealed=seal("s3cret", "shop:dy-1:app_secret"))
    ran = CliRunner().invoke(app, ["rotate-key"])
    assert (ran.exit_code, "1 sealed anew" in ran.output, "former keys still kept" in ran.output) == (0, True, True)
    ran = CliRunner().invoke(app, ["rotate-key", "--finish", "--drop-former"])
    assert (ran.exit_code, former_names()) == (0, [])
