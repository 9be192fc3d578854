"""Does a file come through the form, and do only those who may import see and change an import?"""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from reflex.state import StateUpdate
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access.permissions import Role
from orderhub.domain.order import Order
from orderhub.domain.words import Channel
from orderhub.intake.files import imports, running
from orderhub.intake.files.bounds import MOST_BYTES
from orderhub.intake.files.imports import FileImport, ImportState
from orderhub.intake.files.mapping import FileField
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.settings import settings
from orderhub.ui import import_forms
from orderhub.ui.gate import Who
from orderhub.ui.headers import Shield
from orderhub.ui.import_text import LAYOUT_NAMES, PROBLEMS
from orderhub.ui.limits import MOST_FILE_BYTES
from orderhub.ui.state.importing import Importing
from tests.intake.builders import add_shop
from tests.intake.files.exports import TAOBAO, csv_text, rows_of
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
WRONG = TAOBAO | {"订单编号": '="35158430023980644"', "宝贝总数量": "0", "宝贝标题 ": "=cmd|' /C calc'!A0"}
FILE = csv_text(rows_of("taobao_orderlist_2017", TAOBAO, WRONG)).encode("gbk")
RETAIL = (
    b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
    b"536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850\n"
)

Browser = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def browser(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    """Uploads are read at once instead of in a thread beside."""
    monkeypatch.setattr(import_forms, "carry_on_beside", running.carry_on)
    clients: list[httpx.AsyncClient] = []

    def browser(cookie: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=[*import_forms.routes])))
        headers = SAME_SITE | {"cookie": cookie}
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://localhost:3000", headers=headers))
        return clients[-1]

    yield browser
    for client in clients:
        await client.aclose()


async def upload(client: httpx.AsyncClient, content: bytes = FILE, name: str = "订单.csv", shop: str = "tb") -> str:
    """Where the answer leads."""
    answer = await client.post("/import/file", files={"file": (name, content)}, data={"shop": shop})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def all_imports(database: Database) -> list[FileImport]:
    with database.reading() as session:
        return list(session.exec(select(FileImport).order_by(FileImport.id)))  # type: ignore[arg-type]


def order_count(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(Order)).all())


async def test_a_file_is_kept_read_and_led_to_its_page(browser: Browser, sign_in: SignIn, database: Database) -> None:
    add_shop("tb", now=utc_now(), channel=Channel.TAOBAO)
    where = await upload(browser(sign_in()))
    (found,) = all_imports(database)
    assert where == f"/import?id={found.mark}"
    assert (found.state, found.name, found.by, found.new, found.wrong) == (
        ImportState.READY,
        "订单.csv",
        "ceshi-a",
        1,
        1,
    )
    folder = settings().data_dir / "imports"
    assert {path.name for path in folder.iterdir()} == {
        imports.path_of(found.mark).name,
        imports.wrong_path(found.mark).name,
    }


