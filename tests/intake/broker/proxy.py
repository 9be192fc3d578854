"""What stands between the hub and its broker when the line is bad? A relay that can be cut, for tests."""

import asyncio
import socket
import struct
import threading
from contextlib import suppress

_RESET = struct.pack("ii", 1, 0)


class Proxy(threading.Thread):
    """Relays to ``target`` from ``port`` of this machine; ``cut`` resets every connection.

    ``is_shut`` refuses new ones; ``cut_after``: so many more bytes come back, then all is reset, once.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(daemon=True)
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_up = threading.Event()
        self.is_shut = False
        self.cut_after: int | None = None

    def start(self) -> None:
        super().start()
        self._is_up.wait()

    def run(self) -> None:
        asyncio.run(self._serve())

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._reset_all)

    def stop(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(5)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._end.wait()
        server.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_shut:
            _reset(writer)
            return
        back, there = await asyncio.open_connection(*self._target)
        self._writers |= {writer, there}
        await asyncio.gather(self._pump(reader, there, is_back=False), self._pump(back, writer, is_back=True))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_back: bool) -> None:
        with suppress(OSError):
            while given := await reader.read(65536):
                if is_back and self.cut_after is not None:
                    given, self.cut_after = given[: self.cut_after], max(0, self.cut_after - len(given))
                    if not self.cut_after:
                        self.cut_after = None
                        self._reset_all()
                        return
                writer.write(given)
                await writer.drain()
        writer.close()
        self._writers.discard(writer)

    def _reset_all(self) -> None:
        for writer in self._writers:
            _reset(writer)
        self._writers.clear()


def _reset(writer: asyncio.StreamWriter) -> None:
    if sock := writer.get_extra_info("socket"):
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
