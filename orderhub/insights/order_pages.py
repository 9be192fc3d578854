"""Which orders changed, in the order in which they changed? For programs that keep a copy."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from orderhub.domain.order import Order, OrderLine, OrderStatus
from orderhub.domain.shop import Shop
from orderhub.domain.words import Channel
from orderhub.insights.custom import CustomShown, customs_of
from orderhub.kernel.errors import BadInput, NotFound


@dataclass(frozen=True)
class OrderPage:
    """``next_cursor`` is empty on the last page; ``lines`` and ``customs`` are keyed by order id."""

    orders: list[Order]
    lines: dict[int, list[OrderLine]]
    customs: dict[int, list[CustomShown]]
    shop_codes: dict[int, str]
    next_cursor: str


def changed_orders(
    session: Session,
    *,
    status: OrderStatus | None = None,
    channel: Channel | None = None,
    shop: str = "",
    since: datetime | None = None,
    cursor: str = "",
    size: int = 50,
) -> OrderPage:
    """Least recently changed first, so that reading on to the end misses nothing that changes meanwhile."""
    wanted = select(Order).order_by(col(Order.changed_at), col(Order.id)).limit(size + 1)
    if status:
        wanted = wanted.where(Order.status == status)
    if channel:
        wanted = wanted.where(Order.channel == channel)
    if shop:
        wanted = wanted.where(col(Order.shop_id).in_(select(Shop.id).where(Shop.code == shop)))
    if since:
        wanted = wanted.where(Order.changed_at >= since)
    if cursor:
        wanted = wanted.where(tuple_(col(Order.changed_at), col(Order.id)) > _read_cursor(cursor))
    found = list(session.exec(wanted))
    page = found[:size]
    return _page(session, page, _cursor(page[-1]) if len(found) > size else "")


def order_by_number(session: Session, shop: str, channel_order_no: str) -> OrderPage:
    """Raises: NotFound: the shop has no such order."""
    wanted = select(Order).join(Shop, col(Shop.id) == Order.shop_id)
    found = session.exec(wanted.where(Shop.code == shop, Order.channel_order_no == channel_order_no)).one_or_none()
    if not found:
        raise NotFound(f"shop {shop!r} has no order {channel_order_no!r}")
    return _page(session, [found], "")


def _page(session: Session, orders: list[Order], next_cursor: str) -> OrderPage:
    lines: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    wanted = select(OrderLine).where(col(OrderLine.order_id).in_(lines)).order_by(col(OrderLine.id))
    for line in session.exec(wanted):
        lines[line.order_id].append(line)
    codes = {shop.id: shop.code for shop in session.exec(select(Shop))}
    return OrderPage(orders, lines, customs_of(session, list(lines)), codes, next_cursor)


def _cursor(order: Order) -> str:
    return f"{order.changed_at.isoformat()}~{order.id}"


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    moment, _, order_id = cursor.rpartition("~")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), int(order_id)
    except ValueError as error:
        raise BadInput("cursor: is not one of ours; start again without it", field="cursor") from error
