"""A connection like a telephone's: every byte late, few bytes a second. It stands before the hub as TCP.

What a browser emulates by itself spares the socket; this does not.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Chrome's "Slow 3G".
ROUND_TRIP_SECONDS = 0.4
DOWN_BYTES, UP_BYTES = 50_000, 50_000  # a second
_PIECE = 2_048


class _Lane:
    """One way of the line, shared by all connections: a piece waits until those before it are through."""

    def __init__(self, bytes_a_second: int) -> None:
        self._rate, self._free_at = bytes_a_second, 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Delay keeps pieces in their order and never slows them down; bandwidth does."""
        loop = asyncio.get_running_loop()
        arrivals: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(self._deliver(arrivals, writer))
        try:
            while piece := await reader.read(_PIECE):
                self._free_at = max(loop.time(), self._free_at) + len(piece) / self._rate
                await asyncio.sleep(max(0.0, self._free_at - loop.time()))
                arrivals.put_nowait((loop.time() + ROUND_TRIP_SECONDS / 2, piece))
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            delivering.cancel()
            raise
        arrivals.put_nowait((loop.time() + ROUND_TRIP_SECONDS / 2, b""))
        await delivering

    @staticmethod
    async def _deliver(arrivals: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                at, piece = await arrivals.get()
                await asyncio.sleep(max(0.0, at - loop.time()))
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@contextmanager
def slow_wire(port: int, to_port: int) -> Iterator[None]:
    """Whoever connects to ``port`` reaches ``to_port`` of this machine as over a slow mobile line."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    serving = loop.create_task(_serve(port, to_port, ready))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(5)


async def _serve(port: int, to_port: int, ready: threading.Event) -> None:
    down, up = _Lane(DOWN_BYTES), _Lane(UP_BYTES)
    calls: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_SECONDS)  # the handshake
        hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", to_port)
        async with asyncio.TaskGroup() as both:
            both.create_task(up.carry(reader, hub_writer))
            both.create_task(down.carry(hub_reader, writer))

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.create_task(answer(reader, writer))
        calls.add(call)
        call.add_done_callback(calls.discard)

    try:
        async with await asyncio.start_server(accept, "127.0.0.1", port) as server:
            ready.set()
            await server.serve_forever()
    finally:
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
