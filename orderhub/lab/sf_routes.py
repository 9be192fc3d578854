"""Where SF's parcels are in the lab: asked ten at a time, or pushed as they move, only what is new, until it is taken.

A parcel sets out when a platform hears that it was shipped, or, under a number that the lab never made, when somebody
asks who knows its sender's telephone. It goes the way of a real journey.
"""

import json
import logging
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from threading import Lock
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from xml.sax.saxutils import quoteattr

from orderhub.domain.words import Carrier
from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.lab.answers import Body
from orderhub.lab.journeys import LabParcel, Parcels, Seen
from orderhub.lab.world import World

SENDER_TAIL = "0001"  # the last digits of the telephone on every parcel of the lab's merchant
MOST_AT_ONCE = 10
CALLS_PER_SECOND = 30  # of the sandbox
# SF itself says every ten minutes for its sandbox; what is not answered well is pushed again.
AGAIN_AFTER = timedelta(minutes=10)
_MOST_SENT = 2_000

# By the collectors' word: (opCode, firstStatusCode, secondaryStatusCode and its name); pushes carry the first only.
_CODES: Mapping[str, tuple[str, str, str, str]] = {
    "INFO": ("655", "7", "701", "待揽收"),
    "PICKED_UP": ("54", "1", "101", "已揽收"),
    "DEPARTED": ("36", "2", "201", "运送中"),
    "ARRIVED": ("31", "2", "201", "运送中"),
    "OUT_FOR_DELIVERY": ("204", "3", "301", "派送中"),
    "READY_FOR_PICKUP": ("70", "13", "1301", "待取件"),
    "DELIVERED": ("80", "4", "401", "已签收"),
    "EXCEPTION": ("33", "2", "201", "运送中"),
    "REFUSED": ("33", "2", "201", "运送中"),
    "RETURNING": ("648", "2", "201", "运送中"),
}
_OTHERWISE = ("501", "2", "201", "运送中")

log = logging.getLogger(__name__)


