"""Do the programs that customers copy work? Each is run as it stands, against a hub that is really served."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from orderhub.access.permissions import Permission
from orderhub.api.app import create_api
from orderhub.domain.order import OrderStatus
from orderhub.domain.purchase_order import lines_of
from orderhub.domain.webhook import WebhookKind
from orderhub.domain.words import Channel
from orderhub.insights.bi import view_named
from orderhub.insights.bi_export import CsvWriter, exported
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading, transaction
from tests import builders
from tests.api.keyed import program
from tests.databases import with_tables
from tests.domain.packed import allocated, paid
from tests.domain.stocked import level, stocked
from tests.domain.supplying import line, ordered

from .hub import served, wait_until
from .programs import connect
from .shipping import work

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture
def hub(sqlite_url):
    database = with_tables(sqlite_url)
    with served(create_api()) as url:
        yield database, {"ORDERHUB_URL": url, "PATH": os.environ["PATH"]}


def ran(name: str, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_warehouse_takes_over_what_is_to_pack_and_tells_what_has_left(hub):
    database, environment = hub
    with transaction() as session:
        stocked(session, A=(10, 5))
    rights = (Permission.API_SHIPMENT_READ, Permission.API_SHIPMENT_WRITE, Permission.API_STOCK_WRITE)
    environment["ORDERHUB_KEY"] = program(database, *rights).bearer
    allocated(paid("1", ("A", 2)))
    (line,) = ran("wms.py", environment, "pull", "east").stdout.splitlines()
    (piece,) = json.loads(line)["pieces"]
    told = ran("wms.py", environment, "count", "east", "A=30")
    assert told.stdout == "A: 30 on hand, 28 available\n", told.stderr
    parcel = ("ship", piece["shop"], piece["channel_order_no"], "zto", "75312345678901", piece["channel_line_no"])
    for _ in range(2):
        assert ran("wms.py", environment, *parcel).stdout == "75312345678901 has left for 1\n"
    assert ran("wms.py", environment, "pull", "east").stdout == ""
    with reading() as session:
        assert level(session, "A") == (28, 0)
    refused = ran("wms.py", environment, "count", "east", "nothing=1")
    assert (refused.returncode, "counts.0.sku" in refused.stderr) == (1, True)


def test_a_warehouse_says_in_which_state_its_goods_came(hub):
    database, environment = hub
    with transaction() as session:
        stocked(session, A=(10, 5))
        order = ordered(session, line("A", 100), order_no="PO-1")
    environment["ORDERHUB_KEY"] = program(database, Permission.API_PURCHASE_READ, Permission.API_STOCK_WRITE).bearer
    for _ in range(2):
        told = ran("wms.py", environment, "receive", "HZ-01", "PO-1", "RK-1", "1=92,2,1,5")
        assert told.stdout == "RK-1: 92 on the shelf\n", told.stderr
    with reading() as session:
        (kept,) = lines_of(session, order.id)
        assert (kept.good, kept.wrong, kept.missing, kept.defective) == (92, 2, 1, 5)
        assert level(session, "A") == (102, 0)
    unknown = ran("wms.py", environment, "receive", "HZ-01", "PO-2", "RK-1", "1=1")
    assert (unknown.returncode, unknown.stderr) == (1, "HZ-01 has no order PO-2\n")


def test_a_crm_checks_who_says_so_keeps_it_once_and_reads_the_order(hub, tmp_path):
    database, environment = hub
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, secret = connect(f"http://127.0.0.1:{port}/hook", WebhookKind.ORDER_PAID)
    environment |= {"ORDERHUB_SECRET": secret, "ORDERHUB_KEY": program(database, Permission.API_ORDER_READ).bearer}
    file = tmp_path / "crm.db"
    command = [sys.executable, str(EXAMPLES / "crm.py"), str(port), str(file)]
    running = subprocess.Popen(command, env=environment)
    try:
        wait_until(lambda: _answers(port), seconds=30)
        with transaction() as session:
            of = builders.shop(session, "own", Channel.MINIPROGRAM)
            builders.order(session, "6900000000000000001", of=of, now=utc_now())
        work()
        wait_until(lambda: _rows(file, "SELECT number, status, paid_fen FROM orders"))
        assert _rows(file, "SELECT number, status, paid_fen FROM orders") == [
            ("6900000000000000001", str(OrderStatus.TO_REVIEW), 13940)
        ]
        assert _rows(file, "SELECT count(*), min(is_read) FROM seen") == [(1, 1)]
        forged = {"webhook-id": "evt_1", "webhook-timestamp": str(int(utc_now().timestamp()))}
        import httpx

        answer = httpx.post(
            f"http://127.0.0.1:{port}/hook", content=b"{}", headers=forged | {"webhook-signature": "v1,x"}
        )
        assert answer.status_code == 401
        assert _rows(file, "SELECT count(*) FROM seen") == [(1,)]
    finally:
        running.kill()
        running.wait()


def test_a_table_comes_out_of_the_views_and_out_of_a_file_alike(hub, tmp_path):
    database, environment = hub
    with transaction() as session:
        for turn in range(3):
            builders.order(session, str(turn), our_status=OrderStatus.CANCELLED if turn == 2 else None)
    file = tmp_path / "orders.csv"
    with reading() as session, file.open("wb") as out:
        exported(session, view_named("bi_order"), CsvWriter(view_named("bi_order"), out))
    tables = [ran("bi.py", environment | {"ORDERHUB_DATABASE": str(at)}) for at in (database.url.database, file)]
    assert tables[0].stdout == tables[1].stdout, tables[0].stderr
    assert tables[0].stdout.split() == ["day", "channel", "orders", "yuan", "2026-11-24", "douyin", "2", "278.80"]


def test_every_example_stands_on_its_page():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if f"[{path.name}]({path.name})" not in page] == []


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _rows(file: Path, asked: str) -> list[tuple]:
    with sqlite3.connect(file) as database:
        return database.execute(asked).fetchall()
