"""Kuaidi100 in the lab: asked by its real protocol, subscribed to, and pushing by itself what parcels go through.

Who asks twice within half an hour finds the number locked for a day; what a locked number is answered is not published,
the lab answers as if nothing were known. Journeys are real ones (``journeys.py``), at the lab's pace.
"""

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from orderhub.connectors.trackers.contract import TrackerKeys
from orderhub.connectors.trackers.kuaidi100 import COMPANIES, NEED_PHONE, QUERY, SUBSCRIBE, sign
from orderhub.domain.words import Carrier
from orderhub.kernel.clock import from_unix, shanghai_text
from orderhub.kernel.errors import BadInput
from orderhub.lab.answers import Body
from orderhub.lab.journeys import Parcels, Seen
from orderhub.lab.world import World

KEYS = TrackerKeys("LABCUSTOMER", "labKey00")
PATH = "/kuaidi100"
# The lab's name of it where a fault asks for a shop.
NAME = "kuaidi100"

LOCKED_FOR = timedelta(days=1)
_ASK_AGAIN_SECONDS = 30 * 60
# Source: contracts/services, section 3: first push 15 minutes to 4 hours after subscribing, later about every 4 hours;
# three more tries 35 minutes apart; broken off after 3 days without a scan.
_FIRST_PUSH_SECONDS, _PUSH_SECONDS = 15 * 60, 4 * 3600
_TRIES, _TRY_AGAIN_SECONDS = 4, 35 * 60
_ABORT_SECONDS = 3 * 86400
_MOST_SENT = 10_000
_CARRIERS = {company: carrier for carrier, company in COMPANIES.items()}
_BAD_GATEWAY = "<h1>502 Bad Gateway</h1>"
# By the collectors' labels; what else there is, is on its way (0).
_STATE_CODES = {
    "PICKED_UP": "1",
    "DEPARTED": "1002",
    "OUT_FOR_DELIVERY": "5",
    "READY_FOR_PICKUP": "501",
    "DELIVERED": "3",
    "EXCEPTION": "2",
    "REJECTED": "14",
    "RETURNING": "6",
}

log = logging.getLogger(__name__)


