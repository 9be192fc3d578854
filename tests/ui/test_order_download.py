"""Does the list of orders leave as it is narrowed down, masked for its reader, told to the log, and never too much?"""

import csv
import io

import pytest
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from orderhub.access.permissions import Role
from orderhub.kernel.db import Database, reading
from orderhub.kernel.eventlog import Event
from orderhub.ui import order_download
from orderhub.ui.order_download import routes
from orderhub.ui.state.board import Selection
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime


def client(cookie: str) -> TestClient:
    return TestClient(Starlette(routes=routes), headers={"cookie": cookie}, follow_redirects=False)


def taken(cookie: str, listed: str) -> list[dict[str, str]]:
    answer = client(cookie).get("/orders/download", params={"list": listed, "format": "csv"})
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    head = next(number for number, row in enumerate(rows) if "平台单号" in row)
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :] if len(row) == len(rows[head])]


def exported() -> list[Event]:
    with reading() as session:
        return list(session.exec(select(Event).where(Event.kind == "orders_exported").order_by(col(Event.id))))


@pytest.fixture
def orders(database: Database, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(order_download, "_AT_ONCE", 2)  # several pages of so few
    return [make_order(f"690000000000000000{number}", paid_fen=10_000 + number) for number in range(5)]


def test_every_order_of_the_list_is_there_once(orders: list[str], sign_in: SignIn) -> None:
    rows = taken(sign_in(), "/orders?tab=all")
    assert sorted(row["平台单号"] for row in rows) == [f"690000000000000000{number}" for number in range(5)]
    assert {row["实付"] for row in rows} == {f"100.0{number}" for number in range(5)}
    (event,) = exported()
    assert (event.actor, event.body["rows"], event.body["what"], event.body["narrowed"]) == (
        "ceshi-a", 5, "all", "tab=all",
    )  # fmt: skip


def test_it_leaves_as_it_is_narrowed_down(orders: list[str], sign_in: SignIn) -> None:
    rows = taken(sign_in(), "/orders?q=6900000000000000003&tab=all&at=nonsense")
    assert [row["平台单号"] for row in rows] == ["6900000000000000003"]


def test_a_reader_gets_the_columns_of_their_fields_only(orders: list[str], sign_in: SignIn) -> None:
    row = taken(sign_in("ceshi-c", Role.FINANCE), "/orders?tab=all")[0]
    assert "实付" in row
    assert not {"买家", "收件", "手机尾号"} & row.keys()


def test_who_may_not_takes_nothing(orders: list[str], sign_in: SignIn) -> None:
    for role in (Role.SERVICE, Role.WAREHOUSE):
        answer = client(sign_in(f"ceshi-{role}", role)).get("/orders/download")
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/orders")
    assert TestClient(Starlette(routes=routes), follow_redirects=False).get("/orders/download").status_code == 303
    assert exported() == []


async def test_too_many_are_refused_and_the_page_says_so(
    orders: list[str], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_download, "MOST_ROWS", 4)
    cookie = sign_in()
    answer = client(cookie).get("/orders/download", params={"list": "/orders?tab=all"})
    assert answer.headers["location"] == "/orders?said=export_too_many"
    assert exported() == []
    async with gated_runtime() as new_tab:
        tab = new_tab(cookie)
        await tab.visit("/orders?said=export_too_many", Selection.enter)
        assert (await tab.state(Selection)).said == "超过 50,000 单，请先缩小筛选范围再导出"
