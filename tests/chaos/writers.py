"""Who posts orders while everything fails? Writers that repeat the same key until they are answered.

What was answered with 202 is acknowledged: it may not be lost, doubled or changed from then on.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from orderhub.kernel.clock import utc_now

from .world import HOT, PLENTY, SHOP

REPEATS, NEWER, CLOSED = 0.02, 0.10, 0.30
_LATER = timedelta(minutes=1)
_HOT_FEN, _PLENTY_FEN = 13_940, 3_990


@dataclass(frozen=True)
class Version:
    """One state of an order as its shop tells it; ``turn`` is its place among them."""

    turn: int
    pieces: int
    is_closed: bool
    body: dict[str, Any] = field(hash=False)

    @property
    def total_fen(self) -> int:
        return self.pieces * _HOT_FEN + _PLENTY_FEN


@dataclass
class Sent:
    """By order number: the newest version that was sent at all, and the newest that was acknowledged."""

    tried: dict[str, Version] = field(default_factory=dict)
    acknowledged: dict[str, Version] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    changed_answers: int = 0
    slowest_seconds: float = 0.0

    @property
    def refused(self) -> int:
        """Answers that say the order is wrong: every one of them is right."""
        return sum(count for code, count in self.answers.items() if code.startswith("4") and code != "429")


class Writer(threading.Thread):
    """Posts until it is told to stop, and then until what it holds is acknowledged or ``patience`` has passed."""

    def __init__(self, name: str, ports: Callable[[], Sequence[int]], bearer: str, *, pause: float, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.sent = Sent()
        self._ports = ports
        self._bearer = bearer
        self._pause = pause
        self._dice = random.Random(seed)
        self._closing = threading.Event()
        self._give_up_at = float("inf")
        self._client = httpx.Client(timeout=10)

    def run(self) -> None:
        number = 0
        while not self._closing.wait(self._pause * self._dice.uniform(0.5, 1.5)):
            number += 1
            self._order(f"{self.name}-{number:06}")
        self._client.close()

    def stop(self, patience: float) -> None:
        self._give_up_at = time.monotonic() + patience
        self._closing.set()

    def _order(self, number: str) -> None:
        first = version(number, 0, pieces=self._dice.choice((1, 2)))
        if self._dice.random() >= NEWER:
            self._tell(number, first)
            return
        is_closed = self._dice.random() < CLOSED
        second = version(number, 1, pieces=first.pieces, is_closed=is_closed)
        told = [first, second] if self._dice.random() < 0.6 else [second, first]  # the older one comes late, and stale
        for one in told:
            self._tell(number, one)

    def _tell(self, number: str, told: Version) -> None:
        tried = self.sent.tried
        tried[number] = max(tried.get(number, told), told, key=lambda one: one.turn)
        receipt = self._until_acknowledged(told, key=f"{number}-{told.turn}")
        if receipt is None:
            return
        known = self.sent.acknowledged
        known[number] = max(known.get(number, told), told, key=lambda one: one.turn)
        if self._dice.random() < REPEATS:
            again = self._until_acknowledged(told, key=self._dice.choice(("", f"{number}-{told.turn}")))
            self.sent.changed_answers += again not in (None, receipt)

    def _until_acknowledged(self, told: Version, *, key: str) -> Any:
        while time.monotonic() < self._give_up_at:
            began = time.monotonic()
            with suppress(httpx.HTTPError):
                answer = self._post(told.body, key)
                self.sent.slowest_seconds = max(self.sent.slowest_seconds, time.monotonic() - began)
                self.sent.answers[str(answer.status_code)] += 1
                if answer.status_code == 202:
                    return answer.json()
                if answer.status_code < 500 and answer.status_code != 429:
                    return None
            time.sleep(0.05)
        return None

    def _post(self, body: dict[str, Any], key: str) -> httpx.Response:
        port = self._dice.choice(list(self._ports()))
        headers = {"authorization": f"Bearer {self._bearer}"} | ({"idempotency-key": key} if key else {})
        return self._client.post(f"http://127.0.0.1:{port}/api/v1/orders", json=body, headers=headers)


@contextmanager
def writing(
    ports: Callable[[], Sequence[int]], bearer: str, *, count: int = 6, pause: float = 0.05, patience: float = 60
) -> Iterator[list[Writer]]:
    """``count`` writers for as long as the block runs; afterwards everything they hold is acknowledged."""
    writers = [Writer(f"W{turn}", ports, bearer, pause=pause, seed=turn) for turn in range(count)]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.stop(patience)
        for writer in writers:
            writer.join(patience + 20)


def together(writers: Sequence[Writer]) -> Sent:
    whole = Sent()
    for writer in writers:
        whole.tried |= writer.sent.tried
        whole.acknowledged |= writer.sent.acknowledged
        whole.answers += writer.sent.answers
        whole.changed_answers += writer.sent.changed_answers
        whole.slowest_seconds = max(whole.slowest_seconds, writer.sent.slowest_seconds)
    return whole


def version(number: str, turn: int, *, pieces: int = 1, is_closed: bool = False) -> Version:
    created = _TODAY.isoformat()
    hot = HOT[sum(number.encode()) % len(HOT)]
    body = {
        "shop": SHOP,
        "channel_order_no": number,
        "created_at": created,
        "paid_at": created,
        "updated_at": (_TODAY + _LATER * turn).isoformat(),
        "status": "closed_refunded" if is_closed else "paid",
        "total": f"{(pieces * _HOT_FEN + _PLENTY_FEN) / 100:.2f}",
        "buyer_remark": f"第{turn}版",
        "lines": [
            {"sku": hot, "title": "抢手", "quantity": pieces, "unit_price": f"{_HOT_FEN / 100:.2f}"},
            {"sku": PLENTY, "title": "常备", "quantity": 1, "unit_price": f"{_PLENTY_FEN / 100:.2f}"},
        ],
    }
    return Version(turn, pieces, is_closed, body)


_TODAY = utc_now().replace(microsecond=0) - timedelta(hours=2)
