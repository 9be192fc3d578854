"""Labels, pick lists and carriers' keys by native forms: who may, what comes, what is counted, what is never shown."""

from collections.abc import AsyncIterator, Callable

import httpx
import pypdfium2
import pytest
from sqlmodel import SQLModel, select
from starlette.applications import Starlette

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.automation.carrier_keyring import CarrierDraft, connect_carrier, forget_carrier_lines, sender_of
from orderhub.automation.waybilling import want_waybills
from orderhub.domain.allocating import allocate
from orderhub.domain.carrier_account import CarrierAccount
from orderhub.domain.delivery import delivery_of
from orderhub.domain.drafts import Contact
from orderhub.domain.order import OrderStatus
from orderhub.domain.review import order_of
from orderhub.domain.waybill import Waybill, keep_made
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.lab.app import create_lab
from orderhub.lab.sf import ACCOUNT, PATH
from orderhub.ui import waybill_forms
from orderhub.ui.headers import Shield
from orderhub.ui.state.system import System
from tests.flows.hub import served
from tests.ui.conftest import MakeOrder, SignIn
from tests.ui.gate_harness import gated_runtime

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
SENDER = Contact("测试仓", "13800000001", "测试省", "测试市", "测试区", "示例路1号")
SECRETS = ("check-word-1", "7551234567")
KEYS = {"code": "sf", "carrier": "sf", "customer_code": "HUB", "check_word": SECRETS[0], "month_card": SECRETS[1]}
FORM = KEYS | {"name": "顺丰", "warehouse_id": "0", "express_type": "1"}
PERSON = {f"sender_{name}": value for name, value in vars(SENDER).items()}

Browser = Callable[[Role], httpx.AsyncClient]


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[Browser]:
    clients: list[httpx.AsyncClient] = []

    def browser(role: Role) -> httpx.AsyncClient:
        with database.transaction() as session:
            user = create_user(session, f"ceshi-{role}", "kuaidi-zai-lushang-7", role, now=utc_now())
            token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=waybill_forms.routes)))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        )
        clients.append(client)
        return client

    yield browser
    for client in clients:
        await client.aclose()
    forget_carrier_lines()


@pytest.fixture
def labelled(database: Database, make_order: MakeOrder) -> int:
    """A delivery that bears a waybill of SF."""
    order_id, now = int(make_order("A1")), utc_now()
    draft = CarrierDraft(**KEYS, name="顺丰", sender=SENDER)  # type: ignore[arg-type]
    with database.transaction() as session:
        connect_carrier(session, draft, by="ceshi-a", now=now)
        order = order_of(session, order_id)
        order.status = OrderStatus.TO_ALLOCATE
        (delivery,) = allocate(session, order, by="system", now=now)
        want_waybills(session, [delivery.id], by="ceshi-w", now=now)
        waybill = session.exec(select(Waybill)).one()
        number, route = "SF7444471039325", "020W-Z069-006"
        locked = delivery_of(session, delivery.id)
        keep_made(
            session, waybill, locked, tracking_no=number, label_code=route, label={"qr": "MMM"}, by="system", now=now
        )
        return delivery.id


def prints(database: Database) -> list[tuple[int, str]]:
    with database.reading() as session:
        found = session.exec(select(Event).where(Event.kind == "waybill_printed").order_by(Event.id))  # type: ignore[arg-type]
        return [(one.body["count"], one.body["reason"]) for one in found]


async def test_a_label_comes_as_pdf_and_a_second_one_only_with_a_reason(
    database: Database, browser: Browser, labelled: int
):
    client = browser(Role.WAREHOUSE)
    first = await client.post("/waybills/labels", data={"ids": str(labelled)})
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    with pypdfium2.PdfDocument(first.content) as file:
        assert "SF7444471039325" in file[0].get_textpage().get_text_range()
    again = await client.post("/waybills/labels", data={"ids": str(labelled)})
    assert (again.status_code, again.headers["location"]) == (303, "/warehouse?said=reprint_reason")
    assert prints(database) == [(1, "")]
    third = await client.post("/waybills/labels", data={"ids": str(labelled), "reason": "面单破损"})
    assert third.status_code == 200
    assert prints(database) == [(1, ""), (2, "面单破损")]


