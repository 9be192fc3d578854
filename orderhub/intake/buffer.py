"""Where does everything that comes in wait until it is understood? Behind every door stands one buffer.

A door checks what came, seals it into an ``Arrival`` and gives it to ``buffer()``; it answers its sender only once the
buffer has it durably. The inbox table is the buffer at hand (``intake/table_buffer.py``).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orderhub.domain.buyer_contact import SealedContact
from orderhub.intake.inbox import MessageKind, Source
from orderhub.kernel.errors import OrderHubError, RuleBroken, TooMany


class VersionConflict(RuleBroken):
    code = "version_conflict"


class KeyReused(RuleBroken):
    code = "idempotency_key_reused"


class BufferFull(TooMany):
    """Nothing was stored; ``retry_after`` is how long the working off takes by what is measured of it."""

    code = "buffer_full"


class BufferAway(OrderHubError):
    """It is not known to be kept; whoever sends it again does no harm."""

    code = "buffer_away"
    http_status = 503


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it waits: ``body`` is sealed in its place in the inbox, and unique by shop, kind, number, version.

    ``mark`` and ``content`` are the idempotency key's digest and that of what it was used for; ``contact`` is kept
    beside the message, whoever understands it later.
    """

    shop_id: int
    kind: MessageKind
    number: str
    version: str
    body: str
    source: Source
    received_at: datetime
    mark: str = ""
    content: str = ""
    contact: SealedContact | None = None

    @property
    def is_strict(self) -> bool:
        """Another content of the same moment is a conflict: whoever posts may put it right; a platform may not."""
        return self.source is Source.API and self.kind is MessageKind.ORDER

    @property
    def moment(self) -> str:
        """What all versions of one moment begin with."""
        return self.version.rpartition("-")[0]

    @property
    def place(self) -> tuple[int, str, str]:
        """Whose versions are compared: shop, kind and number."""
        return self.shop_id, self.kind, self.number

    def to_bytes(self) -> bytes:
        """For a broker: JSON, what is sealed stays sealed."""
        contact = self.contact and (self.contact.sealed, self.contact.phone_mark, self.contact.tail_mark)
        row = (self.shop_id, self.kind, self.number, self.version, self.body, self.source, self.received_at.isoformat())
        return json.dumps((*row, self.mark, self.content, contact), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Arrival":
        """Raises: ValueError: not what ``to_bytes`` made."""
        try:
            shop_id, kind, number, version, body, source, received_at, mark, content, contact = json.loads(raw)
            return cls(
                shop_id,
                MessageKind(kind),
                number,
                version,
                body,
                Source(source),
                datetime.fromisoformat(received_at),
                mark,
                content,
                SealedContact(*contact) if contact else None,
            )
        except TypeError as error:
            raise ValueError("not an arrival") from error


@dataclass(frozen=True, slots=True)
class Kept:
    """``is_new``: it was not here before. A buffer that does not know until later says it is."""

    is_new: bool


class Buffer(Protocol):
    async def accept(self, arrival: Arrival) -> Kept:
        """Returns once ``arrival`` is kept durably. Safe to repeat.

        Raises:
            VersionConflict: another content of the same moment is here.
            KeyReused: its idempotency key was used for another content.
            BufferFull: too much waits, of all shops or of this one; nothing was stored.
            BufferAway: it could not be stored now.
        """
        ...

    def depth(self) -> int:
        """About how many wait, at no cost."""
        ...


_present: Buffer | None = None


def buffer() -> Buffer:
    """The buffer of this process: the inbox table, unless ``use_buffer`` said otherwise."""
    global _present
    if _present is None:
        from orderhub.intake.table_buffer import TableBuffer  # noqa: PLC0415  (it is made of what is above)

        _present = TableBuffer()
    return _present


def use_buffer(given: Buffer | None) -> None:
    """``given`` takes in from now on; None: the inbox table again."""
    global _present
    _present = given
