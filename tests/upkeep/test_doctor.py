"""Does the doctor name what is wrong, and find nothing where all is well?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alembic import command
from orderhub import migration
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.cli import app
from orderhub.kernel import db, secrets
from orderhub.kernel.job_runs import JobRun, RunState
from orderhub.kernel.settings import settings
from orderhub.upkeep import doctor
from orderhub.upkeep.backup import save
from orderhub.upkeep.doctor import Grade, look_over

on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def healthy(database: db.Database, tmp_path: Path, db_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub with nothing to complain of; its data directory."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", db_url)
    monkeypatch.setenv("ORDERHUB_DATA_DIR", str(folder))
    monkeypatch.setattr(doctor, "is_built", lambda: True)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: _Disk(100, 50, 50))
    settings.cache_clear()
    secrets.forget_keys()
    command.stamp(migration.config(), "head")
    with database.transaction() as session:
        for name in ("ceshi-a", "ceshi-b"):
            create_user(session, name, "kuaidi-zai-lushang-7", Role.ADMIN, now=NOW)
        session.add(JobRun(job="sync", slot=NOW, started_at=NOW, ended_at=NOW, state=RunState.DONE, epoch=1))
    save(now=NOW, verify=False)
    yield folder  # type: ignore[misc]
    settings.cache_clear()
    secrets.forget_keys()


class _Disk:
    def __init__(self, total: int, used: int, free: int) -> None:
        self.total, self.used, self.free = total, used, free


def wrong(now: datetime = NOW) -> dict[str, str]:
    """What is bad, with its remedy."""
    return {found.what: found.remedy for found in look_over(now) if found.grade is Grade.BAD}


def test_nothing_is_bad_where_all_is_well(healthy: Path):
    assert wrong() == {}


@on_sqlite
def test_what_others_may_read_is_named(healthy: Path):
    (healthy / "secret.key").chmod(0o644)
    healthy.chmod(0o755)
    assert [remedy.split()[0] for remedy in wrong().values()] == ["chmod", "chmod"]


@on_sqlite
def test_no_second_factor_is_named(healthy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERHUB_TOTP_REQUIRED", "false")
    settings.cache_clear()
    assert list(wrong()) == ["nobody needs a second factor"]


@on_sqlite
def test_an_open_address_without_tls_is_named(healthy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERHUB_HOST", "192.0.2.7")
    settings.cache_clear()
    assert list(wrong()) == ["192.0.2.7 is reached without TLS"]
    monkeypatch.setenv("ORDERHUB_PUBLIC_URL", "https://hub.example.com")
    settings.cache_clear()
    assert wrong() == {}


@on_sqlite
def test_an_old_backup_and_a_full_disk_are_named(healthy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: _Disk(100, 97, 3))
    assert list(wrong(NOW + timedelta(hours=40))) == ["3% of the disk is free", "the newest backup is 40 h old"]


@on_sqlite
def test_a_job_that_keeps_failing_is_named(healthy: Path, database: db.Database):
    with database.transaction() as session:
        for minute in range(3):
            at = NOW - timedelta(minutes=minute + 1)
            session.add(JobRun(job="sync", slot=at, started_at=at, ended_at=at, state=RunState.FAILED, epoch=1))
    assert list(wrong()) == ["sync keeps failing"]


@on_sqlite
def test_another_schema_is_named_and_the_rest_is_looked_at(healthy: Path):
    command.stamp(migration.config(), "base")
    assert list(wrong()) == [f"the schema is at nothing, not {migration.newest()}"]


@on_sqlite
def test_a_check_that_cannot_be_made_is_a_finding(healthy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERHUB_SECRET_KEY", "c2hvcnQ=")
    settings.cache_clear()
    secrets.forget_keys()
    assert any(what.startswith("secret key: ") and "32 bytes" in what for what in wrong())


@on_sqlite
def test_the_command_says_it_and_ends_with_one(healthy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERHUB_TOTP_REQUIRED", "false")
    settings.cache_clear()
    said = CliRunner().invoke(app, ["doctor"])
    assert said.exit_code == 1
    assert "BAD     nobody needs a second factor" in said.output
