"""What stands between this process and the broker: its publisher behind the doors, its consumers before the inbox?"""

from dataclasses import dataclass
from datetime import datetime

from orderhub.intake.broker import Publisher
from orderhub.intake.broker_buffer import BrokerBuffer
from orderhub.intake.broker_consumer import Consumers
from orderhub.intake.broker_topology import layout
from orderhub.intake.buffer import use_buffer
from orderhub.intake.table_buffer import TableBuffer


@dataclass(frozen=True)
class AtBroker:
    """``oldest_at`` is about when what has waited longest came in."""

    waiting: int = 0
    oldest_at: datetime | None = None


class BrokerService:
    """Does nothing where the settings name no broker; ``start`` and ``stop`` may be called once each."""

    def __init__(self) -> None:
        self._buffer: BrokerBuffer | None = None
        self._consumers: Consumers | None = None

    def start(self) -> None:
        global _present
        wanted = layout()
        if wanted is None:
            return
        self._buffer = BrokerBuffer(Publisher(wanted), TableBuffer())
        self._buffer.start()
        use_buffer(self._buffer)
        self._consumers = _present = Consumers(wanted)
        self._consumers.start()

    def stop(self) -> None:
        """Returns when nothing is in flight any more; what was not acknowledged comes again."""
        global _present
        if self._buffer:
            use_buffer(None)
            self._buffer.stop()
        if self._consumers:
            _present = None
            self._consumers.stop()


_present: Consumers | None = None


def at_broker() -> AtBroker:
    """What the broker holds, as this process saw it at its last look a few seconds ago."""
    return AtBroker(_present.waiting, _present.oldest_at) if _present else AtBroker()
