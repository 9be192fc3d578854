"""How are pages answered that stand outside the single-page app? Plain HTML, native forms, no script needed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from orderhub.access import passwords
from orderhub.kernel.errors import OrderHubError, TooMany
from orderhub.kernel.settings import settings
from orderhub.ui.login_text import TEXTS

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LONGEST_FIELD = 256

Page = Callable[[Request], Awaitable[Response]]


def local_path(wanted: str) -> str:
    """``wanted`` when it is a page of ours, else the first page: nobody is sent to another host after signing in."""
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if is_ours and wanted.isprintable() and "\\" not in wanted and len(wanted) <= 500 else "/"


def is_own_post(request: Request) -> bool:
    """A form of ours: every browser says where a POST comes from; who says nothing is refused."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if origin is not None and origin != settings().origin and not _is_same_host(origin, request):
        return False
    return site == "same-origin" if site else origin is not None


def own_posts_only(handler: Page) -> Page:
    """``handler``, but a form that another site sends gets a page that says so."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        if request.method == "POST" and not is_own_post(request):
            return page(request, "refused.html", status=403)
        return await handler(request)

    return guarded


def page(
    request: Request, template: str, *, error: OrderHubError | None = None, status: int = 0, **parts: Any
) -> Response:
    lang, text = _lang(request), TEXTS[_lang(request)]
    theme_chosen = request.cookies.get("oh_theme")
    html = _PAGES.get_template(template).render(
        text=text,
        lang="en" if lang == "en" else "zh-CN",
        theme=theme_chosen if theme_chosen in ("dark", "light") else "",
        here=quote(request.url.path, safe="/"),
        next=local_path(request.query_params.get("next", "/")),
        error=told(request, error) if error else "",
        wrong=getattr(error, "field", ""),
        said=text.get(f"said_{request.query_params.get('said', '')}", ""),
        hours=settings().session_hours,
        idle=settings().session_idle_minutes,
        shortest=passwords.SHORTEST,
        oidc=settings().oidc_name if settings().oidc_issuer else "",
        **parts,
    )
    answer = HTMLResponse(html, status or (error.http_status if error else 200), {"cache-control": "no-store"})
    if isinstance(error, TooMany):
        answer.headers["retry-after"] = str(_seconds(error.retry_after))
    return answer


def told(request: Request, error: OrderHubError) -> str:
    """What is said for ``error``: always the same for a wrong account and a wrong password."""
    text = TEXTS[_lang(request)]
    if isinstance(error, TooMany):
        return _wait_text(error.retry_after, text)
    return text[f"problem_{getattr(error, 'problem', error.code)}"]


def _lang(request: Request) -> str:
    return "en" if request.cookies.get("oh_lang") == "en" else "zh"


def _wait_text(left: timedelta, text: dict[str, str]) -> str:
    seconds = _seconds(left)
    if seconds < 60:
        return text["wait_seconds"].format(seconds=seconds)
    return text["wait_minutes"].format(minutes=-(-seconds // 60))


def _seconds(left: timedelta) -> int:
    return max(1, -(-left // timedelta(seconds=1)))


def go(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, {"cache-control": "no-store"})


async def fields(request: Request, *names: str) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=len(names) + 5) as form:
        values = {name: form.get(name, "") for name in names}
    return {name: value[:_LONGEST_FIELD] if isinstance(value, str) else "" for name, value in values.items()}


async def listed(request: Request, name: str, *, most: int = 500) -> list[str]:
    """What of a list is ticked. Asked before ``fields``: a form is taken apart once."""
    async with request.form(max_files=0, max_fields=most) as form:
        return [value for value in form.getlist(name) if isinstance(value, str)]


def is_https() -> bool:
    return settings().origin.startswith("https://")


def _is_same_host(origin: str, request: Request) -> bool:
    """Without a public address set, the hub is reached by any name of this machine."""
    return not settings().public_url and urlsplit(origin).netloc == request.headers.get("host", "")
