"""A hub's API that dies by its own ``kill -9`` at its first commit: ``dying_door.py <database> <port> before|after|``.

``before`` and ``after`` that commit; empty: it lives. It says ``ready`` once it answers.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
import time

from granian.constants import Interfaces
from granian.server.embed import Server

import orderhub.tables  # noqa: F401
from orderhub.api.app import create_api
from orderhub.kernel.db import open_database


def main(url: str, port: int, where: str) -> None:
    database = open_database(url)
    if where:
        hooks = database.before_commit if where == "before" else database.after_commit
        hooks.append(lambda _session: os.kill(os.getpid(), signal.SIGKILL))
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    server = Server(create_api(), address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    threading.Thread(target=_say_when_it_answers, args=(port,), daemon=True).start()
    await server.serve()


def _say_when_it_answers(port: int) -> None:
    while not _answers(port):
        time.sleep(0.05)
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
