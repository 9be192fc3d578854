"""How does Kuaidi100 tell where a parcel is? Asked (query), or pushing by itself (subscribe).

Source: java-demo of kuaidi100-api and five other public clients, as section 3 of the collected contracts has them, read
2026-11. No known-answer vector of its signatures is published: the rules are what six sources agree on.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from orderhub.connectors import fields
from orderhub.connectors.http import Body, PartnerClient, partner_client, readable, told
from orderhub.connectors.trackers.contract import TrackDraft, TrackerKeys, TrackWish
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.words import Carrier, ScanNode, WatchState
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import (
    BadInput,
    NotAllowed,
    PartnerRefused,
    PartnerUnauthorised,
    PartnerUnavailable,
)

PARTNER = "Kuaidi100"
GATEWAY = "https://poll.kuaidi100.com"
QUERY, SUBSCRIBE = "/poll/query.do", "/poll"
CALLS_PER_SECOND = 10
# Asked about one number more often, the service may lock it.
ASK_AGAIN_AFTER = timedelta(minutes=30)
COMPANIES: dict[Carrier, str] = {
    Carrier.SF: "shunfeng",
    Carrier.ZTO: "zhongtong",
    Carrier.YTO: "yuantong",
    Carrier.STO: "shentong",
    Carrier.YUNDA: "yunda",
    Carrier.JD: "jd",
    Carrier.EMS: "ems",
    Carrier.POST: "youzhengguonei",
}
NEED_PHONE = (Carrier.SF, Carrier.ZTO)
_CARRIERS = {company: carrier for carrier, company in COMPANIES.items()}

# Its own numbers first, then the families they belong to. 0 (on its way) says less than the sentence does.
NODES: dict[str, ScanNode] = {
    "1": ScanNode.COLLECTED,
    "103": ScanNode.COLLECTED,
    "2": ScanNode.PROBLEM,
    "201": ScanNode.PROBLEM,
    "202": ScanNode.PROBLEM,
    "203": ScanNode.REFUSED,
    "204": ScanNode.PROBLEM,
    "205": ScanNode.PROBLEM,
    "206": ScanNode.PROBLEM,
    "207": ScanNode.PROBLEM,
    "208": ScanNode.PROBLEM,
    "209": ScanNode.PROBLEM,
    "3": ScanNode.DELIVERED,
    "301": ScanNode.DELIVERED,
    "302": ScanNode.DELIVERED,
    "303": ScanNode.DELIVERED,
    "304": ScanNode.DELIVERED,
    "4": ScanNode.RETURNING,
    "14": ScanNode.REFUSED,
    "5": ScanNode.OUT_FOR_DELIVERY,
    "501": ScanNode.READY_FOR_PICKUP,
    "6": ScanNode.RETURNING,
    "8": ScanNode.CUSTOMS,
    "10": ScanNode.CUSTOMS,
    "11": ScanNode.CUSTOMS,
    "12": ScanNode.CUSTOMS,
    "13": ScanNode.CUSTOMS,
}
_WATCH = {"polling": WatchState.WATCHING, "shutdown": WatchState.OVER, "abort": WatchState.BROKEN_OFF}
_DONE, _TAKEN_ALREADY, _NOTHING_YET = "200", "501", "500"
_NOT_US = ("503", "600", "601")
_PASSING_QUERY = ("501", "502")


def sign(*parts: str) -> str:
    """Upper-case MD5 over the parts as they stand."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


class _NoAuth(httpx.Auth):
    """The signature stands in the form."""


