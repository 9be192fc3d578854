"""Where may the hub call? Into the open internet by https, at the very address that was looked at; and nowhere else.

Every address that a person can set (a gateway, a sandbox, a robot) is called through this. A host in the merchant's own
network is called only when the settings name it (``outgoing_private``).
"""

import ipaddress
import socket
import ssl
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

import httpcore
import httpx

from orderhub.kernel.errors import BadInput, PartnerRefused
from orderhub.kernel.settings import settings

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_HTTPS_PORT = 443
_PORTS = {"http": 80, "https": _HTTPS_PORT}
_OPEN_V6 = ipaddress.ip_network("2000::/3")
_CLOSED_V6 = tuple(map(ipaddress.ip_network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_CLOSED_V4 = tuple(map(ipaddress.ip_network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")))
# A translator at the border sends these on to the IPv4 address within: RFC 6052; 6to4 keeps it elsewhere.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_6TO4 = ipaddress.ip_network("2002::/16")
_let_in: set[str] = set()


class OutsideTransport(httpx.HTTPTransport):
    """httpx's own, but a name is resolved once, all it resolves to is looked at, and that is what is connected to.

    The certificate is still checked against the name. No proxy of the environment is asked: it would resolve anew.
    """

    def __init__(self, limits: httpx.Limits) -> None:
        super().__init__(verify=_trust(), limits=limits)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Checked(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        check_parts(url.scheme, url.host, url.port)
        return super().handle_request(request)


@contextmanager
def let_in(url: str) -> Iterator[None]:
    """A proof's own lab may be called as long as the block runs."""
    place = _place_of(url)
    _let_in.add(place)
    try:
        yield
    finally:
        _let_in.discard(place)


def checked_base_url(url: str) -> str:
    """``url`` as it may be kept: what cannot be called is refused when it is set, not at night. Empty is their own.

    Raises:
        BadInput: it is no https address in the open internet; a name is only resolved when it is called.
    """
    if not url:
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadInput("the address cannot be read", field="base_url", problem="address_closed") from error
    if parts.username is not None or parts.fragment:
        raise BadInput("the address bears a login or a fragment", field="base_url", problem="address_closed")
    try:
        check_parts(parts.scheme, parts.hostname or "", port)
    except PartnerRefused as error:
        raise BadInput(str(error), field="base_url", problem="address_closed") from error
    return url


def check_parts(scheme: str, host: str, port: int | None) -> None:
    """Raises: PartnerRefused: not https at its usual port, or an address in figures that lies in no open network."""
    if is_ours(host, port or _PORTS.get(scheme, 0)):
        return
    if scheme != "https" or (port or _HTTPS_PORT) != _HTTPS_PORT or not host:
        raise _refused(host, "is not called by https at port 443")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return
    if not is_open(address):
        raise _refused(host, "lies in no open network")


def is_ours(host: str, port: int) -> bool:
    """Is ``host`` one inside that whoever installed this named, or the lab?"""
    host = host.lower().rstrip(".")
    named = {place.lower() for place in settings().outgoing_private} | _let_in
    if settings().demo or "lab_url" in settings().model_fields_set:
        named.add(_place_of(settings().lab_url))
    return host in named or f"{host}:{port}" in named


def is_open(address: Ip) -> bool:
    """Does everybody reach ``address``, and nobody's own network hold it?"""
    if isinstance(address, ipaddress.IPv4Address):
        closed = any(address in network for network in _CLOSED_V4)
        return address.is_global and not (closed or address.is_multicast or address.is_reserved)
    if within := _v4_within(address):
        return is_open(within)
    return address in _OPEN_V6 and address.is_global and not any(address in network for network in _CLOSED_V6)


@cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _v4_within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _6TO4:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _place_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}:{parts.port or _PORTS.get(parts.scheme, 0)}"


def _refused(host: str, why: str) -> PartnerRefused:
    return PartnerRefused(
        f"{host[:100]} {why}: the hub does not call it (ORDERHUB_OUTGOING_PRIVATE)", partner=host[:100]
    )


class _Checked(httpcore.NetworkBackend):
    """Connects to what was looked at, so a name that resolves differently a moment later changes nothing."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError(f"{host[:100]} has no address")
        for address in _addresses(host, port):
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[typing.Any] | None = None
    ) -> httpcore.NetworkStream:
        raise _refused(path, "is no host")

    def sleep(self, seconds: float) -> None:
        self._plain.sleep(seconds)


def _addresses(host: str, port: int) -> list[str]:
    """What ``host`` resolves to now. One closed address among open ones refuses them all."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host[:100]} does not resolve") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not is_ours(host, port):
        for address in addresses:
            if not is_open(ipaddress.ip_address(address)):
                raise _refused(host, "lies in no open network")
    return addresses