async def test_the_wrong_rows_come_back_as_text(browser: Browser, sign_in: SignIn, database: Database) -> None:
    add_shop("tb", now=utc_now(), channel=Channel.TAOBAO)
    client = browser(sign_in())
    await upload(client)
    answer = await client.get(f"/import/wrong?id={all_imports(database)[0].mark}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    header, row = answer.text.splitlines()
    assert header.startswith("\ufeff订单编号,")
    assert header.endswith("行,列,原因")
    assert row.endswith("3,宝贝总数量,数量要大于 0")
    assert "'=cmd" in row
    gone = await client.get("/import/wrong?id=nothing")
    assert gone.headers["location"] == "/import?said=not_found"


@pytest.mark.parametrize("role", [Role.SERVICE, Role.WAREHOUSE, Role.FINANCE])
async def test_who_may_not_import_gets_no_further_than_the_door(
    browser: Browser, sign_in: SignIn, database: Database, role: Role
) -> None:
    client = browser(sign_in("ceshi-b", role))
    assert await upload(client) == "/import?said=not_allowed"
    assert (await client.get("/import/wrong?id=x")).headers["location"] == "/import?said=not_allowed"
    assert all_imports(database) == []
    assert not (settings().data_dir / "imports").exists()


async def test_a_stranger_and_a_foreign_page_bring_nothing(
    browser: Browser, sign_in: SignIn, database: Database
) -> None:
    assert (await upload(browser(""))).startswith("/login")
    client = browser(sign_in())
    client.headers["origin"] = "https://evil.example"
    answer = await client.post("/import/file", files={"file": ("a.csv", FILE)})
    assert answer.status_code == 403
    assert all_imports(database) == []


@pytest.mark.parametrize(("shop", "content", "problem"), [("tb", b"", "file_missing"), ("nowhere", FILE, "not_found")])
async def test_nothing_is_kept_of_what_is_refused(
    browser: Browser, sign_in: SignIn, database: Database, shop: str, content: bytes, problem: str
) -> None:
    assert await upload(browser(sign_in()), content, shop=shop) == f"/import?said={problem}"
    assert all_imports(database) == []
    folder = settings().data_dir / "imports"
    assert list(folder.iterdir() if folder.exists() else ()) == []


async def test_only_the_import_door_takes_a_large_body(browser: Browser, sign_in: SignIn) -> None:
    client = browser(sign_in())
    large = {"file": ("a.csv", b"x" * 2_000_000)}
    assert (await client.post("/import/wrong", files=large)).status_code == 413
    assert (await client.post("/import/file", files=large)).status_code == 303
    huge = {"content-length": "1000000000", "content-type": "multipart/form-data; boundary=x"}
    assert (await client.post("/import/file", headers=huge, content=b"x")).status_code == 413


async def test_a_preview_is_shown_and_taken(
    browser: Browser, sign_in: SignIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderhub.ui.state.importing.carry_on_beside", running.carry_on)
    add_shop("tb", now=utc_now(), channel=Channel.TAOBAO)
    cookie = sign_in()
    where = await upload(browser(cookie))
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.visit(where, Importing.enter)
        state = await tab.state(Importing)
        assert (state.view.state, state.view.changes, state.view.wrong, state.view.shop) == (
            "ready",
            "1",
            "1",
            "测试店",
        )
        assert [(one.row, one.column, one.reason) for one in state.view.problems] == [
            ("3", "宝贝总数量", "数量要大于 0")
        ]
        await tab.fire(Importing.take)
        assert (await tab.state(Importing)).view.state == "done"
        assert order_count(database) == 1
        await tab.fire(Importing.take)
        assert (await tab.state(Importing)).said == "这次导入已经在进行或已结束"
    assert order_count(database) == 1


async def test_columns_are_named_on_the_page(
    browser: Browser, sign_in: SignIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderhub.ui.state.importing.carry_on_beside", running.carry_on)
    add_shop("own", now=utc_now(), channel=Channel.MINIPROGRAM)
    cookie = sign_in()
    where = await upload(browser(cookie), RETAIL, "retail.csv", "own")
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.visit(where, Importing.enter)
        view = (await tab.state(Importing)).view
        assert view.state == "to_map"
        assert (view.columns[0].field, view.columns[4].how, view.missing) == (str(FileField.ORDER_NO), "ymd", "")
        form = {one.field_input: one.field for one in view.columns} | {one.how_input: one.how for one in view.columns}
        await tab.fire(Importing.map(form | {"field0": ""}))
        state = await tab.state(Importing)
        assert (state.said, state.is_refusal) == ("还缺：订单号", True)
        await tab.fire(Importing.map(form | {"field0": "everything"}))
        assert (await tab.state(Importing)).is_refusal
        await tab.fire(Importing.map(form | {"usual": "completed", "other_codes": "M，D, S"}))
        assert (await tab.state(Importing)).view.state == "ready"
    with database.reading() as session:
        kept = session.exec(select(imports.KnownHeader)).one()
    assert (kept.by, kept.mapping["other_codes"], kept.mapping["usual"]) == ("ceshi-a", ["D", "M", "S"], "completed")


async def test_an_import_is_cancelled_by_who_may(browser: Browser, sign_in: SignIn, database: Database) -> None:
    add_shop("tb", now=utc_now(), channel=Channel.TAOBAO)
    cookie, other = sign_in(), sign_in("ceshi-b", Role.SERVICE)
    where = await upload(browser(cookie))
    async with gated_runtime() as open_tab:
        stranger = open_tab(other)
        for spec in (Importing.enter, Importing.take, Importing.again, Importing.cancel, Importing.map({})):
            await stranger.visit(where, spec)
            assert (await stranger.state(Who)).refused == "order:file:import"
        tab = open_tab(cookie)
        await tab.visit(where, Importing.enter, Importing.cancel)
        assert (await tab.state(Importing)).view.state == "cancelled"
        await tab.visit("/import?id=nothing", Importing.enter)
        assert (await tab.state(Importing)).said == "找不到这次导入"
    assert not imports.path_of(all_imports(database)[0].mark).exists()


async def test_progress_is_shown_until_it_stands_still(
    browser: Browser, sign_in: SignIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderhub.ui.state.importing._LOOK_SECONDS", 0.02)
    add_shop("tb", now=utc_now(), channel=Channel.TAOBAO)
    cookie = sign_in()
    where = await upload(browser(cookie))
    mark = all_imports(database)[0].mark
    with database.transaction() as session:
        imports.start(session, mark, ImportState.TAKING, now=utc_now())
    imports.tell(mark, 30, 120, now=utc_now())

    async def end_soon() -> None:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(running.carry_on, mark, ImportState.TAKING)

    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        ending = asyncio.create_task(end_soon())
        await tab.visit(where, Importing.enter)
        await ending
        shown = [value for _, update in tab.frames.sent for value in _views(update) if value["mark"]]
        assert {"30", "1"} <= {view["done"] for view in shown}
        assert (shown[0]["state"], shown[0]["percent"]) == ("taking", "25")
        state = await tab.state(Importing)
        assert (state.view.state, state.is_watching) == ("done", False)


def _views(update: StateUpdate) -> list[dict[str, Any]]:
    return [
        dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]
        for name, value in (update.delta or {}).get(Importing.get_full_name(), {}).items()
        if name.startswith("view")
    ]


def test_every_problem_of_a_file_has_words() -> None:
    room = Path(imports.__file__).parent
    named = {
        f"file_{word}" if "refused(" in line else word
        for path in room.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        for word in _problems(line)
    }
    assert len(named) > 25
    assert named - set(PROBLEMS) - {"not_mapping", "file_missing"} == set()
    assert {"taobao_orders", "jd_orders"} <= set(LAYOUT_NAMES)


def _problems(line: str) -> list[str]:
    return re.findall(r'problem="(\w+)"', line) + re.findall(r'refused\(.*, "(\w+)"\)', line)


@pytest.mark.parametrize("door", ["/import/file", "/settlement/file", "/freight/file"])
def test_a_door_for_files_takes_the_largest_that_its_form_offers(door: str) -> None:
    assert MOST_FILE_BYTES["POST", door] > MOST_BYTES
