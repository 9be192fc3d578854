"""From which order did this come back? Where a file does not say, the buyer's newest order before it with that article.

Some systems write a return under a number of its own. It belongs to an order of the same buyer; which one is found in
the file first, then among the orders of the shop. A return without such an order is shown as wrong, never guessed.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.order import Order, OrderLine
from orderhub.domain.shop import Shop
from orderhub.intake.files.mapping import FileField
from orderhub.intake.files.orders import Line
from orderhub.intake.files.translate import Return, ToldOrder, ToldRefund, refund_of
from orderhub.intake.files.weighing import Refuse
from orderhub.kernel.errors import BadInput


class Purchases:
    """Who bought what, when and by which order, as the file tells it."""

    def __init__(self) -> None:
        self._orders: dict[tuple[str, str], list[tuple[datetime, str]]] = {}

    def add(self, told: ToldOrder) -> None:
        draft = told.draft
        if draft.buyer_token:
            for sku in {line.sku_code for line in draft.lines} | {""}:
                self._orders.setdefault((draft.buyer_token, sku), []).append((draft.placed_at, draft.channel_order_no))

    def newest(self, buyer_no: str, sku: str, before: datetime) -> str:
        """The order's number; empty where there is none."""
        found = [one for one in self._orders.get((buyer_no, sku), ()) if one[0] <= before]
        return max(found)[1] if found else ""


def refunds_of(
    session: Session, shop: Shop, returns: Iterable[Return], purchases: Purchases, refuse: Refuse
) -> list[ToldRefund]:
    """A case for each order that something came back from; its number is the return's, with the order's if several."""
    found = []
    for given in returns:
        parts: dict[str, list[Line]] = {}
        for part in given.parts:
            order_no = _order_no(session, shop, given, part, purchases)
            if order_no:
                parts.setdefault(order_no, []).append(part)
            else:
                said = "this buyer has no earlier order with this article"
                refuse([part.row], BadInput(said, field=FileField.ORDER_NO, problem="no_purchase"))
        for order_no, lines in parts.items():
            number = given.number if len(parts) == 1 else f"{given.number}-{order_no}"
            found.append(refund_of(number[:64], order_no, lines, at=given.at, channel=shop.channel))
    return found


def _order_no(session: Session, shop: Shop, given: Return, part: Line, purchases: Purchases) -> str:
    if not given.buyer_no:
        return ""
    return purchases.newest(given.buyer_no, part.sku, given.at) or _kept(session, shop, given, part.sku)


def _kept(session: Session, shop: Shop, given: Return, sku: str) -> str:
    wanted = select(Order.channel_order_no).where(
        Order.shop_id == shop.id, Order.buyer_token == given.buyer_no, Order.placed_at <= given.at
    )
    if sku:
        wanted = wanted.join(OrderLine, col(OrderLine.order_id) == col(Order.id)).where(OrderLine.sku_code == sku)
    return session.exec(wanted.order_by(col(Order.placed_at).desc()).limit(1)).first() or ""
