"""Orders to forecast from: written in one go, with weekdays, and one SKU that is new and one that is slow."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlmodel import Session

from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.sku import put_sku, set_parts, sku_coded
from orderhub.domain.stock import put_warehouse
from orderhub.domain.words import Channel, ChannelStatus
from orderhub.kernel.clock import day_start
from orderhub.kernel.many_rows import insert_rows
from tests import builders

NOW = builders.NOW
EAST, SOUTH = "浙江省 杭州市 西湖区", "广东省 广州市 天河区"


def stocked(session: Session) -> None:
    """Two regional warehouses, three SKUs and a bundle of two of the first."""
    put_warehouse(session, "east", name="华东仓", provinces="浙江 江苏 上海", rank=1, now=NOW)
    put_warehouse(session, "south", name="华南仓", provinces="广东 广西", rank=2, now=NOW)
    for code in ("BOX-40", "BOX-NEW", "LID-1", "SET-2"):
        put_sku(session, code, by="ceshi", now=NOW)
    set_parts(session, sku_coded(session, "SET-2"), "BOX-40*2", by="ceshi", now=NOW)


def ordered(session: Session, lines: Iterator[tuple[date, str, str, int]] | list[tuple[date, str, str, int]]) -> None:
    """An order of one line each: day, SKU code, region, pieces."""
    shop = builders.shop(session)
    orders, bought = [], []
    for number, (day, code, region, pieces) in enumerate(lines, start=1):
        paid_at = day_start(day) + timedelta(hours=12)
        orders.append(_order(number, shop.id, paid_at, region))
        bought.append(_line(number, code, pieces))
    insert_rows(session, Order, orders)
    insert_rows(session, OrderLine, bought)


def year(today: date, *, days: int = 400) -> Iterator[tuple[date, str, str, int]]:
    """BOX-40 sells 6 on weekdays and 12 at weekends, LID-1 once in ten days, BOX-NEW since a fortnight."""
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        pieces = 12 if day.weekday() >= 5 else 6
        yield day, "BOX-40", EAST, pieces + back % 3 - 1
        yield day, "SET-2", SOUTH, pieces // 2
        if not back % 10:
            yield day, "LID-1", EAST, 2
        if back <= 14:
            yield day, "BOX-NEW", EAST, 4


def _order(number: int, shop_id: int, paid_at: datetime, region: str) -> dict[str, object]:
    return {
        "id": number,
        "shop_id": shop_id,
        "channel": Channel.DOUYIN,
        "channel_order_no": f"69{number:08}",
        "status": OrderStatus.COMPLETED,
        "channel_status": ChannelStatus.COMPLETED,
        "channel_status_word": "5",
        "channel_updated_at": paid_at,
        "content_digest": "",
        "placed_at": paid_at,
        "paid_at": paid_at,
        "accepted_at": paid_at,
        "changed_at": paid_at,
        "total_fen": 1000,
        "receiver_region": region,
    }


def _line(number: int, code: str, pieces: int) -> dict[str, object]:
    return {
        "id": number,
        "order_id": number,
        "channel_line_no": "1",
        "sku_code": code,
        "title": code,
        "quantity": pieces,
        "unit_price_fen": 1000,
        "total_fen": 1000 * pieces,
    }
