"""What did this tab look for, and what was found?"""

from dataclasses import dataclass

import reflex as rx

from orderhub.access.permissions import Permission
from orderhub.insights.search import SearchHit, find_orders
from orderhub.kernel.db import reading
from orderhub.ui.gate import needs
from orderhub.ui.off_loop import off_loop

_MOST_HITS = 8


@dataclass
class Hit:
    no: str
    channel: str
    status: str
    goods: str
    href: str


class Search(rx.State):
    text: str = ""
    hits: list[Hit] = []
    is_open: bool = False

    @rx.event
    @needs(Permission.BOARD_READ)
    async def find(self, text: str) -> None:
        self.text = text[:64].replace("\0", "")
        if len(self.text.strip()) < 2:
            self.hits, self.is_open = [], False
            return
        self.hits = await off_loop(_found, self.text)
        self.is_open = True

    @rx.event
    @needs(Permission.BOARD_READ)
    def clear(self) -> None:
        self.text, self.hits, self.is_open = "", [], False


def _found(text: str) -> list[Hit]:
    with reading() as session:
        return [_hit(hit) for hit in find_orders(session, text, limit=_MOST_HITS)]


def _hit(hit: SearchHit) -> Hit:
    return Hit(
        no=hit.channel_order_no,
        channel=hit.channel,
        status=hit.status,
        goods=hit.goods_text,
        href=f"/orders?tab=all&order={hit.order_id}",
    )
