"""One hub for all walks; every page that complains fails its test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from orderhub.access.permissions import Role

from .chromium import chromium
from .served import Hub, settled_demo

_PDF_VIEWER = ("chrome-extension:", "chrome://resources/")  # Chromium's own

OpenPage = Callable[..., Page]

# A walk is about what comes, the benchmarks about when.
_PATIENCE_MS = 15_000
expect.set_options(timeout=_PATIENCE_MS)

# A page whose hub has just been killed says so in the console; nothing else may.
_LOST_LINE = ("WebSocket connection", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A demo with an hour of history; its lab stands still until a test asks for an order."""
    with settled_demo(tmp_path_factory.mktemp("hub"), history_days=0.04) as served:
        yield served


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What pages said that they must not; a test may empty it where a complaint is what it wants."""
    return []


@pytest.fixture
def open_page(hub: Hub, chromium_browser: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """``open_page(role, path, **options)``: a new window of somebody who is signed in; ``role`` None: of a stranger."""
    contexts: list[BrowserContext] = []

    def open_page(role: Role | None, path: str, **options: Any) -> Page:
        options = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"} | options
        known = hub.context(chromium_browser, role, **options) if role else chromium_browser.new_context(**options)
        contexts.append(known)
        page = known.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda said: _note(complaints, said.type, said.text))
        page.on("request", lambda request: _check(complaints, hub, request.url))
        page.goto(f"{hub.origin}{path}")
        return page

    yield open_page
    for known in contexts:
        known.close()
    assert complaints == []


def _note(complaints: list[str], kind: str, text: str) -> None:
    if kind == "error" and not any(known in text for known in _LOST_LINE):
        complaints.append(f"console: {text}")


def _check(complaints: list[str], hub: Hub, url: str) -> None:
    ours = (hub.origin, hub.origin.replace("http://", "ws://"), "data:", "blob:", *_PDF_VIEWER)
    if not url.startswith(ours):
        complaints.append(f"foreign request: {url}")
