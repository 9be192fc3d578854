"""How does TOP know it is us? Source: open.taobao.com document 101617, read 2026-11."""

import hashlib
import hmac
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from urllib.parse import parse_qsl

import httpx

from orderhub.connectors.channels.contract import Credentials
from orderhub.kernel.clock import shanghai_text


def sign(params: Mapping[str, str], secret: str, method: str = "hmac-sha256") -> str:
    """The signature, upper-case hex, over all parameters but ``sign`` itself; ``md5``, ``hmac`` or ``hmac-sha256``."""
    plain = "".join(f"{name}{value}" for name, value in sorted(params.items()) if name and value and name != "sign")
    if method == "md5":
        return hashlib.md5(f"{secret}{plain}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
    kind = {"hmac": hashlib.md5, "hmac-sha256": hashlib.sha256}[method]
    return hmac.new(secret.encode(), plain.encode(), kind).hexdigest().upper()


class TopAuth(httpx.Auth):
    """System parameters go into the query, business ones stay in the form; both are signed together."""

    requires_request_body = True

    def __init__(
        self,
        credentials: Credentials,
        now: Callable[[], datetime],
        *,
        with_session: bool = True,
        method: str = "hmac-sha256",
    ) -> None:
        self._credentials = credentials
        self._now = now
        self._with_session = with_session
        self._method = method

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        system = dict(request.url.params) | {
            "app_key": self._credentials.app_key,
            "timestamp": shanghai_text(self._now()),
            "v": "2.0",
            "format": "json",
            "sign_method": self._method,
        }
        if self._with_session:
            system["session"] = self._credentials.access_token
        business = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        system["sign"] = sign(system | business, self._credentials.app_secret, self._method)
        request.url = request.url.copy_with(params=system)
        yield request
