"""How does a message get into the broker's queues, and only then be answered?

A thread of its own keeps one connection; whoever lays something down waits for the broker's confirm. While the broker
is away, or its queues may not be trusted yet, nothing is laid down: the caller goes to the inbox table instead.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import cast

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError, PublishError
from pamqp.commands import Basic
from sqlalchemy.exc import SQLAlchemyError

from orderhub.intake.broker_topology import TROUBLE, BrokerTopology, Layout, Trust, connected, read_back, trust
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading

WINDOW = 64  # so many lie unconfirmed at once; more gains nothing
CONFIRM_SECONDS = 3.0
LOOK_SECONDS = 2.0
RETRY_SECONDS = 0.5
LOST_SECONDS = 60.0  # a broker that starts again refuses much in its first minute
STOP_SECONDS = 10.0
_DURABLE = 2

log = structlog.get_logger()


class BrokerAway(Exception):
    """Nothing was confirmed; whether it was taken in is not known."""


class BrokerFull(Exception):
    """The broker has refused it: nothing was taken in."""


class BrokerThread(threading.Thread):
    """Keeps a connection to the broker as long as it runs; a lost one is made anew, with new channels."""

    def __init__(self, wanted: Layout, purpose: str) -> None:
        super().__init__(name=f"broker-{purpose}", daemon=True)
        self.layout = wanted
        self.held: dict[str, int | None] = {}
        self._purpose = purpose
        self._started = threading.Event()
        self._lost_since: float | None = None
        self._is_reported = False

    def start(self) -> None:
        super().start()
        self._started.wait()

    def run(self) -> None:
        asyncio.run(self._live())

    def stop(self) -> None:
        """Returns when nothing is in flight any more, at most after 10 s."""
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._end)
        self.join(STOP_SECONDS)

    @property
    def waiting(self) -> int:
        """Messages that lay in the shards at the last look."""
        return sum(self.held.get(name) or 0 for name in self.layout.shards())

    def _end(self) -> None:
        self._closing.set()
        self._broken.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing, self._broken = asyncio.Event(), asyncio.Event()
        self._prepare()
        self._started.set()
        while not self._closing.is_set():
            try:
                await self._connect_and_serve()
            except TROUBLE as error:
                self._note_trouble(error)
            await pause(self._closing, RETRY_SECONDS)

    async def _connect_and_serve(self) -> None:
        self._broken.clear()
        connection = await connected(self.layout, self._purpose)
        connection.close_callbacks.add(lambda *_: self._broken.set())
        try:
            await self._serve(connection)
        finally:
            self._leave()
            with suppress(*TROUBLE):
                await asyncio.wait_for(connection.close(), CONFIRM_SECONDS)
            await connection.close()  # where the line is dead, only this is noted as its end

    def _note_trouble(self, error: BaseException) -> None:
        """The first minute is a broker that starts again; only then is it lost."""
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since, self._is_reported = now, False
            log.warning("broker_away", purpose=self._purpose, error=type(error).__name__)
        elif now - self._lost_since > LOST_SECONDS and not self._is_reported:
            self._is_reported = True
            log.error("broker_lost", purpose=self._purpose, error=type(error).__name__)

    def _note_well(self) -> None:
        if self._lost_since is not None:
            log.info("broker_back", purpose=self._purpose, seconds=round(time.monotonic() - self._lost_since, 1))
        self._lost_since = None

    def _prepare(self) -> None:
        """What needs the loop is made here."""

    async def _serve(self, connection: AbstractConnection) -> None:
        """Until ``_broken`` is set."""
        raise NotImplementedError

    def _leave(self) -> None:
        """The connection is of no use any more."""


class Publisher(BrokerThread):
    """``trust`` says whether ``lay`` would be refused at once."""

    def __init__(self, wanted: Layout, *, declared: Callable[[str], BrokerTopology | None] | None = None) -> None:
        super().__init__(wanted, "publish")
        self.trust = Trust.AWAY
        self._declared = declared or _declared
        self._row: BrokerTopology | None = None
        self._channel: Channel | None = None
        self._guard = threading.Lock()
        self._wishes: deque[tuple[str, bytes, Future[None]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def lay(self, key: str, body: bytes) -> Future[None]:
        """Done once the broker has confirmed that it keeps ``body``; ends in BrokerAway or BrokerFull otherwise."""
        laid: Future[None] = Future()
        if self.trust is not Trust.READY:
            laid.set_exception(BrokerAway(self.trust))
            return laid
        with self._guard:
            self._wishes.append((key, body, laid))
            is_first = len(self._wishes) == 1
        if is_first:  # one wake-up for all who come until the loop has a look
            try:
                self._loop.call_soon_threadsafe(self._take_up)
            except RuntimeError:
                self._refuse_all()
        return laid

    def _prepare(self) -> None:
        self._window = asyncio.Semaphore(WINDOW)

    async def _serve(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(on_return_raises=True)
        channel.close_callbacks.add(lambda *_: self._broken.set())
        self._channel = cast("Channel", await channel.get_underlay_channel())
        while not self._broken.is_set():
            self.held = await read_back(connection, self.layout)
            self._row = await asyncio.to_thread(self._read_row)
            self._stand(trust(self._row, self.layout, found=self.held, now=utc_now()))
            self._note_well()
            await pause(self._broken, LOOK_SECONDS)
        if not self._closing.is_set():
            raise ConnectionError("the channel is closed")

    def _leave(self) -> None:
        self._channel = None
        self._stand(Trust.AWAY)

    def _stand(self, found: Trust) -> None:
        if found is not self.trust:
            log.info("broker_trust", trust=found)
            self.trust = found

    def _read_row(self) -> BrokerTopology | None:
        """A database that is away has said before what it would say now."""
        try:
            return self._declared(self.layout.name)
        except SQLAlchemyError:
            return self._row

    def _take_up(self) -> None:
        with self._guard:
            wishes, self._wishes = self._wishes, deque()
        for wish in wishes:
            task = self._loop.create_task(self._fulfil(*wish))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fulfil(self, key: str, body: bytes, laid: Future[None]) -> None:
        try:
            async with self._window:
                await self._publish(key, body)
        except (BrokerAway, BrokerFull) as error:
            laid.set_exception(error)
        except BaseException as error:
            laid.set_exception(BrokerAway(type(error).__name__))
            raise
        else:
            laid.set_result(None)

    async def _publish(self, key: str, body: bytes) -> None:
        if self._channel is None or self.trust is not Trust.READY:
            raise BrokerAway(self.trust)
        # aiormq makes a message id of its own: it finds a returned message by it, so that two must never share one.
        try:
            await self._channel.basic_publish(
                body,
                exchange=self.layout.exchange,
                routing_key=key,
                properties=Basic.Properties(delivery_mode=_DURABLE),
                mandatory=True,
                timeout=CONFIRM_SECONDS,
                wait=False,
            )
        except PublishError as error:  # no queue took it
            self._broken.set()
            raise BrokerAway("returned") from error
        except DeliveryError as error:
            raise BrokerFull(self.layout.name) from error
        except TROUBLE as error:
            self._broken.set()
            raise BrokerAway(type(error).__name__) from error

    def _refuse_all(self) -> None:
        with self._guard:
            wishes, self._wishes = self._wishes, deque()
        for _, _, laid in wishes:
            laid.set_exception(BrokerAway("stopped"))

    def stop(self) -> None:
        super().stop()
        self._refuse_all()


def _declared(name: str) -> BrokerTopology | None:
    with reading() as session:
        return session.get(BrokerTopology, name)


async def pause(until: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)
