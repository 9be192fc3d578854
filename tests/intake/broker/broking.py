"""Queues of its own for a test, old enough to be trusted; and looks into them."""

import asyncio
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from orderhub.domain.shop import Shop
from orderhub.intake.broker import BrokerThread, Publisher
from orderhub.intake.broker_buffer import BrokerBuffer
from orderhub.intake.broker_topology import (
    SETTLED_AFTER,
    Layout,
    Trust,
    connected,
    declare,
    note_declared,
    read_back,
)
from orderhub.intake.buffer import Arrival, Kept
from orderhub.intake.inbox import MessageKind, Source
from orderhub.intake.table_buffer import TableBuffer
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import transaction
from tests.intake.broker.proxy import Proxy

AMQP_URL = os.environ.get("ORDERHUB_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
PATIENCE_SECONDS = 15


@contextmanager
def queues_of_its_own(*, most: int = 100_000) -> Iterator[Layout]:
    """Declared on the broker; they go with the block."""
    wanted = Layout(AMQP_URL, f"t-{uuid.uuid4().hex[:12]}", most)
    asyncio.run(declare(wanted))
    try:
        yield wanted
    finally:
        asyncio.run(drop(wanted))


def trusted(wanted: Layout, *, age: timedelta = SETTLED_AFTER) -> Layout:
    """The database has it that they were declared ``age`` ago."""
    with transaction() as session:
        note_declared(session, wanted, is_new=True, now=utc_now() - age)
    return wanted


async def drop(wanted: Layout) -> None:
    connection = await connected(wanted, "drop")
    async with connection:
        channel = await connection.channel()
        for name, _ in wanted.queues():
            await channel.queue_delete(name)
        for name in (wanted.exchange, wanted.parked):
            await channel.exchange_delete(name)


def lying(wanted: Layout) -> dict[str, int | None]:
    """How many messages lie ready in each queue that holds some."""

    async def look() -> dict[str, int | None]:
        async with await connected(wanted, "look") as connection:
            return await read_back(connection, wanted)

    return {name: count for name, count in asyncio.run(look()).items() if count != 0}


def lying_in_shards(wanted: Layout) -> int:
    return sum(count or 0 for name, count in lying(wanted).items() if name in wanted.shards())


@contextmanager
def running(thread: BrokerThread) -> Iterator[BrokerThread]:
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


@contextmanager
def a_buffer(wanted: Layout) -> Iterator[tuple[BrokerBuffer, Publisher]]:
    """Ready to take in through the broker."""
    publisher = Publisher(wanted)
    buffer = BrokerBuffer(publisher, TableBuffer())
    buffer.start()
    try:
        eventually(lambda: publisher.trust is Trust.READY)
        yield buffer, publisher
    finally:
        buffer.stop()


def through(wanted: Layout, proxy: Proxy) -> Layout:
    return replace(wanted, url=wanted.url.replace(f":{broker_port()}", f":{proxy.port}"))


def broker_port() -> int:
    return urlsplit(AMQP_URL).port or 5672


def eventually(is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def an_arrival(shop: Shop, number: int, now: datetime, *, version: int = 0, **changes) -> Arrival:
    """``version``: so many seconds after the first one."""
    moment = f"{now + timedelta(seconds=version):%Y-%m-%dT%H:%M:%S.%f}-{version:016x}"
    return replace(Arrival(shop.id, MessageKind.ORDER, f"MP-{number}", moment, "", Source.PULL, now), **changes)


def accept_all(buffer: BrokerBuffer, arrivals: list[Arrival]) -> list[object]:
    """All at once; an error is an answer."""

    async def together() -> list[object]:
        return await asyncio.gather(*[buffer.accept(one) for one in arrivals], return_exceptions=True)

    return asyncio.run(together())


def accept(buffer: BrokerBuffer, arrival: Arrival) -> Kept:
    return asyncio.run(buffer.accept(arrival))
