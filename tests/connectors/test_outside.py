"""Whom does the hub call? Real sockets: a listener of this machine that nobody may be led to, however it is spelled."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from orderhub.connectors.channels.taobao.client import judge
from orderhub.connectors.http import PartnerClient
from orderhub.connectors.outside import checked_base_url, is_open, let_in
from orderhub.kernel.errors import BadInput, PartnerError, PartnerRefused
from orderhub.kernel.settings import settings

CLOSED_HOSTS = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7f.0.0.1 017700000001 0177.0.0.1 127.0.0.1. 127.255.255.254
0 0.0.0.0 localhost localhost. LOCALHOST localhost.localdomain [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1] [2002:7f00:1::]
[2002:a9fe:a9fe::1] [2001:0:7f00:1::] 169.254.169.254 0xa9fea9fe 2852039166 [fd00:ec2::254] [fe80::1] 100.100.100.200
10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.192 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 [ff02::1]
１２７.０.０.１ ①②⑦.⓪.⓪.① 127。0。0。1
""".split()
OPEN_ADDRESSES = ("1.1.1.1", "203.107.1.1", "2400:3200::1", "64:ff9b::101:101", "::ffff:1.1.1.1", "2002:101:101::1")


@dataclass
class Listener:
    """Counts who came."""

    port: int
    came: list[Any] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        made, ended = Listener(server.getsockname()[1]), threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                made.came.append(address)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield made
        ended.set()
        thread.join()


@pytest.fixture(autouse=True)
def _nothing_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERHUB_OUTGOING_PRIVATE")
    settings.cache_clear()


def call(url: str) -> None:
    client = PartnerClient("Taobao", judge, calls_per_second=1000, sleep=lambda _seconds: None)
    try:
        client.get(url, safe=False)
    finally:
        client.close()


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names resolve to ``answers``, one after the other; what was asked is listed."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_more: Any, **_named: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("host", CLOSED_HOSTS)
def test_no_spelling_of_a_closed_address_is_called(host: str, listener: Listener):
    for url in (f"https://{host}/", f"https://{host}:{listener.port}/", f"http://{host}:{listener.port}/"):
        with pytest.raises(PartnerError):
            call(url)
    assert listener.came == []


@pytest.mark.parametrize("host", CLOSED_HOSTS)
def test_a_closed_address_is_refused_by_name_before_it_is_resolved_or_when(host: str, monkeypatch: pytest.MonkeyPatch):
    """What is no address in figures goes to the resolver, which knows the old spellings."""
    connected: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda address, *_more, **_named: connected.append(address))
    with pytest.raises(PartnerError):
        call(f"https://{host}/")
    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "http://open.example.com/",
        "https://open.example.com:8443/",
        "https://open.example.com:22/",
        "ftp://open.example.com/",
        "file:///etc/passwd",
        "gopher://open.example.com/",
    ],
)
def test_only_https_at_its_port_is_called(url: str, monkeypatch: pytest.MonkeyPatch):
    asked = resolving(monkeypatch, ["1.1.1.1"])
    with pytest.raises(PartnerError):
        call(url)
    assert asked == []


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, listener: Listener):
    resolving(monkeypatch, ["127.0.0.1"])
    with pytest.raises(PartnerRefused, match="lies in no open network"):
        call("https://gateway.example.com/")
    assert listener.came == []


def test_one_address_inside_among_open_ones_refuses_them_all(monkeypatch: pytest.MonkeyPatch):
    connected = connections(monkeypatch)
    resolving(monkeypatch, ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(PartnerRefused):
        call("https://gateway.example.com/")
    assert connected == []


def test_a_name_that_changes_between_two_looks_is_looked_at_once(monkeypatch: pytest.MonkeyPatch):
    connected = connections(monkeypatch)
    asked = resolving(monkeypatch, ["1.1.1.1"], ["127.0.0.1"])
    with pytest.raises(PartnerError):
        call("https://rebinding.example.com/")
    assert (asked, connected) == (["rebinding.example.com"], [("1.1.1.1", 443)])


def test_a_redirect_is_not_followed(listener: Listener):
    def redirecting(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": f"http://127.0.0.1:{listener.port}/"}, content=b"{}")

    client = PartnerClient("Taobao", judge, calls_per_second=1000, transport=httpx.MockTransport(redirecting))
    with pytest.raises(PartnerError):
        client.get("https://open.example.com/", safe=False)
    assert listener.came == []


def test_the_certificate_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch):
    """The connection goes to an address in figures; the name still decides whose certificate is good."""
    names: list[Any] = []

    def wrap(self: ssl.SSLContext, sock: socket.socket, server_hostname: str = "", **_named: Any) -> None:
        names.append(server_hostname)
        raise ssl.SSLCertVerificationError("not theirs")

    here, there = socket.socketpair()
    monkeypatch.setattr(socket, "create_connection", lambda *_given, **_named: here)
    monkeypatch.setattr(here.__class__, "setsockopt", lambda *_given: None)
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    resolving(monkeypatch, ["1.1.1.1"])
    with here, there, pytest.raises(PartnerError):
        call("https://open.example.com/")
    assert names == ["open.example.com"]


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, listener: Listener):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.port}")
    resolving(monkeypatch, ["10.0.0.1"])
    with pytest.raises(PartnerRefused):
        call("https://open.example.com/")
    assert listener.came == []


def test_a_host_inside_is_called_once_it_is_named(monkeypatch: pytest.MonkeyPatch, listener: Listener):
    monkeypatch.setenv("ORDERHUB_OUTGOING_PRIVATE", f'["127.0.0.1:{listener.port}"]')
    settings.cache_clear()
    with pytest.raises(PartnerError):
        call(f"http://127.0.0.1:{listener.port}/")
    assert len(listener.came) == 1
    with pytest.raises(PartnerRefused):
        call("http://127.0.0.1:1/")


def test_a_proof_lets_its_own_lab_in_and_shuts_the_door_behind_it(listener: Listener):
    url = f"http://127.0.0.1:{listener.port}/"
    with let_in(url), pytest.raises(PartnerError):
        call(url)
    assert len(listener.came) == 1
    with pytest.raises(PartnerRefused):
        call(url)


def test_the_lab_is_called_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(BadInput):
        checked_base_url("http://127.0.0.1:3900/sf")
    monkeypatch.setenv("ORDERHUB_DEMO", "true")
    settings.cache_clear()
    assert checked_base_url("http://127.0.0.1:3900/sf") == "http://127.0.0.1:3900/sf"


@pytest.mark.parametrize("address", OPEN_ADDRESSES)
def test_an_address_of_the_open_internet_is_open(address: str):
    assert is_open(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", ["", "https://sfapi-sbox.sf-express.com/std/service"])
def test_an_address_that_can_be_called_may_be_kept(url: str):
    assert checked_base_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://x.example.com/", "https://10.0.0.1/", "https://u:p@x.example.com/", "https://[::1]/", "https://[", "x"],
)
def test_an_address_that_cannot_be_called_is_not_kept(url: str):
    with pytest.raises(BadInput) as refused:
        checked_base_url(url)
    assert refused.value.problem == "address_closed"


def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []

    def create_connection(address: Any, *_more: Any, **_named: Any) -> None:
        made.append(address)
        raise OSError("nobody is there")

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return made
