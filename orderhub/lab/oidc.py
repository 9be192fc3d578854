"""Who is the merchant's identity provider in the lab? OpenID Connect by its real wire: discovery, keys, codes, tokens.

Whoever comes chooses on a page who they are. ``spoil`` makes the next tokens wrong in one way, as an attacker would.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import unquote, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from orderhub.kernel.ids import new_token

PATH = "/oidc"
CLIENT_ID, CLIENT_SECRET = "orderhub", "lab-oidc-secret-0000000000000001"
_LIFE_SECONDS = 300
PEOPLE: dict[str, dict[str, Any]] = {
    "demo-operations": {"sub": "lab-0001", "email": "demo-operations@shop.example", "email_verified": True},
    "demo-admin": {"sub": "lab-0002", "email": "demo-admin@shop.example", "email_verified": True},
    "nobody-here": {"sub": "lab-0003", "email": "nobody-here@shop.example", "email_verified": True},
}


@dataclass
class IdentityProvider:
    """``spoil``: ``nonce``, ``audience``, ``issuer``, ``expired``, ``key``, ```unsigned``."""

    now: Callable[[], datetime]
    people: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: dict(one) for name, one in PEOPLE.items()})
    spoil: str = ""

    def __post_init__(self) -> None:
        self._given: dict[str, dict[str, str]] = {}

    @cached_property
    def _key(self) -> RSAKey:
        """Made when it is first asked for: it takes a moment, and most labs are never signed in to."""
        return RSAKey.generate_key(2048, auto_kid=True)

    def routes(self) -> list[Route]:
        return [
            Route(f"{PATH}/.well-known/openid-configuration", self._configuration),
            Route(f"{PATH}/keys", self._keys),
            Route(f"{PATH}/authorize", self._authorize),
            Route(f"{PATH}/token", self._token, methods=["POST"]),
        ]

    async def _configuration(self, request: Request) -> Response:
        issuer = _issuer(request)
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        missing = {"redirect_uri", "state", "nonce", "code_challenge"} - set(asked)
        if missing or any(asked.get(name) != value for name, value in wanted.items()):
            return JSONResponse({"error": "invalid_request"}, 400)
        if (person := asked.pop("as", "")) not in self.people:
            links = "".join(f'<li><a href="?{escape(urlencode(asked | {"as": one}))}">{one}</a>' for one in self.people)
            return HTMLResponse(f"<!doctype html><title>Lab</title><h1>Who are you?</h1><ul>{links}</ul>")
        code = new_token()
        self._given[code] = asked | {"person": person}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            given = {name: str(value) for name, value in form.items()}
        if not _is_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._given.pop(given.get("code", ""), None)
        if asked is None or not _fits(asked, given):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = self._signed(self._claims(asked, _issuer(request)))
        return JSONResponse({"access_token": new_token(), "token_type": "Bearer", "id_token": token})

    def _claims(self, asked: Mapping[str, str], issuer: str) -> dict[str, Any]:
        now = int(self.now().timestamp())
        spoilt = {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another-program"},
            "issuer": {"iss": "https://elsewhere.example"},
            "expired": {"exp": now - 2 * _LIFE_SECONDS},
        }
        claims = {"iss": issuer, "aud": CLIENT_ID, "nonce": asked["nonce"], "iat": now, "exp": now + _LIFE_SECONDS}
        person = {"preferred_username": asked["person"]} | self.people[asked["person"]]
        return claims | person | spoilt.get(self.spoil, {})

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": self._key.kid}
        if self.spoil == "key":
            return jwt.encode(header, claims, RSAKey.generate_key(2048))
        if self.spoil == "unsigned":
            _, body, _ = jwt.encode(header, claims, self._key).split(".")
            none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            return f"{none}.{body}."
        return jwt.encode(header, claims, self._key)


def _issuer(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{PATH}"


def _is_client(header: str) -> bool:
    given = base64.b64decode(header.removeprefix("Basic ")).decode() if header.startswith("Basic ") else ""
    return hmac.compare_digest(unquote(given), f"{CLIENT_ID}:{CLIENT_SECRET}")


def _fits(asked: Mapping[str, str], given: Mapping[str, str]) -> bool:
    made = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
    is_same = made.rstrip(b"=").decode() == asked["code_challenge"]
    return is_same and given.get("redirect_uri") == asked["redirect_uri"]
