"""The sign-in pages as a browser sees them, within this process."""

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from pyotp.totp import TOTP
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from orderhub.access.first_start import new_setup_code
from orderhub.access.permissions import Role
from orderhub.access.users import create_user
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database
from orderhub.kernel.settings import settings
from orderhub.ui.headers import Shield
from orderhub.ui.login import routes
from orderhub.ui.login_text import TEXTS
from orderhub.ui.plain import local_path

PASSWORD = "kuaidi-zai-lushang-7"
SAME_SITE = {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}


async def board(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("the board")


async def away(_request: Request) -> PlainTextResponse:
    raise OperationalError("SELECT 1", {}, Exception("the database is away"))


async def refused(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"code": "database"}, 503, {"retry-after": "5"}, media_type="application/problem+json")


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def served() -> Shield:
    own = [Route("/", board), Route("/orders", board), Route("/api/echo", echo, methods=["POST"])]
    gone = [Route("/login/away", away, methods=["GET", "POST"]), Route("/api/away", away)]
    app = Starlette(routes=[*gone, *routes, *own, Route("/assets/app-1a2b3c4d.js", board)])
    app.add_exception_handler(OperationalError, refused)
    return Shield(app)


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=served())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
def yunying(database: Database) -> None:
    with database.transaction() as session:
        create_user(session, "ceshi-yunying", PASSWORD, Role.OPERATIONS, now=utc_now())


@pytest.fixture
def no_totp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERHUB_TOTP_REQUIRED", "false")
    settings.cache_clear()


def post(browser: httpx.AsyncClient, path: str, **form: str):
    return browser.post(path, data=form, headers=SAME_SITE)


async def test_first_login_with_enrolment_ends_at_the_wanted_page(browser: httpx.AsyncClient, yunying: None):
    asked = await browser.get("/orders?tab=late")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Forders%3Ftab%3Dlate")
    answer = await post(browser, asked.headers["location"], account="ceshi-yunying", password=PASSWORD)
    assert answer.headers["location"] == "/login/enrol?next=%2Forders%3Ftab%3Dlate"
    page = (await browser.get(answer.headers["location"])).text
    assert "<svg" in page
    seed = re.search(r'class="seed"[^>]*>([A-Z2-7 ]+)<', page)
    assert seed
    code = TOTP(seed[1].replace(" ", "")).now()
    answer = await post(browser, "/login/enrol?next=%2Forders%3Ftab%3Dlate", code=code)
    kept = await browser.get(answer.headers["location"])
    assert len(re.findall(r"<li>(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}</li>", kept.text)) == 10
    assert "oh_sid" not in browser.cookies
    answer = await post(browser, "/login/enrol/done?next=%2Forders%3Ftab%3Dlate")
    assert answer.headers["location"] == "/orders?tab=late"
    assert (await browser.get("/orders")).text == "the board"
    assert "oh_way" not in browser.cookies


async def test_the_session_cookie_is_out_of_reach_of_scripts(browser: httpx.AsyncClient, yunying: None, no_totp: None):
    answer = await post(browser, "/login", account="ceshi-yunying", password=PASSWORD)
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("oh_sid="))
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert attributes == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"}


async def test_on_https_the_cookie_is_secure_and_bound_to_the_host(
    browser: httpx.AsyncClient, yunying: None, no_totp: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ORDERHUB_PUBLIC_URL", "https://hub.example.com")
    settings.cache_clear()
    form = {"account": "ceshi-yunying", "password": PASSWORD}
    answer = await browser.post("/login", data=form, headers={"origin": "https://hub.example.com"})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("__Host-oh_sid="))
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_a_new_login_gets_a_new_cookie_and_ends_the_old_login(
    browser: httpx.AsyncClient, yunying: None, no_totp: None
):
    await post(browser, "/login", account="ceshi-yunying", password=PASSWORD)
    first = browser.cookies["oh_sid"]
    await post(browser, "/login", account="ceshi-yunying", password=PASSWORD)
    second = browser.cookies["oh_sid"]
    assert first != second
    browser.cookies.clear()
    assert (await browser.get("/orders", headers={"cookie": f"oh_sid={first}"})).status_code == 303
    assert (await browser.get("/orders", headers={"cookie": f"oh_sid={second}"})).status_code == 200