class Kuaidi100:
    numbers_at_once = 1

    def __init__(self, keys: TrackerKeys, client: PartnerClient, url: str) -> None:
        self._keys = keys
        self._client = client
        self._url = url

    def ask(self, wishes: Sequence[TrackWish]) -> list[TrackDraft]:
        return [self._ask(wish) for wish in wishes]

    def subscribe(self, wish: TrackWish, url: str) -> None:
        asked = {
            "company": _company(wish.carrier),
            "number": wish.tracking_no,
            "key": self._keys.key,
            "parameters": {"callbackurl": url, "salt": self._keys.salt, "resultv2": "4", "phone": wish.phone_tail},
        }
        form = {"schema": "json", "param": json.dumps(asked, ensure_ascii=False)}
        try:
            answer = self._client.post(self._url + SUBSCRIBE, auth=_NoAuth(), safe=False, data=form)
        except PartnerUnavailable as error:
            # To a subscription 501 says that there is one, to a query that the service has failed.
            if error.partner_code != _TAKEN_ALREADY:
                raise
            return
        if _code(answer) != _DONE:
            raise PartnerUnavailable(f"{PARTNER} has failed: {_code(answer)}", partner=PARTNER)

    def close(self) -> None:
        self._client.close()

    def _ask(self, wish: TrackWish) -> TrackDraft:
        """``param`` is signed as the very text that is sent."""
        asked = {
            "com": _company(wish.carrier),
            "num": wish.tracking_no,
            "phone": wish.phone_tail,
            "resultv2": "4",
            "show": "0",
            "order": "desc",
            "lang": "zh",
        }
        param = json.dumps(asked, ensure_ascii=False)
        form = {
            "customer": self._keys.customer,
            "sign": sign(param, self._keys.key, self._keys.customer),
            "param": param,
        }
        answer = self._client.post(self._url + QUERY, auth=_NoAuth(), safe=True, data=form)
        if _code(answer) == _NOTHING_YET:
            return TrackDraft(wish.tracking_no, ())
        with readable(PARTNER):
            return _track(answer, WatchState.UNKNOWN, wish.carrier)


def connect(
    keys: TrackerKeys,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Kuaidi100:
    client = partner_client(PARTNER, judge, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now)
    return Kuaidi100(keys, client, base_url or GATEWAY)


def judge(body: Body) -> None:
    """Raise its error in our words; that nothing is known yet is an answer."""
    code = _code(body)
    if code in (_DONE, _NOTHING_YET):
        return
    message = f"{PARTNER} refused: {code} {told(body.get('message'))}".strip()
    said = {"partner": PARTNER, "partner_code": code}
    if code in _NOT_US:
        raise PartnerUnauthorised(f"{message}: check customer, key and quota", **said)
    if not code or code in _PASSING_QUERY:
        raise PartnerUnavailable(message, **said)
    raise PartnerRefused(message, **said)


def read_push(form: Mapping[str, str], keys: TrackerKeys) -> TrackDraft:
    """What a push says; it tells the whole way each time.

    Raises:
        NotAllowed: it is not signed with our salt.
        BadInput: signed, but not readable.
    """
    param = form.get("param", "")
    if not keys.salt or not hmac.compare_digest(form.get("sign", "").upper().encode(), sign(param, keys.salt).encode()):
        raise NotAllowed("the signature of the push does not fit: check the salt of the subscription")
    try:
        body: Any = json.loads(param)
    except (ValueError, RecursionError) as error:
        raise BadInput("param: is no JSON", field="param", problem="not_json") from error
    if not isinstance(body, dict):
        raise BadInput("param: is no object", field="param", problem="not_messages")
    watch = _WATCH.get(fields.text(body, "status"), WatchState.WATCHING)
    is_corrected = fields.text(body, "autoCheck") == "1"
    corrected = _CARRIERS.get(fields.text(body, "comNew")) if is_corrected else None
    return _track(fields.child(body, "lastResult"), watch, corrected)


def _track(body: Body, watch: WatchState, carrier: Carrier | None) -> TrackDraft:
    """It tells the newest first; of two scans in one second the one told later came first."""
    scans = tuple(sorted((_scan(row) for row in reversed(fields.rows(body, "data"))), key=lambda scan: scan.at))
    return TrackDraft(fields.number(body, "nu"), scans, watch, carrier)


def _scan(row: Body) -> ScanDraft:
    at = fields.needed("ftime", fields.beijing(row, "ftime") or fields.beijing(row, "time"))
    place = fields.text(row, "areaName").replace(",", " ")
    return ScanDraft(at, fields.text(row, "context"), NODES.get(fields.text(row, "statusCode")), place)


def _company(carrier: Carrier) -> str:
    return COMPANIES[carrier]


def _code(body: Body) -> str:
    """A good answer to a query has ``status``, every other has ``returnCode``."""
    return str(body.get("returnCode") or body.get("status") or "")
