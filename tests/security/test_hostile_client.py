"""What gets somebody who knows every event by name? As each role, and as nobody, over raw sockets on the real hub.

What a role may do is its own business: it sends everything else, every table is compared, every frame searched.
"""

import asyncio
import itertools
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from socketio.exceptions import ConnectionError as NotConnected
from sqlmodel import Session

from orderhub.access.permissions import ROLE_PERMISSIONS, Role
from tests import builders
from tests.security.conftest import ROOT, Hub, serve_backend
from tests.security.sockets import RawSocket

MARK = "mark-7f3a91"  # stands in the data that nobody may read by this way
RAW = "hunter2-hunter2"  # stands in what is sent: no log may hold it
SOCKETS = 20
AT_ONCE = 25
# What signing in and being there write by themselves, and the marks that workers leave of being alive.
BOOKKEEPING = ("user_session", "presence", "sign_in_tries", "pressure_sample", "audit_block")

pytestmark = pytest.mark.timeout(400)  # hundreds of handlers, one after the other

_LIST = """
import inspect, json
import orderhub.app
from orderhub.ui.gate import FRAMEWORK_EVENTS, _permission_of
from reflex_base.registry import RegistrationContext

handlers = RegistrationContext.get().event_handlers
print(json.dumps({
    name: [str(_permission_of(name) or ""), {
        key: str(one.annotation) for key, one in list(inspect.signature(found.handler.fn).parameters.items())[1:]
    }]
    for name, found in handlers.items() if name not in FRAMEWORK_EVENTS
}))
"""
HOSTILE = (
    10**40,
    -1,
    RAW,
    f"'; DROP TABLE orders; -- {RAW}",
    f"<script>alert('{RAW}')</script>",
    f'{{{{7*7}}}} ${{{RAW}}}\n{{"event": "forged"}}',
    [[[[[[[[RAW]]]]]]]],
    {"__class__": {"__init__": RAW}},
    True,
    None,
    1e308,
    "9" * 9_999,
    ["x"] * 999,
    "\x00\u202e\ud7ff",
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hostile")
    for served in serve_backend("orderhub.app:app", folder, fill=_marked_order):
        _wait_until_still(served)
        yield served


@pytest.fixture(scope="module")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, dict[str, str]]]:
    """Name → permission and annotated parameters, of every event but the framework's own."""
    environment = {"ORDERHUB_DATA_DIR": str(tmp_path_factory.mktemp("names")), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-W", "ignore", "-c", _LIST]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


async def test_every_event_as_every_role_changes_and_reads_nothing(hub: Hub, handlers: dict[str, Any]):
    before, tried, roles = _dump(hub), 0, 0
    for role in Role:
        unheld = sorted(name for name, (asks, _) in handlers.items() if asks not in ROLE_PERMISSIONS[role])
        async with AsyncExitStack() as stack:
            sockets = [await _opened(stack, hub, hub.cookies[role][0]) for _ in range(SOCKETS)]
            for payloads in (_plausible, _hostile):
                refused = await _all_refused(hub, sockets, unheld, payloads, handlers, user=f"ceshi-{role}")
                assert refused == set(unheld), f"{role}: not refused: {sorted(set(unheld) - refused)[:5]}"
            tried, roles = tried + 2 * len(unheld), roles + 1
            assert not any(MARK in json.dumps(frame) for socket in sockets for frame in socket.frames)
            if role is Role.WAREHOUSE:
                tried += await _forged(hub, sockets[0])
    assert _dump(hub) == before
    print(f"\ntried {len(handlers)} handlers × {roles} roles = {tried} calls")  # noqa: T201  (what it is for)
    _assert_well(hub)


async def test_nobody_runs_anything(hub: Hub, handlers: dict[str, Any]):
    """Without a login no socket opens; one whose login ends under it runs nothing more."""
    for cookie in ("", "oh_sid=made-up", f"oh_sid={'0' * 43}"):
        with pytest.raises(NotConnected):
            async with RawSocket(hub.origin, cookie):
                pytest.fail("the socket opened")
    cookie, names = hub.cookies[Role.MANAGER][1], sorted(handlers)
    async with AsyncExitStack() as stack:
        sockets = [await _opened(stack, hub, cookie) for _ in range(SOCKETS)]
        async with httpx.AsyncClient(headers={"cookie": cookie, "origin": hub.origin}) as browser:
            assert (await browser.post(f"{hub.origin}/logout")).status_code == 303
        before = _dump(hub)
        assert await _all_refused(hub, sockets, names, _plausible, handlers, user="") == set(names)
        assert not any(MARK in json.dumps(frame) for socket in sockets for frame in socket.frames)
    assert _dump(hub) == before
    print(f"\ntried {len(handlers)} handlers as nobody")  # noqa: T201  (what it is for)
    _assert_well(hub)


async def test_what_a_role_holds_stands_any_argument(hub: Hub, handlers: dict[str, Any]):
    """An administrator's hostile arguments are refused or used; nothing breaks, and none of it reaches the log."""
    held = sorted(name for name, (asks, _) in handlers.items() if asks in ROLE_PERMISSIONS[Role.ADMIN])
    async with AsyncExitStack() as stack:
        sockets = [await _opened(stack, hub, hub.cookies[Role.ADMIN][1]) for _ in range(SOCKETS)]
        turns = itertools.cycle(HOSTILE)
        for name, socket in zip(held, itertools.cycle(sockets), strict=False):
            asked = handlers[name][1]
            await socket.send(name, {key: next(turns) for key in asked} if asked else {"extra": RAW})
        for socket in sockets:
            await socket.settle(1)
    _assert_well(hub)


async def test_a_frame_beyond_the_limit_ends_its_socket_and_no_other(hub: Hub):
    manager, service = hub.cookies[Role.MANAGER][0], hub.cookies[Role.SERVICE][1]
    async with RawSocket(hub.origin, manager) as huge, RawSocket(hub.origin, service) as other:
        await huge.send("x", {"text": "x" * 200_000})
        await huge.settle()
        await other.send("reflex___state____state.hydrate")
        await other.settle()
        assert other.frames
    _assert_well(hub)


async def _all_refused(
    hub: Hub, sockets: list[RawSocket], names: list[str], payloads: Any, handlers: dict[str, Any], *, user: str
) -> set[str]:
    """Send ``names`` over all sockets; the handlers that the log says were refused to ``user`` since."""
    begun, waiting = hub.log.stat().st_size, list(names)
    while waiting:
        batch, waiting = waiting[: SOCKETS * AT_ONCE], waiting[SOCKETS * AT_ONCE :]
        for name, socket in zip(batch, itertools.cycle(sockets), strict=False):
            await socket.send(name, payloads(handlers[name][1]))
        wanted = len(names) - len(waiting)
        until = time.monotonic() + 60
        while len(_refused(hub, begun, user)) < wanted and time.monotonic() < until:  # noqa: ASYNC110  (a log file)
            await asyncio.sleep(0.1)
        if waiting:
            await asyncio.sleep(1.5)  # the bucket of a socket fills again
    return _refused(hub, begun, user)


def _refused(hub: Hub, begun: int, user: str) -> set[str]:
    with hub.log.open("rb") as log:
        log.seek(begun)
        lines = [json.loads(line) for line in log.read().decode().splitlines() if line.startswith("{")]
    return {
        line["handler"].strip("'") for line in lines if line.get("event") == "event_refused" and line["user"] == user
    }


async def _forged(hub: Hub, socket: RawSocket) -> int:
    """What the client says of its own headers, address and storage is nobody's word."""
    admin = hub.cookies[Role.ADMIN][0]
    said = {"headers": {"cookie": admin}, "ip": "127.0.0.1", "token": "x", "session_id": "y", "pathname": "/users"}
    bodies = [
        {"name": name, "payload": payload, "router_data": said, "token": "x"}
        for name, payload in (
            ("reflex___state____state.hydrate", {}),
            ("reflex___state____state.set_is_hydrated", {"value": {"__class__": RAW}}),
            (
                "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal",
                {"vars": {"reflex___state____state.orderhub___ui___gate____who.role_rx_state_": "admin", "x": [RAW]}},
            ),
        )
    ]
    for body in bodies:
        await socket.send_raw(body)
    await socket.settle()
    roles = [
        values["role_rx_state_"]
        for frame in socket.frames
        for values in (frame.get("delta") or {}).values()
        if "role_rx_state_" in values
    ]
    assert set(roles) <= {str(Role.WAREHOUSE)}
    return len(bodies)


async def _opened(stack: AsyncExitStack, hub: Hub, cookie: str) -> RawSocket:
    return await stack.enter_async_context(RawSocket(hub.origin, cookie))


def _plausible(asked: dict[str, str]) -> dict[str, Any]:
    return {name: _value(annotation) for name, annotation in asked.items()}


_turns = itertools.cycle(HOSTILE)


def _hostile(asked: dict[str, str]) -> dict[str, Any]:
    return {name: next(_turns) for name in asked} | {"extra": RAW}


def _value(annotation: str) -> Any:
    if "dict" in annotation or "Form" in annotation:
        return {"name": "x"}
    if "list" in annotation:
        return []
    return True if "bool" in annotation else 1 if "int" in annotation else "x"


def _marked_order(session: Session) -> None:
    """One order, whose buyer's words and parts bear the mark."""
    receiver = builders.receiver_draft(name_masked=MARK, address_masked=MARK)
    builders.order(session, of=builders.shop(session), receiver=receiver, buyer_remark=MARK)


def _dump(hub: Hub) -> dict[str, list[str]]:
    """Every row of every table, but those of signing in and being there."""
    with sqlite3.connect(f"file:{hub.log.with_name('orderhub.db')}?mode=ro", uri=True) as base:
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(map(repr, base.execute(f'SELECT * FROM "{name}"')))  # noqa: S608
            for name in names
            if name not in BOOKKEEPING
        }


def _wait_until_still(hub: Hub) -> None:
    """The hub's own workflows have read what was put in."""
    until, seen = time.monotonic() + 60, None
    while (now := _dump(hub)) != seen and time.monotonic() < until:
        seen = now
        time.sleep(1.5)


def _assert_well(hub: Hub) -> None:
    """It still serves, no exception was raised, and nothing that was sent stands in the log."""
    assert httpx.get(f"{hub.origin}/api/readyz").status_code == 200
    log = hub.log.read_text()
    assert [word for word in ("Traceback", RAW, MARK, '"event": "forged"') if word in log] == []