async def test_a_cookie_planted_before_login_opens_nothing(browser: httpx.AsyncClient, yunying: None, no_totp: None):
    browser.cookies.set("oh_sid", "planted", domain="localhost.local")
    await post(browser, "/login", account="ceshi-yunying", password=PASSWORD)
    browser.cookies.clear()
    assert (await browser.get("/orders", headers={"cookie": "oh_sid=planted"})).status_code == 303


async def test_signing_out_ends_the_login_on_the_server(browser: httpx.AsyncClient, yunying: None, no_totp: None):
    await post(browser, "/login", account="ceshi-yunying", password=PASSWORD)
    token = browser.cookies["oh_sid"]
    assert (await post(browser, "/logout")).headers["location"] == "/login"
    assert (await browser.get("/orders", headers={"cookie": f"oh_sid={token}"})).status_code == 303


async def test_a_wrong_account_and_a_wrong_password_look_alike(browser: httpx.AsyncClient, yunying: None):
    pages = []
    for account in ("ceshi-yunying", "meiyou-renne1"):
        answer = await post(browser, "/login", account=account, password="wrong-password-99")
        assert answer.status_code == 401
        pages.append(answer.text.replace(account, "…"))
    assert pages[0] == pages[1]
    assert TEXTS["zh"]["problem_not_signed_in"] in pages[0]
    assert "wrong-password-99" not in pages[0]


async def test_the_wait_is_told(browser: httpx.AsyncClient, yunying: None):
    for _ in range(5):
        await post(browser, "/login", account="ceshi-yunying", password="wrong-password-99")
    answer = await post(browser, "/login", account="ceshi-yunying", password="wrong-password-99")
    assert answer.status_code == 429
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 5
    assert f"请等 {seconds} 秒再试" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/login/code", "/login/enrol", "/login/enrol/done", "/setup", "/logout"])
