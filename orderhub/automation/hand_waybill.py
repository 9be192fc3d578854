"""A waybill typed by hand: what a carrier had made for the delivery is given back to it."""

from datetime import datetime

from sqlmodel import Session

from orderhub.automation.waybilling import recycle
from orderhub.domain.delivery import Delivery, delivery_of, lock_orders
from orderhub.domain.leaving import type_waybill
from orderhub.domain.words import Carrier


def type_over(session: Session, delivery_id: int, carrier: Carrier, text: str, *, by: str, now: datetime) -> Delivery:
    """Raises: as ``type_waybill``. Safe to repeat."""
    lock_orders(session, [delivery_id])
    before = delivery_of(session, delivery_id).tracking_no
    typed = type_waybill(session, delivery_id, carrier, text, by=by, now=now)
    if typed.tracking_no != before:
        recycle(session, typed, by=by, now=now)
    return typed
