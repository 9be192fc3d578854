"""How is the lab run by itself? One process, one port, on the loopback unless told otherwise."""

import asyncio
import signal

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


async def _until_told(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
