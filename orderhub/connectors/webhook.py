"""How is a program of the merchant's told something? One signed POST to the address it gave us, and nowhere else.

Signed as Standard Webhooks says: HMAC-SHA256 over ``<id>.<timestamp>.<body>``, in base64, one signature for each
secret that is good. Source: the specification "Standard Webhooks" 1.0, read 2026-11.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from orderhub.connectors.outside import OutsideTransport
from orderhub.kernel.errors import BadInput, PartnerRefused, PartnerUnavailable

PREFIX = "whsec_"
# A receiver keeps what it is told and answers; what it does with it, it does later.
TIMEOUT = httpx.Timeout(10, connect=4)
_LEAST_SECRET, _MOST_SECRET = 24, 64


@dataclass(frozen=True)
class Target:
    """``secrets`` are those good now, the newest first."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Told:
    status: int
    took_ms: int


def deliver(target: Target, message_id: str, body: bytes, *, at: int) -> Told:
    """Post ``body``, which happened under ``message_id``; ``at`` is now in unix seconds. Safe to repeat: the id stays.

    Raises:
        PartnerUnavailable: no answer, or another than 2xx: try again later; ``partner_code`` is the HTTP status.
        PartnerRefused: 410 Gone, or an address the hub does not call.
    """
    headers = {
        "content-type": "application/json",
        "user-agent": "OrderHub-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signatures(target.secrets, message_id, at, body),
    }
    began = time.monotonic()
    host = httpx.URL(target.url).host[:100]
    try:
        with _client().stream("POST", target.url, content=body, headers=headers) as answer:
            status = answer.status_code  # what it says besides is of no interest, and not read
    except httpx.TimeoutException as error:
        raise PartnerUnavailable(f"{host} did not answer within 10 s", partner=host) from error
    except httpx.HTTPError as error:
        raise PartnerUnavailable(f"{host} could not be reached ({type(error).__name__})", partner=host) from error
    if status == httpx.codes.GONE:
        raise PartnerRefused(f"{host} answered 410: it wants no more", partner=host, partner_code="410")
    if not httpx.codes.is_success(status):
        said = "redirects are not followed" if httpx.codes.is_redirect(status) else "only 2xx is a yes"
        raise PartnerUnavailable(f"{host} answered {status}: {said}", partner=host, partner_code=str(status))
    return Told(status, round((time.monotonic() - began) * 1000))


def signatures(secrets: Sequence[str], message_id: str, at: int, body: bytes) -> str:
    signed = f"{message_id}.{at}.".encode() + body
    made = (hmac.digest(key_of(secret), signed, "sha256") for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made)


def key_of(secret: str) -> bytes:
    """Raises: BadInput: not ``whsec_`` with 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("secret: whsec_ and base64 are wanted", field="secret", problem="webhook_secret") from error
    if not secret.startswith(PREFIX) or not _LEAST_SECRET <= len(key) <= _MOST_SECRET:
        raise BadInput("secret: whsec_ and base64 are wanted", field="secret", problem="webhook_secret")
    return key


@cache
def _client() -> httpx.Client:
    """No cookie is kept and no redirect followed: what one receiver says changes nothing for another."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    transport = OutsideTransport(httpx.Limits(max_connections=8))
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, transport=transport, cookies=jar)
