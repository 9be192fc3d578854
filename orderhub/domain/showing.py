"""May a receiver be shown in the clear now? Never of an order that is called off, and by each platform's own rule."""

from orderhub.domain.order import Order, OrderStatus
from orderhub.domain.words import Channel
from orderhub.kernel.errors import RuleBroken

_S = OrderStatus
_PAID = (_S.TO_REVIEW, _S.TO_ALLOCATE, _S.TO_SHIP, _S.PARTLY_SHIPPED, _S.SHIPPED, _S.DELIVERED)
# Douyin forbids it before the order is to be shipped, and closes the function for good to whoever does it all the same.
_SHOWN = {Channel.DOUYIN: _PAID[2:], Channel.MINIPROGRAM: (*_PAID, _S.PENDING_PAYMENT, _S.COMPLETED)}


class NotShown(RuleBroken):
    code = "receiver_not_shown"


def check_may_be_shown(order: Order) -> None:
    """Raises: NotShown: not in this status, or the buyer has been forgotten."""
    if order.forgotten_at or order.status not in _SHOWN.get(order.channel, _PAID):
        raise NotShown(f"order {order.id} is {order.status}: its receiver is shown to nobody now")
