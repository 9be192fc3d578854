"""Which queues does a drill use? Its own, and beside them a witness: a copy of all that the broker took in.

Without it nobody could tell whether orders went through the broker, or past it into the inbox table.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from orderhub.intake.broker_topology import SHARDS, Layout, connected
from orderhub.kernel.db import close_database, open_database
from tests.intake.broker.broking import queues_of_its_own, trusted


@contextmanager
def broker_of_its_own() -> Iterator[Layout]:
    """Queues and witness go with the block."""
    with queues_of_its_own() as wanted:
        asyncio.run(_witness(wanted))
        try:
            yield wanted
        finally:
            asyncio.run(_witness(wanted, is_over=True))


def told_of(broker: Layout, url: str) -> dict[str, str]:
    """What a hub's environment says. Its queues are trusted from the first moment, not a minute after declaration."""
    open_database(url)
    trusted(broker)
    close_database()
    return {"ORDERHUB_AMQP_URL": broker.url, "ORDERHUB_AMQP_NAME": broker.name}


def witnessed(broker: Layout) -> int:
    """How many messages the broker took in, the same one twice counted twice."""
    return asyncio.run(_witness(broker))


async def _witness(broker: Layout, *, is_over: bool = False) -> int:
    async with await connected(broker, "witness") as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(f"{broker.name}.witness", durable=True)
        for number in range(SHARDS):
            await queue.bind(broker.exchange, routing_key=str(number))
        if is_over:
            await queue.delete(if_unused=False, if_empty=False)
        return queue.declaration_result.message_count or 0
