"""Which queues stand between the doors and the inbox, who declares them, and may they be trusted yet?

They are declared at deployment (``orderhub broker declare``), never while something is taken in: a quorum queue whose
broker dies in the moments after its declaration comes back empty, with all it had confirmed gone (RabbitMQ 3.10, seen).
So nothing is published before a minute has passed and every queue has been read back.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection, ExchangeType
from aio_pika.connection import Connection, make_url
from aiormq.exceptions import AMQPError, ChannelNotFoundEntity, ChannelPreconditionFailed
from sqlmodel import Field, Session, SQLModel

from orderhub.kernel.columns import Moment
from orderhub.kernel.errors import SetupError
from orderhub.kernel.ids import digest
from orderhub.kernel.settings import settings

SHARDS = 8
SETTLED_AFTER = timedelta(seconds=60)
PREFETCH = 16
# Whoever lies beside a message that kills its taker comes back with it, and each time gets past it with a chance of
# nearly a half: one in 100,000 would be taken for a killer itself.
DELIVERY_LIMIT = 20
CONNECT_SECONDS = 5
TROUBLE = (AMQPError, OSError, TimeoutError, RuntimeError)  # what aio-pika raises when its broker is away

log = structlog.get_logger()


class BrokerTopology(SQLModel, table=True):
    """What was declared, and when; ``shape`` is the digest of how."""

    __tablename__ = "broker_topology"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True, max_length=64)
    shape: str = Field(max_length=64)
    declared_at: datetime = Field(sa_type=Moment)


class Trust(StrEnum):
    """Whether messages may be laid into the queues."""

    AWAY = "away"  # the broker does not answer
    UNDECLARED = "undeclared"  # queues are missing, or stand otherwise than this version wants them
    SETTLING = "settling"
    READY = "ready"


@dataclass(frozen=True)
class Layout:
    """``most``: so many messages at most in all shards together."""

    url: str
    name: str
    most: int

    @property
    def exchange(self) -> str:
        return f"{self.name}.inbox"

    @property
    def parked(self) -> str:
        """Exchange and queue of what was delivered in vain."""
        return f"{self.name}.parked"

    @property
    def unreadable(self) -> str:
        """What was parked and cannot even enter the hub's dead letters."""
        return f"{self.name}.unreadable"

    def shard(self, number: int) -> str:
        return f"{self.name}.inbox.{number}"

    def shards(self) -> list[str]:
        return [self.shard(number) for number in range(SHARDS)]

    def queues(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each with its arguments."""
        quorum = {"x-queue-type": "quorum"}
        for name in self.shards():
            yield (
                name,
                quorum
                | {
                    "x-single-active-consumer": True,
                    "x-max-length": max(1, self.most // SHARDS),
                    "x-overflow": "reject-publish",
                    "x-delivery-limit": DELIVERY_LIMIT,
                    "x-dead-letter-exchange": self.parked,
                    "x-dead-letter-strategy": "at-least-once",
                },
            )
        yield self.parked, quorum
        yield self.unreadable, quorum

    @property
    def shape(self) -> str:
        return digest(repr(sorted(self.queues(), key=str)))


def layout() -> Layout | None:
    """As the settings have it; None without a broker."""
    url = settings().amqp_url.get_secret_value()
    return Layout(url, settings().amqp_name, settings().amqp_most) if url else None


def routing_key(shop_id: int, number: str) -> str:
    """All that concerns one number of one shop goes one way, in order."""
    return str(binascii.crc32(f"{shop_id}:{number}".encode()) % SHARDS)


async def connected(wanted: Layout, purpose: str) -> AbstractConnection:
    """Raises one of ``TROUBLE``."""
    connection = Connection(make_url(wanted.url), client_properties={"connection_name": f"{wanted.name} {purpose}"})
    try:
        await connection.connect(timeout=CONNECT_SECONDS)
    except BaseException:
        await connection.close()
        raise
    return connection


async def declare(wanted: Layout) -> bool:
    """Make what is missing; True where anything was. Safe to repeat.

    Raises:
        SetupError: the broker does not answer, or a queue stands there with other arguments.
    """
    try:
        connection = await connected(wanted, "declare")
    except TROUBLE as error:
        raise SetupError(f"the broker does not answer: {type(error).__name__}") from error
    async with connection:
        is_new = None in (await read_back(connection, wanted)).values()
        try:
            channel = await connection.channel()
            exchange = await channel.declare_exchange(wanted.exchange, ExchangeType.DIRECT, durable=True)
            parking = await channel.declare_exchange(wanted.parked, ExchangeType.FANOUT, durable=True)
            for name, arguments in wanted.queues():
                queue = await channel.declare_queue(name, durable=True, arguments=arguments)
                if name == wanted.parked:
                    await queue.bind(parking)
                elif name != wanted.unreadable:
                    await queue.bind(exchange, routing_key=name.rpartition(".")[2])
        except ChannelPreconditionFailed as error:
            said = "a queue stands with other arguments: stop the doors, let it run empty, delete it, declare again"
            raise SetupError(f"{said} ({error})") from error
        except TROUBLE as error:
            raise SetupError(f"the broker did not declare: {type(error).__name__}: {error}") from error
    return is_new


def note_declared(session: Session, wanted: Layout, *, is_new: bool, now: datetime) -> BrokerTopology:
    """The minute counts from ``now`` where anything ``is_new``, and from before where all stood already."""
    row = session.get(BrokerTopology, wanted.name)
    if row is None or row.shape != wanted.shape or is_new:
        row = row or BrokerTopology(name=wanted.name, shape=wanted.shape, declared_at=now)
        row.shape, row.declared_at = wanted.shape, now
        session.add(row)
    return row


async def read_back(connection: AbstractConnection, wanted: Layout) -> dict[str, int | None]:
    """How many messages lie ready in each queue, as its leader answers; None where there is no such queue.

    Raises one of ``TROUBLE``: a queue has no leader, for one.
    """
    found: dict[str, int | None] = {}
    channel = await connection.channel()
    for name, _ in wanted.queues():
        try:
            queue = await channel.declare_queue(name, passive=True, timeout=CONNECT_SECONDS)
            found[name] = queue.declaration_result.message_count or 0
        except ChannelNotFoundEntity:
            found[name] = None
            channel = await connection.channel()  # whoever asks for what is missing loses the channel
    await channel.close()
    return found


def trust(row: BrokerTopology | None, wanted: Layout, *, found: dict[str, int | None], now: datetime) -> Trust:
    """Of a broker that answers; ``row`` is what the database knows of its queues."""
    if None in found.values() or row is None or row.shape != wanted.shape:
        return Trust.UNDECLARED
    return Trust.READY if now - row.declared_at >= SETTLED_AFTER else Trust.SETTLING
