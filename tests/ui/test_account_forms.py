"""Passwords, codes, keys and users by native forms: what they change, and what they refuse."""

import re
from collections.abc import AsyncIterator, Callable
from html import unescape

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import passwords, sessions
from orderhub.access.api_keys import ApiKey, key_owner
from orderhub.access.permissions import Permission, Role
from orderhub.access.recovery import use_recovery_code
from orderhub.access.users import User, create_user, find_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.ui import account_forms, login
from orderhub.ui.headers import Shield

PASSWORD, BETTER = "kuaidi-zai-lushang-7", "cangku-dengliang-le-9"
SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}

Browser = Callable[[Role], httpx.AsyncClient]


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[Browser]:
    """A browser signed in as somebody of the role; all users have ``PASSWORD``."""
    clients: list[httpx.AsyncClient] = []

    def browser(role: Role) -> httpx.AsyncClient:
        with database.transaction() as session:
            user = find_user(session, f"ceshi-{role}") or create_user(
                session, f"ceshi-{role}", PASSWORD, role, now=utc_now()
            )
            token = sessions.open_session(session, user, address="192.0.2.1", device="", now=utc_now())
        transport = httpx.ASGITransport(app=Shield(Starlette(routes=[*login.routes, *account_forms.routes])))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=SAME_SITE, cookies={"oh_sid": token}
        )
        clients.append(client)
        return client

    yield browser
    for client in clients:
        await client.aclose()


def shown(answer: httpx.Response) -> list[str]:
    """What the page shows once."""
    assert answer.status_code == 200, answer.headers.get("location")
    assert answer.headers["cache-control"] == "no-store"
    return [unescape(line) for line in re.findall(r"<li>(.*?)</li>", answer.text)]


def user_named(database: Database, name: str) -> User:
    with database.reading() as session:
        found = find_user(session, name)
    assert found
    return found


async def test_a_new_password_ends_every_login_and_opens_the_door(browser: Browser, database: Database) -> None:
    me, elsewhere = browser(Role.SERVICE), browser(Role.SERVICE)
    answer = await me.post("/account/password", data={"old": PASSWORD, "new": BETTER, "again": BETTER})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?said=password_changed")
    assert passwords.verify_password(BETTER, user_named(database, "ceshi-service").password_hash)[0]
    after = await elsewhere.post("/account/codes")
    assert after.headers["location"].startswith("/login")
    assert "密码已修改" in (await elsewhere.get("/login?said=password_changed")).text


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong-wrong-wrong", BETTER, BETTER, "wrong_password"),
        (PASSWORD, "short", "short", "password_length"),
        (PASSWORD, BETTER, BETTER + "x", "passwords_differ"),
        (PASSWORD, "password12345678", "password12345678", "password_common"),
    ],
)
async def test_a_refused_password_changes_nothing_and_says_why(
    browser: Browser, database: Database, old: str, new: str, again: str, said: str
) -> None:
    answer = await browser(Role.SERVICE).post("/account/password", data={"old": old, "new": new, "again": again})
    assert answer.headers["location"] == f"/account?said={said}"
    assert passwords.verify_password(PASSWORD, user_named(database, "ceshi-service").password_hash)[0]


async def test_new_recovery_codes_are_shown_once_and_work(browser: Browser, database: Database) -> None:
    codes = shown(await browser(Role.FINANCE).post("/account/codes"))
    assert len(codes) == 10
    user = user_named(database, "ceshi-finance")
    with database.transaction() as session:
        assert use_recovery_code(session, user.id, codes[3], utc_now())


async def test_an_administrator_makes_a_key_for_a_program(browser: Browser, database: Database) -> None:
    rights = [Permission.API_ORDER_READ, Permission.API_STOCK_WRITE]
    form = {"name": "自有商城", "rights": [*map(str, rights), "order:hold:change?"]}
    (key,) = shown(await browser(Role.ADMIN).post("/account/keys", data=form))
    assert key_owner(key, utc_now()).permissions == set(rights)
    with database.reading() as session:
        assert session.exec(select(ApiKey.name)).all() == ["自有商城"]


async def test_a_key_without_a_right_or_with_one_of_people_is_not_made(browser: Browser, database: Database) -> None:
    for rights in ([], ["access:user:change"]):
        answer = await browser(Role.ADMIN).post("/account/keys", data={"name": "自有商城", "rights": rights})
        assert answer.status_code != 200
    with database.reading() as session:
        assert session.exec(select(ApiKey)).all() == []


async def test_an_administrator_makes_a_user_who_can_sign_in(browser: Browser, database: Database) -> None:
    form = {"account": "Wang.Min", "display_name": "测试王敏", "role": "warehouse"}
    (password,) = shown(await browser(Role.ADMIN).post("/users/new", data=form))
    made = user_named(database, "wang.min")
    assert (made.role, made.display_name) == (Role.WAREHOUSE, "测试王敏")
    assert passwords.verify_password(password, made.password_hash)[0]
    with database.reading() as session:
        logged = session.exec(select(Event).where(Event.kind == "user_created", Event.subject_id == made.id)).one()
    assert logged.actor == "ceshi-admin"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"account": "x", "role": "service"}, "not_account_name"),
        ({"account": "ceshi-admin", "role": "service"}, "name_taken"),
        ({"account": "wang.min", "role": "owner"}, "no_such_role"),
        ({"account": "wang.min", "role": "service", "display_name": "x" * 65}, "too_long"),
    ],
)
async def test_a_user_that_cannot_be_is_not_made(
    browser: Browser, database: Database, form: dict[str, str], said: str
) -> None:
    answer = await browser(Role.ADMIN).post("/users/new", data=form)
    assert answer.headers["location"] == f"/users?said={said}"
    with database.reading() as session:
        assert session.exec(select(User.name)).all() == ["ceshi-admin"]


async def test_a_reset_password_replaces_the_forgotten_one(browser: Browser, database: Database) -> None:
    forgetful = browser(Role.MANAGER)
    user = user_named(database, "ceshi-manager")
    (password,) = shown(await browser(Role.ADMIN).post("/users/password", data={"user_id": str(user.id)}))
    assert passwords.verify_password(password, user_named(database, "ceshi-manager").password_hash)[0]
    assert (await forgetful.post("/account/codes")).headers["location"].startswith("/login")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
@pytest.mark.parametrize("path", ["/account/keys", "/users/new", "/users/password"])
async def test_nobody_but_an_administrator_does_what_is_theirs(
    browser: Browser, database: Database, role: Role, path: str
) -> None:
    form = {"name": "x", "account": "wang.min", "role": "admin", "user_id": "1"}
    answer = await browser(role).post(path, data=form)
    assert answer.headers["location"].endswith("?said=not_allowed")
    with database.reading() as session:
        assert session.exec(select(User.name)).all() == [f"ceshi-{role}"]
        assert session.exec(select(ApiKey)).all() == []
    assert passwords.verify_password(PASSWORD, user_named(database, f"ceshi-{role}").password_hash)[0]


@pytest.mark.parametrize("route", account_forms.routes, ids=lambda route: route.path)
async def test_a_form_of_another_site_is_refused(browser: Browser, route) -> None:
    answer = await browser(Role.ADMIN).post(
        route.path, headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403
