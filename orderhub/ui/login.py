"""How does a person sign in? Plain pages and native forms, before and without the single-page app."""

import hmac
from urllib.parse import quote

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access import first_start, sessions, sign_in, totp
from orderhub.access.doors import open_to_strangers
from orderhub.access.sign_in import Step, Turn, Visitor
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, NotAllowed, NotSignedIn, OrderHubError, TooMany
from orderhub.kernel.settings import settings
from orderhub.ui import plain
from orderhub.ui.plain import Page

_NEXT_PAGES = {Step.CODE: "/login/code", Step.ENROL: "/login/enrol", Step.KEEP_CODES: "/login/enrol"}
_YEAR_SECONDS = 365 * 24 * 3600


async def login(request: Request) -> Response:
    if request.method == "GET":
        if await run_in_threadpool(first_start.is_first_start):
            return plain.go("/setup")
        return plain.page(request, "login.html", account="")
    form = await plain.fields(request, "account", "password")
    try:
        turn = await run_in_threadpool(
            sign_in.sign_in, form["account"], form["password"], visitor_of(request), utc_now()
        )
    except (NotSignedIn, TooMany) as error:
        return plain.page(request, "login.html", account=form["account"], error=error)
    return await onwards(request, turn, _wanted(request))


async def code(request: Request) -> Response:
    token = _way(request)
    try:
        await run_in_threadpool(_standing, token, Step.CODE)
        if request.method == "GET":
            return plain.page(request, "code.html")
        form = await plain.fields(request, "code")
        turn = await run_in_threadpool(sign_in.confirm_code, token, form["code"], utc_now())
    except (NotSignedIn, TooMany) as error:
        return await _again(request, "code.html", error, token)
    return await onwards(request, turn, _wanted(request))


async def enrol(request: Request) -> Response:
    token = _way(request)
    try:
        standing = await run_in_threadpool(_standing, token, Step.ENROL, Step.KEEP_CODES)
        if request.method == "GET" or standing.step is Step.KEEP_CODES:
            return _enrol_page(request, standing)
        form = await plain.fields(request, "code")
        turn = await run_in_threadpool(sign_in.enrol, token, form["code"], utc_now())
    except (NotSignedIn, TooMany) as error:
        return await _again(request, "enrol.html", error, token)
    return await onwards(request, turn, _wanted(request))


async def keep(request: Request) -> Response:
    try:
        turn = await run_in_threadpool(sign_in.keep_codes, _way(request), utc_now())
    except NotSignedIn:
        return plain.go("/login")
    return await onwards(request, turn, _wanted(request))


async def setup(request: Request) -> Response:
    if not await run_in_threadpool(first_start.is_first_start):
        return plain.go("/login")
    if request.method == "GET":
        return plain.page(request, "setup.html", form={"account": "", "display_name": ""})
    form = await plain.fields(request, "setup_code", "account", "display_name", "password", "again")
    try:
        if not hmac.compare_digest(form["password"].encode(), form["again"].encode()):
            raise BadInput("the two passwords differ", field="again", problem="passwords_differ")
        admin = first_start.FirstAdmin(form["account"], form["password"], form["display_name"])
        turn = await run_in_threadpool(first_start.set_up, form["setup_code"], admin, visitor_of(request), utc_now())
    except (BadInput, NotAllowed, TooMany) as error:
        return plain.page(request, "setup.html", form=form, error=error)
    return await onwards(request, turn, _wanted(request))


async def logout(request: Request) -> Response:
    await run_in_threadpool(_end_present, request)
    answer = plain.go("/login")
    answer.delete_cookie(sessions.cookie_name(), path="/", secure=plain.is_https(), httponly=True, samesite="lax")
    return answer


async def language(request: Request) -> Response:
    """A link of the page, without a script: remember the language and come back."""
    answer = plain.go(plain.local_path(request.query_params.get("back", "/login")))
    chosen = "en" if request.path_params["lang"] == "en" else "zh"
    answer.set_cookie("oh_lang", chosen, max_age=_YEAR_SECONDS, path="/", samesite="lax", secure=plain.is_https())
    return answer


