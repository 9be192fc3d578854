"""How many arrivals a second does the broker's buffer confirm, beside aio-pika alone with the same window?

Both send the same bytes through the same kind of queues, in turns, each in a loop of its own.
"""

import asyncio
import time
from collections.abc import Iterator
from statistics import median

import aio_pika

from orderhub.intake.broker import WINDOW
from orderhub.intake.broker_consumer import Consumers
from orderhub.intake.broker_topology import Layout, connected, routing_key
from orderhub.intake.buffer import Arrival, Kept
from orderhub.intake.inbox import MessageKind, Source, body_place, depth
from orderhub.kernel.db import Database, reading
from orderhub.kernel.secrets import seal
from tests import builders
from tests.intake.broker.broking import a_buffer, queues_of_its_own, trusted
from tests.intake.builders import add_shop

from .measuring import Figure

ARRIVALS = 4_000
TURNS = 3
LEAST = 60  # per cent
_BODY = '{"items":[{"price":3990,"quantity":2,"sku":"BOX-12L"}],"paid_at":"2026-11-24T09:00:00+08:00"}' * 8


def run(database: Database) -> Iterator[Figure]:
    if database.embedded:
        return
    shop = add_shop(now=builders.NOW)
    with queues_of_its_own() as wanted, a_buffer(trusted(wanted)) as (buffer, _):
        ours, bare = [], []
        for turn in range(TURNS):
            arrivals = [_arrival(shop.id, f"{turn}-{number}") for number in range(ARRIVALS)]
            bare.append(asyncio.run(_bare(wanted, arrivals)))
            ours.append(asyncio.run(_ours(buffer, arrivals)))
        yield Figure("broker: arrivals confirmed through the buffer", median(ours), "/s")
        yield Figure("broker: the same bytes by aio-pika alone", median(bare), "/s")
        ratios = [100 * one / other for one, other in zip(ours, bare, strict=True)]
        yield Figure("broker: ours of the bare, median of the turns", median(ratios), "%", LEAST, is_rate=True)
        yield Figure("broker: into the inbox, one process", _drained(wanted, ARRIVALS * TURNS), "/s")


def _arrival(shop_id: int, number: str) -> Arrival:
    version = "2026-11-24T01:00:00.000000-0"
    body = seal(_BODY, body_place(shop_id, MessageKind.ORDER, number, version))
    return Arrival(shop_id, MessageKind.ORDER, number, version, body, Source.PUSH, builders.NOW)


async def _ours(buffer, arrivals: list[Arrival]) -> float:
    began = time.perf_counter()
    answers = await asyncio.gather(*[buffer.accept(one) for one in arrivals])
    assert answers == [Kept(is_new=True)] * len(arrivals)
    return len(arrivals) / (time.perf_counter() - began)


async def _bare(wanted: Layout, arrivals: list[Arrival]) -> float:
    """``WINDOW`` lie unconfirmed at once."""
    ready = [(routing_key(one.shop_id, one.number), one.to_bytes()) for one in arrivals]
    async with await connected(wanted, "benchmark") as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange(wanted.exchange, ensure=False)
        window = asyncio.Semaphore(WINDOW)

        async def publish(key: str, body: bytes) -> None:
            async with window:
                persistent = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
                await exchange.publish(persistent, key, mandatory=True)

        began = time.perf_counter()
        await asyncio.gather(*[publish(*one) for one in ready])
        return len(arrivals) / (time.perf_counter() - began)


def _drained(wanted: Layout, count: int) -> float:
    """The bare ones come again, and are absorbed: twice as many messages as arrivals."""
    consumers = Consumers(wanted)
    began = time.perf_counter()
    consumers.start()
    try:
        while _kept() < count or consumers.waiting:
            time.sleep(0.02)
        return 2 * count / (time.perf_counter() - began)
    finally:
        consumers.stop()


def _kept() -> int:
    with reading() as session:
        return depth(session).waiting
