"""How does the hub learn parcels' ways from SF Express? Asked ten at a time, pushed to an address nobody can guess.

SF pushes the routes of an account's own parcels once its push address stands in SF's console; nothing subscribes. It
signs no push, so the address itself is the permission (``push_mark``).

Source: contracts of services, section 2 (routes, route push, codes), from SDKs and archived copies of SF's guide; its
own appendix of codes was not obtained. Read 2026-11.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from xml.parsers import expat

import httpx

from orderhub.connectors import fields
from orderhub.connectors.carriers.contract import Account
from orderhub.connectors.carriers.sf_line import PARTNER, SfLine, sf_line
from orderhub.connectors.http import Body, readable
from orderhub.connectors.trackers.contract import TrackDraft, TrackWish
from orderhub.domain.drafts import ScanDraft
from orderhub.domain.words import ScanNode
from orderhub.kernel.clock import utc_now
from orderhub.kernel.errors import BadInput

ROUTES = "EXP_RECE_SEARCH_ROUTES"
CALLS_PER_SECOND = 8  # with the account's waybills (carriers/sf.py) below the sandbox's 30
MOST_AT_ONCE = 10
_BY_WAYBILL = "1"

# 201 (on its way) says less than the operation does.
STATUSES: dict[str, ScanNode] = {
    "101": ScanNode.COLLECTED,
    "204": ScanNode.CUSTOMS,
    "205": ScanNode.CUSTOMS,
    "301": ScanNode.OUT_FOR_DELIVERY,
    "401": ScanNode.DELIVERED,
    "1301": ScanNode.READY_FOR_PICKUP,  # unsure; seen with operation 70
}
OPERATIONS: dict[str, ScanNode] = {
    # Verified in two sources and more.
    "54": ScanNode.COLLECTED,
    "50": ScanNode.COLLECTED,
    "30": ScanNode.IN_TRANSIT,
    "36": ScanNode.LEFT_HUB,
    "31": ScanNode.ARRIVED_HUB,
    "44": ScanNode.OUT_FOR_DELIVERY,
    "204": ScanNode.OUT_FOR_DELIVERY,
    "33": ScanNode.PROBLEM,
    "70": ScanNode.PROBLEM,
    "631": ScanNode.RETURNING,
    "648": ScanNode.RETURNING,
    "80": ScanNode.DELIVERED,
    "8000": ScanNode.DELIVERED,
    # A single source.
    "51": ScanNode.COLLECTED,
    "607": ScanNode.COLLECTED,
    "501": ScanNode.IN_TRANSIT,
    "407": ScanNode.LEFT_HUB,
    "105": ScanNode.IN_TRANSIT,
    "106": ScanNode.ARRIVED_HUB,
    "310": ScanNode.ARRIVED_HUB,
}
# A shop's counter has it, the courier has not: no movement yet. In SF's own example.
STILL_THERE = ("701", "655")
# Guesses of others, and one that may be 退回 or 转寄: what the sentence says decides.
READ_BY_TEXT = ("46", "41", "43", "123", "130", "630", "634", "34", "47", "611", "99", "646", "647")

# A code tells less than its sentence where 派送不成功 is a refusal, and where a parcel that went back is signed for.
_OTHERWISE: dict[ScanNode, tuple[ScanNode, re.Pattern[str]]] = {
    ScanNode.PROBLEM: (ScanNode.REFUSED, re.compile("拒收|拒签|拒绝签收|拒绝收件")),
    ScanNode.DELIVERED: (ScanNode.RETURNING, re.compile("已退回|退回签收|退件签收|退签|返回寄件")),
}


class SfRoutes:
    numbers_at_once = MOST_AT_ONCE

    def __init__(self, line: SfLine) -> None:
        self._line = line

    def ask(self, wishes: Sequence[TrackWish]) -> list[TrackDraft]:
        """One for each of up to ten ``wishes``, in their order. A tail may be several, joined by commas."""
        asked = {
            "language": "0",
            "trackingType": _BY_WAYBILL,
            "trackingNumber": [wish.tracking_no for wish in wishes],
            "methodType": "1",
        }
        if tails := sorted({tail for wish in wishes for tail in wish.phone_tail.split(",") if tail}):
            asked["checkPhoneNo"] = ",".join(tails)
        answer = self._line.ask(ROUTES, asked, safe=True)
        with readable(PARTNER):
            found = {fields.number(row, "mailNo"): _scans(row) for row in fields.rows(answer, "routeResps")}
        return [TrackDraft(wish.tracking_no, found.get(wish.tracking_no, ())) for wish in wishes]

    def subscribe(self, wish: TrackWish, url: str) -> None:
        """Nothing: the account's push address, set in SF's console, hears of every parcel of its own."""

    def close(self) -> None:
        self._line.close()


def connect(
    account: Account,
    *,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = utc_now,
) -> SfRoutes:
    return SfRoutes(sf_line(account, CALLS_PER_SECOND, base_url=base_url, transport=transport, now=now))


def push_mark(account_code: str, secret: bytes) -> str:
    """The part of ``account_code``'s push address that only this installation can make up: 128 bits of ``secret``."""
    return hmac.digest(secret, account_code.encode(), "sha256")[:16].hex()


