"""What does a bad network do to a connection? A TCP proxy between two who trust theirs.

``pass``: nothing. ``cut``: refuses whoever comes, and resets who is there. ``blackhole``: takes everything and
answers nothing, for good on what is open then. ``delay``: every piece waits ``seconds``.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from .hubs import free_port


class Proxy:
    def __init__(self, to_port: int) -> None:
        self.port = free_port()
        self.mode = "pass"
        self.seconds = 0.0
        self._to_port = to_port

    async def serve(self) -> None:
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        try:
            async with server:
                await server.serve_forever()
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.mode == "cut":
                raise ConnectionError
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            _reset(writer)
        else:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, OSError), closing(writer):
            while piece := await reader.read(65536):
                if self.mode == "cut":
                    _reset(writer)
                    return
                if self.mode == "blackhole":
                    await asyncio.sleep(3600)
                if self.mode == "delay":
                    await asyncio.sleep(self.seconds)
                writer.write(piece)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    known = writer.get_extra_info("socket")
    if known:
        known.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def proxied(to_port: int) -> Iterator[Proxy]:
    proxy = Proxy(to_port)
    loop = asyncio.new_event_loop()
    task = loop.create_task(proxy.serve())

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(asyncio.sleep(0))  # what was closed says so to its own
        loop.close()

    thread = threading.Thread(target=run, name="proxy", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
