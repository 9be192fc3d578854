"""Does anything change while the hub is read-only? An administrator calls every handler there is, on the real hub."""

import itertools
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from orderhub.intake.hub_level import LONGEST_PIN, pin
from orderhub.kernel.clock import utc_now
from orderhub.kernel.level import Level
from tests import builders
from tests.security.conftest import Hub, serve_backend
from tests.security.test_hostile_client import (
    SOCKETS,
    _assert_well,
    _dump,
    _opened,
    _plausible,
    _wait_until_still,
    handlers,  # noqa: F401  (a fixture)
)

pytestmark = pytest.mark.timeout(400)

# Who looks at people is noted at every level, as long as it can be.
LOOKS = ("access_log",)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for served in serve_backend("orderhub.app:app", tmp_path_factory.mktemp("read-only"), fill=_pinned):
        _wait_until_still(served)
        yield served


def _pinned(session: Session) -> None:
    builders.order(session, of=builders.shop(session))
    pin(session, Level.READ_ONLY, reason="演练", by="ceshi-admin", now=utc_now(), lasts=LONGEST_PIN)


async def test_no_handler_changes_anything(hub: Hub, handlers: dict[str, Any]):  # noqa: F811
    held = ROLE_PERMISSIONS[Role.ADMIN] - {Permission.PRESSURE_CHANGE}
    names = sorted(name for name, (asks, _) in handlers.items() if asks in held)
    before = _kept(hub)
    async with AsyncExitStack() as stack:
        sockets = [await _opened(stack, hub, hub.cookies[Role.ADMIN][0]) for _ in range(SOCKETS)]
        for name, socket in zip(names, itertools.cycle(sockets), strict=False):
            await socket.send(name, _about_the_first(handlers[name][1]))
        for socket in sockets:
            await socket.settle(2)
        said = json.dumps([frame for socket in sockets for frame in socket.frames], ensure_ascii=False)
    assert _kept(hub) == before
    assert "ceshi-admin 已把系统设为只读（演练）" in said
    print(f"\ntried {len(names)} handlers")  # noqa: T201  (what it is for)
    _assert_well(hub)


def test_who_comes_is_let_in_and_out(hub: Hub):
    with httpx.Client(headers={"cookie": hub.cookies[Role.SERVICE][1], "origin": hub.origin}) as browser:
        assert browser.post(f"{hub.origin}/logout").status_code == 303
        assert browser.get(f"{hub.origin}/login").status_code == 200


def _about_the_first(asked: dict[str, str]) -> dict[str, Any]:
    """Every form and every id speaks of the first row, so that what is found would be changed."""
    forms = ("id", "order_id", "shop_id", "reason", "name", "word", "level", "words", "minutes", "days", "text", "note")
    return {
        name: dict.fromkeys(forms, "1") if isinstance(value, dict) else "1" if value == "x" else value
        for name, value in _plausible(asked).items()
    }


def _kept(hub: Hub) -> dict[str, list[str]]:
    return {name: rows for name, rows in _dump(hub).items() if name not in LOOKS}
