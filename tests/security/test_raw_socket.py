"""What can somebody do who speaks the socket's language and has no page?"""

import httpx
import pytest
from socketio.exceptions import ConnectionError as NotConnected

from orderhub.access.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.security.conftest import Hub
from tests.security.sockets import RawSocket

TARGET = "reflex___state____state.tests___security___served_app____target"
HYDRATE = "reflex___state____state.hydrate"


async def done_by(socket: RawSocket) -> list[str]:
    await socket.settle()
    return socket.state.get(TARGET, {}).get("done_rx_state_", [])


@pytest.mark.parametrize("cookie", ["", "oh_sid=made-up", "oh_way=x"])
async def test_nobody_gets_a_socket(hub: Hub, cookie: str):
    with pytest.raises(NotConnected):
        async with RawSocket(hub.origin, cookie):
            pytest.fail("the socket opened")


async def test_a_page_of_another_host_gets_no_socket(hub: Hub):
    with pytest.raises(NotConnected):
        async with RawSocket(hub.origin, hub.cookies[Role.ADMIN][0], own_origin="https://evil.example"):
            pytest.fail("the socket opened")


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_runs_what_it_holds_and_nothing_else(hub: Hub, role: Role):
    held = ROLE_PERMISSIONS[role]
    async with RawSocket(hub.origin, hub.cookies[role][0]) as socket:
        await socket.send(f"{TARGET}.look")
        await socket.send(f"{TARGET}.approve", {"order_id": 7})
        await socket.send(f"{TARGET}.rule")
        await socket.send(f"{TARGET}.forgotten")
        await socket.send(f"{TARGET}.setvar", {"var_name": "done", "value": ["set"]})
        wanted = ["look"]
        if Permission.ORDER_APPROVE in held:
            wanted.append(f"approve 7 ceshi-{role}")
        if Permission.USER_ADMIN in held:
            wanted.append("rule")
        assert await done_by(socket) == wanted


async def test_a_stolen_tab_token_opens_nothing_while_its_login_lives(hub: Hub):
    async with RawSocket(hub.origin, hub.cookies[Role.ADMIN][0]) as victim:
        await victim.send(f"{TARGET}.rule")
        assert await done_by(victim) == ["rule"]
    with pytest.raises(NotConnected):
        async with RawSocket(hub.origin, hub.cookies[Role.WAREHOUSE][0], token=victim.token):
            pytest.fail("the socket opened")
    async with RawSocket(hub.origin, hub.cookies[Role.ADMIN][0], token=victim.token) as again:
        await again.send(HYDRATE)
        assert await done_by(again) == ["rule"]


async def test_a_login_that_ends_takes_its_sockets_with_it(hub: Hub):
    cookie = hub.cookies[Role.FINANCE][1]
    async with RawSocket(hub.origin, cookie) as socket:
        await socket.send(f"{TARGET}.look")
        assert await done_by(socket) == ["look"]
        _sign_out(hub, cookie)
        await socket.send(f"{TARGET}.look")
        assert await done_by(socket) == []
        assert socket.told_to_reload


async def test_a_flood_is_cut_to_the_bucket(hub: Hub):
    async with RawSocket(hub.origin, hub.cookies[Role.SERVICE][0]) as socket:
        for _ in range(500):
            await socket.send(f"{TARGET}.look")
        assert 1 <= len(await done_by(socket)) <= 100


@pytest.mark.parametrize("body", [7, "text", [], {}, {"name": 7}, {"name": "x" * 5000}, {"name": "no.such.handler"}])
async def test_a_malformed_frame_is_dropped_and_the_next_one_served(hub: Hub, body: object):
    async with RawSocket(hub.origin, hub.cookies[Role.MANAGER][0]) as socket:
        await socket.send_raw(body)
        await socket.send(f"{TARGET}.look")
        assert await done_by(socket) == ["look"]


async def test_a_right_that_is_taken_is_refused_to_an_open_socket_and_session_at_once(hub: Hub):
    """Last of those that need it: the role set stays as it is left here."""
    session = hub.cookies[Role.OPERATIONS][1]
    async with (
        RawSocket(hub.origin, hub.cookies[Role.OPERATIONS][0]) as open_socket,
        RawSocket(hub.origin, hub.cookies[Role.ADMIN][1]) as admin,
    ):
        await open_socket.send(f"{TARGET}.approve", {"order_id": 1})
        assert await done_by(open_socket) == ["approve 1 ceshi-operations"]
        assert _approves(hub, session) == "approved"
        await admin.send(f"{TARGET}.take_from_operations")
        await admin.settle()
        await open_socket.send(f"{TARGET}.approve", {"order_id": 2})
        await open_socket.send(f"{TARGET}.look")
        assert await done_by(open_socket) == ["approve 1 ceshi-operations", "look"]
        assert _approves(hub, session) == "/?said=not_allowed"


async def test_no_cookie_or_payload_reaches_the_log(hub: Hub):
    cookie = hub.cookies[Role.MANAGER][1]
    async with RawSocket(hub.origin, cookie) as socket:
        await socket.send("no.such.handler", {"password": "hunter2-hunter2"})
        await socket.send(f"{TARGET}.approve", {"order_id": "hunter2-hunter2"})
        await socket.send_raw({"name": "x\nforged line", "payload": "hunter2-hunter2"})
        await socket.settle()
    log = hub.log.read_text()
    assert [word for word in ("hunter2", cookie.removeprefix("oh_sid="), "\nforged line") if word in log] == []


def _sign_out(hub: Hub, cookie: str) -> None:
    answer = httpx.post(f"{hub.origin}/logout", headers={"cookie": cookie, "origin": hub.origin})
    assert answer.status_code == 303


def _approves(hub: Hub, cookie: str) -> str:
    """What an open session of plain requests gets: the answer, or where it is led."""
    answer = httpx.post(f"{hub.origin}/approve", headers={"cookie": cookie, "origin": hub.origin})
    return answer.headers.get("location", answer.text)
