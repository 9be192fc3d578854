"""What does one process of the simulator do? It fires its part of the volley and tells how it goes."""

import asyncio
import multiprocessing
import os
import threading
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any

from orderhub.kernel.errors import OrderHubError
from orderhub.stress.callers import Outcome, Part, Tally, Volley

_OPENING_SECONDS = 300.0


def run_part(part: Part, told: Any, ready: Any) -> None:
    """``told`` is a queue of (number, Tally | list of Outcome | str), ``ready`` a barrier before the first shot."""

    def tell(tally: Tally) -> None:
        told.put((part.number, replace(tally, refused=tally.refused.copy())))

    async def fire() -> list[Outcome]:
        return await Volley(part, tell, lambda: asyncio.to_thread(ready.wait, _OPENING_SECONDS)).fire()

    threading.Thread(target=_end_with_parent, name="stress-parent", daemon=True).start()
    try:
        told.put((part.number, asyncio.run(fire())))
    except OrderHubError as error:
        ready.abort()
        told.put((part.number, str(error)))


def _end_with_parent() -> None:
    """A load whose command was killed would go on, unwatched."""
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)
