"""Where is my parcel? The page that a buyer's link opens: plain HTML, no login, no script, nothing personal.

A link that was made up, changed, has ended or names nothing gets the same page, before the database is asked.
"""

import asyncio
import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from orderhub.access.doors import open_to_strangers
from orderhub.access.throttle import PER_ADDRESS
from orderhub.access.visits import Visits
from orderhub.api.tracking_text import texts
from orderhub.api.tracking_view import page_view
from orderhub.domain.tracking_link import read_token
from orderhub.insights.tracking_page import tracking_page
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import TooMany

router = APIRouter(include_in_schema=False)

# Many buyers of a mobile network share an address; whoever guesses is stopped as soon as one who guesses passwords.
VISITS_PER_MINUTE = 240
_THREADS = 2
_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_visits = Visits(VISITS_PER_MINUTE)
_misses = Visits(PER_ADDRESS)


@router.api_route("/t/{token:path}", methods=["GET", "HEAD"], response_class=HTMLResponse)
@open_to_strangers("the link itself: 96 bits of HMAC over the parcel and the hour it ends in")
async def tracking(token: str, request: Request) -> Response:
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(_pool(), lambda: context.run(_page, token, request))


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads of its own, and few: many at once only take the interpreter from each other, and none gets done.

    Made at first use: a pool made at import would not outlive the server's fork.
    """
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="tracking")


def _page(token: str, request: Request) -> Response:
    now = utc_now()
    address = request.client.host if request.client else ""
    lang = _language(request)
    try:
        _visits.take(address, now)
        link = read_token(token, now=now)
        if link is None:
            _misses.take(address, now)
            return _said("missing", lang, 404)
        with reading() as session:
            page = tracking_page(session, link.track_id, now)
    except TooMany as error:
        return _said("too_many", lang, 429, {"retry-after": str(-(-error.retry_after // timedelta(seconds=1)))})
    except SQLAlchemyError as error:
        structlog.get_logger().error("tracking_not_read", error=type(error).__name__)
        return _said("failed", lang, 503, {"retry-after": "30"})
    if page is None:
        return _said("missing", lang, 404)
    return _answer("tracking.html", lang, 200, page=page_view(page, lang, now))


def _language(request: Request) -> str:
    """``?lang`` first, then the first of the browser's that we speak; Chinese else."""
    if (wanted := request.query_params.get("lang", "")) in ("zh", "en"):
        return wanted
    for part in request.headers.get("accept-language", "")[:200].lower().split(","):
        if part.strip().startswith(("zh", "en")):
            return part.strip()[:2]
    return "zh"


def _said(what: str, lang: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return _answer("tracking_said.html", lang, status, headers, what=what)


def _answer(template: str, lang: str, status: int, headers: dict[str, str] | None = None, **parts: Any) -> Response:
    css, policy = _style()
    html = _PAGES.get_template(template).render(
        text=texts(lang), lang=lang, other="zh" if lang == "en" else "en", css=css, **parts
    )
    answer = HTMLResponse(html, status, headers)
    answer.headers.update(
        {
            "content-security-policy": policy,
            "cache-control": "no-store",
            "content-language": "en" if lang == "en" else "zh-CN",
            "referrer-policy": "no-referrer",
            "vary": "accept-language",
            "x-robots-tag": "noindex, nofollow",
        }
    )
    return answer


@cache
def _style() -> tuple[Markup, str]:
    """The page's style sheet, and the policy that lets it and nothing else in."""
    css = (_TEMPLATES / "tracking.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Markup(css), policy  # noqa: S704  (our own file)