class Denied(Exception):
    """Its own ``returnCode``."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(code)
        self.code = code
        self.said = said


@dataclass
class Subscription:
    """``status`` is its own word; ``shown`` counts the scans of the last push that was taken."""

    number: str
    company: str
    url: str
    salt: str = field(repr=False)
    since: int
    next_at: float
    status: str = "polling"
    shown: int = 0
    tries: int = 0
    is_pushing: bool = False

    def facts(self) -> Body:
        return {"number": self.number, "company": self.company, "status": self.status, "shown": self.shown}


class Kuaidi100:
    """``daily_quota`` None: no end of questions; ``asked`` counts all of them, by number."""

    def __init__(self, world: World, parcels: Parcels) -> None:
        self.world = world
        self.parcels = parcels
        self.daily_quota: int | None = None
        self.asked: dict[str, list[int]] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.sent: deque[Body] = deque(maxlen=_MOST_SENT)
        self._locked: dict[str, int] = {}
        self._calls: dict[int, int] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="lab-kuaidi")

    def routes(self) -> list[Route]:
        return [
            Route(PATH + QUERY, self._door("query", self._query), methods=["POST"]),
            Route(PATH + SUBSCRIBE, self._door("subscribe", self._subscribe), methods=["POST"]),
        ]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def beat(self) -> None:
        """Push what is due; called again and again."""
        now = self.world.now()
        for subscription in list(self.subscriptions.values()):
            if subscription.status == "polling" and not subscription.is_pushing and subscription.next_at <= now:
                self._push_if_new(subscription, now)

    def state(self, asked: Body) -> Body:
        """What is subscribed to, which questions came, what was pushed and answered."""
        subscriptions = [one.facts() for one in list(self.subscriptions.values())]
        questions = {number: len(times) for number, times in list(self.asked.items())}
        return {"pace": self.parcels.pace, "subscriptions": subscriptions, "asked": questions, "sent": list(self.sent)}

    def steer(self, asked: Body) -> Body:
        """``pace`` for parcels from now on, ``daily_quota``; of one ``number``: ``steps_shown``, ``abort``."""
        pace, quota = asked.get("pace", self.parcels.pace), asked.get("daily_quota", self.daily_quota)
        if isinstance(pace, bool) or not isinstance(pace, int | float) or not 0 < pace <= 1_000_000:
            raise BadInput("pace: needs a number above 0, up to 1000000", field="pace", problem="not_number")
        if quota is not None and (isinstance(quota, bool) or not isinstance(quota, int) or quota < 0):
            raise BadInput("daily_quota: needs a whole number", field="daily_quota", problem="not_number")
        self.parcels.pace, self.daily_quota = pace, quota
        if number := str(asked.get("number", "")):
            self._steer_one(number, asked)
        return self.state({})

    def _steer_one(self, number: str, asked: Body) -> None:
        parcel = self.parcels.heard_of(number, None, self.world.now())
        if isinstance(steps := asked.get("steps_shown"), int):
            parcel.steps_shown = steps
        if asked.get("abort") and (subscription := self.subscriptions.get(number)):
            self._push(subscription, "abort", [], self.world.now())

    def _door(self, api: str, answer: Callable[[Mapping[str, str]], Body]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            faults = self.world.faults
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            if faults.take("server_error", NAME, api):
                return HTMLResponse(_BAD_GATEWAY, status_code=502)
            try:
                if faults.take("service_error", NAME, api):
                    raise Denied("502" if api == "query" else "500", "服务器繁忙")
                if faults.take("expired_token", NAME, api):
                    raise Denied("601", "key已过期")
                body = answer(form)
            except Denied as denied:
                body = {"result": False, "returnCode": denied.code, "message": denied.said}
            if faults.take("answer_lost", NAME, api):
                return HTMLResponse(_BAD_GATEWAY, status_code=502)
            raw = json.dumps(body, ensure_ascii=False).encode()
            if faults.take("truncated_json", NAME, api):
                return Response(raw[: len(raw) // 2], media_type="application/json;charset=utf-8")
            return JSONResponse(body)

        return endpoint

    def _query(self, form: Mapping[str, str]) -> Body:
        param = form.get("param", "")
        if form.get("customer") != KEYS.customer or form.get("sign") != sign(param, KEYS.key, KEYS.customer):
            raise Denied("503", "验证签名失败")
        asked = _object(param, "400")
        carrier, number, now = _CARRIERS.get(str(asked.get("com"))), str(asked.get("num") or ""), self.world.now()
        if carrier is None or not 0 < len(number) <= 32:
            raise Denied("400", "找不到对应公司")
        if carrier in NEED_PHONE and len(str(asked.get("phone") or "")) < 4:
            raise Denied("408", "快递公司参数异常：验证码错误")
        self._count(number, now)
        seen = [] if now < self._locked.get(number, 0) else self._seen(number, carrier, now)
        if not seen:
            raise Denied("500", "查询无结果，请隔段时间再查")
        return _result(number, COMPANIES[carrier], seen)

    def _count(self, number: str, now: int) -> None:
        """Raises: Denied: the day's questions are used up."""
        day = now // 86400
        self._calls = {day: self._calls.get(day, 0) + 1}
        if self.daily_quota is not None and self._calls[day] > self.daily_quota:
            raise Denied("601", "key已过期")
        before = self.asked.setdefault(number, [])
        if before and now - before[-1] < _ASK_AGAIN_SECONDS:
            self._locked[number] = now + int(LOCKED_FOR.total_seconds())
        before.append(now)

    def _subscribe(self, form: Mapping[str, str]) -> Body:
        asked = _object(form.get("param", ""), "700")
        parameters = asked.get("parameters")
        number, company, now = str(asked.get("number") or ""), str(asked.get("company") or ""), self.world.now()
        if form.get("schema") != "json" or not isinstance(parameters, dict) or not 0 < len(number) <= 32:
            raise Denied("700", "订阅数据存在错误")
        if asked.get("key") != KEYS.key:
            raise Denied("600", "您不是合法的订阅者")
        if company not in _CARRIERS:
            raise Denied("701", "拒绝订阅的快递公司")
        url = str(parameters.get("callbackurl") or "")
        if urlsplit(url).scheme not in ("http", "https"):
            raise Denied("700", "错误的回调地址")
        standing = self.subscriptions.get(number)
        if standing and standing.status == "polling":
            raise Denied("501", "重复订阅")
        self.parcels.heard_of(number, _CARRIERS[company], now)
        first = now + _FIRST_PUSH_SECONDS / self.parcels.pace
        salt = str(parameters.get("salt") or "")
        self.subscriptions[number] = Subscription(number, company, url, salt, now, first)
        return {"result": True, "returnCode": "200", "message": "提交成功"}

    def _seen(self, number: str, carrier: Carrier, now: int) -> list[Seen]:
        return self.parcels.seen(self.parcels.heard_of(number, carrier, now), now)

    def _push_if_new(self, subscription: Subscription, now: int) -> None:
        seen = self._seen(subscription.number, _CARRIERS[subscription.company], now)
        subscription.next_at = now + _PUSH_SECONDS / self.parcels.pace
        if not seen and now - subscription.since >= _ABORT_SECONDS / self.parcels.pace:
            self._push(subscription, "abort", [], now)
        elif len(seen) > subscription.shown:
            is_over = seen[-1].label == "DELIVERED"
            self._push(subscription, "shutdown" if is_over else "polling", seen, now)

    def _push(self, subscription: Subscription, status: str, seen: list[Seen], now: int) -> None:
        said = {
            "status": status,
            "billstatus": "got",
            "message": "3天查询无记录" if status == "abort" else "",
            "autoCheck": "0",
            "comOld": "",
            "comNew": "",
            "lastResult": _result(subscription.number, subscription.company, seen),
        }
        param = json.dumps(said, ensure_ascii=False)
        signs = [sign(param, subscription.salt)]
        if self.world.faults.take("push_bad_signature", NAME):
            signs.insert(0, "0" * 32)
        if self.world.faults.take("push_duplicate", NAME):
            signs.append(signs[-1])
        subscription.is_pushing = True
        self._pool.submit(self._deliver, subscription, status, len(seen), [(param, one) for one in signs])

    def _deliver(self, subscription: Subscription, status: str, shown: int, pushes: list[tuple[str, str]]) -> None:
        answer: Body = {}
        for param, signed in pushes:
            try:
                answer = _posted(subscription.url, urlencode({"param": param, "sign": signed}))
            except (OSError, HTTPException, ValueError) as error:
                answer = {}
                log.warning("push of %s not delivered: %s", subscription.number, type(error).__name__)
            self.sent.append({"number": subscription.number, "status": status, "scans": shown, "answer": answer})
        with self._lock:
            subscription.tries += 1
            if answer.get("returnCode") == "200" or subscription.tries >= _TRIES:
                subscription.shown, subscription.status, subscription.tries = shown, status, 0
            else:
                subscription.next_at = self.world.now() + _TRY_AGAIN_SECONDS / self.parcels.pace
            subscription.is_pushing = False


