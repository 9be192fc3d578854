"""A handler, a form and a file are refused, a code is given, and what was asked for happens."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from pyotp.totp import TOTP
from sqlmodel import select, update
from starlette.applications import Starlette

from orderhub.access import sessions, totp
from orderhub.access.permissions import Role
from orderhub.access.sessions import UserSession
from orderhub.access.users import User, create_user, find_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.ids import digest
from orderhub.ui import account_forms, login, prove, settlement_download
from orderhub.ui.headers import Shield
from orderhub.ui.login_text import TEXTS
from orderhub.ui.state.proof import Proof
from orderhub.ui.state.push_address import PushAddress
from orderhub.ui.state.user import Users
from tests.ui.conftest import SignIn
from tests.ui.gate_harness import Tab, gated_runtime

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}
SCRIPT = SAME_SITE | {"accept": "application/json"}


@pytest.fixture
def cookie(database: Database, sign_in: SignIn) -> str:
    """An administrator with a second factor, shown sixteen minutes ago."""
    found = sign_in("ceshi-admin", Role.ADMIN)
    with database.transaction() as session:
        totp.enrol(session.exec(select(User)).one(), SEED, step=0)
    _age(database, found)
    return found


@pytest.fixture
async def browser(cookie: str) -> AsyncIterator[httpx.AsyncClient]:
    forms = [*login.routes, *prove.routes, *account_forms.routes, *settlement_download.routes]
    transport = httpx.ASGITransport(app=Shield(Starlette(routes=forms)))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost:3000", headers=SAME_SITE | {"cookie": cookie}
    ) as client:
        yield client


def _age(database: Database, cookie: str, minutes: int = 16) -> None:
    mark = digest(cookie.partition("=")[2])
    with database.transaction() as session:
        then = utc_now() - timedelta(minutes=minutes)
        session.exec(update(UserSession).where(UserSession.mark == mark).values(proved_at=then))
        sessions.forget_when_kept(session)


def code() -> str:
    return TOTP(SEED).now()


def other(database: Database) -> User:
    with database.transaction() as session:
        return find_user(session, "ceshi-b") or create_user(
            session, "ceshi-b", "kuaidi-zai-lushang-7", Role.SERVICE, now=utc_now()
        )


async def asked_for(tab: Tab) -> str:
    return (await tab.state(Proof)).asked_for


async def test_a_refused_handler_is_repeated_once_the_code_is_given(
    database: Database, browser: httpx.AsyncClient, cookie: str
):
    user = other(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.fire(Users.change_role(str(user.id), Role.FINANCE))
        assert (other(database).role, await asked_for(tab)) == (Role.SERVICE, "code")
        assert (await browser.post("/prove", data={"proof": code()}, headers=SCRIPT)).json() == {}
        await tab.fire(Proof.repeat)
        assert (other(database).role, await asked_for(tab)) == (Role.FINANCE, "")
        await tab.fire(Proof.repeat)
        assert (await tab.state(Proof)).asked_for == ""


async def test_repeating_without_a_proof_asks_again(database: Database, cookie: str):
    user = other(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.fire(Users.change_role(str(user.id), Role.ADMIN))
        await tab.fire(Proof.repeat)
        assert (other(database).role, await asked_for(tab)) == (Role.SERVICE, "code")


async def test_what_was_cancelled_is_not_repeated(database: Database, browser: httpx.AsyncClient, cookie: str):
    user = other(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.fire(Users.deactivate(str(user.id)))
        await tab.fire(Proof.cancel)
        await browser.post("/prove", data={"proof": code()}, headers=SCRIPT)
        await tab.fire(Proof.repeat)
        assert other(database).is_active


async def test_another_login_does_not_repeat_what_waited(database: Database, cookie: str, sign_in: SignIn):
    user = other(database)
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.fire(Users.change_role(str(user.id), Role.FINANCE))
        tab.cookie = sign_in("ceshi-c", Role.ADMIN)
        await tab.fire(Proof.repeat)
        assert other(database).role is Role.SERVICE


async def test_a_secret_address_is_shown_after_a_proof_only(cookie: str):
    async with gated_runtime() as open_tab:
        tab = open_tab(cookie)
        await tab.fire(PushAddress.show("sf"))
        assert ((await tab.state(PushAddress)).address, await asked_for(tab)) == ("", "code")


async def test_a_file_asks_and_then_comes(browser: httpx.AsyncClient):
    asked = await browser.get("/settlement/download?what=days&format=xlsx")
    where = asked.headers["location"]
    assert where == "/prove?next=%2Fsettlement%2Fdownload%3Fwhat%3Ddays%26format%3Dxlsx&back=%2Fsettlement"
    page = await browser.get(where)
    assert TEXTS["zh"]["prove_code_hint"] in page.text
    done = await browser.post(where, data={"proof": code()})
    assert 'url=/settlement/download?what=days&amp;format=xlsx"' in done.text
    assert 'href="/settlement"' in done.text
    file = await browser.get("/settlement/download?what=days&format=xlsx")
    assert file.headers["content-disposition"].startswith("attachment")


async def test_a_form_leads_back_to_its_page(browser: httpx.AsyncClient, database: Database):
    form = {"account": "wang.min", "role": "service"}
    asked = await browser.post("/users/new", data=form)
    assert asked.headers["location"] == "/prove?back=%2Fusers"
    with database.reading() as session:
        assert find_user(session, "wang.min") is None
    done = await browser.post(asked.headers["location"], data={"proof": code()})
    assert done.headers["location"] == "/users?said=proved"
    assert (await browser.post("/users/new", data=form)).status_code == 200


async def test_a_wrong_code_is_said_and_opens_nothing(browser: httpx.AsyncClient):
    wrong = await browser.post("/prove?next=/settlement/download", data={"proof": "000000"})
    assert (wrong.status_code, TEXTS["zh"]["problem_wrong_code"] in wrong.text) == (422, True)
    said = await browser.post("/prove", data={"proof": "000000"}, headers=SCRIPT)
    assert (said.status_code, said.json()) == (422, {"said": TEXTS["zh"]["problem_wrong_code"]})
    assert (await browser.get("/settlement/download")).headers["location"].startswith("/prove?")


async def test_a_code_is_good_for_one_proof(browser: httpx.AsyncClient, database: Database, cookie: str):
    given = code()
    assert (await browser.post("/prove", data={"proof": given}, headers=SCRIPT)).status_code == 200
    _age(database, cookie)
    assert (await browser.post("/prove", data={"proof": given}, headers=SCRIPT)).status_code == 422


async def test_guessing_waits(browser: httpx.AsyncClient):
    for _ in range(5):
        await browser.post("/prove", data={"proof": "000000"}, headers=SCRIPT)
    answer = await browser.post("/prove", data={"proof": code()}, headers=SCRIPT)
    assert (answer.status_code, "再试" in answer.json()["said"]) == (429, True)


@pytest.mark.parametrize("next_page", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_a_proof_leads_nowhere_else(browser: httpx.AsyncClient, next_page: str):
    done = await browser.post("/prove", params={"next": next_page, "back": next_page}, data={"proof": code()})
    assert done.headers["location"] == "/?said=proved"


async def test_a_stranger_and_another_site_prove_nothing(browser: httpx.AsyncClient):
    assert (await browser.post("/prove", data={"proof": code()}, headers={"cookie": ""})).status_code == 303
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await browser.post("/prove", data={"proof": code()}, headers=elsewhere)).status_code == 403
