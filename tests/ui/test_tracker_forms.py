"""A tracker's keys by native forms: who may, what is kept, what is never shown."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlmodel import SQLModel, select
from starlette.applications import Starlette

from orderhub.access import sessions
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.domain.tracker_account import TrackerAccount
from orderhub.intake.tracker_keyring import tracker_keys
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.ui import tracker_forms
from orderhub.ui.headers import Shield
from orderhub.ui.state.system import System
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import gated_runtime

SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
KEY = "secret-key-1"
FORM = {
    "code": "kd",
    "kind": "kuaidi100",
    "name": "快递100",
    "customer": "CUSTOMER",
    "key": KEY,
    "phone_tail": "0001",
    "daily_quota": "500",
    "ask_after_hours": "4",
}

Browser = Callable[[Role], httpx.AsyncClient]


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[Browser]:
    clients: list[httpx.AsyncClient] = []

    def browser(role: Role) -> httpx.AsyncClient:
        with database.transaction() as session:
            user = create_user(session, f"ceshi-{role}", "kuaidi-zai-lushang-7", role, now=utc_now())
            token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=tracker_forms.routes)))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        )
        clients.append(client)
        return client

    yield browser
    for client in clients:
        await client.aclose()


async def test_an_account_is_added_changed_and_stopped_and_its_key_is_never_shown(
    database: Database, browser: Browser, sign_in: SignIn
):
    client = browser(Role.ADMIN)
    assert (await client.post("/trackers", data=FORM)).headers["location"] == "/system?done=tracker_saved&n=kd"
    changed = await client.post("/trackers", data=FORM | {"key": "", "name": "改名", "daily_quota": ""})
    assert changed.headers["location"] == "/system?done=tracker_saved&n=kd"
    await client.post("/trackers/turn", data={"code": "kd", "is_active": "no"})
    with database.reading() as session:
        account = session.exec(select(TrackerAccount)).one()
        tables = [SQLModel.metadata.tables[name] for name in ("event", "tracker_account")]
        kept = [str(row) for table in tables for row in session.execute(table.select())]
    keys = tracker_keys(account)
    assert (account.name, account.daily_quota, account.ask_after_hours, account.is_active) == ("改名", 0, 4, False)
    assert keys.key == KEY
    assert not [row for row in kept for secret in (keys.key, keys.salt) if secret in row]
    async with gated_runtime() as open_tab:
        tab = open_tab(sign_in())
        await tab.visit("/system?done=tracker_saved&n=kd", System.enter)
        state = await tab.state(System)
    (shown,) = state.view.trackers
    assert (shown.code, shown.hours, shown.is_active, shown.calls) == ("kd", "4", False, "0")
    assert shown.push_url.endswith("/api/push/kuaidi100/kd")
    assert state.said == "已保存账号 kd"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": ""}, "tracker_incomplete"),
        ({"phone_tail": "12"}, "phone_tail"),
        ({"daily_quota": "-1"}, "tracker_number"),
        ({"ask_after_hours": "99"}, "tracker_hours"),
        ({"kind": "other"}, "tracker_number"),
        ({"code": "../x"}, "not_code"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_kept(database: Database, browser: Browser, changes: dict, said: str):
    answer = await browser(Role.ADMIN).post("/trackers", data=FORM | changes)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/system?said={said}")
    with database.reading() as session:
        assert session.exec(select(TrackerAccount)).all() == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATIONS, Role.WAREHOUSE])
async def test_only_an_administrator_connects_a_tracker(database: Database, browser: Browser, role: Role):
    client = browser(role)
    for path, data in (("", FORM), ("/turn", {"code": "kd", "is_active": "no"})):
        answer = await client.post(f"/trackers{path}", data=data)
        assert (answer.status_code, answer.headers["location"]) == (303, "/system?said=not_allowed")
    with database.reading() as session:
        assert session.exec(select(TrackerAccount)).all() == []
