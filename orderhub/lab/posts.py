"""How do a mini-program's orders reach the hub? Posted by its own program, again and again until the hub has them."""

import json
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Lock
from urllib.parse import urlsplit

from orderhub.kernel.ids import digest
from orderhub.lab.answers import Body
from orderhub.lab.miniprogram_bodies import openid
from orderhub.lab.orders import LabOrder, LabRefund
from orderhub.lab.shops import LabShop
from orderhub.lab.wechat import Wechat
from orderhub.lab.world import World

_MOST_WAITING = 100_000
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.2, 5.0
_KEY_REFUSED = (401, 403)
# Whatever these say may be otherwise in a moment: the key, the shop that is off, the pace.
_PASSING = (*_KEY_REFUSED, 404, 429)

log = logging.getLogger(__name__)


@dataclass
class Target:
    """``is_refused``: the hub does not know the key; posts wait for another."""

    url: str
    key: str = field(repr=False)
    is_refused: bool = False


@dataclass
class Post:
    """One version of an order; ``status`` is the hub's last answer, 0 = none."""

    shop: str
    number: str
    mark: str
    raw: bytes = field(repr=False)
    tries: int = 0
    status: int = 0

    def facts(self) -> Body:
        return {"shop": self.shop, "number": self.number, "tries": self.tries, "status": self.status}


class Posts:
    """A listener of the world. Shops without a target are not posted; all they hold goes out when they get one."""

    def __init__(self, world: World, wechat: Wechat) -> None:
        self.world = world
        self.wechat = wechat
        self.targets: dict[str, Target] = {}
        self.sent: deque[Post] = deque(maxlen=10_000)
        self.lost = 0
        self._waiting = 0
        self._lock = Lock()
        self._closing = Event()
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="lab-post")

    @property
    def waiting(self) -> int:
        """Posts that the hub has not answered for good."""
        return self._waiting

    def set_target(self, shop: LabShop, url: str, key: str) -> None:
        """Everything the shop holds is posted as it stands now, and every change from now on."""
        self.targets[shop.code] = Target(url, key)
        for order in list(self.world.shelves[shop.code].orders.values()):
            self._post(shop, order)

    def order_changed(self, shop: LabShop, order: LabOrder, topic: str, at: int) -> None:
        """A payment is not posted: WeChat Pay tells the hub of it."""
        if shop.code not in self.targets or not topic:
            return
        if topic == "paid" and order.pay_fen > 0:
            self.wechat.buyer_pays(str(order.number), order.pay_fen, openid(order), at)
        else:
            self._post(shop, order)

    def refund_changed(self, shop: LabShop, refund: LabRefund, topic: str, at: int) -> None:
        """A mini-program's refunds are not played."""

    def close(self) -> None:
        self._closing.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _post(self, shop: LabShop, order: LabOrder) -> None:
        order.posted_ms = max(order.modified * 1000, order.posted_ms + 1)
        body = self.world.platform_of(shop.code).body(order, shop, self.world.shelves[shop.code])
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        number = str(order.number)
        mark = f"{number}-{digest(raw.decode())[:16]}"
        times = 2 if self.world.faults.take("post_repeat", shop.code) else 1
        with self._lock:
            if self._waiting + times > _MOST_WAITING:
                self.lost += 1
                return
            self._waiting += times
        self._pool.submit(self._deliver_all, [Post(shop.code, number, mark, raw) for _ in range(times)])

    def _deliver_all(self, posts: Sequence[Post]) -> None:
        for post in posts:
            try:
                self._deliver(post)
            except ValueError as error:
                log.warning("order %s not posted: %s", post.number, type(error).__name__)
            self.sent.append(post)
            with self._lock:
                self._waiting -= 1

    def _deliver(self, post: Post) -> None:
        """Until it is answered for good: 202, or a clear no to this order."""
        wait_seconds = _FIRST_WAIT_SECONDS
        while not self._closing.is_set() and (target := self.targets.get(post.shop)):
            if not target.is_refused:
                post.tries += 1
                post.status = _status(target, post)
                if 0 < post.status < 500 and post.status not in _PASSING:
                    return
                target.is_refused = post.status in _KEY_REFUSED
            self._closing.wait(wait_seconds)
            wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)


def _status(target: Target, post: Post) -> int:
    url = urlsplit(target.url)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=10)
    headers = {"Authorization": f"Bearer {target.key}", "Idempotency-Key": post.mark}
    try:
        connection.request("POST", url.path, body=post.raw, headers=headers | {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
