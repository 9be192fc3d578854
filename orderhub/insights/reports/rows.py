"""Which orders stand behind the figures, one by one? As many as there are, a few thousand in memory at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, NamedTuple

from sqlalchemy import select as columns
from sqlmodel import Session, col

from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.insights.reports.asked import ReportAsked, places_of
from orderhub.insights.reports.behind import Behind, conditions
from orderhub.kernel.sight import FieldGroup, sees

_AT_ONCE = 2000


class OrderRow(NamedTuple):
    """Nothing of the buyer; amounts are 0 for who may not see them."""

    channel: Channel
    shop_code: str
    channel_order_no: str
    status: OrderStatus
    paid_at: datetime
    ship_by: datetime | None
    shipped_at: datetime | None
    completed_at: datetime | None
    paid_fen: Annotated[int, FieldGroup.MONEY]
    piece_count: int
    goods_text: str


def order_rows(session: Session, asked: ReportAsked, now: datetime, behind: Behind | None = None) -> Iterator[OrderRow]:
    """The oldest payment first; ``behind`` a figure, of the same period."""
    figure = behind or Behind(asked.since, asked.until)
    places = places_of(session, asked)
    shops: dict[int, str] = dict(session.execute(columns(col(Shop.id), col(Shop.code))).all())  # type: ignore[arg-type]
    wanted = (
        columns(col(Order.id), col(Order.shop_id), *(getattr(Order, name) for name in _TAKEN))
        .where(*conditions(figure, 0, now), *places.of_orders())
        .order_by(col(Order.paid_at), col(Order.id))
        .execution_options(yield_per=_AT_ONCE)
    )
    shows_money = sees(FieldGroup.MONEY)
    for _, shop_id, *taken in session.execute(wanted):
        row = dict(zip(_TAKEN, taken, strict=True))
        if not shows_money:
            row["paid_fen"] = 0
        yield OrderRow(shop_code=shops.get(shop_id, ""), **row)


_TAKEN = [name for name in OrderRow._fields if name != "shop_code"]
