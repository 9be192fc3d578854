"""Signing in by way of an identity provider, over HTTP to one that speaks the real protocol."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pyotp.totp import TOTP
from sqlmodel import select
from starlette.applications import Starlette

from orderhub.access import totp
from orderhub.access.oidc import OidcIdentity
from orderhub.access.permissions import Role
from orderhub.access.sessions import UserSession
from orderhub.access.users import User, create_user
from orderhub.connectors.oidc import OidcSignIn, Provider
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.eventlog import Event
from orderhub.kernel.settings import settings
from orderhub.lab.oidc import CLIENT_ID, CLIENT_SECRET, PATH, IdentityProvider
from orderhub.lab.serve import served
from orderhub.ui import login, oidc_login
from orderhub.ui.headers import Shield

HUB = "http://localhost:3000"
NAME = "demo-operations"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def served_provider() -> Iterator[tuple[IdentityProvider, str]]:
    provider = IdentityProvider(utc_now)
    with served(Starlette(routes=provider.routes())) as address:
        yield provider, f"{address}{PATH}"


@pytest.fixture
def provider(
    served_provider: tuple[IdentityProvider, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[IdentityProvider]:
    one, issuer = served_provider
    monkeypatch.setenv("ORDERHUB_OIDC_ISSUER", issuer)
    monkeypatch.setenv("ORDERHUB_OIDC_NAME", "示例统一登录")
    settings.cache_clear()
    yield one
    one.spoil = ""


@pytest.fixture
async def browser(provider: IdentityProvider, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    ours = Provider(settings().oidc_issuer, CLIENT_ID, CLIENT_SECRET, f"{HUB}{oidc_login.BACK}")
    sign_in = OidcSignIn(ours)
    app = Shield(Starlette(routes=[*login.routes, *oidc_login.routes(lambda: sign_in)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HUB) as client:
        yield client
    sign_in.close()


@pytest.fixture
def user(database: Database) -> User:
    with database.transaction() as session:
        made = create_user(session, NAME, "kuaidi-zai-lushang-7", Role.OPERATIONS, now=utc_now())
        totp.enrol(made, SEED, step=0)
        return made


async def way_back(browser: httpx.AsyncClient, who: str = NAME) -> str:
    """Out to the provider, and what it sends the browser back to."""
    out = await browser.get("/login/oidc?next=/orders")
    async with httpx.AsyncClient() as elsewhere:
        page = await elsewhere.get(out.headers["location"])
        assert who in page.text
        chosen = await elsewhere.get(f"{out.headers['location']}&as={who}")
    return chosen.headers["location"].removeprefix(HUB)


async def entered(browser: httpx.AsyncClient, who: str = NAME) -> str:
    return (await browser.get(await way_back(browser, who))).headers["location"]


async def test_whoever_the_provider_vouches_for_is_asked_for_our_code(browser: httpx.AsyncClient, user: User):
    assert "用 示例统一登录 登录" in (await browser.get("/login")).text
    assert await entered(browser) == "/login/code?next=%2Forders"
    assert "oh_sid" not in browser.cookies
    post = {"origin": HUB, "sec-fetch-site": "same-origin"}
    done = await browser.post("/login/code?next=/orders", data={"code": TOTP(SEED).now()}, headers=post)
    assert (done.headers["location"], "oh_sid" in browser.cookies) == ("/orders", True)


@pytest.mark.parametrize("spoil", ["nonce", "audience", "issuer", "expired", "key", "unsigned"])
async def test_a_token_that_is_wrong_in_any_way_opens_nothing(
    browser: httpx.AsyncClient, provider: IdentityProvider, user: User, database: Database, spoil: str
):
    provider.spoil = spoil
    assert await entered(browser) == "/login?said=oidc_refused"
    with database.reading() as session:
        assert session.exec(select(OidcIdentity)).all() == []


async def test_nobody_registers_by_signing_in(browser: httpx.AsyncClient, user: User, database: Database):
    assert await entered(browser, "nobody-here") == "/login?said=oidc_refused"
    with database.reading() as session:
        assert [one.name for one in session.exec(select(User))] == [NAME]
        assert session.exec(select(Event.body).where(Event.kind == "sign_in_failed")).one()["step"] == "oidc"


async def test_a_closed_account_stays_closed(browser: httpx.AsyncClient, user: User, database: Database):
    with database.transaction() as session:
        session.get_one(User, user.id).is_active = False
    assert await entered(browser) == "/login?said=oidc_refused"


async def test_an_account_belongs_to_the_subject_that_came_first(
    browser: httpx.AsyncClient, provider: IdentityProvider, user: User, monkeypatch: pytest.MonkeyPatch
):
    assert (await entered(browser)).startswith("/login/code")
    monkeypatch.setitem(provider.people, NAME, {"sub": "lab-9999"})
    assert await entered(browser) == "/login?said=oidc_refused"
    monkeypatch.setitem(provider.people, "demo-renamed", {"sub": "lab-0001"})
    assert (await entered(browser, "demo-renamed")).startswith("/login/code")


@pytest.mark.parametrize(
    ("claims", "gets_in"),
    [
        ({"email": f"{NAME}@shop.example", "email_verified": True}, True),
        ({"email": f"{NAME}@shop.example", "email_verified": False}, False),
        ({"email": f"{NAME}@elsewhere.example", "email_verified": True}, False),
        ({}, False),
    ],
)
async def test_with_a_domain_only_its_verified_addresses_count(
    browser: httpx.AsyncClient,
    provider: IdentityProvider,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    claims: dict[str, object],
    gets_in: bool,  # noqa: FBT001
):
    monkeypatch.setenv("ORDERHUB_OIDC_EMAIL_DOMAIN", "shop.example")
    settings.cache_clear()
    monkeypatch.setitem(provider.people, NAME, {"sub": "lab-0001"} | claims)
    assert (await entered(browser)).startswith("/login/code") is gets_in


@pytest.mark.parametrize(("trusts", "lands_on"), [("true", "/orders"), ("false", "/login/code?next=%2Forders")])
async def test_the_providers_second_factor_counts_only_where_it_is_trusted(
    browser: httpx.AsyncClient,
    provider: IdentityProvider,
    user: User,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    trusts: str,
    lands_on: str,
):
    monkeypatch.setenv("ORDERHUB_OIDC_TRUSTS_MFA", trusts)
    settings.cache_clear()
    monkeypatch.setitem(provider.people, NAME, {"sub": "lab-0001", "amr": ["pwd", "mfa"]})
    assert await entered(browser) == lands_on
    with database.reading() as session:
        assert len(session.exec(select(UserSession)).all()) == (trusts == "true")


async def test_another_browsers_answer_does_not_fit(browser: httpx.AsyncClient, user: User):
    """Somebody else's way back, sent to a victim as a link, signs nobody in."""
    stolen = await way_back(browser)
    browser.cookies.clear()
    assert (await browser.get(stolen)).headers["location"] == "/login?said=oidc_refused"
    await browser.get("/login/oidc")
    assert (await browser.get(stolen)).headers["location"] == "/login?said=oidc_refused"


async def test_a_way_back_works_once(browser: httpx.AsyncClient, user: User):
    back = await way_back(browser)
    kept = dict(browser.cookies)
    assert (await browser.get(back)).headers["location"].startswith("/login/code")
    browser.cookies.update(kept)
    assert (await browser.get(back)).headers["location"] == "/login?said=oidc_refused"


async def test_what_is_asked_of_the_provider(browser: httpx.AsyncClient):
    out = await browser.get("/login/oidc")
    asked = parse_qs(urlsplit(out.headers["location"]).query)
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert asked["redirect_uri"] == [f"{HUB}/login/oidc/back"]
    cookie = out.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert asked["nonce"][0] not in cookie


async def test_without_a_provider_there_is_no_button_and_no_way(database: Database, user: User):
    app = Shield(Starlette(routes=[*login.routes, *oidc_login.routes(pytest.fail)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HUB) as client:
        assert "/login/oidc" not in (await client.get("/login")).text
        assert (await client.get("/login/oidc")).headers["location"] == "/login"
        assert (await client.get("/login/oidc/back?code=x&state=y")).headers["location"] == "/login?said=oidc_refused"