def _object(param: str, code: str) -> Body:
    try:
        asked = json.loads(param)
    except ValueError as error:
        raise Denied(code, "参数错误") from error
    if not isinstance(asked, dict):
        raise Denied(code, "参数错误")
    return asked


def _result(number: str, company: str, seen: list[Seen]) -> Body:
    """Newest first."""
    is_over = bool(seen) and seen[-1].label == "DELIVERED"
    return {
        "message": "ok",
        "state": "3" if is_over else "0",
        "status": "200",
        "condition": "F00",
        "ischeck": "1" if is_over else "0",
        "com": company,
        "nu": number,
        "data": [_row(one) for one in reversed(seen)],
    }


def _row(one: Seen) -> Body:
    moment = shanghai_text(from_unix(one.at))
    return {
        "time": moment,
        "ftime": moment,
        "context": one.text,
        "areaCode": "",
        "areaName": "",
        "status": "",
        "statusCode": _STATE_CODES.get(one.label, "0"),
    }


def _posted(url: str, body: str) -> Body:
    """The hub's answer. Raises: OSError, HTTPException, ValueError: none that can be read."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=10)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
        connection.request("POST", path, body=body.encode(), headers=headers)
        answer = json.loads(connection.getresponse().read(100_000))
        return answer if isinstance(answer, dict) else {}
    finally:
        connection.close()
