"""A parcel was said to have left too early: may that be taken back, and what was owed for it?

As long as its channel has not been told. What waits in the outbox is laid aside in the same transaction; what is on its
way there, or has arrived, cannot be called back.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.automation.outbox import OutboxKind, OutboxMessage, OutboxState, skip
from orderhub.domain.delivery import Delivery, DeliveryStatus, delivery_of, lock_orders
from orderhub.domain.leaving import AlreadyTold, put_back
from orderhub.domain.order import Order
from orderhub.kernel.errors import IllegalMove

_REASON = "recalled"
_TOO_LATE = (OutboxState.SENDING, OutboxState.SENT)


def recall(session: Session, delivery_id: int, *, by: str, now: datetime) -> Delivery:
    """The delivery has not left: packed again, its stock held, its orders as they were before, its channels not told.

    Raises:
        NotFound: there is no such delivery.
        IllegalMove: it has not left.
        AlreadyTold: the channel of one of its orders knows of the parcel, or is being told at this moment.
    """
    orders = lock_orders(session, [delivery_id])
    delivery = delivery_of(session, delivery_id)
    if delivery.status is not DeliveryStatus.LEFT:
        raise IllegalMove(f"D{delivery_id} is {delivery.status}: only what has left is recalled")
    told = [] if delivery.aftersale_id else orders  # no channel hears of what a case sends
    owed = [message for order in told for message in _messages(session, order, delivery.tracking_no)]
    for message in owed:
        if message.state in _TOO_LATE:
            raise AlreadyTold(f"{message.number}: its channel has been told of {delivery.tracking_no}")
    put_back(session, delivery, orders, by=by, now=now)
    for message in owed:
        skip(session, message.id, by=by, reason=_REASON, now=now)
    return delivery


def _messages(session: Session, order: Order, tracking_no: str) -> list[OutboxMessage]:
    """What is to tell the order's channel of the parcel, locked: its own message, and one that tells it whole."""
    wanted = select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.SHIP, OutboxMessage.about_id == order.id)
    locked = wanted.order_by(col(OutboxMessage.id)).with_for_update().execution_options(populate_existing=True)
    own = f"{order.id}:{tracking_no}"
    return [message for message in session.exec(locked) if message.key == own or not message.body["line_nos"]]
