"""How does the broker stand, seen from a command, and how are its queues declared?"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orderhub.intake.broker_topology import (
    SETTLED_AFTER,
    TROUBLE,
    BrokerTopology,
    Layout,
    Trust,
    connected,
    declare,
    note_declared,
    read_back,
    trust,
)
from orderhub.kernel.db import reading, transaction


@dataclass(frozen=True)
class BrokerStanding:
    """``held``: messages by queue, None where a queue is missing; ``age`` since the queues were declared."""

    trust: Trust
    held: dict[str, int | None] = field(default_factory=dict)
    age: timedelta | None = None
    error: str = ""

    @property
    def settles_in(self) -> timedelta:
        return max(timedelta(), SETTLED_AFTER - self.age) if self.age is not None else timedelta()


def look(wanted: Layout, now: datetime) -> BrokerStanding:
    try:
        held = asyncio.run(_held(wanted))
    except TROUBLE as error:
        return BrokerStanding(Trust.AWAY, error=type(error).__name__)
    with reading() as session:
        row = session.get(BrokerTopology, wanted.name)
    return BrokerStanding(trust(row, wanted, found=held, now=now), held, now - row.declared_at if row else None)


def declare_now(wanted: Layout, now: datetime) -> bool:
    """Make what is missing and note since when it stands; True where anything is new. Safe to repeat.

    Raises:
        SetupError: the broker does not answer, or a queue stands there with other arguments.
    """
    is_new = asyncio.run(declare(wanted))
    with transaction() as session:
        return note_declared(session, wanted, is_new=is_new, now=now).declared_at == now


async def _held(wanted: Layout) -> dict[str, int | None]:
    connection = await connected(wanted, "look")
    try:
        return await read_back(connection, wanted)
    finally:
        await connection.close()
