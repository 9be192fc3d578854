"""How fast are the board, the search, the card and the workbench at 100,000 orders?"""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlmodel import Session

from orderhub.domain.hold import HoldReason
from orderhub.domain.words import Channel
from orderhub.insights.board import BoardQuery, BoardSort, Tab, board_counts, board_page
from orderhub.insights.order_card import order_card
from orderhub.insights.search import find_orders
from orderhub.insights.workbench import workbench
from orderhub.kernel.db import Database
from tests import builders, months

from .measuring import Figure, p95_ms

ORDERS = 100_000
PAGE_MS, NARROW_MS, WORKBENCH_MS = 40, 80, 60

Read = Callable[[Session, datetime], object]

_PAGES = {
    **{f"tab {tab}": BoardQuery(tab=tab) for tab in (Tab.OPEN, Tab.ALL, Tab.COMPLETED, Tab.HELD, Tab.LATE)},
    **{f"sort {sort}": BoardQuery(tab=Tab.ALL, sort=sort, descending=True) for sort in BoardSort},
}
_NARROWED = {
    "channel": BoardQuery(tab=Tab.ALL, channels=(Channel.MINIPROGRAM,)),
    "shop": BoardQuery(shops=("miniprogram-2",)),
    "tag, rare": BoardQuery(tab=Tab.ALL, tags=("预售",)),
    "tag, frequent": BoardQuery(tab=Tab.ALL, tags=("加急", "直播")),
    "hold": BoardQuery(holds=(HoldReason.MANUAL,)),
    "deadline": BoardQuery(due_within_hours=2),
    "money": BoardQuery(tab=Tab.ALL, least_fen=500_000),
    "text, half of all orders": BoardQuery(tab=Tab.ALL, text="收纳"),
    "text, rare": BoardQuery(tab=Tab.ALL, text="防潮米桶"),
    "text, nothing": BoardQuery(tab=Tab.ALL, text="没有这个"),
    "text and channel and tag": BoardQuery(tab=Tab.ALL, text="收纳", channels=(Channel.MINIPROGRAM,), tags=("加急",)),
    "number, prefix of 12,000": BoardQuery(tab=Tab.ALL, text="69000000000"),
}
_SEARCHED = ("OH5000", "6900000000039595000", "YT00000", "BOX-40L", "0042", "收纳", "米桶", "没有这个")


def run(database: Database) -> Iterator[Figure]:
    now = builders.NOW
    months.fill(database, ORDERS, now=now)

    def timed(name: str, limit: float, read: Read) -> Figure:
        def call() -> None:
            with database.reading() as session:
                read(session, now)

        return Figure(name, p95_ms(call), "ms p95", limit)

    for name, query in _PAGES.items():
        yield timed(f"page of 50, {name}", PAGE_MS, _page(query))
    yield timed("counts of every tab", NARROW_MS, _counts(BoardQuery()))
    for name, query in _NARROWED.items():
        yield timed(f"filtered page, {name}", NARROW_MS, _page(query))
        yield timed(f"filtered counts, {name}", NARROW_MS, _counts(query))
    for text in _SEARCHED:
        yield timed(f"search {text}", NARROW_MS, _search(text))
    yield timed("order card", PAGE_MS, lambda session, moment: order_card(session, ORDERS - 99, moment))
    yield timed("workbench", WORKBENCH_MS, lambda session, moment: workbench(session, "operations", "wang", moment))


def _page(query: BoardQuery) -> Read:
    return lambda session, now: board_page(session, query, now)


def _counts(query: BoardQuery) -> Read:
    return lambda session, now: board_counts(session, query, now)


def _search(text: str) -> Read:
    return lambda session, _now: find_orders(session, text)
