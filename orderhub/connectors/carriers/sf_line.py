"""How does anything of the hub talk to SF Express? One signed envelope for waybills and for routes.

Source: SF open platform guide as kept in archived copies (endpoint, msgDigest, codes) and recorded sandbox answers,
read 2026-11.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus
from uuid import uuid4

import httpx

from orderhub.connectors import fields
from orderhub.connectors.carriers.contract import Account
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable, told
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

GATEWAY = "https://bspgw.sf-express.com/std/service"
PARTNER = "SF Express"

_DONE = "A1000"
_TOO_MANY = "A1005"
# Invalid address of ours, no right to the service, wrong signature.
_NOT_US = ("A1003", "A1004", "A1006")
# Our clock, the service behind the gateway, the gateway itself.
_PASSING = ("A1002", "A1009", "A1099")


def digest(data: str, timestamp: str, check_word: str) -> str:
    """``msgDigest``: Base64(MD5(text as Java's ``URLEncoder`` writes it))."""
    written = quote_plus(data + timestamp + check_word, safe="*-._").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(written.encode(), usedforsecurity=False).digest()).decode()


class SfAuth(httpx.Auth):
    """Every attempt has a request number and a moment of its own."""

    requires_request_body = True

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        self._account = account
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        asked = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        timestamp = str(int(self._now().timestamp() * 1000))
        asked |= {
            "partnerID": self._account.customer_code,
            "requestID": str(uuid4()),
            "timestamp": timestamp,
            "msgDigest": digest(asked["msgData"], timestamp, self._account.check_word),
        }
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        yield httpx.Request(request.method, request.url, headers=headers, data=asked, extensions=request.extensions)


class SfLine:
    """One account's line; ``client`` paces it."""

    def __init__(self, account: Account, client: PartnerClient, url: str) -> None:
        self.account = account
        self.client = client
        self._url = url

    def ask(self, service: str, business: Body, *, safe: bool) -> Body:
        """What the service behind the gateway answers to ``business``; raises as ``judge`` does."""
        answer = self.post(service, business, safe=safe)
        with readable(PARTNER):
            return fields.child(inner(answer), "msgData")

    def post(self, service: str, business: Body, *, safe: bool) -> Body:
        """The whole envelope, judged."""
        data = {"serviceCode": service, "msgData": json.dumps(business, ensure_ascii=False)}
        return self.client.post(self._url, auth=SfAuth(self.account, self.client.now), safe=safe, data=data)

    def close(self) -> None:
        self.client.close()


def sf_line(
    account: Account,
    calls_per_second: float,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> SfLine:
    """A new line to SF, or to ``base_url``."""
    client = partner_client(PARTNER, judge, calls_per_second, base_url=base_url, transport=transport, now=now)
    return SfLine(account, client, base_url or GATEWAY)


def judge(body: Body) -> None:
    """Raise SF's error in our words: first the gateway's, then the service's behind it."""
    code = str(body.get("apiResultCode") or "")
    message, said = f"{PARTNER} refused: {code}", {"partner": PARTNER, "partner_code": code}
    if code == _TOO_MANY:
        raise PartnerBanned(message, retry_after=timedelta(seconds=1), **said)
    if code in _NOT_US:
        raise PartnerUnauthorised(f"{message}: check the customer code, its check word and its rights", **said)
    if not code or code in _PASSING:
        raise PartnerUnavailable(message, **said)
    if code != _DONE:
        raise PartnerRefused(message, **said)
    said_inside = inner(body)
    if said_inside.get("success") not in (True, "true"):
        code = str(said_inside.get("errorCode") or "")
        message = f"{PARTNER} refused: {code} {told(said_inside.get('errorMsg'))}".strip()
        raise PartnerRefused(message, partner=PARTNER, partner_code=code)


def inner(body: Body) -> Body:
    """``apiResultData`` is JSON within JSON."""
    try:
        found: Any = json.loads(body.get("apiResultData") or "")
    except (ValueError, TypeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PartnerUnavailable(f"{PARTNER} sent an answer that cannot be read", partner=PARTNER)
    return found