async def theme(request: Request) -> Response:
    answer = plain.go(plain.local_path(request.query_params.get("back", "/login")))
    chosen = "dark" if request.path_params["mode"] == "dark" else "light"
    answer.set_cookie("oh_theme", chosen, max_age=_YEAR_SECONDS, path="/", samesite="lax", secure=plain.is_https())
    return answer


def _public(page: Page, path: str, *methods: str) -> Route:
    return Route(path, open_to_strangers("the way in")(plain.own_posts_only(page)), methods=list(methods))


routes: list[Route] = [
    _public(login, "/login", "GET", "POST"),
    _public(code, "/login/code", "GET", "POST"),
    _public(enrol, "/login/enrol", "GET", "POST"),
    _public(keep, "/login/enrol/done", "POST"),
    _public(language, "/login/language/{lang}", "GET"),
    _public(theme, "/login/theme/{mode}", "GET"),
    _public(setup, "/setup", "GET", "POST"),
    _public(logout, "/logout", "POST"),
]


async def _again(request: Request, template: str, error: OrderHubError, token: str) -> Response:
    """The same step once more, or the beginning when the way is over."""
    try:
        standing = await run_in_threadpool(sign_in.waiting, token, utc_now())
    except NotSignedIn:
        answer = plain.page(
            request, "login.html", account="", error=NotSignedIn("over") if request.method == "POST" else None
        )
        answer.delete_cookie(_way_cookie(), path="/")
        return answer if request.method == "POST" else plain.go("/login")
    if template == "enrol.html":
        return _enrol_page(request, standing, error)
    return plain.page(request, template, error=_code_error(error))


def _enrol_page(request: Request, standing: sign_in.Waiting, error: OrderHubError | None = None) -> Response:
    if standing.step is Step.KEEP_CODES:
        return plain.page(request, "recovery.html", codes=standing.codes)
    picture = segno.make(totp.address_of(standing.seed, standing.name), error="m")
    svg = picture.svg_inline(scale=5, border=2, dark="#000", light="#fff", omitsize=True)
    spaced = " ".join(standing.seed[at : at + 4] for at in range(0, len(standing.seed), 4))
    return plain.page(request, "enrol.html", qr=svg, seed=spaced, error=_code_error(error) if error else None)


def _code_error(error: OrderHubError) -> OrderHubError:
    return error if isinstance(error, TooMany) else BadInput("wrong code", field="code", problem="wrong_code")


def _standing(token: str, *steps: Step) -> sign_in.Waiting:
    standing = sign_in.waiting(token, utc_now())
    if standing.step not in steps:
        raise NotSignedIn("another step comes first")
    return standing


def _wanted(request: Request) -> str:
    return plain.local_path(request.query_params.get("next", "/"))


async def onwards(request: Request, turn: Turn, wanted: str) -> Response:
    """To the next step, or with the cookie of a new login to the page ``wanted``."""
    if turn.step is not Step.DONE:
        answer = plain.go(f"{_NEXT_PAGES[turn.step]}?next={quote(wanted, safe='')}")
        answer.set_cookie(_way_cookie(), turn.token, path="/", httponly=True, samesite="lax", secure=plain.is_https())
        return answer
    await run_in_threadpool(_end_present, request, "signed_in_again")
    answer = plain.go(wanted)
    answer.set_cookie(
        sessions.cookie_name(),
        turn.token,
        max_age=settings().session_hours * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=plain.is_https(),
    )
    answer.delete_cookie(_way_cookie(), path="/", secure=plain.is_https(), httponly=True, samesite="lax")
    return answer


def _end_present(request: Request, reason: str = "signed_out") -> None:
    """The login this browser brought along ends, so that none outlives a new one."""
    if mark := sessions.session_mark(request.headers.get("cookie", "")):
        with transaction() as session:
            sessions.end_session(session, mark, now=utc_now(), reason=reason)


def visitor_of(request: Request) -> Visitor:
    address = request.client.host if request.client else ""
    return Visitor(address[:45], request.headers.get("user-agent", "")[:200])


def _way(request: Request) -> str:
    return request.cookies.get(_way_cookie(), "")


def _way_cookie() -> str:
    return "__Host-oh_way" if plain.is_https() else "oh_way"
