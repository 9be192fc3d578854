"""What does customer service find by a few characters? Orders by any of their numbers, a ticket by its own."""

from dataclasses import dataclass

from orderhub.domain.ticket import Ticket
from orderhub.insights.search import find_orders
from orderhub.kernel.db import reading
from orderhub.ui.numbers import number_of
from orderhub.ui.service_view import PATH

_MOST_HITS = 12


@dataclass
class Found:
    """``text`` is what was found of it."""

    id: str
    no: str
    channel: str
    status: str
    goods: str
    text: str
    href: str


def found(text: str) -> list[Found]:
    own = text.strip().upper()
    with reading() as session:
        shown = []
        if own.startswith("TK") and (row := session.get(Ticket, number_of(own[2:]))):
            href = f"{PATH}?ticket={row.id}"
            shown.append(Found(f"TK{row.id}", own, row.channel, "", row.words[:60], "", href))
        return shown + [
            Found(
                id=str(hit.order_id),
                no=hit.channel_order_no,
                channel=hit.channel,
                status=hit.status,
                goods=hit.goods_text,
                text=hit.text if hit.text != hit.channel_order_no else "",
                href=f"{PATH}?order={hit.order_id}",
            )
            for hit in find_orders(session, text, limit=_MOST_HITS)
        ]
