"""`orderhub prove privacy` finds what was planted, wherever it was, and finds nothing where nothing is."""

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col

from orderhub.domain.buyer_contact import keep_contact
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.inbox import InboxMessage, MessageKind, keep
from orderhub.kernel.db import open_database, transaction
from orderhub.kernel.eventlog import Happening, record
from orderhub.kernel.secrets import seal
from orderhub.kernel.settings import settings
from orderhub.prove_privacy import ALLOWED, prove_privacy
from tests import builders
from tests.intake.builders import order_native

SECRET = "app-s3cret-value"
RECEIVER = {
    "name": "欧阳测试",
    "phone": "13800001234",
    "region": "浙江省 杭州市 西湖区",
    "address": "文一西路 1 号 3 幢",
}


@dataclass(frozen=True)
class Planted(Happening):
    subject_type: ClassVar[str] = "test"
    note: str


@pytest.fixture
def holding(database) -> int:
    """A hub with a secret, a contact and a body, all of them sealed; the id of its order."""
    with transaction() as session:
        shop = builders.shop(session, "mp", Channel.MINIPROGRAM, app_secret_sealed=seal(SECRET, "shop:mp:app_secret"))
        keep_contact(session, shop, "MP-1", RECEIVER, now=builders.NOW)
        keep(session, shop.id, MessageKind.ORDER, [order_native(1)], builders.NOW)
        return builders.order(session, "MP-1", of=shop).id


def kinds(*also) -> set[str]:
    return {finding.kind for finding in prove_privacy(also).findings}


def test_a_hub_that_seals_everything_is_clean(holding):
    proof = prove_privacy()
    assert (proof.findings, proof.unread, proof.known, proof.is_sound) == ((), (), 4, True)
    assert proof.texts > 20


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ("请打 13900005678 联系", "a telephone"),
        ("请打 139 0000 5678 联系", "a telephone"),
        ("送到浙江省杭州市西湖区文三路 90 号", "an address"),
        ("收件人是欧阳测试", "a name"),
        ("文一西路 1 号 3 幢", "an address"),
        (f"token={SECRET}", "a secret of shop.app_secret_sealed"),
    ],
)
def test_what_is_planted_in_a_column_is_found_and_shown_masked(holding, planted, kind):
    with transaction() as session:
        session.exec(update(Order).where(col(Order.id) == holding).values(staff_remark=planted))
    proof = prove_privacy()
    assert (proof.is_sound, {finding.kind for finding in proof.findings}) == (False, {kind})
    said = str(proof)
    assert "orders.staff_remark of row" in said
    assert not any(part in said for part in ("5678", "文三路", "欧阳", SECRET))


def test_a_body_in_the_clear_is_found(holding):
    with transaction() as session:
        session.exec(update(InboxMessage).values(body='{"receiver": {"phone": "13900005678"}}'))
    assert kinds() == {"a telephone"}


def test_what_is_planted_in_json_is_found(holding):
    with transaction() as session:
        builders.order(session, "MP-2", of=session.get_one(Shop, 1))
        record(session, Planted(1, "13900005678"), actor="system", now=builders.NOW)
    assert kinds() == {"a telephone"}


@pytest.mark.parametrize("name", ["hub.log", "backup.sql.gz", "export.xlsx", ".states/state.pkl", "notes.db"])
def test_what_is_planted_in_a_file_is_found(holding, tmp_path, name):
    path = tmp_path / "elsewhere" / name
    path.parent.mkdir(parents=True)
    said = f"receiver 欧阳测试, {SECRET}".encode()
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(said))
    elif name.endswith(".xlsx"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/sharedStrings.xml", said)
    else:
        path.write_bytes(b"\0" + said if name.endswith((".pkl", ".db")) else said)
    assert kinds(tmp_path / "elsewhere") == {"a name", "a secret of shop.app_secret_sealed"}


def test_the_data_directory_is_looked_through_without_being_asked(holding):
    kept = settings().data_dir / "imports" / "orders.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("电话,13900005678\n")
    assert kinds() == {"a telephone"}


def test_a_file_that_cannot_be_read_is_no_proof(holding, tmp_path):
    (tmp_path / "broken.gz").write_bytes(b"no gzip at all")
    proof = prove_privacy([tmp_path / "broken.gz"])
    assert (proof.is_sound, len(proof.unread)) == (False, 1)


def test_what_was_forgotten_is_not_left_in_the_pages_of_the_file(sqlite_url):
    opened = open_database(sqlite_url)
    SQLModel.metadata.create_all(opened.engine)
    with transaction() as session:
        shop = builders.shop(session, "mp", Channel.MINIPROGRAM)
        order_id = builders.order(session, "MP-1", of=shop, buyer_remark="欧阳测试" * 50).id
    with transaction() as session:
        session.exec(update(Order).where(col(Order.id) == order_id).values(buyer_remark=""))
    opened.close()  # the last connection brings the write-ahead log into the file
    assert "欧阳测试".encode() not in Path(opened.url.database).read_bytes()


def test_what_is_allowed_is_a_column_that_is_there():
    tables = SQLModel.metadata.tables
    assert [name for name in ALLOWED if name.partition(".")[2] not in tables[name.partition(".")[0]].columns] == []