class Denied(Exception):
    """SF's own ``apiResultCode``, or with ``is_inner`` the ``errorCode`` of the service behind its gateway."""

    def __init__(self, code: str, said: str, *, is_inner: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.said = said
        self.is_inner = is_inner


class Standing(Protocol):
    """What of the lab's waybills is needed here (``lab/sf.py`` imports this file)."""

    def is_ours(self, tracking_no: str) -> bool:
        """Made by the lab and not cancelled."""
        ...


@dataclass(frozen=True)
class RoutePush:
    """``status`` is the hub's answer, 0: none; ``is_taken`` whether it said so in SF's words."""

    tracking_no: str
    rows: int
    status: int
    is_taken: bool


class SfRoutes:
    """``parcels`` may be shared with others who know the same ways. ``told`` is how many scans were taken of each."""

    def __init__(self, world: World, waybills: Standing, parcels: Parcels) -> None:
        self.world = world
        self.parcels = parcels
        self.target = ""
        self.is_xml = False
        self.sent: deque[RoutePush] = deque(maxlen=_MOST_SENT)
        self._waybills = waybills
        self._calls: deque[float] = deque(maxlen=CALLS_PER_SECOND)
        self._on_their_way: dict[str, LabParcel] = {}
        self._told: dict[str, int] = {}
        self._again_at: dict[str, int] = {}
        self._pushing = Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lab-sf-push")

    def shipped(self, tracking_no: str) -> None:
        """A platform heard of it: if it is one of SF's here, it sets out."""
        if self._waybills.is_ours(tracking_no):
            parcel = self.parcels.heard_of(tracking_no, Carrier.SF, self.world.now())
            self._on_their_way.setdefault(tracking_no, parcel)

    def search(self, asked: Body) -> Body:
        """``EXP_RECE_SEARCH_ROUTES``."""
        self._count()
        numbers = asked.get("trackingNumber")
        if asked.get("trackingType") not in ("1", "2") or not isinstance(numbers, list) or not numbers:
            raise Denied("1010", "必填字段缺失")
        if asked.get("methodType") != "1":
            raise Denied("6133", "methodType 不合法")
        if len(numbers) > MOST_AT_ONCE:
            raise Denied("8003", "查询单号超过最大限制（10）")
        knows_sender = SENDER_TAIL in str(asked.get("checkPhoneNo") or "").split(",")
        known = [number for number in map(str, numbers) if knows_sender or self._waybills.is_ours(number)]
        if not known:
            raise Denied("8013", "均未校验通过")
        return {"routeResps": [{"mailNo": number, "routes": self._routes(number)} for number in known]}

    def push_soon(self) -> None:
        """What has happened since is pushed from a thread of its own, unless one is at it."""
        if self.target and not self._pushing.locked():
            self._pool.submit(self.push_due)

    def push_due(self) -> int:
        """Push what is new of every parcel on its way; returns how many pushes were taken."""
        with self._pushing:
            return sum(self._push(parcel) for parcel in list(self._on_their_way.values())) if self.target else 0

    def set_target(self, url: str, *, is_xml: bool = False) -> Body:
        self.target, self.is_xml = url, is_xml
        return self.state({})

    def state(self, asked: Body) -> Body:
        return {"target": self.target, "parcels": len(self._on_their_way), "sent": [asdict(one) for one in self.sent]}

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _count(self) -> None:
        """Raises: Denied: thirty calls have come within a second."""
        now = self.world.clock().timestamp()
        if len(self._calls) == CALLS_PER_SECOND and now - self._calls[0] < 1:
            raise Denied("A1005", "流量受控", is_inner=False)
        self._calls.append(now)

    def _routes(self, tracking_no: str) -> list[Body]:
        if self._waybills.is_ours(tracking_no) and tracking_no not in self._on_their_way:
            return []
        now = self.world.now()
        seen = self.parcels.seen(self.parcels.heard_of(tracking_no, Carrier.SF, now), now)
        return [_row(one, in_full=True) for one in seen]

    def _push(self, parcel: LabParcel) -> bool:
        """True where something was new and the hub has taken it."""
        number, now = parcel.tracking_no, self.world.now()
        if not self._waybills.is_ours(number) or now < self._again_at.get(number, 0):
            return False
        told = self._told.get(number, 0)
        seen = self.parcels.seen(parcel, now)[told : told + MOST_AT_ONCE]
        if not seen:
            return False
        rows = [{"mailno": number, "id": f"{told + place}{number}"} | _row(one) for place, one in enumerate(seen)]
        status, is_taken = self._post(rows)
        self.sent.append(RoutePush(number, len(rows), status, is_taken))
        if is_taken:
            self._told[number] = told + len(rows)
        else:
            self._again_at[number] = now + int(AGAIN_AFTER.total_seconds())
        return is_taken

    def _post(self, rows: list[Body]) -> tuple[int, bool]:
        """The hub's answer, and whether it is the one that SF waits for."""
        raw, kind = (_as_xml(rows), _FORM) if self.is_xml else (_as_json(rows), _JSON)
        wanted = Request(self.target, raw, {"content-type": kind})  # noqa: S310  (an address the lab was given)
        try:
            with urlopen(wanted, timeout=5) as answer:  # noqa: S310
                said = answer.read(10_000).decode()
                return answer.status, ("<Head>OK</Head>" in said) if self.is_xml else _is_good(said)
        except HTTPError as error:
            return error.code, False
        except (OSError, ValueError) as error:
            log.warning("route push not delivered: %s", type(error).__name__)
            return 0, False


_JSON = "application/json;charset=UTF-8"
_FORM = "application/x-www-form-urlencoded;charset=UTF-8"


def _row(seen: Seen, *, in_full: bool = False) -> Body:
    operation, first, secondary, name = _CODES.get(seen.label, _OTHERWISE)
    said = {"acceptTime": shanghai_text(from_unix(seen.at)), "acceptAddress": "", "remark": seen.text}
    row: dict[str, Any] = {**said, "opCode": operation}
    if in_full:
        more = {"firstStatusCode": first, "firstStatusName": name}
        return row | more | {"secondaryStatusCode": secondary, "secondaryStatusName": name}
    return row | {"reasonName": "", "reasonCode": "", "orderid": ""}


def _as_json(rows: list[Body]) -> bytes:
    return json.dumps({"Body": {"WaybillRoute": rows}}, ensure_ascii=False).encode()


def _as_xml(rows: list[Body]) -> bytes:
    elements = "".join(
        f"<WaybillRoute {' '.join(f'{name}={quoteattr(str(value))}' for name, value in row.items())}/>" for row in rows
    )
    xml = f'<Request service="RoutePushService" lang="zh-CN"><Body>{elements}</Body></Request>'
    return urlencode({"content": xml}).encode()


def _is_good(said: str) -> bool:
    try:
        body = json.loads(said)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("return_code") == "0000"
