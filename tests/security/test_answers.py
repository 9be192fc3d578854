"""Does every answer of the real hub bear its headers, whatever is asked and however it is refused?"""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orderhub.access.permissions import Role
from tests.security.conftest import Hub, serve_backend
from tests.security.test_every_door import doors as doors_of

doors = doors_of
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
WANTED = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
    "cache-control",
}
ODD = (
    "/nowhere",
    "/api/nowhere",
    "/api/push/sf/a%0Ab/c",
    "/%0A",
    "/t/made-up",
    "/_all_routes",
    "/_upload",
    "/_event/",
    "/docs",
    "/openapi.json",
    "/redoc",
    "/.env",
    "/..%2f..%2f.env",
    "/assets/..%2f..%2frxconfig.py",
    "/assets/%2e%2e/%2e%2e/.env",
    "/favicon.ico",
    "/api/" + "x" * 9_000,
)
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    yield from serve_backend("orderhub.app:app", tmp_path_factory.mktemp("answers"))


@pytest.fixture(scope="module")
def asking(hub: Hub) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hub.origin, timeout=30) as client:
        yield client


@pytest.fixture
def elsewhere(hub: Hub) -> Iterator[httpx.Client]:
    """From an address that has not asked for anything yet."""
    wire = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(base_url=f"http://127.0.0.1:{hub.port}", timeout=30, transport=wire) as client:
        yield client


def test_every_route_by_every_method_bears_the_headers_and_breaks_nothing(
    hub: Hub, doors: dict[str, Any], asking: httpx.Client
):
    """As nobody, as a warehouse from a page of ours, and from a foreign page; no answer is a fault of ours."""
    callers = (
        {},
        {"cookie": hub.cookies[Role.WAREHOUSE][0], "origin": hub.origin},
        {"cookie": hub.cookies[Role.WAREHOUSE][0], "origin": EVIL},
    )
    paths = [path for path in dict.fromkeys([*doors["routes"], *ODD]) if path != "/logout"]
    bare, broken, foreign = [], [], []
    for path in paths:
        for method in METHODS:
            for headers in callers:
                answer = asking.request(method, path.replace("{", "").replace("}", ""), headers=headers)
                asked = (method, path, answer.status_code)
                if not set(answer.headers) >= WANTED:
                    bare.append((*asked, sorted(WANTED - set(answer.headers))))
                if answer.status_code >= 500 and "/metrics" not in path:
                    broken.append(asked)
                if answer.headers.get("access-control-allow-origin") in ("*", EVIL):
                    foreign.append(asked)
    assert (bare, broken, foreign) == ([], [], [])
    assert "Traceback" not in hub.log.read_text()


def test_no_answer_names_a_version_or_may_be_kept_with_a_person_in_it(hub: Hub, asking: httpx.Client):
    answer = asking.get("/login")
    assert not any(character.isdigit() for character in answer.headers.get("server", ""))
    assert "x-powered-by" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/_all_routes", "/_upload", "/docs", "/openapi.json", "/redoc", "/.env"])
def test_what_a_framework_shows_of_itself_is_not_there(path: str, asking: httpx.Client, hub: Hub):
    for cookie in ("", hub.cookies[Role.ADMIN][0]):
        answer = asking.get(path, headers={"cookie": cookie} if cookie else {})
        assert answer.status_code in (303, 404)


def test_a_form_from_elsewhere_or_from_nowhere_is_refused(hub: Hub, doors: dict[str, Any], asking: httpx.Client):
    """Every native form, with a good cookie: a foreign origin, none, ``null``, and a browser that says cross-site."""
    cookie = {"cookie": hub.cookies[Role.ADMIN][1]}
    sent = ({"origin": EVIL}, {}, {"origin": "null"}, {"origin": hub.origin, "sec-fetch-site": "cross-site"})
    passed = []
    for path in [path for path in doors["routes"] if not path.startswith(("/api", "/t/"))]:
        for extra in sent:
            answer = asking.post(path, headers=cookie | extra, data={"name": "x"})
            if answer.status_code not in (403, 404, 405):  # the last two: it takes no form
                passed.append((path, extra, answer.status_code))
    assert passed == []


def test_bodies_headers_and_addresses_have_an_end(asking: httpx.Client):
    assert asking.post("/api/v1/orders", content=b"x" * 1_000_001).status_code == 413
    assert asking.post("/api/push/douyin/x", content=iter([b"x" * 600_000] * 2)).status_code == 413
    assert asking.get("/api/" + "x" * 9_000).status_code == 414
    assert asking.get("/api/healthz", headers={f"x-{n}": "y" for n in range(98)}).status_code == 431
    assert asking.get("/api/healthz", headers={"x-long": "y" * 40_000}).status_code == 431


def test_a_forged_push_is_told_to_wait_and_a_bad_key_too(elsewhere: httpx.Client):
    statuses = [elsewhere.post("/api/push/douyin/nobody", content=b"{}").status_code for _ in range(61)]
    assert (statuses[0], statuses[-1]) == (404, 429)
    bearer = {"authorization": "Bearer ohk_made-up"}
    answers = [elsewhere.get("/api/v1/orders", headers=bearer) for _ in range(21)]
    assert (answers[0].status_code, answers[-1].status_code) == (401, 429)
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 61


def test_an_upgrade_without_a_login_is_closed_with_no_word(hub: Hub):
    asked = (
        f"GET /_event/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:{hub.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as plain:
        plain.sendall(asked.encode())
        assert b" 403 " in plain.recv(4096).split(b"\r\n", 1)[0]


def test_a_polling_socket_is_no_way_around(hub: Hub, asking: httpx.Client):
    """Reflex's socket takes websockets only; without a login not even that much is answered."""
    path = "/_event/?EIO=4&transport=polling"
    assert asking.get(path).status_code == 303
    assert asking.get(path, headers={"cookie": hub.cookies[Role.ADMIN][0]}).status_code == 400