def is_xml(content_type: str) -> bool:
    """Whether a push comes as the older form, and wants to be answered in XML."""
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def read_push(raw: bytes, content_type: str) -> list[TrackDraft]:
    """What a push adds to each parcel's way; only what is new since the last one.

    Raises:
        BadInput: it is not readable.
    """
    rows = _from_xml(raw) if is_xml(content_type) else _from_json(raw)
    found: dict[str, list[ScanDraft]] = {}
    for row in rows:
        found.setdefault(fields.number(row, "mailno"), []).append(_scan(row))
    return [TrackDraft(number, tuple(scans)) for number, scans in found.items()]


def answer_to_push(content_type: str, *, is_taken: bool) -> tuple[str, str]:
    """(text, media type) in the words SF waits for; anything but the good answer is pushed again."""
    if is_xml(content_type):
        return f'<Response service="RoutePushService"><Head>{"OK" if is_taken else "ERR"}</Head></Response>', "text/xml"
    code, said = ("0000", "成功") if is_taken else ("1000", "失败")
    return json.dumps({"return_code": code, "return_msg": said}, ensure_ascii=False), "application/json"


def _from_json(raw: bytes) -> list[Body]:
    try:
        body: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput("the push is no JSON", field="body", problem="not_json") from error
    if not isinstance(body, dict):
        raise BadInput("the push is no object", field="body", problem="not_messages")
    return fields.rows(fields.child(body, "Body"), "WaybillRoute")


def _from_xml(raw: bytes) -> list[Body]:
    """``content`` of the form; its rows are elements, their fields attributes. It may declare no entities."""
    try:
        content = parse_qs(raw.decode(), keep_blank_values=True).get("content", [""])[0]
    except ValueError as error:
        raise BadInput("the push is no form", field="body", problem="not_messages") from error
    rows: list[Body] = []

    def started(name: str, attributes: dict[str, str]) -> None:
        if name == "WaybillRoute":
            rows.append(dict(attributes))

    def refuse(*_: object) -> None:
        raise BadInput("content: declares a document type", field="content", problem="not_xml")

    parser = expat.ParserCreate()
    parser.StartElementHandler = started
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise BadInput("content: is no XML", field="content", problem="not_xml") from error
    return rows


def _scans(row: Body) -> tuple[ScanDraft, ...]:
    return tuple(_scan(route) for route in fields.rows(row, "routes"))


def _scan(row: Mapping[str, Any]) -> ScanDraft:
    """A row of a query or of a push: the same but for the number and the status codes."""
    body = dict(row)
    at = fields.needed("acceptTime", fields.beijing(body, "acceptTime"))
    status, operation = fields.text(body, "secondaryStatusCode"), fields.text(body, "opCode")
    told = " ".join(part for part in (fields.text(body, "remark"), fields.text(body, "reasonName")) if part)
    said = told or fields.text(body, "secondaryStatusName") or f"opCode {operation}"
    is_movement = not {status, operation} & set(STILL_THERE) or status in STATUSES
    node = _node(status, operation, said) if is_movement else None
    return ScanDraft(at, said, node, fields.text(body, "acceptAddress"), is_movement=is_movement)


def _node(status: str, operation: str, said: str) -> ScanNode | None:
    """None where neither code says it."""
    node = STATUSES.get(status) or OPERATIONS.get(operation)
    if node and node in _OTHERWISE:
        other, pattern = _OTHERWISE[node]
        return other if pattern.search(said) else node
    return node
