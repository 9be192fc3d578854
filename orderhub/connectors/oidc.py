"""Who does the merchant's identity provider say this is? OpenID Connect: code flow with PKCE, state and nonce.

Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7 (what of an ID token is checked), RFC 7636 (PKCE), RFC 9700.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from orderhub.connectors.http import Body, PartnerClient
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerRefused
from orderhub.kernel.ids import new_token, shown_text

PARTNER = "identity provider"
# Asymmetric ones only: a token signed with a secret we share says nothing about who made it.
_ALGORITHMS = ("RS256", "PS256", "ES256")
_LEEWAY_SECONDS = 60
_CALLS_PER_SECOND = 5.0
_MFA = frozenset({"mfa", "otp", "hwk"})


@dataclass(frozen=True)
class Provider:
    """What the provider and we know of each other; ``callback`` is our address it sends people back to."""

    issuer: str
    client_id: str
    client_secret: str
    callback: str


@dataclass(frozen=True)
class Identity:
    """``name`` is what the provider calls them; ``email`` is empty unless it has verified it."""

    issuer: str
    subject: str
    name: str
    email: str
    is_mfa: bool


class OidcSignIn:
    """One person's way out and back; what is between stays with their browser."""

    def __init__(
        self,
        provider: Provider,
        *,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._provider = provider
        self._now = now
        self._http = PartnerClient(PARTNER, _judge, calls_per_second=_CALLS_PER_SECOND, transport=transport, now=now)

    def begin(self) -> tuple[str, dict[str, str]]:
        """Where the browser goes to sign in, and what it must bring back. Raises: PartnerError."""
        attempt = {"state": new_token(), "nonce": new_token(), "verifier": new_token()}
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._provider.callback,
            "scope": "openid profile email",
            "state": attempt["state"],
            "nonce": attempt["nonce"],
            "code_challenge": _challenge(attempt["verifier"]),
            "code_challenge_method": "S256",
        }
        endpoint = self._endpoint(self._discovered(), "authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}", attempt

    def end(self, code: str, attempt: dict[str, str]) -> Identity:
        """Raises: PartnerRefused: what came back proves nobody; PartnerUnavailable."""
        known = self._discovered()
        given = self._http.post(
            self._endpoint(known, "token_endpoint"),
            auth=httpx.BasicAuth(quote(self._provider.client_id), quote(self._provider.client_secret)),
            safe=False,
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._provider.callback,
                "code_verifier": attempt["verifier"],
            },
        )
        keys = self._http.get(self._endpoint(known, "jwks_uri"))
        return self._read(str(given.get("id_token", "")), keys, attempt["nonce"])

    def close(self) -> None:
        self._http.close()

    def _discovered(self) -> Body:
        known = self._http.get(f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if known.get("issuer") != self._provider.issuer:
            raise _refused("it speaks for another issuer")
        return known

    def _endpoint(self, known: Body, name: str) -> str:
        """Never less safe than the issuer itself."""
        address = str(known.get(name, ""))
        scheme = urlsplit(address).scheme
        if scheme != "https" and not (scheme == "http" and urlsplit(self._provider.issuer).scheme == "http"):
            raise _refused(f"no usable {name}")
        return address

    def _read(self, token: str, keys: Body, nonce: str) -> Identity:
        try:
            found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            claims: dict[str, Any] = found.claims
            self._rules(nonce).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused(f"its ID token is not good ({type(error).__name__})") from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._provider.client_id:
            raise _refused("its ID token is for somebody else")
        methods = claims.get("amr")
        return Identity(
            issuer=self._provider.issuer,
            subject=shown_text(claims["sub"], 255),
            name=shown_text(claims.get("preferred_username", ""), 64),
            email=shown_text(claims.get("email", ""), 255) if claims.get("email_verified") is True else "",
            is_mfa=isinstance(methods, list) and not _MFA.isdisjoint(map(str, methods)),
        )

    def _rules(self, nonce: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _judge(body: Body) -> None:
    if error := body.get("error"):
        raise _refused(shown_text(error, 64))


def _refused(why: str) -> PartnerRefused:
    return PartnerRefused(f"{PARTNER}: {why}", partner=PARTNER)
