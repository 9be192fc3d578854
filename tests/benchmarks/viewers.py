"""Who else looks at the board? Fifty people less one, each on a socket of their own, who click now and then."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from random import Random
from typing import Any

from orderhub.domain.words import Channel
from orderhub.insights.board import BoardQuery, BoardSort, Tab
from orderhub.ui.board_address import address
from orderhub.ui.state.board import Board, Selection
from tests.security.sockets import RawSocket

BOARDS = (
    BoardQuery(),
    *(BoardQuery(tab=tab) for tab in (Tab.TO_REVIEW, Tab.TO_SHIP, Tab.SHIPPED, Tab.HELD, Tab.LATE)),
    *(BoardQuery(channels=(channel,)) for channel in (Channel.DOUYIN, Channel.TAOBAO)),
    *(BoardQuery(tab=Tab.ALL, sort=sort, descending=True) for sort in (BoardSort.CHANGED, BoardSort.AT_RISK)),
)
CLICK_EVERY_SECONDS = 10.0
_ROOT = "reflex___state____state"
_HYDRATE = f"{_ROOT}.hydrate_and_load"
_NAVIGATE = f"{_ROOT}.reflex___state____on_load_internal_state.on_load_internal"


class Viewer(RawSocket):
    """Sends what a browser's page sends; of what comes it keeps the first row's id alone."""

    updates = 0
    first_id = ""

    async def open(self, query: BoardQuery) -> None:
        await self._look_at(_HYDRATE, query)

    async def live(self, rng: Random) -> None:
        """Turn to another board, or select a row, every ten seconds or so."""
        while True:
            await asyncio.sleep(rng.uniform(0.5, 1.5) * CLICK_EVERY_SECONDS)
            if rng.random() < 0.5:
                await self._look_at(_NAVIGATE, rng.choice(BOARDS))
            elif self.first_id:
                await self.send(f"{Selection.get_full_name()}.toggle", {"order_id": self.first_id})

    async def _look_at(self, event: str, query: BoardQuery) -> None:
        seen_at = address(query)
        router = {"pathname": "/orders", "asPath": seen_at}
        await self.send_raw({"name": event, "payload": {}, "router_data": router})

    async def _take(self, update: dict[str, Any]) -> None:
        self.updates += 1
        if rows := (update.get("delta") or {}).get(Board.get_full_name(), {}).get("rows_rx_state_"):
            self.first_id = rows[0]["id"]


@contextmanager
def viewers(origin: str, cookies: Sequence[str], count: int) -> Iterator[list[Viewer]]:
    """``count`` people shared among ``cookies`` and the boards, in a thread of their own, as long as the block runs."""
    crowd = [Viewer(origin, cookies[turn % len(cookies)]) for turn in range(count)]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="viewers", daemon=True)
    thread.start()
    all_open = threading.Event()
    living = asyncio.run_coroutine_threadsafe(_live(crowd, all_open), loop)
    try:
        while not all_open.wait(0.1):
            if living.done():
                living.result()
        yield crowd
        if living.done():
            living.result()
    finally:
        living.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _live(crowd: Sequence[Viewer], all_open: threading.Event) -> None:
    async with AsyncExitStack() as sockets:
        for turn, viewer in enumerate(crowd):
            await sockets.enter_async_context(viewer)
            await viewer.open(BOARDS[turn % len(BOARDS)])
        all_open.set()
        await asyncio.gather(*(viewer.live(Random(turn)) for turn, viewer in enumerate(crowd)))
