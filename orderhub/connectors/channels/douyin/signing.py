"""How does the Douyin shop platform know it is us, and we it?

Source: the platform's own Go SDK 1.1.0, read 2026-11. The access token is outside the signature.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any

import httpx

from orderhub.connectors.channels.contract import Credentials


def canonical(params: Mapping[str, Any]) -> str:
    """``param_json``: keys sorted at every depth, no spaces, text as it is, ``1.0`` written ``1``."""
    return json.dumps(_plain(params), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sign(secret: str, *, app_key: str, method: str, param_json: str, timestamp: str, kind: str = "hmac-sha256") -> str:
    """Lower-case hex; ``kind`` is ``hmac-sha256`` or the retiring ``md5``."""
    pattern = f"{secret}app_key{app_key}method{method}param_json{param_json}timestamp{timestamp}v2{secret}"
    if kind == "md5":
        return hashlib.md5(pattern.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), pattern.encode(), hashlib.sha256).hexdigest()


def push_signs(app_key: str, secret: str, raw: bytes) -> tuple[str, str]:
    """Both values ``event-sign`` may have over a raw body: MD5, and HMAC-SHA256."""
    signed = app_key.encode() + raw + secret.encode()
    plain = hashlib.md5(signed, usedforsecurity=False).hexdigest()
    return plain, hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class DoudianAuth(httpx.Auth):
    """Adds the query; the request's body is the ``param_json`` that is signed, byte for byte."""

    requires_request_body = True

    def __init__(
        self, credentials: Credentials, method: str, now: Callable[[], datetime], *, with_token: bool = True
    ) -> None:
        self._credentials = credentials
        self._method = method
        self._now = now
        self._with_token = with_token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp = str(int(self._now().timestamp()))
        query = {
            "app_key": self._credentials.app_key,
            "method": self._method,
            "timestamp": timestamp,
            "v": "2",
            "sign_method": "hmac-sha256",
            "sign": sign(
                self._credentials.app_secret,
                app_key=self._credentials.app_key,
                method=self._method,
                param_json=request.content.decode(),
                timestamp=timestamp,
            ),
        }
        if self._with_token:
            query["access_token"] = self._credentials.access_token
        request.url = request.url.copy_with(params=query)
        yield request


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
