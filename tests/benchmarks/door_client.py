"""How fast is a door answered? ``python -m tests.benchmarks.door_client <facts as JSON>`` posts orders and times them.

A process of its own, so that it shares no interpreter with the hub. ``seconds``: each connection posts as fast as it is
answered; 0: each posts once, all at the same moment. What it spent of a processor tells whether it held the hub up.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from typing import Any

_ORDER = (
    '{"shop": "mp-own", "channel_order_no": "%s", "created_at": "2026-11-24T10:00:00+08:00",'
    ' "paid_at": "2026-11-24T10:01:00+08:00", "total": "179.30", "buyer_remark": "尽快发货",'
    ' "receiver": {"name": "王小明", "phone": "13800001234", "region": "浙江省 杭州市 西湖区",'
    ' "address": "文一西路 1 号"},'
    ' "lines": [{"sku": "BOX-40L", "title": "收纳箱 40L", "quantity": 2, "unit_price": "69.70"},'
    ' {"sku": "BOX-12L", "title": "收纳箱 12L", "quantity": 1, "unit_price": "39.90"}]}'
)
_CONNECTING_AT_ONCE = 200
_PATIENCE_SECONDS = 120


def request(number: str, bearer: str) -> bytes:
    body = (_ORDER % number).encode()
    head = (
        f"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
        f"Idempotency-Key: {number}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Poster(asyncio.Protocol):
    """One connection, which waits for each answer before it posts again."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.rest = b""
        self.began = 0.0
        self.number = ""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def post(self) -> None:
        self.number, raw = self.run.next_request()
        self.began = time.perf_counter()
        self.transport.write(raw)

    def data_received(self, data: bytes) -> None:
        self.rest += data
        head, found, rest = self.rest.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().find(b"content-length:") + 15
        if len(rest) < int(head[at : head.find(b"\r\n", at) if b"\r\n" in head[at:] else None]):
            return
        self.rest = b""
        self.run.answered(self, int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.run.lost(self)


class Run:
    def __init__(self, facts: dict[str, Any]) -> None:
        self.port, self.connections, self.seconds = facts["port"], facts["connections"], facts["seconds"]
        self.bearer, self.first = facts["bearer"], facts["first"]
        self.turn = 0
        self.statuses: Counter[int] = Counter()
        self.taken: list[float] = []
        self.acknowledged: list[str] = []
        self.standing: set[Poster] = set()
        self.ended = asyncio.Event()
        self.end = 0.0

    def next_request(self) -> tuple[str, bytes]:
        number = f"{self.first}-{self.turn}"
        self.turn += 1
        return number, request(number, self.bearer)

    def answered(self, poster: Poster, status: int) -> None:
        now = time.perf_counter()
        self.taken.append(now - poster.began)
        self.statuses[status] += 1
        if status == 202:
            self.acknowledged.append(poster.number)
        if now < self.end:
            poster.post()
        else:
            self._leave(poster)

    def lost(self, poster: Poster) -> None:
        if poster in self.standing:
            self.statuses[0] += 1
            self._leave(poster)

    def _leave(self, poster: Poster) -> None:
        self.standing.discard(poster)
        if not self.standing:
            self.ended.set()

    async def go(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        posters = []
        while len(posters) < self.connections:
            wanted = min(_CONNECTING_AT_ONCE, self.connections - len(posters))
            made = [loop.create_connection(lambda: Poster(self), "127.0.0.1", self.port) for _ in range(wanted)]
            posters += [poster for _, poster in await asyncio.gather(*made)]
        self.standing = set(posters)
        cpu, began = time.process_time(), time.perf_counter()
        self.end = began + self.seconds
        for poster in posters:
            poster.post()
        await asyncio.wait_for(self.ended.wait(), self.seconds + _PATIENCE_SECONDS)
        elapsed = time.perf_counter() - began
        for poster in posters:
            poster.transport.close()
        return {
            "per_second": self.statuses[202] / elapsed,
            "elapsed": elapsed,
            "statuses": self.statuses,
            "p50": _at(self.taken, 0.50),
            "p99": _at(self.taken, 0.99),
            "longest": max(self.taken),
            "own_processor": (time.process_time() - cpu) / elapsed,
            "acknowledged": self.acknowledged,
        }


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.stdout.write(json.dumps(asyncio.run(Run(json.loads(sys.argv[1])).go())))


if __name__ == "__main__":
    main()
