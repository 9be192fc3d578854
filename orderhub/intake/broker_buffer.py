"""What do the doors give their arrivals to where a broker stands before the inbox?

Kept means: confirmed by the broker, or, while it is away, committed to the inbox table. One way or the other the
message is taken once: the inbox's unique key absorbs what went both ways.
"""

import asyncio

from orderhub.intake.broker import BrokerAway, BrokerFull, Publisher
from orderhub.intake.broker_topology import routing_key
from orderhub.intake.buffer import Arrival, Buffer, BufferFull, Kept
from orderhub.intake.door_check import DoorCheck
from orderhub.intake.room import room
from orderhub.kernel.settings import settings


class BrokerBuffer:
    """``table`` takes in what the broker cannot."""

    def __init__(self, publisher: Publisher, table: Buffer) -> None:
        self._publisher = publisher
        self._table = table
        self._check = DoorCheck()

    async def accept(self, arrival: Arrival) -> Kept:
        if (arrival.mark or arrival.is_strict) and (known := await asyncio.wrap_future(self._check.ask(arrival))):
            if isinstance(known, Exception):
                raise known
            return known
        try:
            laid = self._publisher.lay(routing_key(arrival.shop_id, arrival.number), arrival.to_bytes())
            await asyncio.wrap_future(laid)
        except BrokerFull:
            wait = room.wait_of_full(settings().buffer_most)
            raise BufferFull("too much waits: send it again later", retry_after=wait) from None
        except BrokerAway:
            return await self._table.accept(arrival)
        return Kept(is_new=True)

    def depth(self) -> int:
        return self._table.depth() + self._publisher.waiting

    def start(self) -> None:
        self._publisher.start()

    def stop(self) -> None:
        self._publisher.stop()
        self._check.close()
