"""How does what the broker holds come into the inbox? In batches: one transaction, its commit, then the answer.

A process that dies between commit and acknowledgement gets the same messages again, and the inbox's unique key absorbs
them. Each queue has one active consumer among all processes, so that what concerns one number keeps its order.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from orderhub.intake.broker import LOOK_SECONDS, BrokerThread, pause
from orderhub.intake.broker_parked import keep_parked, keep_refused
from orderhub.intake.broker_topology import PREFETCH, Layout, read_back
from orderhub.intake.buffer import Arrival
from orderhub.intake.table_buffer import Answer, keep_arrivals
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import AWAY, reading, transaction
from orderhub.kernel.errors import RuleBroken
from orderhub.kernel.eventlog import batched

DATABASE_POLL_SECONDS = 1.0
# Then they go back: the broker would end a consumer that keeps them unacknowledged for half an hour.
HOLD_SECONDS = 60.0
_PARTS = 8

log = structlog.get_logger()


class DatabaseAway(ConnectionError):
    pass


class Verdict(StrEnum):
    KEPT = "kept"
    PARK = "park"


@dataclass(frozen=True, slots=True)
class _Delivery:
    message: AbstractIncomingMessage
    is_parked: bool


class Consumers(BrokerThread):
    """``taken_at`` is when the message that was taken last had come in."""

    def __init__(self, wanted: Layout) -> None:
        super().__init__(wanted, "consume")
        self.taken_at: datetime | None = None

    @property
    def oldest_at(self) -> datetime | None:
        """About when what still waits at the broker came in; None where nothing waits."""
        return self.taken_at if self.waiting else None

    async def _serve(self, connection: AbstractConnection) -> None:
        await self._wait_for_database()
        await self._wait_for_queues(connection)
        self._arrived: asyncio.Queue[_Delivery] = asyncio.Queue()
        for name in self.layout.shards():
            await self._consume(connection, name, is_parked=False)
        await self._consume(connection, self.layout.parked, is_parked=True)
        self._note_well()
        looker = asyncio.create_task(self._look(connection))
        try:
            while batch := await self._next():
                await self._take(connection, batch)
        finally:
            looker.cancel()
            with suppress(asyncio.CancelledError):
                await looker
        if not self._closing.is_set():
            raise ConnectionError("a channel is closed")

    async def _wait_for_database(self) -> None:
        while not self._broken.is_set() and not await asyncio.to_thread(_can_read):
            await pause(self._broken, DATABASE_POLL_SECONDS)

    async def _wait_for_queues(self, connection: AbstractConnection) -> None:
        while not self._broken.is_set():
            self.held = await read_back(connection, self.layout)
            if None not in self.held.values():
                return
            await pause(self._broken, LOOK_SECONDS)

    async def _consume(self, connection: AbstractConnection, name: str, *, is_parked: bool) -> None:
        channel = await connection.channel(publisher_confirms=False)
        channel.close_callbacks.add(lambda *_: self._broken.set())
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(name, ensure=False)

        async def arrived(message: AbstractIncomingMessage) -> None:
            self._arrived.put_nowait(_Delivery(message, is_parked))

        await queue.consume(arrived)

    async def _look(self, connection: AbstractConnection) -> None:
        while not self._broken.is_set():
            await pause(self._broken, LOOK_SECONDS)
            try:
                self.held = await read_back(connection, self.layout)
            except Exception as error:  # noqa: BLE001  (whatever it is, the connection is of no more use)
                log.info("broker_look_failed", error=type(error).__name__)
                self._broken.set()
            if None in self.held.values():
                self._broken.set()

    async def _next(self) -> list[_Delivery]:
        """What has arrived, at least one; nothing once the connection is of no more use."""
        first = asyncio.ensure_future(self._arrived.get())
        broken = asyncio.ensure_future(self._broken.wait())
        await asyncio.wait((first, broken), return_when=asyncio.FIRST_COMPLETED)
        broken.cancel()
        if self._broken.is_set():
            first.cancel()
            return []
        batch = [first.result()]
        while not self._arrived.empty():
            batch.append(self._arrived.get_nowait())
        return batch

    async def _take(self, connection: AbstractConnection, batch: Sequence[_Delivery]) -> None:
        arrived = [delivery.message for delivery in batch if not delivery.is_parked]
        for few in in_parts([message for message in arrived if message.redelivered]):
            await self._keep(few)
        if fresh := [message for message in arrived if not message.redelivered]:
            await self._keep(fresh)
        for delivery in batch:
            if delivery.is_parked:
                await self._unpark(connection, delivery.message)

    async def _keep(self, messages: Sequence[AbstractIncomingMessage]) -> None:
        verdicts = await self._patiently(keep_batch, [message.body for message in messages])
        await self._settle(messages, verdicts)

    async def _settle(self, messages: Sequence[AbstractIncomingMessage], verdicts: Sequence[Verdict]) -> None:
        """One acknowledgement a channel covers all up to it, so that what is parked has to leave first.

        What was delivered again is not taken in the order in which it came: each has an acknowledgement of its own.
        """
        last: dict[int, AbstractIncomingMessage] = {}
        for message, verdict in zip(messages, verdicts, strict=True):
            if verdict is Verdict.PARK:
                log.warning("arrival_parked", queue=message.routing_key, bytes=len(message.body))
                await message.reject(requeue=False)
            elif message.redelivered:
                await message.ack()
            else:
                last[id(message.channel)] = message
        for message in last.values():
            await message.ack(multiple=True)

    async def _unpark(self, connection: AbstractConnection, message: AbstractIncomingMessage) -> None:
        is_worn_out = message.headers.get("x-first-death-reason") == "delivery_limit"
        if not await self._patiently(_take_parked, message.body, is_worn_out):
            await self._lay_aside(connection, message.body)
        await message.ack()

    async def _lay_aside(self, connection: AbstractConnection, body: bytes) -> None:
        log.error("arrival_unreadable", bytes=len(body), queue=self.layout.unreadable)
        async with await connection.channel(on_return_raises=True) as channel:
            aside = Message(body, delivery_mode=DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(aside, self.layout.unreadable, mandatory=True)

    async def _patiently(self, work: Callable[..., Any], *given: Any) -> Any:
        """What ``work`` answers, as soon as the database takes it. Raises: DatabaseAway: not within a minute."""
        began = time.monotonic()
        while True:
            try:
                return await asyncio.to_thread(work, *given)
            except DatabaseAway:
                if self._broken.is_set() or time.monotonic() - began > HOLD_SECONDS:
                    raise
                await pause(self._broken, DATABASE_POLL_SECONDS)


def in_parts(again: Sequence[AbstractIncomingMessage]) -> Iterator[list[AbstractIncomingMessage]]:
    """How messages are taken whose taker has died: one of them may be what killed it.

    What concerns one number stays in order; beyond that chance decides, so that the others get past a killer before
    the broker has delivered them too often. An eighth at a time: where every taker lives for a second only, whatever
    kills it, one message a transaction would not get through them.
    """
    together: dict[object, list[AbstractIncomingMessage]] = {}
    for message in again:
        together.setdefault(_place(message.body), []).append(message)
    places = list(together)
    random.shuffle(places)
    mixed = [message for place in places for message in together[place]]
    yield from batched(mixed, max(1, len(mixed) // _PARTS))


def _place(body: bytes) -> object:
    with suppress(ValueError):
        return Arrival.from_bytes(body).place
    return body


def keep_batch(bodies: Sequence[bytes]) -> list[Verdict]:
    """Into the inbox with one transaction, unless the database refuses one of them; what came before is absorbed.

    Raises:
        DatabaseAway: nothing of it is known to be kept; try it again.
    """
    verdicts = [Verdict.KEPT] * len(bodies)
    arrivals: dict[int, Arrival] = {}
    for place, body in enumerate(bodies):
        try:
            arrivals[place] = Arrival.from_bytes(body)
        except ValueError:
            verdicts[place] = Verdict.PARK
    answers = _keep(list(arrivals.values()))
    refused = []
    for place, answer in zip(arrivals, answers, strict=True):
        if isinstance(answer, RuleBroken):
            refused.append((arrivals[place], answer))
        elif isinstance(answer, Exception):
            verdicts[place] = Verdict.PARK
    _in_database(lambda: keep_refused(refused, utc_now()))
    return verdicts


def _keep(arrivals: Sequence[Arrival]) -> list[Answer]:
    """In halves where the whole is refused, until the one that cannot be kept stands alone with its error."""
    if not arrivals:
        return []
    try:
        return _in_database(lambda: _keep_together(arrivals))
    except DatabaseAway:
        raise
    except Exception as error:  # noqa: BLE001  (one bad arrival never harms its neighbours)
        if len(arrivals) == 1:
            return [error]
    middle = len(arrivals) // 2
    return _keep(arrivals[:middle]) + _keep(arrivals[middle:])


def _keep_together(arrivals: Sequence[Arrival]) -> list[Answer]:
    with transaction() as session:
        return keep_arrivals(session, arrivals)


def _take_parked(body: bytes, is_worn_out: bool) -> bool:  # noqa: FBT001
    return _in_database(lambda: keep_parked(body, is_worn_out=is_worn_out, now=utc_now()))


def _in_database(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except AWAY as error:
        raise DatabaseAway(type(error).__name__) from error


def _can_read() -> bool:
    try:
        with reading() as session:
            session.connection().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
