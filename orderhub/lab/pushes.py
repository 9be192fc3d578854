"""How do Douyin's pushes reach the hub? Signed, from threads of their own, tried a few times, sometimes badly."""

import json
import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from orderhub.connectors.channels.douyin.signing import push_signs
from orderhub.lab import douyin_bodies
from orderhub.lab.orders import LabOrder, LabRefund
from orderhub.lab.shops import LabShop
from orderhub.lab.world import World

ORDER_TAGS = {
    "created": 100,
    "paid": 101,
    "shipped": 102,
    "finished": 103,
    "logistics": 104,
    "cancelled": 106,
    "part_shipped": 108,
    "pending": 110,
    "remark": 113,
}
REFUND_TAGS = {
    "requested": 200,
    "return_agreed": 202,
    "returned": 203,
    "refused": 204,
    "refunded": 206,
    "withdrawn": 207,
}
TRIES = 3
_WAIT_SECONDS = 0.5
_MOST_WAITING = 20_000

log = logging.getLogger(__name__)


@dataclass
class Push:
    """One delivery to try; ``status`` is the hub's last answer, 0 = none."""

    shop: str
    url: str
    tag: int
    message_no: str
    raw: bytes = field(repr=False)
    sign: str
    app_key: str
    tries: int = 0
    status: int = 0

    def facts(self) -> dict[str, Any]:
        return {
            "shop": self.shop,
            "tag": self.tag,
            "msg_id": self.message_no,
            "tries": self.tries,
            "status": self.status,
        }


class Pushes:
    """A listener of the world; shops without a target are not pushed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.targets: dict[str, str] = {}
        self.sent: deque[Push] = deque(maxlen=10_000)
        self.lost = 0
        self._waiting = 0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="lab-push")
        self._earlier: dict[str, Push] = {}
        self._held: dict[str, Push] = {}

    @property
    def waiting(self) -> int:
        """Pushes not yet delivered or given up."""
        return self._waiting

    def order_changed(self, shop: LabShop, order: LabOrder, topic: str, at: int) -> None:
        if shop.code in self.targets and topic in ORDER_TAGS:
            facts = {
                "p_id": order.number,
                "s_ids": [line.number for line in order.lines],
                "shop_id": int(shop.shop_no),
                "order_status": douyin_bodies.ORDER_WORDS[order.status][0],
                "order_type": 0,
                "biz": 2,
                "update_time": at,
            }
            self._push(shop, ORDER_TAGS[topic], order.number, facts, at)

    def refund_changed(self, shop: LabShop, refund: LabRefund, topic: str, at: int) -> None:
        if shop.code in self.targets and topic in REFUND_TAGS:
            facts = {
                "p_id": refund.order.number,
                "s_id": refund.line.number,
                "shop_id": int(shop.shop_no),
                "aftersale_id": refund.number,
                "aftersale_status": douyin_bodies.REFUND_WORDS[refund.status][0],
                "aftersale_type": douyin_bodies.KINDS[refund.kind][0],
                "refund_amount": refund.amount_fen,
                "refund_post_amount": 0,
                "update_time": at,
            }
            self._push(shop, REFUND_TAGS[topic], refund.number, facts, at)

    def probe(self, shop: LabShop) -> None:
        """The platform's test of a new address: tag 0, no order."""
        self._push(shop, 0, 0, {}, self.world.now())

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _push(self, shop: LabShop, tag: int, number: int, facts: dict[str, Any], at: int) -> None:
        message_no = f"{number}::{tag}:{at}:{shop.shop_no}"
        body = [{"tag": str(tag), "msg_id": message_no, "data": json.dumps(facts, separators=(",", ":"))}]
        raw = json.dumps(body, separators=(",", ":")).encode()
        deliveries = self._with_faults(shop, self._signed(shop, tag, message_no, raw))
        with self._lock:
            if self._waiting + len(deliveries) > _MOST_WAITING:
                self.lost += len(deliveries)
                return
            self._waiting += len(deliveries)
        self._pool.submit(self._deliver_all, deliveries)

    def _signed(self, shop: LabShop, tag: int, message_no: str, raw: bytes) -> Push:
        sign, _ = push_signs(shop.app_key, shop.app_secret, raw)
        return Push(shop.code, self.targets[shop.code], tag, message_no, raw, sign, shop.app_key)

    def _with_faults(self, shop: LabShop, push: Push) -> list[Push]:
        take, code = self.world.faults.take, shop.code
        before, after = [], []
        if take("push_bad_signature", code):
            before.append(Push(code, push.url, push.tag, push.message_no, push.raw, "0" * 32, push.app_key))
        if fault := take("push_oversize", code):
            padded = push.raw + b" " * (fault.megabytes or 2) * 1_000_000
            before.append(self._signed(shop, push.tag, push.message_no, padded))
        if take("push_duplicate", code):
            after.append(self._again(push))
        if (earlier := self._earlier.get(code)) and take("push_replay", code):
            after.append(self._again(earlier))
        self._earlier[code] = push
        if held := self._held.pop(code, None):
            after.append(held)
        elif take("push_out_of_order", code):
            self._held[code] = push
            return before + after
        return [*before, push, *after]

    @staticmethod
    def _again(push: Push) -> Push:
        return Push(push.shop, push.url, push.tag, push.message_no, push.raw, push.sign, push.app_key)

    def _deliver_all(self, deliveries: Sequence[Push]) -> None:
        for push in deliveries:
            try:
                _deliver(push)
            except (OSError, HTTPException, ValueError) as error:
                log.warning("push %s not delivered: %s", push.message_no, type(error).__name__)
            with self._lock:
                self._waiting -= 1
            self.sent.append(push)


def _deliver(push: Push) -> None:
    """A clear no (4xx) is not repeated; silence and 5xx are, like the platform does."""
    for push.tries in range(1, TRIES + 1):
        try:
            push.status = _post(push)
        except (OSError, HTTPException):
            if push.tries == TRIES:
                raise
        if 0 < push.status < 500:
            return
        time.sleep(_WAIT_SECONDS * push.tries)


def _post(push: Push) -> int:
    url = urlsplit(push.url)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=5)
    try:
        path = url.path + (f"?{url.query}" if url.query else "")
        headers = {"app-id": push.app_key, "event-sign": push.sign, "content-type": "application/json"}
        connection.request("POST", path, body=push.raw, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
