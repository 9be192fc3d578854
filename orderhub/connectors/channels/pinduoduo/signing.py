"""How does Pinduoduo know it is us? Source: official developer guide (idStr 8EC06C399636041E), read 2026-11."""

import base64
import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from urllib.parse import quote

import httpx

from orderhub.connectors.channels.contract import Credentials


def sign(params: Mapping[str, str], secret: str) -> str:
    """The signature, upper-case hex of MD5, over every parameter sent but ``sign`` itself; there is no other method."""
    plain = "".join(f"{name}{value}" for name, value in sorted(params.items()) if name != "sign")
    return hashlib.md5(f"{secret}{plain}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def socket_path(client_id: str, secret: str, timestamp_ms: int) -> str:
    """The path at which the message socket (PMC) lets a client in; its last segment is the signature."""
    signed = hashlib.md5(f"{client_id}{timestamp_ms}{secret}".encode(), usedforsecurity=False).hexdigest()
    return f"/message/{client_id}/{timestamp_ms}/{quote(base64.b64encode(signed.encode()), safe='')}"


class PopAuth(httpx.Auth):
    """Puts the system parameters beside the business ones in the JSON body, all of it flat text, and signs it."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, now: Callable[[], datetime], *, with_token: bool = True) -> None:
        self._credentials = credentials
        self._now = now
        self._with_token = with_token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        params = json.loads(request.content) | {
            "client_id": self._credentials.app_key,
            "timestamp": str(int(self._now().timestamp())),
            "data_type": "JSON",
            "version": "V1",
        }
        if self._with_token:
            params["access_token"] = self._credentials.access_token
        params["sign"] = sign(params, self._credentials.app_secret)
        # A request's body cannot be changed: the signed one takes its place.
        yield httpx.Request(
            request.method,
            request.url,
            headers={"content-type": "application/json"},
            content=json.dumps(params, ensure_ascii=False).encode(),
            extensions=request.extensions,
        )