async def test_a_post_from_elsewhere_is_refused(browser: httpx.AsyncClient, path: str, headers: dict[str, str]):
    answer = await browser.post(path, data={"account": "a"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "gone_to"),
    [
        ("/orders?tab=late", "/orders?tab=late"),
        ("", "/"),
        ("orders", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\\b", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/" + "x" * 500, "/"),
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(wanted: str, gone_to: str):
    assert local_path(wanted) == gone_to


async def test_the_first_start_makes_an_administrator(browser: httpx.AsyncClient):
    setup_code = new_setup_code(utc_now())
    assert (await browser.get("/login")).headers["location"] == "/setup"
    form = {"account": "ceshi-admin", "display_name": "测**", "password": PASSWORD, "again": PASSWORD}
    wrong = await post(browser, "/setup", setup_code="AAAA", **form)
    assert (wrong.status_code, TEXTS["zh"]["problem_not_allowed"] in wrong.text) == (403, True)
    differing = await post(browser, "/setup", setup_code=setup_code, **(form | {"again": "x"}))
    assert (differing.status_code, TEXTS["zh"]["problem_passwords_differ"] in differing.text) == (422, True)
    assert PASSWORD not in differing.text
    right = await post(browser, "/setup", setup_code=setup_code, **form)
    assert right.headers["location"].startswith("/login/enrol")
    assert (await browser.get("/setup")).headers["location"] == "/login"


async def test_english_is_a_click_away(browser: httpx.AsyncClient, yunying: None):
    assert '<html lang="zh-CN">' in (await browser.get("/login")).text
    answer = await browser.get("/login/language/en?back=/login")
    assert answer.headers["location"] == "/login"
    page = (await browser.get("/login")).text
    assert '<html lang="en">' in page
    assert TEXTS["en"]["sign_in_hint"] in unescape(page)


async def test_dark_is_remembered(browser: httpx.AsyncClient, yunying: None):
    await browser.get("/login/theme/dark?back=/login")
    assert 'data-theme="dark"' in (await browser.get("/login")).text


async def test_what_was_typed_is_shown_as_text(browser: httpx.AsyncClient, yunying: None):
    typed = '"><script>alert(1)</script>'
    answer = await post(browser, "/login", account=typed, password="wrong-password-99")
    assert "<script>" not in answer.text


async def test_the_pages_carry_no_script(browser: httpx.AsyncClient, yunying: None):
    answer = await browser.get("/login")
    assert "<script" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)
    assert answer.headers["cache-control"] == "no-store"


async def test_every_answer_is_dressed(browser: httpx.AsyncClient, yunying: None):
    answer = await browser.get("/login")
    policy = answer.headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src 'self'( 'sha256-[^']+')*;", policy)
    assert "frame-ancestors 'none'" in policy
    assert [answer.headers[name] for name in ("x-content-type-options", "x-frame-options", "referrer-policy")] == [
        "nosniff",
        "DENY",
        "same-origin",
    ]
    assert "strict-transport-security" not in answer.headers


async def test_the_pages_policy_stands_on_pages_alone(browser: httpx.AsyncClient):
    policies = {
        path: (await browser.get(path)).headers["content-security-policy"]
        for path in ("/login", "/api/echo", "/assets/app-1a2b3c4d.js")
    }
    assert "script-src 'self'" in policies.pop("/login")
    assert set(policies.values()) == {"default-src 'none'; frame-ancestors 'none'"}


async def test_hashed_files_are_kept_for_ever_and_pages_never(browser: httpx.AsyncClient, yunying: None, no_totp: None):
    asset = await browser.get("/assets/app-1a2b3c4d.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    await post(browser, "/login", account="ceshi-yunying", password=PASSWORD)
    assert (await browser.get("/orders")).headers["cache-control"] == "no-cache"


async def test_a_body_over_a_megabyte_is_refused(browser: httpx.AsyncClient):
    assert (await browser.post("/api/echo", content=b"x" * 1_000_000)).text == "1000000"
    answer = await browser.post("/api/echo", content=b"x" * 1_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_an_anonymous_socket_is_closed_with_4401(database: Database):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/_event", "headers": [(b"cookie", b"oh_sid=made-up")], "query_string": b""}
    await served()(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 4401}]


@pytest.mark.parametrize("path", ["/", "/orders", "/_upload/x", "/_all_routes", "/loginx", "/orders/app.js"])
async def test_pages_need_a_login(browser: httpx.AsyncClient, path: str):
    assert (await browser.get(path)).status_code == 303


def test_both_languages_say_everything():
    assert set(TEXTS["zh"]) == set(TEXTS["en"])
    assert [key for texts in TEXTS.values() for key, text in texts.items() if not text.strip()] == []


PERSON = {"accept": "text/html,application/xhtml+xml"}


async def test_a_person_is_shown_a_page_while_the_database_is_away(browser: httpx.AsyncClient):
    answer = await browser.get("/login/away", headers=PERSON)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"].startswith("text/html")
    assert TEXTS["zh"]["away_hint"] in answer.text
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    sent = await browser.post("/login/away", headers=PERSON | SAME_SITE)
    assert (sent.status_code, "http-equiv" in sent.text) == (503, False)


@pytest.mark.parametrize(("path", "headers"), [("/api/away", PERSON), ("/login/away", {"accept": "application/json"})])
async def test_a_program_hears_what_was_said(browser: httpx.AsyncClient, path: str, headers: dict[str, str]):
    answer = await browser.get(path, headers=headers)
    assert (answer.status_code, answer.json()) == (503, {"code": "database"})
