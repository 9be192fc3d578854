"""How does JOS know it is us? Source: open.jd.com, developer guide 2643, and the official Java SDK, read 2026-11."""

import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx

from orderhub.connectors.channels.contract import Credentials
from orderhub.kernel.clock import shanghai_text


def canonical(params: Mapping[str, Any]) -> str:
    """``360buy_param_json``: keys sorted, no spaces, text as it is."""
    return json.dumps(params, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sign(params: Mapping[str, str], secret: str) -> str:
    """The signature, upper-case hex, over all parameters but ``sign`` itself."""
    plain = "".join(f"{name}{value}" for name, value in sorted(params.items()) if name != "sign")
    return hashlib.md5(f"{secret}{plain}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


class JosAuth(httpx.Auth):
    """System parameters go into the query, ``360buy_param_json`` stays in the form; both are signed together."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, now: Callable[[], datetime]) -> None:
        self._credentials = credentials
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        system = dict(request.url.params) | {
            "access_token": self._credentials.access_token,
            "app_key": self._credentials.app_key,
            "timestamp": shanghai_text(self._now()),
            "v": "2.0",
        }
        business = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        system["sign"] = sign(system | business, self._credentials.app_secret)
        request.url = request.url.copy_with(params=system)
        yield request
