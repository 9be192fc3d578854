"""How does the hub ask SF Express for waybills?

Source: SF open platform guide as kept in archived copies (endpoint, msgDigest, codes) and recorded sandbox answers,
read 2026-11.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus
from uuid import uuid4

import httpx

from orderhub.connectors import fields
from orderhub.connectors.carriers.contract import Account, Waybill, WaybillWish
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable, told
from orderhub.domain.drafts import Contact
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import PartnerBanned, PartnerRefused, PartnerUnauthorised, PartnerUnavailable

GATEWAY = "https://bspgw.sf-express.com/std/service"
PARTNER = "SF Express"
CALLS_PER_SECOND = 20  # the sandbox allows 30

_DONE = "A1000"
_TOO_MANY = "A1005"
# Invalid address of ours, no right to the service, wrong signature.
_NOT_US = ("A1003", "A1004", "A1006")
# Our clock, the service behind the gateway, the gateway itself.
_PASSING = ("A1002", "A1009", "A1099")
_ORDERED_ALREADY = "8016"
# Cancelled already, nothing known of the order, nothing ordered.
_NOTHING_STANDS = ("8037", "8018", "8024")
_UNKNOWN = ("6150", "8018", "8024")
_GOES_NOT_THERE = 3
_CANCEL = 2
_LABEL = {"product": "proCode", "sorting": "codingMapping", "qr": "twoDimensionCode"}


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


class _NoAuth(httpx.Auth):
    """A file's token stands in a header of its own."""


class SfConnector:
    carrier = Carrier.SF

    def __init__(self, account: Account, client: PartnerClient, url: str) -> None:
        self._account = account
        self._client = client
        self._url = url

    def create_waybill(self, wish: WaybillWish) -> Waybill:
        try:
            made = self._ask("EXP_RECE_CREATE_ORDER", _wished(wish, self._account), safe=False)
        except PartnerRefused as error:
            if error.partner_code != _ORDERED_ALREADY:
                raise
            return self._standing(wish.request_no)
        with readable(PARTNER):
            if fields.whole(made, "filterResult", 0) == _GOES_NOT_THERE:
                raise PartnerRefused(f"{PARTNER} does not go there", partner=PARTNER, partner_code="filterResult 3")
        return _waybill(made, wish.request_no, is_new=True)

    def cancel_waybill(self, request_no: str) -> None:
        try:
            self._ask("EXP_RECE_UPDATE_ORDER", {"orderId": request_no, "dealType": _CANCEL}, safe=False)
        except PartnerRefused as error:
            if error.partner_code not in _NOTHING_STANDS:
                raise

    def labels(self, tracking_nos: Sequence[str]) -> bytes:
        """Source: request and answer of COM_RECE_CLOUD_PRINT_WAYBILLS as three SDKs have them, read 2026-11."""
        asked = {
            "templateCode": f"fm_76130_standard_{self._account.customer_code}",
            "version": "2.0",
            "fileType": "pdf",
            "sync": True,
            "documents": [{"masterWaybillNo": number} for number in tracking_nos],
        }
        answer = self._post("COM_RECE_CLOUD_PRINT_WAYBILLS", asked, safe=True)
        with readable(PARTNER):
            files = fields.rows(fields.child(_inner(answer), "obj"), "files")
            if not files:
                raise PartnerUnavailable(f"{PARTNER} has drawn no label", partner=PARTNER)
            if len(files) > 1:
                raise PartnerRefused(f"{PARTNER} sent {len(files)} files where one was asked for", partner=PARTNER)
            url, token = fields.text(files[0], "url"), fields.text(files[0], "token")
        return self._client.fetch(url, auth=_NoAuth(), headers={"X-Auth-token": token})

    def check_account(self) -> None:
        asked = {"orderId": f"CHECK-{uuid4().hex}", "searchType": "1", "language": "zh-CN"}
        try:
            self._ask("EXP_RECE_SEARCH_ORDER_RESP", asked, safe=True)
        except PartnerUnauthorised:
            raise
        except PartnerRefused as error:
            if error.partner_code not in _UNKNOWN:
                raise

    def close(self) -> None:
        self._client.close()

    def _standing(self, request_no: str) -> Waybill:
        """The waybill an earlier asking made: its answer was lost, its price was not."""
        asked = {"orderId": request_no, "searchType": "1", "language": "zh-CN"}
        return _waybill(self._ask("EXP_RECE_SEARCH_ORDER_RESP", asked, safe=True), request_no, is_new=False)

    def _ask(self, service: str, business: Body, *, safe: bool) -> Body:
        answer = self._post(service, business, safe=safe)
        with readable(PARTNER):
            return fields.child(_inner(answer), "msgData")

    def _post(self, service: str, business: Body, *, safe: bool) -> Body:
        data = {"serviceCode": service, "msgData": json.dumps(business, ensure_ascii=False)}
        return self._client.post(self._url, auth=SfAuth(self._account, self._client.now), safe=safe, data=data)


def connect(
    account: Account,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> SfConnector:
    client = partner_client(PARTNER, judge, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now)
    return SfConnector(account, client, base_url or GATEWAY)


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
    inner = _inner(body)
    if inner.get("success") not in (True, "true"):
        code = str(inner.get("errorCode") or "")
        message = f"{PARTNER} refused: {code} {told(inner.get('errorMsg'))}".strip()
        raise PartnerRefused(message, partner=PARTNER, partner_code=code)


def _inner(body: Body) -> Body:
    """``apiResultData`` is JSON within JSON."""
    try:
        found: Any = json.loads(body.get("apiResultData") or "")
    except (ValueError, TypeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PartnerUnavailable(f"{PARTNER} sent an answer that cannot be read", partner=PARTNER)
    return found


def _wished(wish: WaybillWish, account: Account) -> Body:
    return {
        "language": "zh-CN",
        "orderId": wish.request_no,
        "monthlyCard": account.month_card,
        "payMethod": 1,
        "expressTypeId": wish.express_type,
        "isReturnRoutelabel": 1,
        "parcelQty": 1,
        "totalWeight": wish.weight_grams / 1000,
        "cargoDetails": [{"name": name, "count": pieces} for name, pieces in wish.goods],
        "contactInfoList": [_contact(wish.sender, 1), _contact(wish.receiver, 2)],
    }


def _contact(contact: Contact, kind: int) -> Body:
    return {
        "contactType": kind,
        "contact": contact.name,
        "mobile": contact.mobile,
        "province": contact.province,
        "city": contact.city,
        "county": contact.county,
        "address": contact.address,
    }


def _waybill(found: Body, request_no: str, *, is_new: bool) -> Waybill:
    with readable(PARTNER):
        numbers = fields.rows(found, "waybillNoInfoList")
        if not numbers:
            raise PartnerUnavailable(f"{PARTNER} has taken the order and gives no waybill yet", partner=PARTNER)
        labels = fields.rows(found, "routeLabelInfo")
        label = fields.child(labels[0], "routeLabelData") if labels else {}
        code = fields.text(label, "destRouteLabel")
        return Waybill(request_no, fields.text(numbers[0], "waybillNo"), code, is_new, _label(label))


def _label(found: Body) -> Mapping[str, str]:
    said = {name: fields.text(found, theirs) for name, theirs in _LABEL.items()}
    return {name: text for name, text in said.items() if text}
