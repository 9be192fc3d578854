"""How is the lab run by itself? One process, one port, on the loopback unless told otherwise."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from orderhub.lab.app import create_lab


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 3900,
    seed: int = 1,
    orders_per_day: float = 3000,
    speed: float = 1.0,
    history_days: float = 0,
    pace: float = 1.0,
) -> None:
    """Serve until interrupted."""
    app = create_lab(seed=seed, orders_per_day=orders_per_day, speed=speed, history_days=history_days, pace=pace)
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False)
    asyncio.run(_until_told(server))


@contextmanager
def served(app: Any) -> Iterator[str]:
    """``app`` on a free port of the loopback, in a thread of its own; where it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    while not _answers(port):
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(timeout=5)
        loop.close()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _until_told(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
