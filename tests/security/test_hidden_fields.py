"""A field somebody may not see never reaches them: not by a page, a handler, a live frame, a download or the API.

The pages, the handlers and the routes are found, not listed: what is added later is asked too. ``everything.py`` marks
each kind of field, and whoever sees all must be shown every mark, so that this can fail.
"""

import inspect
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any

import pytest
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import json_dumps
from sqlmodel import SQLModel, select
from starlette.routing import Route
from starlette.testclient import TestClient

import orderhub.ui
from orderhub.access import sessions
from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_FIELDS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import User, create_user
from orderhub.api.app import create_api
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import Database, open_database
from orderhub.kernel.settings import settings
from orderhub.kernel.sight import FieldGroup
from orderhub.ui import live, pages
from orderhub.ui.gate import _permission_of
from tests.security.everything import AMOUNTS, WORDS, fill
from tests.ui.gate_harness import Tab, gated_runtime

pytestmark = pytest.mark.timeout(400)  # hundreds of handlers, one after the other

_ALL = frozenset(FieldGroup)
_ALL_READ = [one for one in Permission if one.is_for_programs and one.endswith(":read")]
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d\d)?")
_MOST_ADDED_UP = 40  # a sum of so many marked amounts is still known as one
_NAMES = (
    "order case ticket anomaly task sku service month day warehouse wave notice reply rule supplier purchase".split()
)
_ADDRESSES = (
    f"?tab=all&{'&'.join(f'{name}=1' for name in _NAMES)}&channel=taobao&shop=douyin-1",
    "?tab=second&max=99999999&sort=at_risk&top=money&scope=all&state=resolved",
)
_FORM = dict.fromkeys(("id", "case_id", "order_id", "review_id", "text", "words", "code", "number", "amount"), "1")
_LOOKING = ("ask", "choose", "edit", "find", "look", "look_ahead", "open", "scan", "try_rules", "unfold")
_WHATS = ("?what=lines", "?what=claims", "?what=differences&wave=1", "?what=days&id=1")
_POSTED = {"ids": "1"}
_GIVEN: dict[Any, Any] = {str: "1", int: 1, bool: True, list[str]: ["1"]}
_HIDDEN = [*([group] for group in FieldGroup), list(FieldGroup)]
# Where whoever sees everything is shown each group at least: a page that tells nothing would prove nothing.
_REST = {"/api/v1/orders?limit=200", "/api/v1/orders/douyin-1/6900000000000000000"}
_MORE_REST = {"/api/v1/aftersales", "/api/v1/aftersales/1", "/api/v1/anomalies", "/api/v1/anomalies/1"}
_BOUGHT = {"/api/v1/purchases", "/api/v1/purchases/1"}
_KNOWN_PLACES = {
    FieldGroup.MONEY: _REST
    | _MORE_REST
    | {"/", "/orders", "/review", "/aftersale", "/anomalies", "/finance", "/service", "/stock", "/tasks", "/ledger"}
    | {"/studio/flow", "/studio/mapping", "live", "GET /stock/export"},
    FieldGroup.COST: _BOUGHT
    | {"/orders", "/freight", "/studio/allocation", "GET /freight/download"}
    | {"/purchases", "/purchases/card", "/suppliers/card", "/replenishment"}
    | {"GET /purchases/download"},
    FieldGroup.SETTLEMENT: {"/settlement", "GET /settlement/download"},
    FieldGroup.BUYER: _REST | {"/orders", "/review", "/aftersale", "/studio/mapping", "live"},
    FieldGroup.RECEIVER: _REST | {"/orders", "/review", "/service", "live"},
}

