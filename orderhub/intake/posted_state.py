"""What became of an order that a program posted?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from orderhub.domain.order import Order
from orderhub.domain.shop import shop_named
from orderhub.intake.inbox import InboxMessage, MessageKind, MessageState, Source
from orderhub.kernel.errors import NotFound
from orderhub.kernel.sight import in_sight


class PostedState(StrEnum):
    RECEIVED = "received"
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Posted:
    """``order_id`` is ours once accepted; ``reason`` says why it is refused, or what made it wait."""

    number: str
    state: PostedState
    received_at: datetime
    order_id: int | None
    reason: str


def posted_state(session: Session, shop_code: str, number: str) -> Posted:
    """Of the version that was posted last. Raises: NotFound: no such shop, or nothing of that number was posted."""
    shop = shop_named(session, shop_code[:64])
    wanted = select(InboxMessage).where(
        InboxMessage.shop_id == shop.id,
        InboxMessage.kind == MessageKind.ORDER,
        InboxMessage.number == number,
        InboxMessage.source == Source.API,
    )
    message = session.exec(in_sight(wanted.order_by(col(InboxMessage.id).desc()).limit(1))).first()
    if message is None:
        raise NotFound(f"{number[:64]}: no such order was posted for {shop.code}")
    state = _STATES.get(message.state) or (PostedState.PROCESSING if message.attempts else PostedState.RECEIVED)
    order_id = None
    if state is PostedState.ACCEPTED:
        ours = select(Order.id).where(Order.shop_id == shop.id, Order.channel_order_no == number)
        order_id = session.exec(in_sight(ours)).one_or_none()
    return Posted(message.number, state, message.received_at, order_id, message.reason)


_STATES = {
    MessageState.LEASED: PostedState.PROCESSING,
    MessageState.DONE: PostedState.ACCEPTED,
    MessageState.DEAD: PostedState.REFUSED,
    MessageState.DISCARDED: PostedState.REFUSED,
}
