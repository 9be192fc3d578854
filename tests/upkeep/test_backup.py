"""Is what was saved what comes back, while people write, and is nothing lost when it cannot?"""

import tarfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlmodel import SQLModel, func, select

from alembic import command
from orderhub import migration
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.kernel import db, secrets
from orderhub.kernel.errors import BadInput, DatabaseBusy, SetupError
from orderhub.kernel.settings import settings
from orderhub.upkeep.backup import age, manifest_of, restore, save, save_daily, saved
from tests import builders
from tests.conftest import POSTGRES_URL

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
on_sqlite = pytest.mark.parametrize("hub", ["sqlite"], indirect=True)


@pytest.fixture(params=BOTH)
def hub(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A migrated hub with two orders and a photo; its data directory."""
    name = f"backup_{uuid4().hex[:12]}"
    plain = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    if request.param == "postgresql":
        _on_server(plain, f"CREATE DATABASE {name}")
        address = plain.set(database=name).render_as_string(hide_password=False)
    else:
        address = f"sqlite:///{tmp_path / 'var' / 'orderhub.db'}"
    monkeypatch.setenv("ORDERHUB_DATABASE_URL", address)
    monkeypatch.setenv("ORDERHUB_DATA_DIR", str(tmp_path / "var"))
    _forget()
    SQLModel.metadata.create_all(db.database().engine)
    command.stamp(migration.config(), "head")
    with db.transaction() as session:
        shop = builders.shop(session)
        for no in ("6900000000000000001", "6900000000000000002"):
            builders.order(session, no, of=shop)
    photo = tmp_path / "var" / "photos" / "ab" / "ab12.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"a photo")
    yield tmp_path / "var"
    _forget()
    if request.param == "postgresql":
        _on_server(plain, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(url: object, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")  # type: ignore[call-overload]
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _forget() -> None:
    db.close_database()
    settings.cache_clear()
    secrets.forget_keys()


def orders() -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(Order)).one()


def test_what_was_saved_comes_back(hub: Path):
    made = save(now=NOW)
    assert made.is_verified
    assert made.manifest.rows["orders"] == 2
    assert made.path.stat().st_mode & 0o077 == 0
    with db.transaction() as session:
        for order in session.exec(select(Order)):
            order.seller_remark = "changed since"
        builders.order(session, "6900000000000000003", of=session.exec(select(Shop)).one())
    (hub / "photos" / "ab" / "ab12.jpg").unlink()
    db.close_database()

    done = restore(made.path, replace=True, now=NOW)

    assert orders() == 2
    with db.reading() as session:
        assert {order.seller_remark for order in session.exec(select(Order))} == {""}
    assert (hub / "photos" / "ab" / "ab12.jpg").read_bytes() == b"a photo"
    assert done.kept
    assert not migration.migrate()


def test_a_save_while_people_write_is_one_moment(hub: Path):
    ends = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not ends.is_set():
            with db.transaction() as session:
                shop = session.exec(select(Shop)).one()
                builders.order(session, f"69{len(written):017}", of=shop)
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not written:
            assert writer.is_alive()
            ends.wait(0.01)
        made = save(now=NOW)
    finally:
        ends.set()
        writer.join()
    rows = made.manifest.rows
    assert rows["orders"] >= 2
    assert rows["order_line"] == rows["orders"]


def test_a_hub_that_runs_is_not_replaced(hub: Path):
    made = save(now=NOW)
    with db.transaction() as session:
        builders.order(session, "6900000000000000003", of=session.exec(select(Shop)).one())
    with pytest.raises(DatabaseBusy):
        restore(made.path, replace=True, now=NOW)
    assert orders() == 3


@on_sqlite
def test_what_is_there_is_replaced_only_when_that_is_said(hub: Path):
    made = save(now=NOW)
    db.close_database()
    with pytest.raises(SetupError, match="--replace"):
        restore(made.path, replace=False, now=NOW)
    assert orders() == 2


@on_sqlite
def test_another_key_brings_nothing_back(hub: Path):
    made = save(now=NOW)
    (hub / "secret.key").unlink()
    _forget()
    with pytest.raises(SetupError, match="secret key"):
        restore(made.path, replace=True, now=NOW)
    assert orders() == 2


@on_sqlite
def test_a_damaged_archive_brings_nothing_back(hub: Path, tmp_path: Path):
    made = save(now=NOW)
    db.close_database()
    whole = made.path.read_bytes()
    for cut in (b"", b"no archive at all", whole[: len(whole) // 2]):
        broken = tmp_path / "broken.tar.gz"
        broken.write_bytes(cut)
        with pytest.raises((BadInput, SetupError)):
            restore(broken, replace=True, now=NOW)
    assert orders() == 2


@on_sqlite
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../{file}", tarfile.REGTYPE),
        ("{folder}/{file}", tarfile.REGTYPE),
        ("files/photos/out", tarfile.SYMTYPE),
        ("files/photos/out", tarfile.LNKTYPE),
        ("files/photos/out", tarfile.DIRTYPE),
    ],
)
def test_an_archive_cannot_write_outside(hub: Path, tmp_path: Path, name: str, kind: bytes):
    made = save(now=NOW)
    db.close_database()
    evil, outside = tmp_path / "evil.tar.gz", tmp_path / "outside-it.txt"
    with tarfile.open(made.path) as good, tarfile.open(evil, "w:gz") as tar:
        for member in good.getmembers():
            tar.addfile(member, good.extractfile(member))
        added = tarfile.TarInfo(name.format(folder=tmp_path, file=outside.name))
        added.type, added.linkname = kind, str(outside)
        tar.addfile(added)
    with pytest.raises(BadInput, match="no file that a hub saves"):
        restore(evil, replace=True, now=NOW)
    assert not outside.exists()
    assert not (tmp_path.parent / outside.name).exists()


@on_sqlite
def test_the_key_is_in_no_archive(hub: Path):
    made = save(now=NOW)
    key = (hub / "secret.key").read_bytes()
    with tarfile.open(made.path) as tar:
        for member in tar.getmembers():
            found = tar.extractfile(member)
            assert found is None or key not in found.read()


@on_sqlite
def test_the_clock_keeps_so_many(hub: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERHUB_BACKUP_KEEP", "2")
    settings.cache_clear()
    assert age(NOW) is None
    for day in range(4):
        save_daily(NOW + timedelta(days=day))
    assert [manifest_of(path).made_at[:10] for path in saved()] == ["2026-11-27", "2026-11-26"]
    assert age(NOW + timedelta(days=4)) == timedelta(days=1)
