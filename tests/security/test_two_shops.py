"""Does anything of another shop or warehouse come through to somebody who sees only their own, or change by them?

Every page, every download, the API and every handler of the real hub are tried by people of every role who see one of
two shops and one of two warehouses, with the ids of the other in every argument and in every variable of their tab.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import reflex as rx
from reflex_base.registry import RegistrationContext
from sqlmodel import Session, SQLModel
from starlette.testclient import TestClient

import orderhub.app
from orderhub.access import sessions
from orderhub.access.api_keys import make_key
from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.access.sessions import Signed
from orderhub.access.users import create_user
from orderhub.api import keys
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import close_database, database, open_database
from orderhub.kernel.settings import settings
from orderhub.kernel.sight import WHOLE, Sight
from orderhub.ui.gate import _permission_of
from orderhub.ui.state.search import Search
from tests.security.two_shops import EYES, MARKS, OURS, THEIRS, belongings, fill
from tests.ui.gate_harness import Tab, gated_runtime

pytestmark = pytest.mark.timeout(400)  # hundreds of handlers, one after the other

MARK = MARKS[THEIRS]
VALUE = f"{MARK}-"  # what stands in a row of theirs; the mark alone is what is looked for
STATES = Path(orderhub.app.__file__).parent / "ui"
_FIELD = re.compile(r"""(?:form|given|parameters|query_params)(?:\.get\(|\[)"([a-z_]+)\"""")
# What a form says besides whom it is about, so that no more is refused than what is not in sight.
_SAID = {
    "reason": "because of it",
    "carrier": "sf",
    "waybill": "SF1234567890123",
    "hold": "manual",
    "level": "pilot",
    "shop": "theirs",
    "addressee": f"shop:{THEIRS}",
    "to": "role:service",
    "kind": "complaint",
    "decision": "refuse",
    "choice": "wait",
}
_PREFIXES = ("order-", "line-", "pieces.", "piece-", "place-", "number-")


_PLACES = (
    "order", "case", "ticket", "task", "anomaly", "review", "statement", "sku", "item", "rule", "service", "wave",
    "open", "id", "import", "line", "claim", "notice", "shop", "warehouse",
)  # fmt: skip
_FORM = {name: str(THEIRS) for file in STATES.rglob("*.py") for name in _FIELD.findall(file.read_text())}
_FORM |= _SAID | {f"{prefix}{THEIRS}": "1" for prefix in _PREFIXES}


@dataclass
class Hub:
    url: str
    cookies: dict[Role, str] = field(default_factory=dict)
    key: str = ""
    eyes: Sight = EYES[OURS]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    hub = Hub(f"sqlite:///{tmp_path_factory.mktemp('two-shops') / 'hub.db'}")
    database = open_database(hub.url)
    SQLModel.metadata.create_all(database.engine)
    with database.transaction() as session:
        fill(session)
        for role in Role:
            _add(session, hub, role)
    close_database()
    return hub


def _add(session: Session, hub: Hub, role: Role) -> None:
    now = utc_now()
    user = create_user(session, f"ceshi-{role}", "kuaidi-zai-lushang-7", role, now=now)
    session.flush()
    hub.cookies[role] = f"oh_sid={sessions.open_session(session, user, address='192.0.2.1', device='', now=now)}"
    if role is Role.ADMIN:
        owner = Signed(user.id, user.name, user.name, role, ROLE_PERMISSIONS[role], "")
        rights = [one for one in Permission if one.is_for_programs]
        hub.key = make_key(session, owner, "test", rights, good_for=timedelta(days=1), now=now)


@pytest.fixture
def hub(filled: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Whoever comes in by a cookie or a key sees what ``hub.eyes`` see."""
    look_up, key_owner = sessions._look_up, keys.key_owner

    def narrowed(mark: str, now: datetime) -> Any:
        found = look_up(mark, now)
        return found and replace(found, signed=replace(found.signed, sight=filled.eyes))

    monkeypatch.setattr(sessions, "_look_up", narrowed)
    monkeypatch.setattr(keys, "key_owner", lambda key, now: replace(key_owner(key, now), sight=filled.eyes))
    monkeypatch.setattr(keys, "known_owner", lambda *_: None)
    sessions._memory.forget()
    open_database(filled.url)
    filled.eyes = EYES[OURS]
    return filled


def addresses(route: str) -> list[str]:
    """A page as it opens, with every id of the others in its address, and with a search for them."""
    path = "/" if route == "index" else f"/{route}"
    ids = "&".join(f"{name}={THEIRS}" for name in _PLACES)
    return [path, f"{path}?{ids}&tab=all", f"{path}?q={MARK}&tab=all&queue=all&list=all"]


async def seen_by(tab: Tab, ways: slice) -> dict[str, str]:
    """By page, all that comes to the tab."""
    pages = {}
    for route, events in orderhub.app.app._load_events.items():
        start = len(tab.frames.sent)
        for address in addresses(route)[ways]:
            await tab.visit(address, *events)
        await tab.fire(Search.find(MARK))
        pages[route] = repr([update.delta for _, update in tab.frames.sent[start:]])
    return pages


async def test_nothing_of_theirs_comes_to_a_page(hub: Hub):
    async with gated_runtime() as open_tab:
        for role in Role:
            pages = await seen_by(open_tab(hub.cookies[role]), slice(3) if role is Role.ADMIN else slice(1, 2))
            assert [route for route, said in pages.items() if VALUE in said] == [], role
        hub.eyes = WHOLE
        sessions._memory.forget()
        pages = await seen_by(open_tab(hub.cookies[Role.ADMIN]), slice(1, 3))
        assert len([route for route, said in pages.items() if VALUE in said]) > 15


def theirs_for(kind: Any) -> Any:
    """An argument that names what is theirs."""
    if get_origin(kind) is list:
        return [theirs_for(get_args(kind)[0])]
    if get_origin(kind) is dict:
        return _FORM
    return {int: THEIRS, bool: True}.get(kind, str(THEIRS))


async def keep_theirs_open(tab: Tab, kind: type[rx.State]) -> None:
    """Each variable of the tab that keeps an id keeps one of theirs, however it came there."""
    state = await tab.state(kind)
    for name in kind.base_vars:
        value = getattr(state, name)
        if name.endswith("ids") or name in ("selected", "parcels"):
            setattr(state, name, [str(THEIRS)])
        elif name == "id" or name.endswith("_id"):
            setattr(state, name, str(THEIRS) if isinstance(value, str) else THEIRS)
        elif is_dataclass(value) and hasattr(value, "id"):
            setattr(state, name, replace(value, id=type(value.id)(THEIRS)))


def is_tried(name: str, state: type[rx.State], role: Role) -> bool:
    """What only shows is tried by one role; watching goes on as long as a file is read."""
    permission = _permission_of(name)
    if permission not in ROLE_PERMISSIONS[role] or name.endswith(".watch"):
        return False
    return state.__module__.startswith("orderhub.") and (role is Role.ADMIN or not permission.endswith(":read"))


async def test_no_handler_changes_what_is_theirs(
    hub: Hub, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("orderhub.ui.state.reveal.SHOWN_SECONDS", 0)
    before, tried = belongings(database(), THEIRS), 0
    async with gated_runtime() as open_tab:
        for role in Role:
            tab = open_tab(hub.cookies[role])
            for name, registered in RegistrationContext.get().event_handlers.items():
                if not is_tried(name, registered.states[0], role):
                    continue
                await keep_theirs_open(tab, registered.states[0])
                hints = get_type_hints(registered.handler.fn)
                hints.pop("return", None)
                await tab.fire_raw(name, {key: theirs_for(kind) for key, kind in hints.items()})
                tried += 1
    record_property("tried", tried)
    sys.stdout.write(f"{tried} handlers × roles\n")
    after = belongings(database(), THEIRS)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert tried > 500


@pytest.fixture
def web(hub: Hub) -> TestClient:
    app = next(one for one in orderhub.app.app.api_transformer if hasattr(one, "router"))  # type: ignore[union-attr]
    headers = {"cookie": hub.cookies[Role.ADMIN], "origin": settings().origin}
    return TestClient(app, base_url=settings().origin, headers=headers, follow_redirects=False)  # type: ignore[arg-type]


def doors(web: TestClient, method: str) -> list[str]:
    """Paths for people: forms, uploads and downloads."""
    ours = [one for one in web.app.router.routes if hasattr(getattr(one, "endpoint", None), "needs")]  # type: ignore[attr-defined]
    return sorted(one.path for one in ours if method in (one.methods or ()) and "{" not in one.path)


def test_no_download_gives_and_no_form_changes_what_is_theirs(hub: Hub, web: TestClient):
    ids = dict.fromkeys(_PLACES, str(THEIRS))
    before = belongings(database(), THEIRS)
    downloads = doors(web, "GET")
    for path in downloads:
        for query in ({}, ids, {"what": "claims"} | ids):
            assert VALUE.encode() not in web.get(path, params=query).content, path
    forms = [path for path in doors(web, "POST") if not path.startswith("/account")]
    for path in forms:
        web.post(path, data=_FORM | {"ids": str(THEIRS)})
    assert belongings(database(), THEIRS) == before
    assert (len(downloads) > 5, len(forms) > 5) == (True, True)
    hub.eyes = WHOLE
    sessions._memory.forget()
    assert any(VALUE.encode() in web.get(path, params=ids).content for path in downloads)


def test_a_key_reads_and_posts_for_its_owners_shops_alone(hub: Hub, web: TestClient):
    key = {"authorization": f"Bearer {hub.key}"}
    found = web.get("/api/v1/orders", headers=key)
    assert [one["shop"] for one in found.json()["orders"]] == ["ours"]
    assert VALUE not in found.text
    hidden = web.get(f"/api/v1/orders/theirs/{VALUE}channel_order_no", headers=key)
    unknown = web.get("/api/v1/orders/theirs/nothing", headers=key)
    nowhere = web.get("/api/v1/orders/nowhere/nothing", headers=key)
    assert [one.status_code for one in (hidden, unknown, nowhere)] == [404, 404, 404]
    assert hidden.json()["code"] == unknown.json()["code"] == nowhere.json()["code"]
    assert web.get(f"/api/v1/orders/ours/{MARKS[OURS]}-channel_order_no", headers=key).is_success


_RESOURCES = ("deliveries?status=planned", "shipments", "stock", "aftersales", "anomalies", "purchases")


def test_no_resource_of_the_api_shows_or_changes_what_is_theirs(hub: Hub, web: TestClient):
    key = {"authorization": f"Bearer {hub.key}"}
    before = belongings(database(), THEIRS)
    for resource in _RESOURCES:
        assert VALUE not in web.get(f"/api/v1/{resource}", headers=key).text, resource
    for resource in ("shipments", "aftersales", "anomalies", "purchases"):
        assert web.get(f"/api/v1/{resource}/{THEIRS}", headers=key).status_code == 404, resource
        assert web.get(f"/api/v1/{resource}/{OURS}", headers=key).is_success, resource
    refuse = {"decision": "refuse", "words": "商品已发出"}
    place = {"sku": f"{THEIRS}-code", "warehouse": "theirs"}
    parcel = {"shop": "theirs", "channel_order_no": f"{VALUE}channel_order_no", "carrier": "sf"}
    for path, body in (
        (f"aftersales/{THEIRS}/answers", refuse),
        (f"anomalies/{THEIRS}/resolution", {"note": "over"}),
        ("stock/counts", {"reason": "x", "counts": [place | {"pieces": 9}]}),
        ("stock/adjustments", {"reason": "x", "adjustments": [place | {"change": 1}]}),
        (f"purchases/{THEIRS}/receipts", {"counted": [{"line_no": 1, "good": 1}]}),
        ("purchases", {"supplier": "x", "warehouse": "theirs", "lines": [{"sku_code": "A", "quantity": 1}]}),
        ("shipments", parcel | {"tracking_no": "SF1234567890123"}),
    ):
        assert web.post(f"/api/v1/{path}", headers=key, json=body).status_code in (404, 422), path
    assert belongings(database(), THEIRS) == before
