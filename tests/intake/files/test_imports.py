"""Does an import go from a file to its end, is a mapping remembered, and is nothing kept for longer than needed?"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner

from orderhub.cli import app
from orderhub.domain.order import Order
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.intake.files import imports, running
from orderhub.intake.files.guess import guessed
from orderhub.intake.files.imports import FileImport, ImportMoved, ImportState, import_marked, path_of, wrong_path
from orderhub.intake.files.mapping import read_mapping
from orderhub.kernel.db import Database, reading, transaction
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.kernel.eventlog import Event
from orderhub.kernel.safe_cells import safe_cell
from orderhub.migration import migrate
from tests.intake.builders import add_shop

from .exports import JD, TAOBAO, csv_file, retail_file, rows_of

GOOD = JD | {"结算金额": "106.00"}
BAD = JD | {"订单号": "290000000002", "客户姓名": "测试收件人乙", "订购数量": "0"}
RETAIL_ROW = "536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"


@pytest.fixture
def jd(database: Database, now: datetime) -> Shop:
    return add_shop("jd-test", now=now, channel=Channel.JD)


def receive(path: Path, now: datetime, name: str = "订单.csv", shop: Shop | None = None) -> str:
    with transaction() as session:
        shop_id = shop.id if shop else None
        return imports.receive(session, path, name, shop_id=shop_id, by="ceshi-a", now=now).mark


def jd_file(folder: Path, *orders: dict[str, str]) -> Path:
    return csv_file(folder / "up.csv", rows_of("jd_orders_2015", *orders))


def row(mark: str) -> FileImport:
    with reading() as session:
        return import_marked(session, mark)


def count(table: type[Any]) -> int:
    with reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_an_import_is_previewed_then_taken_then_forgotten(jd: Shop, now: datetime, tmp_path: Path) -> None:
    mark = receive(jd_file(tmp_path, GOOD, BAD), now)
    running.preview(mark)
    found = row(mark)
    assert (found.state, found.layout, found.rows) == (ImportState.READY, "jd_orders", 2)
    assert (found.new, found.changed, found.same, found.wrong) == (1, 0, 0, 1)
    assert found.shop_id == jd.id
    assert count(Order) == 0
    running.take(mark)
    found = row(mark)
    assert (found.state, found.new, found.wrong, found.done) == (ImportState.DONE, 1, 1, 1)
    assert count(Order) == 1
    assert not path_of(mark).exists()
    with pytest.raises(ImportMoved):
        running.take(mark)


def test_bad_rows_are_kept_as_they_stand_and_nowhere_else(jd: Shop, now: datetime, tmp_path: Path) -> None:
    mark = receive(jd_file(tmp_path, GOOD, BAD), now)
    running.preview(mark)
    header, wrong = imports.wrong_rows(mark)
    assert header["header"][0] == "订单号"
    assert (wrong["row"], wrong["problem"], wrong["column"]) == (3, "not_positive", "订购数量")
    assert "测试收件人乙" in wrong["cells"]
    assert [path.stat().st_mode & 0o777 for path in (path_of(mark), wrong_path(mark))] == [0o600, 0o600]
    running.take(mark)
    with reading() as session:
        kept = [str(event.body) for event in session.exec(select(Event))] + [str(row(mark).found), row(mark).said]
    assert [text for text in kept if "测试收件人" in text or "13800000000" in text] == []


def test_columns_nobody_knows_are_asked_for_once(database: Database, now: datetime, tmp_path: Path) -> None:
    add_shop("own", now=now, channel=Channel.MINIPROGRAM)
    mark = receive(retail_file(tmp_path / "a", RETAIL_ROW), now, "retail.csv")
    running.preview(mark)
    found = row(mark)
    assert found.state is ImportState.TO_MAP
    assert found.found["columns"][0] == {"name": "InvoiceNo", "samples": ["536365"]}
    assert found.found["columns"][-1] == {"name": "Country", "samples": ["Un**** *******"]}
    guess = read_mapping(found.found["guess"])
    with transaction() as session:
        imports.remember(session, import_marked(session, mark), guess, by="ceshi-a", now=now)
    running.preview(mark)
    assert (row(mark).state, row(mark).new) == (ImportState.READY, 1)
    running.take(mark)
    again = receive(retail_file(tmp_path / "b", RETAIL_ROW), now, "retail.csv")
    running.preview(again)
    assert (row(again).state, row(again).same) == (ImportState.READY, 1)


def test_a_mapping_without_what_an_order_needs_is_not_remembered(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    mark = receive(retail_file(tmp_path / "a", RETAIL_ROW), now, "retail.csv")
    running.preview(mark)
    with pytest.raises(BadInput) as refused, transaction() as session:
        imports.remember(session, import_marked(session, mark), guessed(["InvoiceNo"], [], now), by="ceshi-a", now=now)
    assert refused.value.problem == "file_incomplete"
    running.preview(mark)
    assert row(mark).state is ImportState.TO_MAP


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("bill.csv", "账务流水号,业务流水号,对方账号\n1,2,3\n", "file_bill"),
        ("orders.xlsx", "订单号,商品\n1,2\n", "file_wrong_kind"),
        ("../../etc/passwd.csv", "1,2\n3,4\n", "file_no_header"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(
    jd: Shop, now: datetime, tmp_path: Path, name: str, content: str, problem: str
) -> None:
    (tmp_path / "up").write_text(content, encoding="utf-8")
    mark = receive(tmp_path / "up", now, name)
    running.preview(mark)
    assert (row(mark).state, row(mark).problem) == (ImportState.REFUSED, problem)
    assert "/" not in row(mark).name
    assert path_of(mark).parent == tmp_path / "var" / "imports"


def test_several_shops_of_a_channel_are_asked_about(jd: Shop, now: datetime, tmp_path: Path) -> None:
    other = add_shop("jd-other", now=now, channel=Channel.JD)
    mark = receive(jd_file(tmp_path, GOOD), now)
    running.preview(mark)
    assert row(mark).problem == "file_which_shop"
    mark = receive(jd_file(tmp_path, GOOD), now, shop=other)
    running.preview(mark)
    assert (row(mark).state, row(mark).shop_id) == (ImportState.READY, other.id)


def test_a_cancelled_import_stops_where_it_is(
    jd: Shop, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = receive(jd_file(tmp_path, *[GOOD | {"订单号": f"29{n:04}"} for n in range(600)]), now)
    running.preview(mark)
    monkeypatch.setattr(running, "_TELL_SECONDS", 0)
    tell = imports.tell

    def cancel_first(told: str, done: int, total: int, *, now: datetime) -> None:
        with transaction() as session:
            imports.cancel(session, told, now=now)
        tell(told, done, total, now=now)

    monkeypatch.setattr(imports, "tell", cancel_first)
    running.take(mark)
    assert row(mark).state is ImportState.CANCELLED
    assert count(Order) == 250
    assert not path_of(mark).exists()


def test_an_import_whose_process_died_may_be_read_again(jd: Shop, now: datetime, tmp_path: Path) -> None:
    mark = receive(jd_file(tmp_path, GOOD), now)
    with transaction() as session:
        imports.start(session, mark, ImportState.READING, now=now)
    with transaction() as session, pytest.raises(ImportMoved):
        imports.start(session, mark, ImportState.READING, now=now + timedelta(seconds=30))
    with transaction() as session:
        imports.start(session, mark, ImportState.READING, now=now + timedelta(minutes=3))


def test_uploads_are_forgotten_after_a_day(jd: Shop, now: datetime, tmp_path: Path) -> None:
    mark = receive(jd_file(tmp_path, GOOD, BAD), now)
    running.preview(mark)
    for path in (path_of(mark), wrong_path(mark)):
        os.utime(path, (now.timestamp(), now.timestamp()))
    assert imports.forget_files(now + timedelta(hours=23)) == 0
    assert imports.forget_files(now + timedelta(hours=25)) == 2
    with pytest.raises(NotFound):
        next(imports.wrong_rows(mark))
    with transaction() as session, pytest.raises(BadInput):
        imports.start(session, mark, ImportState.TAKING, now=now)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-1", "-1"),
        ("-1,000.50", "-1,000.50"),
        ("＝x", "'＝x"),
        ("a", "a"),
    ],
)
def test_a_cell_we_write_is_never_a_formula(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


def run(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["import", *map(str, words)])
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.output


@pytest.fixture
def hub(now: datetime) -> None:
    migrate()
    add_shop("tb", now=now, channel=Channel.TAOBAO)
    add_shop("own", now=now, channel=Channel.MINIPROGRAM)


@pytest.mark.usefixtures("hub")
def test_the_command_shows_then_takes_and_writes_what_is_wrong(tmp_path: Path) -> None:
    wrong = TAOBAO | {"订单编号": '="35158430023980644"', "宝贝总数量": "0", "宝贝标题 ": "=1+1"}
    path = csv_file(tmp_path / "orders.csv", rows_of("taobao_orderlist_2017", TAOBAO, wrong))
    code, said = run(path, "--yes", "--wrong", tmp_path / "wrong.csv")
    assert (code, count(Order)) == (0, 1)
    assert "taobao_orders: 2 rows; 1 new, 0 changed, 0 same, 1 rows wrong" in said
    assert "row 3: 宝贝总数量 needs to be 1 or more" in said
    assert "'=1+1" in (tmp_path / "wrong.csv").read_text(encoding="utf-8-sig")
    code, said = run(path, "--yes")
    assert "0 new, 0 changed, 1 same" in said
    assert count(Order) == 1


@pytest.mark.usefixtures("hub")
def test_the_command_offers_a_mapping_and_takes_one(tmp_path: Path) -> None:
    path = retail_file(tmp_path / "retail.csv", RETAIL_ROW)
    with pytest.raises(BadInput, match="no known layout"):
        run(path, "--shop", "own")
    said = CliRunner().invoke(app, ["import", str(path), "--shop", "own"]).stdout
    (tmp_path / "map.yaml").write_text(said, encoding="utf-8")
    code, said = run(path, "--shop", "own", "--mapping", tmp_path / "map.yaml", "--yes")
    assert (code, count(Order)) == (0, 1)
    code, said = run(path, "--shop", "own")
    assert "1 same" in said