@pytest.mark.parametrize("ids", ["", "x", "404", ",".join(map(str, range(1, 600))), "9" * 40])
async def test_what_names_no_labelled_delivery_is_refused(
    database: Database, browser: Browser, labelled: int, ids: str
):
    answer = await browser(Role.WAREHOUSE).post("/waybills/labels", data={"ids": ids})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/warehouse?said=") or ids == "1," * 600
    assert prints(database) in ([], [(1, "")])


async def test_a_pick_list_comes_as_pdf_and_counts_nothing(database: Database, browser: Browser, labelled: int):
    answer = await browser(Role.WAREHOUSE).post("/waybills/pick-list", data={"ids": str(labelled)})
    with pypdfium2.PdfDocument(answer.content) as file:
        assert f"D{labelled}" in file[0].get_textpage().get_text_range()
    assert prints(database) == []


@pytest.mark.parametrize("path", ["labels", "carrier-labels", "pick-list"])
async def test_who_may_not_ship_prints_nothing(database: Database, browser: Browser, labelled: int, path: str):
    answer = await browser(Role.SERVICE).post(f"/waybills/{path}", data={"ids": str(labelled)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/warehouse?said=not_allowed")
    assert prints(database) == []


async def test_an_account_is_added_changed_and_stopped_and_its_keys_are_never_shown(
    database: Database, browser: Browser, sign_in: SignIn
):
    client = browser(Role.ADMIN)
    assert (await client.post("/carriers", data=FORM)).headers["location"] == "/system?said=carrier_incomplete"
    added = await client.post("/carriers", data=FORM | PERSON)
    assert added.headers["location"] == "/system?done=carrier_saved&n=sf"
    changed = await client.post("/carriers", data=FORM | {"check_word": "", "month_card": "", "name": "顺丰月结"})
    assert changed.status_code == 303
    await client.post("/carriers/turn", data={"code": "sf", "is_active": "no"})
    with database.reading() as session:
        account = session.exec(select(CarrierAccount)).one()
        tables = [SQLModel.metadata.tables[name] for name in ("event", "carrier_account")]
        kept = [str(row) for table in tables for row in session.execute(table.select())]
    assert (account.name, account.is_active, vars(sender_of(account))) == ("顺丰月结", False, vars(SENDER))
    assert not [row for row in kept for secret in (*SECRETS, SENDER.mobile, SENDER.address) if secret in row]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/system?done=carrier_saved&n=sf", System.enter)
        state = await tab.state(System)
    (shown,) = state.view.carriers
    assert (shown.code, shown.customer_code, shown.is_active) == ("sf", "HUB", False)
    assert state.said == "已保存账号 sf"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATIONS, Role.WAREHOUSE])
async def test_only_an_administrator_connects_a_carrier(database: Database, browser: Browser, role: Role):
    client = browser(role)
    for path, data in (("", FORM | PERSON), ("/test", {"code": "sf"}), ("/turn", {"code": "sf"})):
        answer = await client.post(f"/carriers{path}", data=data)
        assert (answer.status_code, answer.headers["location"]) == (303, "/system?said=not_allowed")
    with database.reading() as session:
        assert session.exec(select(CarrierAccount)).all() == []


async def test_an_account_is_tested_and_what_is_wrong_is_said(database: Database, browser: Browser):
    client = browser(Role.ADMIN)
    with served(create_lab(living=False)) as url:
        for check_word, where in (("wrong", "said=carrier_refused"), (ACCOUNT.check_word, "done=carrier_tested&n=sf")):
            draft = CarrierDraft(
                "sf", Carrier.SF, "", ACCOUNT.customer_code, check_word, "1", sender=SENDER, base_url=url + PATH
            )
            with database.transaction() as session:
                connect_carrier(session, draft, by="ceshi-a", now=utc_now())
            assert (await client.post("/carriers/test", data={"code": "sf"})).headers["location"] == f"/system?{where}"
    assert (await client.post("/carriers/test", data={"code": "404"})).headers["location"] == "/system?said=not_found"