Found = dict[str, set[FieldGroup]]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that holds one of everything, and somebody of every role."""
    path = tmp_path_factory.mktemp("full") / "full.db"
    database = open_database(f"sqlite:///{path}")
    SQLModel.metadata.create_all(database.engine)
    with database.transaction() as session:
        for role in Role:
            create_user(session, f"ceshi-{role}", "kuaidi-zai-lushang-7", role, now=utc_now())
        fill(session, utc_now())
    database.engine.dispose()
    return path


@pytest.fixture
def database(full: Path, tmp_path: Path) -> Database:
    """A copy for whoever looks: handlers that change things are tried too."""
    shutil.copy(full, tmp_path / "full.db")
    return open_database(f"sqlite:///{tmp_path / 'full.db'}")


def told(said: str) -> set[FieldGroup]:
    """The groups whose marks are in what was sent."""
    found = {group for group, words in WORDS.items() if any(re.search(_mark(word), said) for word in words.values())}
    numbers = {one.replace(",", "") for one in _NUMBER.findall(said)}
    for group, fen in AMOUNTS.items():
        sums = {fen * turn for turn in range(1, _MOST_ADDED_UP)}
        if numbers & ({str(one) for one in sums} | {f"{one // 100}.{one % 100:02}" for one in sums}):
            found.add(group)
    return found


def _mark(word: str) -> str:
    return rf"(?<!\d){re.escape(word)}(?!\d)"


def signed(database: Database, role: Role) -> str:
    with database.transaction() as session:
        user = session.exec(select(User).where(User.name == f"ceshi-{role}")).one()
        return f"oh_sid={sessions.open_session(session, user, address='192.0.2.1', device='', now=utc_now())}"


class _Book:
    """Takes the place of the app that pages are added to."""

    def __init__(self) -> None:
        self.on_load: dict[str, list[Any]] = {}

    def add_page(self, *_: Any, route: str, on_load: Any = (), **__: Any) -> None:
        self.on_load[f"/{route}".replace("//", "/")] = list(on_load) if isinstance(on_load, list | tuple) else [on_load]


async def shown_by_pages(tab: Tab) -> Found:
    """What opening every page tells, by page, and what their live scenes tell."""
    book, found = _Book(), {}
    pages.register(book)  # type: ignore[arg-type]
    asked: set[Any] = set()
    for route, handlers in book.on_load.items():
        fresh = [handler for handler in handlers if handler.fn not in asked]  # what is on every page is asked once
        asked |= {handler.fn for handler in fresh}
        updates: list[StateUpdate] = []
        for address in _ADDRESSES:
            tab.address = route + address
            for handler in fresh:
                updates += await tab.fire(handler)
        found[route] = _told_by(updates)
    return found | {"live": _told_by(await _shown_live(tab))}


async def _shown_live(tab: Tab) -> list[StateUpdate]:
    assert live._live
    start = len(tab.told)
    for stage in list(live._live._stages.values()):
        stage.shown = None
        await live._live._play(stage)
    assert len(tab.told) - start >= len(live._live._stages)
    return [StateUpdate(delta=delta) for delta in tab.told[start:]]


async def shown_by_handlers(tab: Tab) -> Found:
    """What asking every handler that only reads tells, by handler, with arguments that name the first of everything."""
    found = {}
    tab.address = f"/orders{_ADDRESSES[0]}"
    for name, registered in sorted(RegistrationContext.get().event_handlers.items()):
        function, verb = registered.handler.fn, name.rpartition(".")[2]
        if str(_permission_of(name) or "").endswith(":read") or verb in _LOOKING:
            found[name] = _told_by(await tab.fire_raw(name, _payload(function)))
    return found


def _payload(function: Callable[..., Any]) -> dict[str, Any]:
    named = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    return {one.name: _GIVEN.get(one.annotation, _FORM if "dict" in str(one.annotation) else "1") for one in named}


def _told_by(updates: Iterable[StateUpdate]) -> set[FieldGroup]:
    sent = "".join(json.dumps(json.loads(json_dumps(one)), ensure_ascii=False) for one in updates)
    assert '"has_failed_rx_state_": true' not in sent
    return told(sent)


def given_by_routes(cookie: str, key: str) -> Found:
    """What every form and download answers, and the API, by path."""
    modules = [import_module(f"orderhub.ui.{one.name}") for one in iter_modules(orderhub.ui.__path__)]
    kept = [getattr(module, "routes", ()) for module in modules]
    routes: list[Route] = [route for known in kept if isinstance(known, list) for route in known]
    api, found = create_api(), {}
    api.router.routes[:0] = routes
    with TestClient(api, headers={"cookie": cookie, "origin": settings().origin}) as client:
        asked = sorted((method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"})
        for method, path in asked:  # those that only read come first: one of the others signs out
            whole = [f"{path}{query}" for query in (_WHATS if method == "GET" else ("",))]
            given = [client.request(method, one, data=_POSTED, follow_redirects=False).content for one in whole]
            text = b" ".join(given).decode("utf-8", "ignore")
            found[f"{method} {path}"] = told(text) | told(text.replace(",", " , "))  # cells lie side by side
        for path in (*_REST, *_MORE_REST, *_BOUGHT):
            found[path] = told(client.get(path, headers={"authorization": f"Bearer {key}"}).text)
    return found


def api_key(database: Database) -> str:
    with database.transaction() as session:
        owner = session.exec(select(User).where(User.name == f"ceshi-{Role.ADMIN}")).one()
        by = Signed(owner.id, owner.name, "", Role.ADMIN, frozenset(Permission), "mark")
        return make_key(session, by, "WMS", _ALL_READ, good_for=timedelta(days=1), now=utc_now())


@asynccontextmanager
async def looking(database: Database, role: Role) -> AsyncIterator[Tab]:
    async with gated_runtime() as open_tab:
        tab = open_tab(signed(database, role))
        await live.start(SimpleNamespace(event_namespace=tab.frames), database)  # type: ignore[arg-type]
        try:
            yield tab
        finally:
            await live.stop()


def places(found: Found, group: FieldGroup) -> set[str]:
    return {place for place, groups in found.items() if group in groups}


async def test_whoever_sees_everything_is_shown_every_mark(database: Database):
    async with looking(database, Role.ADMIN) as tab:
        by_pages, by_handlers = await shown_by_pages(tab), await shown_by_handlers(tab)
    by_routes = given_by_routes(signed(database, Role.ADMIN), api_key(database))
    assert len(by_pages) > 30
    assert len(by_handlers) > 60
    assert len(by_routes) > 40
    found = by_pages | by_handlers | by_routes
    missing = {group: known - places(found, group) for group, known in _KNOWN_PLACES.items()}
    assert missing == {group: set() for group in FieldGroup}


@pytest.mark.parametrize("hidden", _HIDDEN, ids="-".join)
async def test_a_hidden_group_reaches_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch, hidden: list[FieldGroup]
):
    """All that may be done, without seeing these fields."""
    monkeypatch.setitem(ROLE_FIELDS, Role.ADMIN, _ALL - set(hidden))
    async with looking(database, Role.ADMIN) as tab:
        found = await shown_by_pages(tab)
        if len(hidden) == len(FieldGroup):
            found |= await shown_by_handlers(tab)
    found |= given_by_routes(signed(database, Role.ADMIN), api_key(database))
    assert {group: places(found, group) for group in hidden} == {group: set() for group in hidden}
    assert {group for groups in found.values() for group in groups} == _ALL - set(hidden)


@pytest.mark.parametrize("role", sorted(role for role in Role if ROLE_FIELDS[role] != frozenset(FieldGroup)))
async def test_no_role_is_shown_what_it_may_not_see(database: Database, role: Role):
    async with looking(database, role) as tab:
        found = await shown_by_pages(tab)
    found |= given_by_routes(signed(database, role), "")
    hidden = _ALL - ROLE_FIELDS[role]
    assert {group: places(found, group) for group in hidden} == {group: set() for group in hidden}
    assert FieldGroup.MONEY in hidden or places(found, FieldGroup.MONEY)
