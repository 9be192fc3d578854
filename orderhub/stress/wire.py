"""How does one caller speak to the hub? HTTP/1.1 over a connection of its own, kept open, as slowly as it likes."""

import asyncio
import resource
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from orderhub.kernel.errors import SetupError
from orderhub.stress.messages import Message

_READ_BYTES = 16 * 1024
_SPARE_FILES = 256
DRIPS = 20


@dataclass(frozen=True)
class Answer:
    """``retry_after`` is in seconds, 0: the hub named none."""

    status: int
    retry_after: float

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 300


class Line:
    """One caller's connection; opened anew when it is gone."""

    def __init__(self, url: str) -> None:
        found = urlsplit(url)
        self._host = found.hostname or "127.0.0.1"
        self._is_safe = found.scheme == "https"
        self._port = found.port or (443 if self._is_safe else 80)
        self._host_header = found.netloc
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._talk = h11.Connection(h11.CLIENT)

    @property
    def is_open(self) -> bool:
        return self._streams is not None

    async def open(self) -> None:
        """Raises: OSError."""
        context = ssl.create_default_context() if self._is_safe else None
        self._streams = await asyncio.open_connection(self._host, self._port, ssl=context)
        self._talk = h11.Connection(h11.CLIENT)

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None

    async def ask(self, message: Message, *, drip_seconds: float = 0.0) -> Answer:
        """The hub's answer; a body that drips takes ``drip_seconds``.

        Raises:
            OSError: no connection, or it broke off before there was an answer.
        """
        if self._streams is None:
            await self.open()
        try:
            return await self._asked(message, drip_seconds)
        except h11.ProtocolError as error:
            self.close()
            raise ConnectionResetError("the answer is no HTTP") from error
        except BaseException:
            self.close()
            raise

    async def _asked(self, message: Message, drip_seconds: float) -> Answer:
        assert self._streams  # noqa: S101  (opened by the caller)
        _, writer = self._streams
        given = [("host", self._host_header), ("content-length", str(len(message.body))), *message.headers]
        writer.write(self._talk.send(h11.Request(method="POST", target=message.path, headers=given)) or b"")
        for part in _parts(message.body, DRIPS if drip_seconds else 1):
            writer.write(self._talk.send(h11.Data(data=part)) or b"")
            await writer.drain()
            if drip_seconds:
                await asyncio.sleep(drip_seconds / DRIPS)
        writer.write(self._talk.send(h11.EndOfMessage()) or b"")
        return await self._heard()

    async def _heard(self) -> Answer:
        status, wait = 0, 0.0
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                status, wait = event.status_code, _wait(event)
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the hub hung up")
        if self._talk.our_state is h11.DONE and self._talk.their_state is h11.DONE:
            self._talk.start_next_cycle()
        else:
            self.close()
        return Answer(status, wait)

    async def _event(self) -> object:
        assert self._streams  # noqa: S101
        while (event := self._talk.next_event()) is h11.NEED_DATA:
            self._talk.receive_data(await self._streams[0].read(_READ_BYTES))
        return event


def allow_files(count: int) -> int:
    """Raise this process's limit of open files for ``count`` connections; returns how many it may open.

    Raises:
        SetupError: the machine allows fewer; more processes share them, or the limit is raised.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise SetupError(
                f"{count} connections of one process: at most {hard - _SPARE_FILES} are allowed here; "
                "take more --processes, or raise the limit (ulimit -n)"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def _parts(body: bytes, count: int) -> Iterator[bytes]:
    size = max(1, -(-len(body) // count))
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _wait(response: h11.Response) -> float:
    for name, value in response.headers:
        if name == b"retry-after":
            with suppress(ValueError):
                return float(value)
    return 0.0
